"""Columns of a unit's innovation platforms."""

from django.utils.translation import gettext_lazy as _

from gongyi.kit import tables
from gongyi.onboarding.models import InnovationPlatform


class PlatformTable(tables.Table):
    name = tables.LinkColumn(_("平台名称"))
    status = tables.StatusColumn(_("状态"))
    is_published = tables.YesNoColumn(
        _("公开"), yes=_("已公开"), no=_("未公开"), orderable=False, phone="more"
    )  # fmt: skip
    platform_type = tables.Column(_("平台类型"), phone="sub")
    level = tables.Column(_("级别"))
    approved_by = tables.Column(_("批准部门"), shown=False)
    approved_on = tables.DayColumn(_("批准时间"), full=True, shown=False)
    director = tables.Column(_("负责人"), phone="more")
    contact_name = tables.Column(_("联系人"), shown=False)
    created_at = tables.WhenColumn(_("添加时间"))

    class Meta:
        model = InnovationPlatform
        fields = (
            "name", "status", "is_published", "platform_type", "level", "approved_by", "approved_on", "director", "contact_name",
            "created_at",
        )  # fmt: skip
        order_by = ("-created_at",)
