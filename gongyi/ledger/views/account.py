"""One payment account: what it holds, who belongs to it, its amount records and monthly statements (S0-70 … S0-81)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gongyi.kit.dialogs import show_dialog, stay
from gongyi.kit.money import format_money
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import CONTENT_TYPE, Column, write_workbook
from gongyi.kit.views import Action, Crumb, Field, FieldGroup, ListPage, Page, Panel, Stat
from gongyi.kit.when import format_when
from gongyi.ledger import queries, sources
from gongyi.ledger.filters import MemberFilter, RecordFilter
from gongyi.ledger.models import AccountMember, PaymentAccount
from gongyi.ledger.rules import administrator, group_manager, leader
from gongyi.ledger.tables import HoldTable, MemberTable, RecordTable
from gongyi.ledger.views.mine import ACCOUNTS, UNIT_ACCOUNTS
from gongyi.ledger.workflow import PaymentAccountFlow
from gongyi.workflow.views import WorkflowPage, step_url

Role = AccountMember.Role
STATEMENT_READERS = leader | group_manager | administrator
ROW_STEPS = ("appoint", "dismiss", "remove_member")
ELSEWHERE = {*ROW_STEPS, "add_members", "edit", "hand_over"}  # offered beside what they change, not in the page's head
SHOWN = 10
LINES_ON_SCREEN = 500


def may_read_statements(account: PaymentAccount, user) -> bool:
    """账单 is for the leader and administrators (S0-70, S0-76); ordinary members read the amount records."""
    return STATEMENT_READERS.test(account, user)


def list_of(account: PaymentAccount, user) -> Crumb:
    """The list a person came from: their own accounts, or those of the unit they look after."""
    return ACCOUNTS if account.members.filter(user=user).exists() else UNIT_ACCOUNTS


class Account(WorkflowPage):
    """付款账户信息 (S0-80)."""

    model = PaymentAccount
    workflow = PaymentAccountFlow
    template_name = "ledger/account.html"
    icons = {"top_up": "wallet", "confirm": "check"}

    def get_queryset(self):
        return super().get_queryset().select_related("organization", "payer", "department", "leader")

    @cached_property
    def offers(self):
        return {offer.step.name: offer for offer in PaymentAccountFlow.offered(self.object, self.request.user)}

    @cached_property
    def reads_statements(self):
        return may_read_statements(self.object, self.request.user)

    def get_crumbs(self):
        return (list_of(self.object, self.request.user), Crumb(self.object.name))

    def get_subtitle(self):
        account = self.object
        return f"{account.code} · {account.organization}"

    def get_actions(self):
        if not self.reads_statements:
            return ()
        return (Action(_("账单"), reverse("ledger:statement", args=[self.object.pk]), "file-invoice"),)

    def get_buttons(self):
        elsewhere = {str(PaymentAccountFlow.steps[name].label) for name in ELSEWHERE}
        return [button for button in super().get_buttons() if str(button.label) not in elsewhere]

    def get_nodes(self):
        return super().get_nodes() if self.object.status == PaymentAccount.Status.PENDING else ()

    def get_flow(self):
        """With the amounts, which the record keeps as data."""
        entries = super().get_flow()
        return [
            replace(entry, note=" ".join(filter(None, (amounts_of(record.data), entry.note))))
            for entry, record in zip(entries, reversed(self.history), strict=True)
        ]

    def link(self, name: str):
        """The link of a step that stands in a card's head, where it is on offer."""
        offer = self.offers.get(name)
        return (offer.step.label, step_url(PaymentAccountFlow, self.object, offer.step)) if offer else None

    def get_groups(self):
        account = self.object
        return [
            FieldGroup(
                _("付款账户信息"),
                [
                    Field(_("账户编号"), account.code),
                    Field(_("负责人"), account.leader),
                    Field(_("所属单位"), account.organization),
                    Field(_("付款单位"), account.payer),
                    Field(_("院系/实验室"), account.department),
                    Field(_("开户时间"), format_when(account.created_at, full=True)),
                    Field(_("用途说明"), account.purpose, wide=True),
                ],
                link=self.link("edit"),
            )
        ]

    def get_panels(self):
        account, user = self.object, self.request.user
        records = queries.with_changes(account.transactions.select_related("actor"))[:SHOWN]
        records = sources.attach(records, user)
        held = sources.attach(account.holds.open().filter(amount__gt=0).order_by("-created_at")[:SHOWN], user)
        more = (_("全部金额记录"), reverse("ledger:records", args=[account.pk])) if records else None
        panels = [Panel(_("金额记录"), "ledger/_records.html", {"records": records}, link=more, bare=True)]
        if held:
            more = (_("全部冻结"), reverse("ledger:holds", args=[account.pk]))
            context, note = {"holds": held}, format_money(account.held)
            panels.append(Panel(_("冻结中的金额"), "ledger/_holds.html", context, note=note, link=more, bare=True))
        return panels

    def get_side_panels(self):
        account = self.object
        members = account.members.select_related("user").order_by("role", "user__name_key")
        context = {"members": members[:SHOWN], "links": [self.link("add_members"), self.link("hand_over")]}
        more = (_("全部成员"), reverse("ledger:members", args=[account.pk]))
        note = _("%s 人") % members.count()
        return [Panel(_("成员"), "ledger/_members.html", context, note=note, link=more, bare=True)]

    def get_context_data(self, **kwargs):
        account = self.object
        stats = [
            Stat(_("账户余额"), format_money(account.balance), _("含冻结金额"), tone="bad" if account.balance < 0 else ""),
            Stat(_("冻结金额"), format_money(account.held), _("已预约，尚未结算")),
            Stat(_("信用额度"), format_money(account.credit_line), _("余额用完后还可透支")),
            Stat(
                _("可用额度"), format_money(account.spendable), _("余额 + 信用额度 − 冻结"),
                tone="ok" if account.spendable > 0 else "bad",
            ),
        ]  # fmt: skip
        short = account.status == PaymentAccount.Status.ACTIVE and account.spendable <= 0
        return super().get_context_data(stats=stats, is_short=short, **kwargs)


