"""Columns of the administrator's list of text messages."""

from django.utils.translation import gettext_lazy as _

from gongyi.kit import tables
from gongyi.kit.templatetags.gongyi import masked_phone
from gongyi.notifications.models import TextMessage


class TextMessageTable(tables.Table):
    """What was sent to whom and whether it arrived at the gateway; the texts themselves are not for other eyes."""

    created_at = tables.WhenColumn(_("时间"), full=True, phone="title")
    state = tables.StatusColumn(_("状态"))
    phone = tables.Column(_("手机号"), css="num", phone="sub")
    purpose = tables.Column(_("用途"), phone="side")
    attempts = tables.Column(_("尝试次数"), css="num", phone="hide")
    sent_at = tables.WhenColumn(_("发送时间"), phone="hide")
    last_error = tables.Column(_("最近错误"), phone="hide")

    class Meta:
        model = TextMessage
        fields = ("created_at", "state", "phone", "purpose", "attempts", "sent_at", "last_error")
        order_by = "-created_at"

    def render_phone(self, value):
        return masked_phone(value)

    def value_phone(self, value):
        return masked_phone(value)
