"""What a unit's invitations can be narrowed by."""

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.kit.filters import FilterSet, SearchFilter
from gongyi.onboarding.models import Invitation
from gongyi.onboarding.services.invitations import State, in_state


class InvitationFilter(FilterSet):
    q = SearchFilter(fields=["email", "invited_by__name"], placeholder=_("邮箱、邀请人"))
    state = django_filters.ChoiceFilter(label=_("状态"), choices=State.choices, method="standing")

    class Meta:
        model = Invitation
        fields = ["q", "state"]

    def standing(self, queryset, name, value):
        return queryset.filter(in_state(value, timezone.now()))
