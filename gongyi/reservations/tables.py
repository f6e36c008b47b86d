"""Columns of the lists of this app."""

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from gongyi.kit.money import format_money
from gongyi.kit.tables import (
    ActionsColumn,
    Column,
    DayColumn,
    DurationColumn,
    LinkColumn,
    MoneyColumn,
    PeriodColumn,
    StatusColumn,
    Table,
    WhenColumn,
    YesNoColumn,
)
from gongyi.kit.templatetags.gongyi import badge, qualification
from gongyi.kit.when import format_period
from gongyi.reservations.models import Ban, Closure, FaultReport, Qualification, Reservation

MENU = (
    '<a class="nw" href="{{ record.get_absolute_url }}">{% translate "查看" %}'
    '<span class="visually-hidden">{{ record }}</span></a>'
)


class BookedTime(PeriodColumn):
    """The booked time, ordered by its start."""

    def __init__(self, **kwargs):
        super().__init__(_l("使用时段"), accessor="starts_at", **kwargs)

    def render(self, record):
        return format_period(record.starts_at, record.ends_at, full=False)

    def value(self, record):
        return format_period(record.starts_at, record.ends_at)


class Amount(MoneyColumn):
    """What a booking cost, or will cost while it is not settled."""

    def __init__(self, **kwargs):
        super().__init__(_l("费用"), accessor="estimate", orderable=False, **kwargs)

    def render(self, record):
        return format_money(self.value(record))

    def value(self, record):
        if record.charged is None and record.status == Reservation.Status.REJECTED:
            return 0
        return record.estimate if record.charged is None else record.charged


class MineTable(Table):
    """我的预约 → 按时预约 (S0-83)."""

    number = LinkColumn(_l("预约编号"))
    instrument = Column(_l("仪器"), phone="sub", order_by=("instrument__name_key",))
    period = BookedTime(phone="more")
    status = StatusColumn(_l("预约状态"))
    amount = Amount()
    account = Column(_l("付款账户"), shown=False, phone="hide", order_by=("account__name_key",))
    purpose = Column(_l("实验内容"), shown=False, phone="hide", orderable=False)
    source = Column(_l("来源"), accessor="get_source_display", shown=False, phone="hide", orderable=False)
    created_at = WhenColumn(_l("提交时间"), shown=False, phone="hide")
    actions = ActionsColumn(template_name="reservations/_mine_actions.html")

    class Meta:
        model = Reservation
        fields = ()
        order_by = ("-period",)


class UsageTable(Table):
    """我的使用记录: instrument, start, end, duration (S0-87, S0-88)."""

    instrument = LinkColumn(_l("仪器名称"), order_by=("instrument__name_key",))
    started_at = WhenColumn(_l("开始时间"), phone="sub")
    ended_at = WhenColumn(_l("结束时间"), phone="more")
    length = DurationColumn(
        _l("使用时长"), accessor="used_minutes", order_by=("ended_at",), orderable=False, phone="more"
    )
    charged = MoneyColumn(_l("费用"))
    status = StatusColumn(_l("状态"))
    account = Column(_l("付款账户"), shown=False, phone="hide", order_by=("account__name_key",))
    number = Column(_l("预约编号"), shown=False, phone="hide")

    class Meta:
        model = Reservation
        fields = ()
        order_by = ("-started_at",)


class ManagedTable(Table):
    """Reservations of the instruments one looks after."""

    number = LinkColumn(_l("预约编号"))
    user = Column(_l("预约人"), order_by=("user__name_key",), phone="sub")
    instrument = Column(_l("仪器"), phone="more", order_by=("instrument__name_key",))
    period = BookedTime(phone="more")
    status = StatusColumn(_l("预约状态"))
    amount = Amount()
    hint = Column(_l("提示"), empty_values=(), phone="hide", accessor="pk", orderable=False, exclude_from_export=True)
    account = Column(_l("付款账户"), shown=False, phone="hide", order_by=("account__name_key",))
    purpose = Column(_l("实验内容"), shown=False, phone="hide", orderable=False)
    started_at = WhenColumn(_l("实际开始"), shown=False, phone="hide")
    ended_at = WhenColumn(_l("实际结束"), shown=False, phone="hide")
    created_at = WhenColumn(_l("提交时间"), shown=False, phone="hide")
    actions = ActionsColumn(MENU)

    class Meta:
        model = Reservation
        fields = ()
        order_by = ("-period",)

    def render_hint(self, record):
        found = hint(record)
        return badge(*found, plain=True) if found else ""