def amounts_of(data: dict) -> str:
    """What a step on the account moved or set, as its record keeps it."""
    if "amount" in data:
        return " ".join(filter(None, (format_money(Decimal(data["amount"])), data.get("voucher_no"))))
    if "credit_line" in data:
        return format_money(Decimal(data["credit_line"]))
    if isinstance(data.get("after"), dict) and "credit_line" in data["after"]:
        return f"{format_money(Decimal(data['before']['credit_line']))} → {format_money(Decimal(data['after']['credit_line']))}"
    return "、".join(data.get("people", ()))


class OfAccount:
    """Shared by the screens below one account: the account itself, its crumbs, 404 for strangers."""

    @cached_property
    def account(self) -> PaymentAccount:
        accounts = PaymentAccount.objects.visible_to(self.request.user).select_related(
            "organization", "payer", "leader"
        )
        return get_object_or_404(accounts, pk=self.kwargs["pk"])

    def get_crumbs(self):
        above = Crumb(self.account.name, self.account.get_absolute_url())
        return (list_of(self.account, self.request.user), above, Crumb(self.title))


class NamesSources:
    """A list whose rows name what they were for: one question for all rows of the page, or of the export."""

    def get_context_data(self, **kwargs):
        self.table.known_sources = sources.describe(
            (row.record.source for row in self.current_page.object_list), self.request.user
        )
        return super().get_context_data(**kwargs)

    def export(self):
        self.table.known_sources = sources.describe(
            self.rows.order_by().values_list("source", flat=True).distinct(), self.request.user
        )
        return super().export()


class Records(OfAccount, NamesSources, ListPage):
    """金额记录 (S0-81)."""

    title = gettext_lazy("金额记录")
    noun = gettext_lazy("金额记录")
    table_class = RecordTable
    filter_class = RecordFilter
    empty_text = gettext_lazy("充值、预约冻结和结算扣款都会记在这里。")

    def get_queryset(self):
        return queries.with_changes(self.account.transactions.select_related("actor"))

    def get_fact(self):
        return _("账户余额 %s") % format_money(self.account.balance)


class Holds(OfAccount, NamesSources, ListPage):
    """What is set aside for bookings that have not ended."""

    title = gettext_lazy("冻结中的金额")
    noun = gettext_lazy("冻结金额")
    measure = gettext_lazy("笔")
    table_class = HoldTable
    empty_text = gettext_lazy("预约时按预估费用冻结，用完按实际费用扣款，余下的退回。")

    def get_queryset(self):
        return self.account.holds.open().filter(amount__gt=0).order_by("-created_at")

    def get_fact(self):
        return _("共 %s") % format_money(self.account.held)


class Members(OfAccount, ListPage):
    """The people of a group; who may, changes them here (S0-73, S0-74, S0-77)."""

    title = gettext_lazy("课题组成员")
    noun, measure = gettext_lazy("成员"), gettext_lazy("人")
    table_class = MemberTable
    filter_class = MemberFilter

    @cached_property
    def offered(self):
        return {offer.step.name: offer.step for offer in PaymentAccountFlow.offered(self.account, self.request.user)}

    def get_queryset(self):
        return self.account.members.select_related("user").order_by("role", "user__name_key")

    def get_table_kwargs(self):
        return {"account": self.account, "steps_for": self.steps_for}

    def steps_for(self, member):
        wanted = {Role.MEMBER: ("appoint", "remove_member"), Role.MANAGER: ("dismiss", "remove_member")}
        may = wanted.get(member.role, ())
        if member.role == Role.MANAGER and "dismiss" not in self.offered:
            may = ()
        return [self.offered[name] for name in may if name in self.offered]

    def get_actions(self):
        step = self.offered.get("add_members")
        if step is None:
            return ()
        return (
            Action(step.label, step_url(PaymentAccountFlow, self.account, step), "user-plus", "primary", dialog=True),
        )


