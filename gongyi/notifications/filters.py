"""What the list of text messages can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from gongyi.kit.filters import FilterSet, PeriodFilter, SearchFilter
from gongyi.notifications.models import TextMessage


class TextMessageFilter(FilterSet):
    q = SearchFilter(fields=["phone", "purpose"], placeholder=_("手机号、用途"))
    state = django_filters.ChoiceFilter(label=_("状态"), choices=TextMessage.Status.choices)
    created_at = PeriodFilter(label=_("时间"))

    class Meta:
        model = TextMessage
        fields = ["q", "state", "created_at"]
