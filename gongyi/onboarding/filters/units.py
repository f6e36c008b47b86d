"""What the lists of units by due day and of letters can be narrowed by."""

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.kit.filters import FilterSet, SearchFilter
from gongyi.onboarding.freshness import confirmed_before
from gongyi.onboarding.models import CommitmentLetter
from gongyi.organizations.models import Capacity, Organization, UnitRules
from gongyi.regions.models import Region, stem


def provinces(request):
    return Region.objects.provinces()


class DueFilter(FilterSet):
    STATES = (("overdue", _("已逾期")), ("soon", _("即将到期")), ("fine", _("正常")))

    q = SearchFilter(fields=["name", "short_name", "uscc", "name_key"], placeholder=_("单位名称、信用代码"))
    state = django_filters.ChoiceFilter(label=_("状态"), choices=STATES, method="in_state")
    region = django_filters.ModelChoiceFilter(label=_("地区"), queryset=provinces, method="within")

    class Meta:
        model = Organization
        fields = ["q", "state", "region"]

    def in_state(self, queryset, name, state):
        today, rules = timezone.localdate(), UnitRules.current()
        late = confirmed_before(today, rules)
        soon = confirmed_before(today, rules, days=max(rules.remind_before_days, default=0) + 1)
        if state == "overdue":
            return queryset.filter(info_confirmed_at__lt=late)
        if state == "soon":
            return queryset.filter(info_confirmed_at__gte=late, info_confirmed_at__lt=soon)
        return queryset.filter(info_confirmed_at__gte=soon)

    def within(self, queryset, name, region):
        return queryset.filter(region__code__startswith=stem(region.code))


class LetterFilter(FilterSet):
    capacity = django_filters.ChoiceFilter(label=_("身份"), choices=Capacity.choices)

    class Meta:
        model = CommitmentLetter
        fields = ["capacity"]
