"""Columns of the list of one's applications."""

from django.utils.translation import gettext_lazy as _

from gongyi.kit import tables
from gongyi.onboarding.models import Application


class ApplicationTable(tables.Table):
    name = tables.LinkColumn(
        _("单位名称"), empty_values=(), linkify=lambda record: record.resume_url, order_by=("name",)
    )
    status = tables.StatusColumn(_("状态"))
    capacity = tables.Column(_("身份"), phone="sub")
    uscc = tables.Column(_("统一社会信用代码"), css="num", phone="more")
    is_change = tables.YesNoColumn(_("类型"), yes=_("变更"), no=_("入网"))
    saved_at = tables.WhenColumn(_("最近保存"))
    created_at = tables.WhenColumn(_("开始填写"), shown=False)
    actions = tables.ActionsColumn(
        '{% if record.is_editable %}<a href="{{ record.resume_url }}">{% translate "继续填写" %}</a>{% else %}'
        '<a href="{{ record.get_absolute_url }}">{% translate "查看" %}</a>{% endif %}'
    )

    class Meta:
        model = Application
        fields = ("name", "status", "capacity", "uscc", "is_change", "saved_at", "created_at", "actions")
        order_by = ("-saved_at",)

    def render_name(self, record):
        return str(record)