@login_required
@require_http_methods(["GET", "POST"])
def member_step(request: HttpRequest, pk: int, member: int, step: str) -> HttpResponse:
    """Ask and take a step about one member: 404 for strangers, the sentence when it is refused."""
    account = get_object_or_404(PaymentAccount.objects.visible_to(request.user), pk=pk)
    person = get_object_or_404(account.members.select_related("user"), pk=member)
    if step not in ROW_STEPS:
        raise Http404
    row, back = PaymentAccountFlow.steps[step], reverse("ledger:members", args=[pk])
    refusal = PaymentAccountFlow.refusal(account, row, request.user)
    if request.method == "POST" and not refusal:
        try:
            acting_for = getattr(request, "acting_for", None)
            PaymentAccountFlow.fire(account, step, actor=request.user, acting_for=acting_for, member=person)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("%(person)s：已%(step)s。") % {"person": person.user, "step": row.label})
            return stay(request, back)
    context = {
        "title": row.label,
        "back_url": back,
        "step": row,
        "person": person,
        "account": account,
        "refusal": refusal,
    }
    return show_dialog(request, "ledger/member_step.html", context, status=409 if refusal else 200)


class StatementPage(OfAccount, Page):
    """账单 of one month: on screen, on paper, as a spreadsheet (S0-70, S0-76)."""

    title = gettext_lazy("账单")
    template_name = "ledger/statement.html"

    def allowed(self):
        return may_read_statements(self.account, self.request.user)

    @cached_property
    def month(self) -> date:
        try:
            year, month = self.request.GET.get("month", "").split("-")
            return date(int(year), int(month), 1)
        except ValueError:
            return timezone.localdate().replace(day=1)

    @cached_property
    def statement(self):
        return queries.statement(self.account, self.month, reader=self.request.user)

    def get_title(self):
        return _("%(year)s 年 %(month)s 月账单") % {"year": self.month.year, "month": self.month.month}

    def get_actions(self):
        here = reverse("ledger:statement", args=[self.account.pk])
        return (Action(_("导出 Excel"), f"{here}?month={self.month:%Y-%m}&export=xlsx", "download"),)

    def get(self, request, *args, **kwargs):
        if request.GET.get("export") == "xlsx":
            return self.export()
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        found = self.statement
        stats = [
            Stat(_("期初余额"), format_money(found.opening), self.month.strftime("%Y-%m-01")),
            Stat(_("收入"), format_money(found.income), _("充值和退回")),
            Stat(_("支出"), format_money(found.expense), _("结算扣款和取消费")),
            Stat(
                _("期末余额"), format_money(found.closing), _("不含其后的变动"), tone="bad" if found.closing < 0 else ""
            ),
        ]
        months = queries.months_of([self.account])
        return super().get_context_data(
            account=self.account,
            statement=found,
            shown_lines=found.lines[:LINES_ON_SCREEN],
            stats=stats,
            months=months,
            this_month=months[0],
            **kwargs,
        )

    def export(self) -> HttpResponse:
        found = self.statement
        heads = [
            Column("at", _("时间")), Column("kind", _("类型")), Column("what", _("事项")), Column("voucher", _("财务凭证号")),
            Column("note", _("说明")), Column("actor", _("经办人")), Column("change", _("金额")), Column("balance", _("余额")),
        ]  # fmt: skip
        rows = [["", _("期初余额"), "", "", "", "", "", found.opening]]
        for line in found.lines:
            record = line.record
            at = timezone.localtime(record.at).replace(tzinfo=None, microsecond=0)
            what = str(record.source_shown or "")
            who = str(record.actor or _("系统"))
            rows.append(
                [at, record.get_kind_display(), what, record.voucher_no, record.note, who, line.change, line.balance]
            )
        rows += [["", _("%s小计") % label, "", "", "", "", total, ""] for label, total in found.totals]
        rows.append(["", _("期末余额"), "", "", "", "", "", found.closing])
        response = HttpResponse(
            write_workbook(heads, rows, sheet_name=f"{self.month:%Y-%m}"), content_type=CONTENT_TYPE
        )
        name = f"{self.account.code}-{_('账单')}-{self.month:%Y-%m}.xlsx"
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response
