"""Columns of the lists of units by due day, of letters, and of who accepted them."""

from datetime import date

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit import tables
from gongyi.kit.templatetags.gongyi import badge
from gongyi.kit.when import format_day
from gongyi.onboarding.freshness import days_left, due_on
from gongyi.onboarding.models import CommitmentLetter
from gongyi.organizations.models import Organization, UnitRules


class DueTable(tables.Table):
    """Units and when their information falls due; day and state are computed from the last update."""

    name = tables.LinkColumn(gettext_lazy("单位名称"), linkify=False, order_by=("name_key", "pk"))
    state = tables.Column(
        gettext_lazy("状态"), accessor="info_confirmed_at", order_by=("info_confirmed_at", "pk"), phone="status"
    )
    due = tables.Column(
        gettext_lazy("到期日"),
        accessor="info_confirmed_at",
        order_by=("info_confirmed_at", "pk"),
        css="num",
        phone="side",
    )
    region = tables.Column(gettext_lazy("所在地区"), phone="sub")
    kind = tables.Column(gettext_lazy("单位性质"), shown=False)
    confirmed = tables.WhenColumn(gettext_lazy("上次更新"), accessor="info_confirmed_at", full=True)
    phone = tables.Column(gettext_lazy("联系电话"), css="num")

    class Meta:
        model = Organization
        fields = ("name", "state", "due", "region", "kind", "confirmed", "phone")
        order_by = ("due",)

    def __init__(self, *args, rules: UnitRules, today: date, is_staff: bool, **kwargs):
        self.rules, self.today, self.is_staff = rules, today, is_staff
        super().__init__(*args, **kwargs)

    def render_name(self, value, record):
        url = reverse("onboarding:refresh", args=[record.pk]) if self.is_staff else record.get_absolute_url()
        return format_html('<a href="{}">{}</a>', url, value)

    def words(self, record) -> tuple[str, str]:
        """What the state says, and its tone."""
        left = days_left(record, self.rules, self.today) or 0
        if left < 0:
            return _("已逾期 %s 天") % -left, "bad"
        if left <= max(self.rules.remind_before_days, default=0):
            return (_("还有 %s 天") % left if left else _("今天到期")), "wait"
        return _("正常"), "ok"

    def render_state(self, record):
        return badge(*self.words(record))

    def value_state(self, record):
        return self.words(record)[0]

    def render_due(self, record):
        return format_day(due_on(record, self.rules), full=True)

    def value_due(self, record):
        return due_on(record, self.rules)


class LetterTable(tables.Table):
    title = tables.LinkColumn(
        gettext_lazy("标题"), linkify=lambda record: reverse("onboarding:letter", args=[record.pk])
    )
    state = tables.Column(
        gettext_lazy("状态"), accessor="published_at", orderable=False, phone="status", empty_values=()
    )
    capacity = tables.Column(gettext_lazy("身份"), phone="sub")
    version = tables.Column(gettext_lazy("版本"), css="num", phone="side")
    accepted = tables.NumberColumn(gettext_lazy("承诺的单位"), accessor="counted", unit=gettext_lazy("家"))
    published_at = tables.WhenColumn(gettext_lazy("发布时间"), full=True)

    class Meta:
        model = CommitmentLetter
        fields = ("title", "state", "capacity", "version", "accepted", "published_at")

    def __init__(self, *args, in_force: set[int], **kwargs):
        self.in_force = in_force
        super().__init__(*args, **kwargs)

    def words(self, record) -> tuple[str, str]:
        return letter_state(record, record.pk in self.in_force)

    def render_state(self, record):
        return badge(*self.words(record))

    def value_state(self, record):
        return self.words(record)[0]


def letter_state(letter: CommitmentLetter, in_force: bool) -> tuple[str, str]:
    """Draft, in force, or replaced by a newer one; with its tone."""
    if letter.published_at is None:
        return _("草稿"), "idle"
    return (_("使用中"), "ok") if in_force else (_("已被新版替代"), "idle sq")


class AcceptedTable(tables.Table):
    """Units whose commitment in force is to one version."""

    name = tables.LinkColumn(
        gettext_lazy("单位名称"), order_by=("name_key", "pk"), linkify=lambda record: record.manage_url
    )
    region = tables.Column(gettext_lazy("所在地区"), phone="sub")
    version = tables.Column(gettext_lazy("版本"), accessor="profile__commitment_version", css="num", phone="side")
    accepted = tables.WhenColumn(gettext_lazy("承诺时间"), accessor="profile__commitment_at", full=True)

    class Meta:
        model = Organization
        fields = ("name", "region", "version", "accepted")
        order_by = ("name",)
