"""Columns of a unit's invitations."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.kit import tables
from gongyi.kit.templatetags.gongyi import badge
from gongyi.onboarding.models import Invitation
from gongyi.onboarding.services.invitations import TONES, roles_in_words, state_of


class InvitationTable(tables.Table):
    email = tables.LinkColumn(
        _("发给"), empty_values=(), order_by=("email", "pk"),
        linkify=lambda record: reverse("onboarding:invitation", args=[record.pk]),
    )  # fmt: skip
    state = tables.Column(_("状态"), empty_values=(), orderable=False, phone="status")
    roles = tables.Column(_("加入后的角色"), empty_values=(), orderable=False, phone="sub")
    department = tables.Column(_("院系/实验室"), orderable=False)
    uses_left = tables.NumberColumn(_("剩余次数"), phone="more")
    expires_at = tables.WhenColumn(_("有效期至"))
    invited_by = tables.Column(_("邀请人"), order_by=("invited_by__name_key", "pk"))
    created_at = tables.WhenColumn(_("创建时间"), shown=False)

    class Meta:
        model = Invitation
        fields = ("email", "state", "roles", "department", "uses_left", "expires_at", "invited_by", "created_at")
        order_by = ("-created_at",)

    def render_email(self, value):
        return value or str(_("邀请链接"))

    def render_state(self, record):
        state = state_of(record)
        return badge(state.label, TONES[state])

    def value_state(self, record):
        return str(state_of(record).label)

    def render_roles(self, record):
        return roles_in_words(record.roles)

    def value_roles(self, record):
        return roles_in_words(record.roles)
