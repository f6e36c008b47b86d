"""Filter rows above the lists of this app."""

from datetime import timedelta

import django_filters
from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import Instrument
from gongyi.kit.filters import FilterSet, PeriodFilter, SearchFilter
from gongyi.reservations.models import Ban, Closure, FaultReport, Qualification, Reservation


def managed(request):
    """The instruments the person looks after, for the select of a list."""
    if request is None:
        return Instrument.objects.none()
    return Instrument.objects.filter(pk__in=Instrument.objects.managed_by(request.user).values("pk"))


class MineFilter(FilterSet):
    """S0-83: the condition search bar of 按时预约."""

    q = SearchFilter(
        fields=["number", "instrument__name", "instrument__number", "purpose"], placeholder=_("编号、仪器、实验内容")
    )
    status = django_filters.ChoiceFilter(label=_("预约状态"), choices=Reservation.Status.choices)
    starts_at = PeriodFilter(label=_("使用日期"))

    class Meta:
        model = Reservation
        fields = ()
        main = ("q", "status", "starts_at")


class UsageFilter(FilterSet):
    q = SearchFilter(fields=["instrument__name", "instrument__number", "number"], placeholder=_("仪器、编号"))
    started_at = PeriodFilter(label=_("开始日期"))

    class Meta:
        model = Reservation
        fields = ()
        main = ("q", "started_at")


class ManagedFilter(FilterSet):
    q = SearchFilter(
        fields=["number", "user__name", "user__username", "purpose"], placeholder=_("编号、预约人、实验内容")
    )
    status = django_filters.ChoiceFilter(label=_("预约状态"), choices=Reservation.Status.choices)
    instrument = django_filters.ModelChoiceFilter(label=_("仪器"), queryset=managed)
    starts_at = PeriodFilter(label=_("使用日期"))

    class Meta:
        model = Reservation
        fields = ()
        main = ("q", "status", "instrument", "starts_at")


class QualificationFilter(FilterSet):
    q = SearchFilter(
        fields=["user__name", "user__username", "user__phone", "instrument__name"],
        placeholder=_("姓名、用户名、手机号、仪器"),
    )
    instrument = django_filters.ModelChoiceFilter(label=_("仪器"), queryset=managed)
    level = django_filters.ChoiceFilter(
        label=_("资格"), choices=[(level.value, level.label) for level in Qualification.Level if level]
    )
    ending = django_filters.BooleanFilter(
        label=_("有效期"), method="by_end", widget=forms.Select(
            choices=[("", _("全部有效期")), ("true", _("30 天内到期或已过期"))]
        ),
    )  # fmt: skip

    class Meta:
        model = Qualification
        fields = ()
        main = ("q", "instrument", "level", "ending")

    def by_end(self, queryset, name, value):
        return queryset.filter(expires_on__lte=timezone.localdate() + timedelta(days=30)) if value else queryset


class BanFilter(FilterSet):
    q = SearchFilter(fields=["user__name", "user__username", "reason"], placeholder=_("姓名、用户名、原因"))
    state = django_filters.ChoiceFilter(
        label=_("状态"), method="by_state", choices=[("on", _("限制中")), ("off", _("已解除或到期"))]
    )

    class Meta:
        model = Ban
        fields = ()

    def by_state(self, queryset, name, value):
        current = Ban.objects.current().values("pk")
        return queryset.filter(pk__in=current) if value == "on" else queryset.exclude(pk__in=current)


class ClosureFilter(FilterSet):
    q = SearchFilter(fields=["instrument__name", "instrument__number", "reason"], placeholder=_("仪器、原因"))
    instrument = django_filters.ModelChoiceFilter(label=_("仪器"), queryset=managed)
    kind = django_filters.ChoiceFilter(label=_("类型"), choices=Closure.Kind.choices)
    state = django_filters.ChoiceFilter(
        label=_("状态"), method="by_state", choices=[("on", _("停机中或将停机")), ("off", _("已结束或解除"))]
    )

    class Meta:
        model = Closure
        fields = ()

    def by_state(self, queryset, name, value):
        going = Q(lifted_at=None, during__endswith__gt=timezone.now())
        return queryset.filter(going) if value == "on" else queryset.exclude(going)


class FaultFilter(FilterSet):
    q = SearchFilter(fields=["instrument__name", "instrument__number", "description"], placeholder=_("仪器、故障现象"))
    instrument = django_filters.ModelChoiceFilter(label=_("仪器"), queryset=managed)
    state = django_filters.ChoiceFilter(
        label=_("状态"), method="by_state", choices=[("open", _("处理中")), ("done", _("已解决"))]
    )

    class Meta:
        model = FaultReport
        fields = ()

    def by_state(self, queryset, name, value):
        return queryset.filter(resolved_at__isnull=value == "open")


class RuledFilter(FilterSet):
    q = SearchFilter(fields=["name", "number", "model"], placeholder=_("名称、编号、型号"))

    class Meta:
        model = Instrument
        fields = ()
