"""The desk of people who use instruments and of leaders of groups: next bookings, what to do, accounts, favourites (S0-45 … S0-51)."""

from datetime import timedelta

from django.db.models import Count
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from gongyi.accounts.models import ReportProfile
from gongyi.accounts.queries import recent_logins
from gongyi.catalog.models import Favourite, Instrument, RunningStatus
from gongyi.kit.money import format_money
from gongyi.kit.views import Action, DashboardPage, Panel, Stat
from gongyi.kit.when import format_day, format_period
from gongyi.ledger.models import PaymentAccount
from gongyi.reservations import queries
from gongyi.reservations.models import Qualification, Reservation

S = Reservation.Status
SHOWN = 6


class MyDesk(DashboardPage):
    """工作台 of everybody who signed in: own bookings and accounts first, then instruments at a glance."""

    template_name = "reservations/my_desk.html"
    title = _l("工作台")

    def get_fact(self):
        return format_day(timezone.localdate(), full=True)

    def get_actions(self):
        return [Action(_("预约仪器"), reverse("portal:instruments"), "plus", "primary")]

    @property
    def coming(self) -> list[Reservation]:
        if not hasattr(self, "_coming"):
            rows = Reservation.objects.holding().filter(
                user=self.request.user, ends_at__gt=timezone.now() - timedelta(hours=12)
            )
            rows = rows.select_related("instrument__organization").defer("instrument__tsv", "instrument__facets")
            self._coming = list(rows.order_by("starts_at")[:50])
        return self._coming

    @property
    def accounts(self) -> list[PaymentAccount]:
        if not hasattr(self, "_accounts"):
            rows = PaymentAccount.objects.filter(members__user=self.request.user).exclude(status="closed")
            self._accounts = list(rows.select_related("organization", "leader").order_by("name_key", "pk"))
        return self._accounts

    def get_stats(self):
        user, now = self.request.user, timezone.now()
        pending = [r for r in self.coming if r.status == S.PENDING]
        valid = [r for r in self.coming if r.status in (S.VALID, S.IN_USE)]
        month = timezone.localdate().replace(day=1)
        used = Reservation.objects.filter(user=user, status=S.COMPLETED, started_at__date__gte=month)
        used = list(used.only("started_at", "ended_at", "status"))
        minutes = sum(row.used_minutes or 0 for row in used)
        levels = Qualification.objects.current().filter(user=user).count()
        spendable = sum(account.spendable for account in self.accounts)
        mine = reverse("reservations:mine")
        first = next((r for r in valid if r.ends_at > now), None)
        when = format_period(first.starts_at, first.ends_at, full=False) if first else _("没有安排")
        waiting = _("时段已先保留") if pending else _("没有等待的")
        broke = bool(self.accounts) and spendable <= 0
        return [
            Stat(_("即将使用"), len(valid), when, f"{mine}?status=valid", "ok" if valid else "idle"),
            Stat(_("待审核"), len(pending), waiting, f"{mine}?status=pending", "wait" if pending else "idle"),
            Stat(_("本月机时"), f"{minutes / 60:.1f}", _("小时，%d 次") % len(used), reverse("reservations:usage"), "done"),
            Stat(_("可用资格"), levels, _("台仪器") if levels else _("还没有授权"), reverse("portal:instruments"), "ok" if levels else "idle"),
            Stat(
                _("账户可用"), format_money(spendable), _("%d 个付款账户") % len(self.accounts), address("ledger:accounts"),
                "bad" if broke else "idle",
            ),
        ]  # fmt: skip

    def get_panels(self):
        user = self.request.user
        panels = []
        if todo := self.todo():
            panels.append(Panel(_("待办"), "reservations/_todo.html", {"todo": todo}, bare=True))
        panels.append(Panel(
            _("我的近期预约"), "reservations/_coming.html", {"coming": self.coming[:SHOWN]},
            link=(_("全部预约"), reverse("reservations:mine")), bare=True,
        ))  # fmt: skip
        favourites = [
            f.instrument for f in Favourite.objects.filter(user=user).select_related("instrument__organization")[:SHOWN]
        ]
        scales = queries.day_scales(favourites, timezone.localdate()) if favourites else {}
        panels.append(Panel(
            _("我的收藏"), "reservations/_favourites.html", {"rows": [(i, scales[i.pk]) for i in favourites]},
            note=_("今日空闲"), link=(_("全部收藏"), address("portal:favourites")) if favourites else None, bare=True,
        ))  # fmt: skip
        led = [account for account in self.accounts if account.leader_id == user.pk]
        panels.append(Panel(
            _("课题组账户") if led else _("我的付款账户"), "reservations/_accounts.html", {"accounts": self.accounts[:SHOWN], "led": {a.pk for a in led}},
            link=(_("全部账户"), address("ledger:accounts")), side=True, bare=True,
        ))  # fmt: skip
        counts = dict(Instrument.objects.published().order_by().values_list("running_status").annotate(n=Count("pk")))
        running = [(status, counts.get(status.value, 0)) for status in RunningStatus]
        panels.append(Panel(
            _("仪器运行状态"), "reservations/_running.html", {"total": sum(counts.values()), "running": running}, side=True
        ))  # fmt: skip
        panels.append(Panel(
            _("最近登录"), "reservations/_logins.html", {"logins": recent_logins(user, 5)},
            link=(_("登录日志"), address("accounts:logins")), side=True, bare=True,
        ))  # fmt: skip
        return panels

    def todo(self) -> list[tuple[str, str, str, str]]:
        """What the person should do: (what, why, address, verb)."""
        user, now = self.request.user, timezone.now()
        found = []
        for row in self.coming:
            where, there = row.instrument.name, reverse("reservations:use", args=[row.instrument_id])
            if row.status == S.IN_USE and row.ends_at < now:
                found.append((_("签退 %s") % where, _("预约时段已经结束"), there, _("去签退")))
            elif row.status == S.VALID and row.starts_at - timedelta(minutes=30) <= now < row.ends_at:
                when = format_period(row.starts_at, row.ends_at, full=False)
                found.append((_("签到 %s") % where, when, there, _("去签到")))
        if getattr(self.request, "acting_for", None) is None and not user.is_staff:
            why = _("绑定后才能代表单位预约、使用付款账户")
            found.append((_("绑定您的单位"), why, address("onboarding:my_units"), _("去绑定")))
        if not ReportProfile.objects.filter(user=user).exists():
            found.append(
                (_("填写上报信息"), _("填一次，以后每张预约单自动带出"), address("accounts:edit_report"), _("去填写"))
            )
        for account in self.accounts:
            if account.leader_id == user.pk and account.spendable <= 0:
                why = _("余额加信用额度不足，成员不能预约")
                found.append((_("为「%s」办理充值") % account.name, why, account.get_absolute_url(), _("查看账户")))
        soon = timezone.localdate() + timedelta(days=30)
        ending = Qualification.objects.current().filter(user=user, expires_on__lte=soon).select_related("instrument")
        for level in ending[:3]:
            what, until = (
                _("%s 的资格即将到期") % level.instrument.name,
                _("有效期至 %s") % format_day(level.expires_on),
            )
            found.append((what, until, level.instrument.get_absolute_url(), _("查看仪器")))
        return [line for line in found if line[2]]


def address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
