"""How the queue, the record and one's own submissions are narrowed down."""

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.kit import filters
from gongyi.organizations.models import Matter, Organization, Remit
from gongyi.regions.models import Region
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.models import Review


def kind_choices() -> list[tuple[str, object]]:
    return [(kind.name, kind.label) for kind in KINDS.values()]


def bodies(request) -> QuerySet[Organization]:
    """Bodies that have or had a turn this person may see."""
    seen = Review.objects.visible_to(request.user).exclude(authority=None)
    return Organization.objects.filter(pk__in=seen.values("authority"))


def regions(request) -> QuerySet[Region]:
    """Where what waits comes from."""
    waiting = Review.objects.visible_to(request.user).filter(status=Review.Status.PENDING)
    return Region.objects.filter(pk__in=waiting.values("submission__region"))


class KindFilter(django_filters.ChoiceFilter):
    def __init__(self, **kwargs):
        super().__init__(**{"label": _("类别"), "choices": kind_choices, **kwargs})


class QueueFilter(filters.FilterSet):
    """What waits; the desk and the list for bulk decisions share it, so that their addresses can be exchanged."""

    q = filters.SearchFilter(
        fields=["submission__title", "submission__organization__name", "submission__submitted_by__name"],
        placeholder=_("事项、单位、提交人"),
    )
    kind = KindFilter()
    due = django_filters.ChoiceFilter(
        label=_("期限"), method="by_due", choices=[("overdue", _("已逾期")), ("today", _("今天到期"))]
    )
    claim = django_filters.ChoiceFilter(
        label=_("认领"), method="by_claim", choices=[("mine", _("我认领的")), ("free", _("尚未认领"))]
    )
    change = django_filters.ChoiceFilter(
        label=_("性质"),
        method="by_change",
        choices=[("first", _("首次")), ("change", _("变更")), ("again", _("退回后重新提交"))],
    )
    body = django_filters.ModelChoiceFilter(label=_("审核单位"), field_name="authority", queryset=bodies)
    region = django_filters.ModelChoiceFilter(label=_("地区"), field_name="submission__region", queryset=regions)

    class Meta:
        model = Review
        fields: list[str] = []
        main = ["q", "kind", "due"]

    def by_due(self, rows, name, value):
        today = timezone.localdate()
        return rows.filter(due_on__lt=today) if value == "overdue" else rows.filter(due_on=today)

    def by_claim(self, rows, name, value):
        return rows.filter(claimed_by=self.request.user if value == "mine" else None)

    def by_change(self, rows, name, value):
        if value == "again":
            return rows.filter(submission__returned_before__gt=0)
        return rows.filter(submission__is_change=value == "change")


class RecordFilter(filters.FilterSet):
    """What was decided."""

    q = filters.SearchFilter(
        fields=["submission__title", "submission__organization__name", "decided_by__name"],
        placeholder=_("事项、单位、审核人"),
    )
    kind = KindFilter()
    status = django_filters.ChoiceFilter(
        label=_("结论"), choices=[(s.value, s.label) for s in (Review.Status.APPROVED, Review.Status.RETURNED)]
    )
    decided = filters.PeriodFilter(field_name="decided_at", label=_("审核日期"))
    who = django_filters.ChoiceFilter(label=_("审核人"), method="by_who", choices=[("me", _("我审核的"))])
    body = django_filters.ModelChoiceFilter(label=_("审核单位"), field_name="authority", queryset=bodies)

    class Meta:
        model = Review
        fields: list[str] = []
        main = ["q", "kind", "status", "who"]

    def by_who(self, rows, name, value):
        return rows.filter(decided_by=self.request.user)


class MineFilter(filters.FilterSet):
    """What one handed in."""

    q = filters.SearchFilter(fields=["submission__title", "authority__name"], placeholder=_("事项、审核单位"))
    kind = KindFilter()
    status = django_filters.ChoiceFilter(label=_("状态"), choices=Review.Status.choices)

    class Meta:
        model = Review
        fields: list[str] = []
        main = ["q", "kind", "status"]


class RemitFilter(filters.FilterSet):
    """Who decides what."""

    q = filters.SearchFilter(fields=["organization__name", "region__full_path"], placeholder=_("部门、地区"))
    matter = django_filters.ChoiceFilter(label=_("职责"), choices=Matter.choices)

    class Meta:
        model = Remit
        fields: list[str] = []
        main = ["q", "matter"]
