"""The way from sign-in to the desk of one's role, and the desks of those who look after accounts or the whole site."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from gongyi.accounts.models import LoginRecord, User
from gongyi.catalog.models import Instrument, RunningStatus
from gongyi.imports.models import ImportRun
from gongyi.kit.money import format_money
from gongyi.kit.views import DashboardPage, Panel, Stat
from gongyi.kit.when import format_day
from gongyi.ledger.models import PaymentAccount
from gongyi.organizations.models import Membership, Organization
from gongyi.organizations.queries import without_administrator
from gongyi.reservations.models import Reservation

SHOWN = 8
ASKED_TO_BIND = "asked_to_bind"  # in the session
KEEPS_ACCOUNTS = (Membership.Role.FINANCE, *Membership.ADMINISTERING)


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """The administrator of the platform to its overview, reviewers to what waits for them, managers to their instruments,
    finance to the accounts of their unit, everybody else to their own reservations; who has no unit is first asked for it,
    once a session (S1-15)."""
    user = request.user
    if user.is_staff:
        return redirect("portal:platform_desk")
    if user.memberships.filter(ended_at=None, role=Membership.Role.REVIEWER).exists():
        return redirect("reviews:overview")
    if Instrument.objects.managed_by(user).exists():
        return redirect("reservations:manager_desk")
    if user.memberships.filter(ended_at=None, role=Membership.Role.FINANCE).exists():
        return redirect("portal:finance_desk")
    if not user.memberships.filter(ended_at=None).exists() and not request.session.get(ASKED_TO_BIND):
        request.session[ASKED_TO_BIND] = True
        return redirect("onboarding:my_units")
    return redirect("reservations:my_desk")


class FinanceDesk(DashboardPage):
    """What waits for those who keep the payment accounts of a unit (S0-71, S0-72, S0-102)."""

    title = _l("账户工作台")

    def allowed(self):
        return self.request.user.is_staff or self.units().exists()

    def units(self):
        mine = Membership.objects.current().filter(user=self.request.user, role__in=KEEPS_ACCOUNTS)
        return Organization.objects.filter(pk__in=mine.values("organization"))

    def accounts(self):
        rows = PaymentAccount.objects.select_related("organization", "payer", "leader")
        return rows if self.request.user.is_staff else rows.filter(organization__in=self.units())

    def get_fact(self):
        return format_day(timezone.localdate(), full=True)

    def get_stats(self):
        url = reverse("ledger:unit_accounts")
        found = self.accounts().aggregate(
            active=Count("pk", Q(status="active")),
            pending=Count("pk", Q(status="pending")),
            blocked=Count("pk", Q(status="active", available__lte=-F("credit_line"))),
            owing=Count("pk", Q(status="active", available__lt=0)),
            available=Sum("available", filter=Q(status="active")),
            held=Sum("held", filter=Q(status="active")),
        )
        return [
            Stat(_("待确认开户"), found["pending"], _("课题组负责人的申请"), f"{url}?status=pending", "wait" if found["pending"] else "idle"),
            Stat(_("正常账户"), found["active"], _("个"), url, "ok"),
            Stat(_("已动用信用额度"), found["owing"], _("其中 %d 个额度用尽") % found["blocked"], url, "bad" if found["owing"] else "idle"),
            Stat(_("账户余额合计"), format_money((found["available"] or 0) + (found["held"] or 0)), _("含冻结金额"), url, "idle"),
            Stat(_("冻结合计"), format_money(found["held"] or 0), _("预约占用，使用后结算"), url, "idle"),
        ]  # fmt: skip

    def get_panels(self):
        url = reverse("ledger:unit_accounts")
        waiting = self.accounts().filter(status="pending").order_by("created_at")[:SHOWN]
        lowest = self.accounts().filter(status="active").order_by(F("available") + F("credit_line"), "pk")[:SHOWN]
        panels = []
        if waiting:
            panels.append(
                Panel(
                    _("待确认开户"),
                    "portal/_accounts.html",
                    {"accounts": waiting},
                    link=(_("全部"), f"{url}?status=pending"),
                    bare=True,
                )
            )
        panels.append(Panel(
            _("可用额度最少的账户"), "portal/_accounts.html", {"accounts": lowest}, note=_("可用额度 = 余额 + 信用额度 − 冻结"),
            link=(_("全部账户"), url), bare=True,
        ))  # fmt: skip
        return panels


def units() -> Stat:
    """How many there are; those that nobody administers are said, and opened, first."""
    active, list_url = Organization.objects.active(), reverse("organizations:list")
    if alone := without_administrator(active).count():
        words = _("家正常，%s 家没有管理员") % alone
        return Stat(_("单位"), active.count(), words, f"{list_url}?administrator=none", "wait")
    return Stat(_("单位"), active.count(), _("家正常"), list_url, "ok")


class PlatformDesk(DashboardPage):
    """The whole site at a glance, for its administrator (S0-45 … S0-50, S0-103)."""

    title = _l("平台概况")

    def allowed(self):
        return self.request.user.is_staff

    def get_fact(self):
        return format_day(timezone.localdate(), full=True)

    def get_stats(self):
        today = timezone.localdate()
        return [
            units(),
            Stat(
                _("用户"), User.objects.filter(is_active=True).count(), _("人可登录"), reverse("accounts:users"), "ok"
            ),
            Stat(
                _("仪器"),
                f"{Instrument.objects.published().count():,}",
                _("台已发布"),
                reverse("portal:instruments"),
                "ok",
            ),
            Stat(
                _("今日预约"),
                Reservation.objects.filter(starts_at__date=today).exclude(status__in=("cancelled", "rejected")).count(),
                _("次"),
                reverse("reservations:managed"),
                "act_",
            ),
            Stat(
                _("待审核预约"),
                Reservation.objects.filter(status=Reservation.Status.PENDING).count(),
                _("由仪器管理员处理"),
                f"{reverse('reservations:managed')}?status=pending",
                "wait",
            ),
        ]

    def get_panels(self):
        running = dict(Instrument.objects.published().order_by().values_list("running_status").annotate(n=Count("pk")))
        total = sum(running.values()) or 1
        rows = [
            (status, running.get(status.value, 0), round(running.get(status.value, 0) * 100 / total))
            for status in RunningStatus
        ]
        signed_in = LoginRecord.objects.select_related("user").order_by("-at")[:SHOWN]
        imports = ImportRun.objects.select_related("actor").order_by("-pk")[:SHOWN]
        return [
            Panel(_("仪器运行状态"), "portal/_running.html", {"rows": rows, "total": sum(running.values())}),
            Panel(_("最近登录日志"), "portal/_logins.html", {"logins": signed_in}, bare=True),
            Panel(_("最近导入"), "portal/_imports.html", {"imports": imports}, side=True, bare=True),
        ]
