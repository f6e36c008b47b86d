"""The page of one booking: what was booked, how far it has come, what it costs, what can be done (S0-30, S0-31, S3-77)."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from gongyi.accounts.models import ProjectFunding, ServicePurpose, ServiceTarget
from gongyi.accounts.subjects import subject_choices
from gongyi.kit.templatetags.gongyi import masked_phone
from gongyi.kit.views import Action, Crumb, Field, FieldGroup, Panel
from gongyi.kit.when import format_duration, format_period, format_when
from gongyi.ledger.rules import estimate
from gongyi.reservations import queries
from gongyi.reservations.models import Reservation
from gongyi.reservations.rules import is_manager
from gongyi.reservations.workflow import rules_of
from gongyi.workflow.views import WorkflowPage

S = Reservation.Status
ICONS = {"check_in": "login-2", "check_out": "logout-2", "approve": "check", "edit": "pencil", "move": "calendar-event"}


class ReservationPage(WorkflowPage):
    """Seen by whoever booked, the managers of the instrument, and leader and managers of the paying group."""

    model = Reservation
    template_name = "reservations/reservation.html"
    icons = ICONS

    def get_queryset(self):
        related = ("instrument__organization", "instrument__department", "user", "account__leader")
        return super().get_queryset().select_related(*related)

    @property
    def manages(self) -> bool:
        return is_manager(self.object.instrument, self.request.user)

    def get_crumbs(self):
        if self.object.user_id == self.request.user.pk:
            first = Crumb(_("我的预约"), reverse("reservations:mine"))
        elif self.manages:
            first = Crumb(_("预约管理"), reverse("reservations:managed"))
        else:
            first = Crumb(_("付款账户"), reverse("ledger:accounts"))
        return [first, Crumb(str(self.object))]

    def get_subtitle(self):
        booking = self.object
        return f"{booking.instrument.name} · {format_period(booking.starts_at, booking.ends_at)}"

    def get_actions(self):
        pk = self.object.pk
        return [
            Action(_("加入日历"), reverse("reservations:ics", args=[pk]), "calendar-plus", "quiet"),
            Action(_("打印"), reverse("reservations:slip", args=[pk]), "printer", "quiet"),
        ]

    def url_of(self, step):
        """Moving asks for a time, so it has a dialog of its own with every rule's answer."""
        return reverse("reservations:move", args=[self.object.pk]) if step.name == "move" else super().url_of(step)

    def get_path(self):
        """Who needs no review never passes 待审核; a walk-up use begins with 使用中."""
        if self.object.source == Reservation.Source.WALK_UP:
            return [S.IN_USE, S.COMPLETED]
        reviewed = any(record.to_status == S.PENDING for record in self.history)
        return [S.PENDING, S.VALID, S.IN_USE, S.COMPLETED] if reviewed else [S.VALID, S.IN_USE, S.COMPLETED]

    def note_of(self, status, distance: int) -> str:
        booking = self.object
        if distance == 0 and status == S.PENDING and booking.expires_at:
            return _("保留至 %s") % format_when(booking.expires_at)
        if distance == 1 and status == S.IN_USE:
            return _("%s 开始") % format_when(booking.starts_at)
        return ""

    def get_groups(self):
        groups = [FieldGroup(_("预约信息"), list(self.facts()))]
        if self.object.started_at:
            groups.append(FieldGroup(_("使用情况"), list(self.use())))
        if self.object.waived:
            lines = [
                Field(
                    _("豁免"),
                    _("%(rule)s：%(reason)s")
                    % {"rule": waived.get("label", waived["rule"]), "reason": waived["reason"]},
                    wide=True,
                )
                for waived in self.object.waived
            ]
            groups.append(FieldGroup(_("豁免的规则"), lines))
        if report := list(report_fields(self.object.report)):
            groups.append(FieldGroup(_("上报信息"), report))
        return groups

    def facts(self) -> Iterator[Field]:
        booking, instrument = self.object, self.object.instrument
        link = format_html(
            '<a href="{}">{}</a> <span class="t3">{}</span>',
            instrument.get_absolute_url(),
            instrument.name,
            instrument.number,
        )
        yield Field(_("仪器"), link)
        yield Field(_("地点"), " ".join(filter(None, (str(instrument.organization), instrument.location))))
        yield Field(
            _("使用时段"), format_html('<b class="num">{}</b>', format_period(booking.starts_at, booking.ends_at))
        )
        yield Field(_("时长"), format_duration(booking.minutes))
        whom = f"{booking.user} {masked_phone(booking.user.phone) if booking.user.phone else ''}"
        yield Field(_("预约人"), whom if not self.manages else f"{booking.user} {booking.user.phone or ''}")
        yield Field(_("付款账户"), str(booking.account) if booking.account else _("不收费"))
        yield Field(_("来源"), booking.get_source_display())
        yield Field(_("提交时间"), format_when(booking.created_at, full=True))
        yield Field(_("实验内容"), booking.purpose, wide=True)
        yield Field(_("样品说明"), booking.sample_notes, wide=True)

    def use(self) -> Iterator[Field]:
        booking = self.object
        yield Field(_("实际开始"), format_when(booking.started_at, full=True))
        yield Field(_("实际结束"), format_when(booking.ended_at, full=True) if booking.ended_at else "")
        minutes = booking.used_minutes
        if minutes is None:
            minutes = int((timezone.now() - booking.started_at).total_seconds() // 60)
            yield Field(_("已使用"), format_duration(minutes))
            if over := queries.overtime_minutes(booking):
                yield Field(_("超时"), format_html('<span class="bk-bad">{}</span>', format_duration(over)))
        else:
            yield Field(_("使用时长"), format_duration(minutes))
        if booking.corrected_at:
            yield Field(_("更正时间"), format_when(booking.corrected_at))
        if booking.feedback:
            yield Field(_("使用反馈"), booking.feedback, wide=True)

    def get_side_panels(self):
        booking = self.object
        now = timezone.now()
        if booking.account is None and not booking.price:
            return []
        rules = rules_of(booking)
        context = {
            "reservation": booking,
            "estimate": estimate(
                booking.price or None, booking.minutes, int(booking.price.get("minimum_bill_minutes") or 0)
            ),
            "terms": queries.cancellation_terms(booking, rules=rules)
            if booking.status in (S.PENDING, S.VALID) and now < booking.starts_at
            else None,
            "settled": booking.charged is not None,
        }
        return [Panel(_("费用"), "reservations/_money.html", context)]

    def get_context_data(self, **kwargs):
        booking = self.object
        opens = booking.starts_at - timedelta(minutes=rules_of(booking).early_check_in_minutes)
        soon = booking.status == S.VALID and opens - timedelta(hours=12) <= timezone.now() < booking.ends_at
        return super().get_context_data(soon=soon, opens_at=opens, **kwargs)


def report_fields(report: dict) -> Iterator[Field]:
    """The reporting information in words; what was left empty is left out."""
    words = {
        "project_funding": dict(ProjectFunding.choices), "service_purpose": dict(ServicePurpose.choices),
        "service_target": dict(ServiceTarget.choices),
    }  # fmt: skip
    labels = {
        "project_name": _("项目名称"), "project_funding": _("经费来源"), "project_no": _("项目编号"), "subject_codes": _("学科领域"),
        "service_purpose": _("服务类型"), "service_target": _("服务对象"), "applicant_unit": _("申请人单位"), "project_content": _("研究内容"),
    }  # fmt: skip
    for name, label in labels.items():
        value = report.get(name)
        if not value:
            continue
        if name == "subject_codes":
            subjects = dict(subject_choices())
            value = "、".join(str(subjects.get(code, code)) for code in value)
        yield Field(label, words.get(name, {}).get(value, value), wide=name == "project_content")
