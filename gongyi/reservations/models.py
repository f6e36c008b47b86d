"""Time on instruments: who may use them, by which rules, when they are taken, and what became of each reservation."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import Instrument, InstrumentManager, PriceTier
from gongyi.kit.choices import StatusChoices
from gongyi.kit.money import MoneyField
from gongyi.organizations.models import Department, Membership


class AmongIds(Func):
    """`column = ANY (ARRAY (SELECT …))`: unlike IN it may use an index also beside an OR, however long the table is."""

    arg_joiner = " = ANY ("
    template = "%(expressions)s)"
    output_field = models.BooleanField()

    def __init__(self, column, ids):
        super().__init__(F(column) if isinstance(column, str) else column, ArraySubquery(ids))


def of_managed_instruments(user):
    """The condition that `instrument` is one this person looks after: as its manager, by its laboratory's account, or as
    its unit's administrator.

    The ids are read now and written into the query: a planner that does not know how few they are reads the whole table.
    """
    condition = Q(instrument__in=list(InstrumentManager.objects.filter(user=user).values_list("instrument", flat=True)))
    places = list(user.memberships.filter(ended_at=None).values_list("role", "organization"))
    units = {unit for role, unit in places if role in Membership.ADMINISTERING}
    if units:
        of_the_units = Instrument.objects.filter(organization__in=units).order_by().values("pk")
        condition |= Q(AmongIds("instrument", of_the_units))
    if any(role == Membership.Role.LABORATORY for role, _unit in places):
        kept = list(Department.objects.kept_by(user).values_list("pk", flat=True))
        of_the_laboratory = Instrument.objects.filter(department__in=kept).order_by().values("pk")
        condition |= Q(AmongIds("instrument", of_the_laboratory))
    return condition


class QualificationQuerySet(models.QuerySet):
    def current(self, on=None):
        on = on or timezone.localdate()
        return self.filter(Q(expires_on=None) | Q(expires_on__gte=on), withdrawn_at=None)

    def visible_to(self, user):
        if user.is_staff:
            return self
        return self.filter(Q(user=user) | of_managed_instruments(user))


class Qualification(models.Model):
    """The level a manager gave a person on one instrument (S0-17 … S0-20); no current row means 未授权."""

    class Level(models.IntegerChoices):
        NONE = 0, _("未授权")
        NORMAL = 1, _("普通")
        SENIOR = 2, _("资深")

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="qualifications", verbose_name=_("仪器"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="qualifications", verbose_name=_("人员")
    )
    level = models.PositiveSmallIntegerField(_("资格"), choices=Level, default=Level.NORMAL)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("授权人"))
    granted_at = models.DateTimeField(_("授权时间"), auto_now_add=True)
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = QualificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("使用资格")
        ordering = ["-granted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "user"], condition=Q(withdrawn_at=None), name="qualification_current_once"
            )
        ]

    def __str__(self):
        return f"{self.user} · {self.instrument} · {self.get_level_display()}"


# A new site is open from Monday to Saturday, 8:00–22:00: weekday, opening and closing minute of the day.
SITE_HOURS = tuple((weekday, 8 * 60, 22 * 60) for weekday in range(1, 7))


class BookingRules(models.Model):
    """Booking rules of the site (no instrument, no organization), an organization or an instrument; an empty field takes
    the value of the next wider scope. Lengths carry their unit in the name."""

    instrument = models.OneToOneField(Instrument, models.CASCADE, null=True, blank=True, related_name="booking_rules")
    organization = models.OneToOneField(
        "organizations.Organization", models.CASCADE, null=True, blank=True, related_name="booking_rules"
    )
    slot_minutes = models.PositiveIntegerField(_("时间格（分钟）"), null=True, blank=True)
    min_minutes = models.PositiveIntegerField(_("单次最短（分钟）"), null=True, blank=True)
    max_minutes = models.PositiveIntegerField(_("单次最长（分钟）"), null=True, blank=True)
    horizon_days = models.PositiveIntegerField(_("最多提前（天）"), null=True, blank=True)
    min_notice_minutes = models.PositiveIntegerField(_("最少提前（分钟）"), null=True, blank=True)
    buffer_before_minutes = models.PositiveIntegerField(_("使用前缓冲（分钟）"), null=True, blank=True)
    buffer_after_minutes = models.PositiveIntegerField(_("使用后缓冲（分钟）"), null=True, blank=True)
    person_hours_per_day = models.DecimalField(
        _("每人每天（小时）"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    person_hours_per_week = models.DecimalField(
        _("每人每周（小时）"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    person_hours_per_month = models.DecimalField(
        _("每人每月（小时）"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    person_bookings_per_day = models.PositiveIntegerField(_("每人每天（次）"), null=True, blank=True)
    person_bookings_per_week = models.PositiveIntegerField(_("每人每周（次）"), null=True, blank=True)
    person_bookings_per_month = models.PositiveIntegerField(_("每人每月（次）"), null=True, blank=True)
    group_hours_per_day = models.DecimalField(
        _("每课题组每天（小时）"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    group_hours_per_week = models.DecimalField(
        _("每课题组每周（小时）"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    group_hours_per_month = models.DecimalField(
        _("每课题组每月（小时）"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    group_bookings_per_day = models.PositiveIntegerField(_("每课题组每天（次）"), null=True, blank=True)
    group_bookings_per_week = models.PositiveIntegerField(_("每课题组每周（次）"), null=True, blank=True)
    group_bookings_per_month = models.PositiveIntegerField(_("每课题组每月（次）"), null=True, blank=True)
    cancel_deadline_minutes = models.PositiveIntegerField(_("免费取消截止（开始前分钟）"), null=True, blank=True)
    late_cancel_percent = models.PositiveSmallIntegerField(_("逾期取消收费（%）"), null=True, blank=True)
    review_normal = models.BooleanField(_("普通资格需审核"), null=True, blank=True)
    review_senior = models.BooleanField(_("资深资格需审核"), null=True, blank=True)
    pending_expires_minutes = models.PositiveIntegerField(_("待审核保留（分钟）"), null=True, blank=True)
    early_check_in_minutes = models.PositiveIntegerField(_("可提前签到（分钟）"), null=True, blank=True)
    no_show_after_minutes = models.PositiveIntegerField(_("开始后未签到记失约（分钟）"), null=True, blank=True)
    walk_up = models.BooleanField(_("允许现场直接使用"), null=True, blank=True)
    minimum_bill_minutes = models.PositiveIntegerField(_("计费单位（分钟）"), null=True, blank=True)
    offline_after_minutes = models.PositiveIntegerField(_("无心跳判为离线（分钟）"), null=True, blank=True)

    # What holds where no scope says anything; the site's row starts with these, and the platform administrator changes it.
    DEFAULTS = {
        "slot_minutes": 30,
        "min_minutes": 30,
        "max_minutes": 480,
        "horizon_days": 14,
        "min_notice_minutes": 60,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "cancel_deadline_minutes": 1440,
        "late_cancel_percent": 50,
        "review_normal": True,
        "review_senior": False,
        "pending_expires_minutes": 2880,
        "early_check_in_minutes": 15,
        "no_show_after_minutes": 30,
        "walk_up": True,
        "minimum_bill_minutes": 30,
        "offline_after_minutes": 10,
    }

    class Meta:
        verbose_name = _("预约规则")
        constraints = [
            models.CheckConstraint(
                condition=Q(instrument=None) | Q(organization=None), name="booking_rules_have_one_scope"
            ),
            models.UniqueConstraint(
                Value(1), condition=Q(instrument=None, organization=None), name="booking_rules_of_the_site_once"
            ),
        ]

    def __str__(self):
        return str(self.instrument or self.organization or _("全站默认"))


class OpeningHours(models.Model):
    """When a scope is open on one weekday (1 Monday … 7 Sunday); several rows a day are several periods.

    The narrowest scope that has any row decides the whole week.
    """

    rules = models.ForeignKey(BookingRules, models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("星期"))
    opens_minute = models.PositiveSmallIntegerField(_("开放（当日分钟）"))
    closes_minute = models.PositiveSmallIntegerField(_("结束（当日分钟）"), help_text="1440 = midnight")

    class Meta:
        verbose_name = _("开放时间")
        ordering = ["weekday", "opens_minute"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    weekday__gte=1, weekday__lte=7, closes_minute__gt=F("opens_minute"), closes_minute__lte=1440
                ),
                name="opening_hours_in_order",
            )
        ]

    def __str__(self):
        return f"{self.weekday} {self.opens_minute}–{self.closes_minute}"


class ClosureQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(instrument__in=Instrument.objects.visible_to(user))


class Closure(models.Model):
    """A time an instrument can't be booked: maintenance, holiday, calibration, fault (停机)."""

    class Kind(models.TextChoices):
        MAINTENANCE = "maintenance", _("维护保养")
        CALIBRATION = "calibration", _("检定校准")
        FAULT = "fault", _("故障维修")
        HOLIDAY = "holiday", _("放假")
        OTHER = "other", _("其他")

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="closures", verbose_name=_("仪器"))
    during = DateTimeRangeField(_("时段"))
    kind = models.CharField(_("类型"), max_length=12, choices=Kind, default=Kind.MAINTENANCE)
    reason = models.CharField(_("原因"), max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    lifted_at = models.DateTimeField(_("解除时间"), null=True, blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("停机")
        ordering = ["-during"]

    def __str__(self):
        return self.reason

    @property
    def is_going(self):
        """Whether it closes the instrument now or will."""
        return self.lifted_at is None and (self.during.upper is None or self.during.upper > timezone.now())


class NextNumber(Func):
    """The number of the next reservation, `YY20261121-000037`, drawn from a sequence when its row is inserted."""

    function = "next_reservation_number"
    output_field = models.CharField()


class ReservationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The person who booked, the managers of the instrument, and the leader and managers of the paying group."""
        if user.is_staff:
            return self
        groups = user.account_memberships.filter(role__in=("leader", "manager")).values_list("account", flat=True)
        return self.filter(Q(user=user) | of_managed_instruments(user) | Q(account__in=list(groups)))

    def managed_by(self, user):
        """Those of the instruments a person looks after."""
        return self if user.is_staff else self.filter(of_managed_instruments(user))

    def holding(self):
        return self.filter(status__in=Reservation.HOLDING)


class Reservation(models.Model):
    """A timed booking (按时预约): a person's time on an instrument, from the request to the settled use."""

    class Status(StatusChoices):
        PENDING = "pending", _("待审核"), "wait"
        VALID = "valid", _("有效"), "ok"
        REJECTED = "rejected", _("已拒绝"), "bad"
        CANCELLED = "cancelled", _("已取消"), "idle"
        IN_USE = "in_use", _("使用中"), "act_"
        COMPLETED = "completed", _("已完成"), "done"
        NO_SHOW = "no_show", _("失约"), "bad"

    HOLDING = (Status.PENDING, Status.VALID, Status.IN_USE)

    class Source(models.TextChoices):
        WEB = "web", _("网页")
        MANAGER = "manager", _("管理员代办")
        WALK_UP = "walk_up", _("现场使用")
        API = "api", _("接口")

    # The three references have no index of their own: those of Meta begin with them.
    number = models.CharField(_("预约编号"), max_length=20, db_default=NextNumber())
    instrument = models.ForeignKey(
        Instrument, models.PROTECT, related_name="reservations", verbose_name=_("仪器"), db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reservations", verbose_name=_("预约人"), db_index=False
    )
    account = models.ForeignKey(
        "ledger.PaymentAccount", models.PROTECT, null=True, related_name="reservations", verbose_name=_("付款账户"),
        db_index=False,
    )  # fmt: skip
    status = models.CharField(_("预约状态"), max_length=10, choices=Status)
    source = models.CharField(_("来源"), max_length=10, choices=Source, default=Source.WEB)
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    purpose = models.CharField(_("实验内容"), max_length=300, blank=True)
    sample_notes = models.CharField(_("样品说明"), max_length=300, blank=True)
    report = models.JSONField(
        _("上报信息"), default=dict, help_text="fields of accounts.ReportProfile as given for this booking"
    )
    tier = models.CharField(_("价格档"), max_length=12, choices=PriceTier, blank=True)
    price = models.JSONField(
        _("价格"), default=dict, help_text="hourly_rate, startup_fee, minimum_fee as strings, as at booking"
    )
    estimate = MoneyField(_("预估费用"), default=0)
    payment_no = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="counts the holds when the account was changed"
    )
    charged = MoneyField(_("实际费用"), null=True, blank=True)
    waived = models.JSONField(_("豁免的规则"), default=list, help_text="[{rule, reason, by}]")
    expires_at = models.DateTimeField(_("待审核保留至"), null=True, blank=True)
    started_at = models.DateTimeField(_("实际开始"), null=True, blank=True)
    ended_at = models.DateTimeField(_("实际结束"), null=True, blank=True)
    corrected_at = models.DateTimeField(_("更正时间"), null=True, blank=True)
    feedback = models.CharField(_("使用反馈"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("提交时间"), auto_now_add=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("预约")
        verbose_name_plural = _("预约")
        ordering = ["-starts_at", "-pk"]
        indexes = [
            models.Index("instrument", "starts_at", name="reservation_by_instrument"),
            models.Index("user", F("starts_at").desc(), name="reservation_by_user"),
            models.Index("account", F("starts_at").desc(), name="reservation_by_account"),
            models.Index(F("starts_at").desc(), F("id").desc(), name="reservation_by_start"),
            models.Index("expires_at", name="reservation_pending", condition=Q(status="pending")),
            models.Index("starts_at", name="reservation_valid", condition=Q(status="valid")),
            models.Index("ends_at", name="reservation_in_use", condition=Q(status="in_use")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="reservation_number_once"),  # `unique=` adds a second index
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="reservation_has_length"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="reservation_use_in_order"
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("reservations:reservation", args=[self.pk])

    @property
    def source_key(self):
        """How the ledger names this reservation; another account makes another hold."""
        return f"reservation:{self.pk}" + (f":{self.payment_no}" if self.payment_no else "")

    @property
    def minutes(self):
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def used_minutes(self):
        """Minutes of actual use (S0-88); None while it is not finished."""
        if self.started_at is None or self.ended_at is None:
            return None
        return int((self.ended_at - self.started_at).total_seconds() // 60)


class InstrumentRange(Func):
    """`int8range(id, id, '[]')`: lets an exclusion constraint compare instruments without the btree_gist extension."""

    function = "int8range"
    output_field = BigIntegerRangeField()

    def __init__(self, field="instrument_id"):
        super().__init__(F(field), F(field), Value("[]"))


class Occupancy(models.Model):
    """What takes an instrument's time, buffers included; two holding rows of one instrument can never overlap.

    The index behind that constraint also answers the calendar, which asks for holding rows only.
    """

    class Kind(models.TextChoices):
        RESERVATION = "reservation", _("预约")
        CLOSURE = "closure", _("停机")
        TRAINING = "training", _("培训")
        HOLD = "hold", _("预留")

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="occupancies", db_index=False)
    during = DateTimeRangeField()
    kind = models.CharField(max_length=12, choices=Kind)
    holds = models.BooleanField(default=True, help_text="false once the reservation or closure gave the time back")
    reservation = models.OneToOneField(Reservation, models.CASCADE, null=True, blank=True, related_name="occupancy")
    closure = models.OneToOneField(Closure, models.CASCADE, null=True, blank=True, related_name="occupancy")

    class Meta:
        verbose_name = _("时间占用")
        constraints = [
            ExclusionConstraint(
                name="occupancy_never_overlaps",
                expressions=[(InstrumentRange(), RangeOperators.OVERLAPS), ("during", RangeOperators.OVERLAPS)],
                condition=Q(holds=True),
            ),
            models.CheckConstraint(
                condition=~Q(reservation=None) | ~Q(closure=None) | Q(kind__in=("training", "hold")),
                name="occupancy_has_a_cause",
            ),
        ]

    def __str__(self):
        return f"{self.instrument_id} {self.during}"


class BanQuerySet(models.QuerySet):
    def current(self, now=None):
        now = now or timezone.now()
        return self.filter(Q(until=None) | Q(until__gt=now), lifted_at=None)

    def visible_to(self, user):
        if user.is_staff:
            return self
        administered = Membership.objects.administering(user).values("organization")
        return self.filter(Q(user=user) | Q(organization__in=administered))


class Ban(models.Model):
    """A person on a unit's blacklist (黑名单): may not book that unit's instruments until it ends or is lifted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bans", verbose_name=_("人员"))
    organization = models.ForeignKey(
        "organizations.Organization", models.CASCADE, related_name="bans", verbose_name=_("单位")
    )
    reason = models.CharField(_("原因"), max_length=200)
    until = models.DateTimeField(_("截止"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    created_at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    lifted_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = BanQuerySet.as_manager()

    class Meta:
        verbose_name = _("黑名单")
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.user} · {self.organization}"


class FaultReportQuerySet(models.QuerySet):
    def open(self):
        return self.filter(resolved_at=None)

    def visible_to(self, user):
        if user.is_staff:
            return self
        return self.filter(Q(reported_by=user) | of_managed_instruments(user))


class FaultReport(models.Model):
    """A fault somebody reported; while a disabling one is open the instrument's running status is 故障."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="fault_reports", verbose_name=_("仪器"))
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("报告人")
    )
    reported_at = models.DateTimeField(_("报告时间"), auto_now_add=True)
    description = models.CharField(_("故障现象"), max_length=500)
    disabling = models.BooleanField(_("无法使用"), default=True)
    expected_on = models.DateField(_("预计恢复"), null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    resolved_at = models.DateTimeField(_("解决时间"), null=True, blank=True)
    resolution = models.CharField(_("处理结果"), max_length=500, blank=True)

    objects = FaultReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("故障")
        ordering = ["-reported_at"]

    def __str__(self):
        return self.description


class CalendarFeed(models.Model):
    """The secret address of a person's calendar subscription; replacing it ends the old one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed")
    secret = models.CharField(max_length=43, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return str(self.user)