def hint(reservation) -> tuple[str, str] | None:
    """What a manager should notice about a reservation: words and tone."""
    now = timezone.now()
    if reservation.status == Reservation.Status.PENDING:
        minutes = (reservation.starts_at - now).total_seconds() // 60
        if minutes < 0:
            return _("已到开始时间"), "bad"
        if minutes < 120:
            return _("%d 分钟后开始") % minutes, "bad"
        if reservation.expires_at and (reservation.expires_at - now).total_seconds() < 6 * 3600:
            return _("即将过期"), "wait"
    if reservation.status == Reservation.Status.IN_USE and reservation.ends_at < now:
        return _("超时 %d 分") % ((now - reservation.ends_at).total_seconds() // 60), "bad"
    return None


class QualificationTable(Table):
    """People and their levels on the instruments one looks after."""

    user = Column(_l("姓名"), phone="title", order_by=("user__name_key",))
    contact = Column(_l("联系方式"), accessor="user__email", phone="hide", shown=False, orderable=False)
    instrument = Column(_l("仪器"), phone="sub", order_by=("instrument__name_key",))
    level = Column(_l("资格"), phone="status")
    expires_on = DayColumn(_l("有效期至"), full=True, empty_values=())
    granted_at = WhenColumn(_l("授权时间"), phone="hide")
    granted_by = Column(_l("授权人"), phone="hide", shown=False, order_by=("granted_by__name_key",))
    note = Column(_l("说明"), phone="hide", shown=False, orderable=False)
    actions = ActionsColumn(template_name="reservations/_level_actions.html")

    locked = "user"

    class Meta:
        model = Qualification
        fields = ()
        order_by = ("user",)

    def render_level(self, record):
        return qualification(record.level)

    def value_level(self, record):
        return record.get_level_display()

    def render_expires_on(self, record):
        if record.expires_on is None:
            return _("长期")
        days = (record.expires_on - timezone.localdate()).days
        text = record.expires_on.isoformat()
        if days < 0:
            return format_html("{} {}", text, badge(_("已过期"), "bad", plain=True))
        return format_html("{} {}", text, badge(_("还有 %d 天") % days, "wait", plain=True)) if days <= 30 else text


class BanTable(Table):
    """The blacklist of a unit."""

    user = Column(_l("姓名"), phone="title", order_by=("user__name_key",))
    organization = Column(_l("单位"), phone="hide")
    reason = Column(_l("原因"), phone="sub", orderable=False)
    until = WhenColumn(_l("截止"), full=True, empty_values=())
    created_at = WhenColumn(_l("登记时间"), phone="hide")
    created_by = Column(_l("登记人"), phone="hide", shown=False)
    state = Column(_l("状态"), accessor="pk", phone="status", orderable=False)
    actions = ActionsColumn(template_name="reservations/_ban_actions.html")

    locked = "user"

    class Meta:
        model = Ban
        fields = ()
        order_by = ("-created_at",)

    def render_until(self, record):
        return _("解除之前") if record.until is None else WhenColumn(full=True).render(record.until)

    def render_state(self, record):
        return badge(*ban_state(record))

    def value_state(self, record):
        return ban_state(record)[0]


def ban_state(ban) -> tuple[str, str]:
    if ban.lifted_at is not None:
        return _("已解除"), "idle"
    if ban.until is not None and ban.until <= timezone.now():
        return _("已到期"), "idle"
    return _("限制中"), "bad"


class ClosureTable(Table):
    """停机: what is closed, when and why."""

    instrument = Column(_l("仪器"), phone="title", order_by=("instrument__name_key",))
    during = PeriodColumn(_l("时段"))
    kind = Column(_l("类型"), phone="more")
    reason = Column(_l("原因"), phone="more", orderable=False)
    created_by = Column(_l("登记人"), phone="hide", shown=False)
    state = Column(_l("状态"), accessor="pk", phone="status", orderable=False)
    actions = ActionsColumn(template_name="reservations/_closure_actions.html")

    locked = "instrument"

    class Meta:
        model = Closure
        fields = ()
        order_by = ("-during",)

    def render_state(self, record):
        return badge(*closure_state(record))

    def value_state(self, record):
        return closure_state(record)[0]


def closure_state(closure) -> tuple[str, str]:
    now = timezone.now()
    if closure.lifted_at is not None:
        return _("已解除"), "idle"
    if closure.during.upper <= now:
        return _("已结束"), "idle"
    return (_("停机中"), "bad") if closure.during.lower <= now else (_("将停机"), "wait")


class FaultTable(Table):
    """Faults, open ones first."""

    instrument = Column(_l("仪器"), phone="title", order_by=("instrument__name_key",))
    description = Column(_l("故障现象"), phone="sub", orderable=False)
    disabling = YesNoColumn(_l("无法使用"), yes_tone="bad", phone="hide")
    reported_by = Column(_l("报告人"), phone="hide")
    reported_at = WhenColumn(_l("报告时间"), phone="more")
    expected_on = DayColumn(_l("预计恢复"), phone="more")
    resolved_at = WhenColumn(_l("解决时间"), phone="hide", shown=False)
    resolution = Column(_l("处理结果"), phone="hide", shown=False, orderable=False)
    state = Column(_l("状态"), accessor="pk", phone="status", orderable=False)
    actions = ActionsColumn(template_name="reservations/_fault_actions.html")

    locked = "instrument"

    class Meta:
        model = FaultReport
        fields = ()
        order_by = ("-reported_at",)

    def render_state(self, record):
        return badge(_("已解决"), "done") if record.resolved_at else badge(_("处理中"), "bad")

    def value_state(self, record):
        return _("已解决") if record.resolved_at else _("处理中")


class RuledTable(Table):
    """The instruments one looks after, as the way to their rules, hours, people and closures."""

    name = LinkColumn(
        _l("仪器"),
        linkify=lambda record: reverse("reservations:instrument_rules", args=[record.pk]),
        order_by=("name_key",),
    )
    number = Column(_l("仪器编号"), phone="sub")
    running_status = StatusColumn(_l("运行状态"))
    actions = ActionsColumn(template_name="reservations/_instrument_actions.html")

    class Meta:
        fields = ()
        order_by = ("name",)
