"""What a unit's innovation platforms can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from gongyi.kit.filters import FilterSet, SearchFilter
from gongyi.onboarding.models import InnovationPlatform
from gongyi.reviews.models import ReviewedStatus


class PlatformFilter(FilterSet):
    q = SearchFilter(fields=["name", "platform_type", "director"], placeholder=_("名称、类型、负责人"))
    status = django_filters.ChoiceFilter(label=_("状态"), choices=ReviewedStatus.choices)
    level = django_filters.ChoiceFilter(label=_("级别"), choices=InnovationPlatform.Level.choices)

    class Meta:
        model = InnovationPlatform
        fields = ["q", "status", "level"]
