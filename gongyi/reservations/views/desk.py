"""The desk of those who look after instruments: what waits, today's time, reviews, machine hours; and all their bookings."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

from gongyi.catalog.models import Instrument
from gongyi.kit.dialogs import go
from gongyi.kit.views import Action, BulkAction, BulkResult, DashboardPage, ListPage, Stat
from gongyi.kit.when import format_duration, format_when
from gongyi.reservations import hours, queries, timelines
from gongyi.reservations.filters import ManagedFilter
from gongyi.reservations.models import Closure, FaultReport, Qualification, Reservation
from gongyi.reservations.tables import ManagedTable, hint
from gongyi.reservations.views.rules import ForManagers, managed_by
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow.forms import ReasonForm

ON_TIMELINE = 12
PENDING_SHOWN = 8
S = Reservation.Status


class Managed(ForManagers, ListPage):
    """Reservations of the instruments one looks after; pending ones are approved or rejected together (S0-29)."""

    title = _l("预约管理")
    noun = _l("预约")
    model = Reservation
    table_class = ManagedTable
    filter_class = ManagedFilter
    empty_text = _l("有人预约您管理的仪器后，会列在这里。")
    bulk_actions = (
        BulkAction(
            "reject",
            _l("驳回"),
            tone="bad",
            form_class=ReasonForm,
            effect=_l("驳回后时段立即释放，冻结金额退回，原因会发给预约人。"),
        ),
        BulkAction("approve", _l("通过"), tone="primary"),
    )

    def get_queryset(self):
        return queries.managed_reservations(self.request.user).defer("instrument__tsv", "instrument__facets")

    def bulk_approve(self, queryset):
        return self.fire(queryset, "approve")

    def bulk_reject(self, queryset, *, reason):
        return self.fire(queryset, "reject", reason=reason)

    def fire(self, queryset, step: str, **data: Any) -> BulkResult:
        """One transaction for each; who is refused is named with the sentence."""
        acting_for = getattr(self.request, "acting_for", None)
        rows = list(queryset.order_by("starts_at", "pk"))
        return BulkResult.of(
            rows, lambda row: ReservationFlow.fire(row, step, actor=self.request.user, acting_for=acting_for, **data)
        )

    def bulk(self):
        """Whoever came from the desk goes back to it."""
        response = super().bulk()
        done = response.status_code in (204, 302)
        return (
            go(self.request, reverse("reservations:manager_desk")) if done and "desk" in self.request.GET else response
        )


class ManagerDesk(ForManagers, DashboardPage):
    """工作台 of those who look after instruments."""

    template_name = "reservations/manager_desk.html"
    title = _l("工作台")

    @cached_property
    def instruments(self) -> list[Instrument]:
        rows = managed_by(self.request.user).exclude(running_status="scrapped")
        return list(rows.select_related("organization").defer("tsv", "facets").order_by("name_key", "pk")[:200])

    @cached_property
    def on_timeline(self) -> list[Instrument]:
        """Those with something to see: bookable ones, busy ones first when they are many."""
        bookable = [instrument for instrument in self.instruments if instrument.timed_booking]
        busy = set(queries.today_of(self.request.user).order_by().values_list("instrument", flat=True))
        if len(bookable) > ON_TIMELINE:
            bookable.sort(key=lambda instrument: instrument.pk not in busy)
        return bookable[:ON_TIMELINE]

    def get_fact(self):
        return format_when(timezone.localtime(), full=True)

    def get_actions(self):
        return [
            Action(_("登记停机"), reverse("reservations:close"), "tool", "quiet"),
            Action(_("代为预约"), reverse("reservations:book_for"), "plus", "primary"),
        ]

    def get_stats(self):
        now = timezone.now()
        stats = queries.stats(self.request.user, now)
        late = queries.overtime_of(self.request.user, now).first()
        faults = FaultReport.objects.open().filter(instrument__in=managed_by(self.request.user).values("pk"))
        ending = Qualification.objects.filter(
            withdrawn_at=None, instrument__in=managed_by(self.request.user).values("pk"),
            expires_on__range=(timezone.localdate(), timezone.localdate() + timedelta(days=30)),
        ).count()  # fmt: skip
        waiting = (
            _("最早等待 %s") % format_duration(now - stats.oldest_pending_at)
            if stats.oldest_pending_at
            else _("没有等待的")
        )
        overtime = (
            _("%(who)s，已超 %(n)s") % {"who": late.user, "n": format_duration(now - late.ends_at)}
            if late
            else _("都按时签退")
        )
        managed = reverse("reservations:managed")
        first_fault = faults.select_related("instrument").first()
        return [
            Stat(_("待审核预约"), stats.pending, waiting, f"{managed}?status=pending", "wait" if stats.pending else "idle"),
            Stat(_("超时未签退"), stats.overtime, overtime, f"{managed}?status=in_use", "bad" if stats.overtime else "idle"),
            Stat(_("今日预约"), stats.today, _("共 %s 小时") % stats.today_hours, reverse("reservations:timeline"), "done"),
            Stat(
                _("故障"), faults.count(), first_fault.instrument.name if first_fault else _("全部正常"),
                reverse("reservations:faults") + "?state=open", "bad" if first_fault else "idle",
            ),
            Stat(
                _("30 天内到期资格"), ending, _("本周失约 %d 次") % stats.no_shows_this_week,
                reverse("reservations:people") + "?ending=true", "wait" if ending else "idle",
            ),
        ]  # fmt: skip

    def get_context_data(self, **kwargs):
        user = self.request.user
        pending = list(queries.pending_for(user).defer("instrument__tsv", "instrument__facets")[:PENDING_SHOWN])
        weeks = hours.by_week(self.instruments)
        closures = Closure.objects.filter(
            instrument__in=managed_by(user).values("pk"), lifted_at=None, during__endswith__gt=timezone.now()
        )
        return super().get_context_data(
            timeline=timelines.build(self.on_timeline, timezone.localdate(), user),
            instrument_count=len(self.instruments),
            hidden_count=max(0, len([i for i in self.instruments if i.timed_booking]) - len(self.on_timeline)),
            pending=[(row, hint(row)) for row in pending],
            pending_count=queries.pending_for(user).order_by().count(),
            weeks=weeks,
            chart=chart_of(weeks),
            closures=closures.select_related("instrument").order_by("during")[:4],
            **kwargs,
        )


def chart_of(weeks: list[hours.Week]) -> dict[str, Any]:
    """What chart.js draws, and the finding as a sentence."""
    last = weeks[-2] if len(weeks) > 1 else weeks[-1]
    labels = [f"{week.monday:%m-%d}" for week in weeks[:-1]] + [_("本周")]
    return {
        "labels": labels,
        "series": [
            {"name": _("使用"), "kind": "bar", "data": [float(week.used) for week in weeks]},
            {"name": _("停机"), "kind": "bar", "data": [float(week.closed) for week in weeks]},
            {"name": _("利用率"), "kind": "line", "data": [float(week.percent) for week in weeks]},
        ],
        "finding": _("近 12 周使用与停机机时堆叠柱图和利用率折线；上一周使用 %(used)s 小时，利用率 %(percent)s%%。")
        % {"used": last.used, "percent": last.percent},
        "percent": str(last.percent),
    }


@login_required
@require_GET
def hours_table(request: HttpRequest) -> HttpResponse:
    """The numbers behind the chart."""
    if not Instrument.objects.managed_by(request.user).exists():
        raise Http404
    instruments = list(managed_by(request.user).defer("tsv", "facets")[:2000])
    return render(
        request,
        "reservations/hours.html",
        {"weeks": list(reversed(hours.by_week(instruments))), "count": len(instruments)},
    )


@login_required
@require_GET
def book_for(request: HttpRequest) -> HttpResponse:
    """代为预约: choose the instrument first; its calendar then lets a manager book for others."""
    if not Instrument.objects.managed_by(request.user).exists():
        raise Http404
    rows = managed_by(request.user).filter(timed_booking=True, status="approved").defer("tsv", "facets")
    found = list(rows.select_related("organization").order_by("name_key", "pk")[:200])
    scales = queries.day_scales(found, timezone.localdate())
    shown = [(instrument, scales[instrument.pk]) for instrument in found]
    return render(request, "reservations/book_for.html", {"rows": shown})
