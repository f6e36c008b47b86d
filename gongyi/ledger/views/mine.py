"""What a person may pay with, and the groups they lead, manage or belong to (S0-73 … S0-82)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, F, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gongyi.kit.dialogs import show_dialog, stay
from gongyi.kit.views import Action, Crumb, FormPage, ListPage, Section
from gongyi.ledger import queries, services
from gongyi.ledger.filters import AccountFilter
from gongyi.ledger.forms import ApplyForm
from gongyi.ledger.models import AccountMember, PaymentAccount
from gongyi.ledger.tables import GroupTable, UsableTable
from gongyi.organizations.queries import organizations_of

Role = AccountMember.Role
ACCOUNTS = Crumb(gettext_lazy("付款账户"), reverse_lazy("ledger:accounts"))
UNIT_ACCOUNTS = Crumb(gettext_lazy("单位付款账户"), reverse_lazy("ledger:unit_accounts"))


def with_standing(accounts):
    """What lists show of each account, in the one query of the list."""
    return accounts.select_related("organization", "payer", "department", "leader").annotate(
        balance_now=F("available") + F("held"), spendable_now=F("available") + F("credit_line")
    )


class Accounts(ListPage):
    """我可用的付款账户 (S0-79)."""

    model = PaymentAccount
    title = gettext_lazy("我可用的付款账户")
    noun, measure = gettext_lazy("付款账户"), gettext_lazy("个")
    table_class = UsableTable
    filter_class = AccountFilter

    def get_queryset(self):
        user = self.request.user
        own = AccountMember.objects.filter(user=user)
        usable = PaymentAccount.objects.filter(
            pk__in=own.values("account"), status__in=(PaymentAccount.Status.ACTIVE, PaymentAccount.Status.FROZEN)
        )
        role = own.filter(account=OuterRef("pk")).values("role")[:1]
        return with_standing(usable).annotate(my_role=Subquery(role))

    def get_table_kwargs(self):
        return {"defaults": queries.default_accounts(self.request.user)}

    def get_actions(self):
        return (
            Action(_("我的课题组"), reverse("ledger:led_groups"), "users"),
            Action(_("新建课题组"), reverse("ledger:apply"), "plus"),
        )

    @property
    def empty_text(self):
        return _("预约收费的仪器前，须先加入一个付款账户：请课题组负责人添加您，或新建课题组，由仪器所属单位确认。")

    @property
    def empty_action(self):
        return Action(_("新建课题组"), reverse("ledger:apply"))


class Groups(ListPage):
    """Shared by the three lists of groups: which of them, by the person's role there."""

    role = Role.MEMBER
    noun, measure = gettext_lazy("课题组"), gettext_lazy("个")
    template_name = "ledger/groups.html"
    table_class = GroupTable
    filter_class = AccountFilter

    def get_queryset(self):
        own = AccountMember.objects.filter(user=self.request.user, role=self.role)
        people = (
            AccountMember.objects.filter(account=OuterRef("pk"))
            .order_by()
            .values("account")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return with_standing(PaymentAccount.objects.filter(pk__in=own.values("account"))).annotate(
            people=Subquery(people)
        )

    def get_actions(self):
        return (Action(_("新建课题组"), reverse("ledger:apply"), "plus", tone="primary"),)

    def get_context_data(self, **kwargs):
        counted = dict(
            AccountMember.objects.filter(user=self.request.user).order_by().values_list("role").annotate(n=Count("pk"))
        )
        tabs = [
            {
                "label": page.title,
                "url": reverse(name),
                "count": counted.get(page.role, 0),
                "current": page.role == self.role,
            }
            for name, page in GROUPS.items()
            if page.role == self.role or counted.get(page.role)
        ]
        return super().get_context_data(tabs=tabs, **kwargs)


class LedGroups(Groups):
    """我的课题组, for leaders (S0-73 … S0-76)."""

    role = Role.LEADER
    title = gettext_lazy("我的课题组")
    empty_text = gettext_lazy("您还不是课题组负责人。新建课题组后，由仪器所属单位的管理员确认开户。")


class ManagedGroups(Groups):
    """我管理的课题组, for group managers (S0-77)."""

    role = Role.MANAGER
    title = gettext_lazy("我管理的课题组")
    empty_text = gettext_lazy("您还没有管理任何课题组。课题组负责人可以把您设为管理员。")


class JoinedGroups(Groups):
    """我所在的课题组, for ordinary members (S0-78)."""

    role = Role.MEMBER
    title = gettext_lazy("我所在的课题组")
    empty_text = gettext_lazy("您还不是任何课题组的普通成员。请课题组负责人或管理员添加您。")


GROUPS = {"ledger:led_groups": LedGroups, "ledger:managed_groups": ManagedGroups, "ledger:joined_groups": JoinedGroups}


class Apply(FormPage):
    """A new group for a separate payer (S0-75); the owning unit's administrator confirms it (S0-8)."""

    title = gettext_lazy("新建课题组")
    form_class = ApplyForm
    crumbs = (ACCOUNTS, Crumb(gettext_lazy("新建课题组")))
    sections = (
        Section(gettext_lazy("课题组"), ("name", "purpose")),
        Section(gettext_lazy("在哪里用、由谁付"), ("organization", "payer", "department")),
    )
    submit_label = gettext_lazy("提交申请")
    submit_note = gettext_lazy("由所属单位管理员确认后才能付款。")
    success_message = gettext_lazy("申请已提交，所属单位管理员确认后会通知您。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"payers": organizations_of(self.request.user)}

    def get_initial(self):
        return {"payer": self.request.acting_for, "organization": self.request.GET.get("organization")}

    def get_cancel_url(self):
        return reverse("ledger:accounts")

    def save(self, form):
        return services.apply(leader=self.request.user, **form.cleaned_data)


@login_required
@require_http_methods(["GET", "POST"])
def set_default(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one of one's accounts the default at its unit (S0-82); 404 for an account one can't pay with."""
    account = get_object_or_404(PaymentAccount.objects.usable_by(request.user).select_related("organization"), pk=pk)
    if request.method == "GET":
        context = {"title": _("设为默认付款账户"), "account": account, "back_url": reverse("ledger:accounts")}
        return show_dialog(request, "ledger/set_default.html", context)
    services.choose_default(user=request.user, account=account)
    messages.success(
        request,
        _("预约%(unit)s的仪器时，默认用「%(account)s」付款。") % {"unit": account.organization, "account": account},
    )
    return stay(request, reverse("ledger:accounts"))
