"""Columns of an institution's library: tests as the annex has them, metrology as the authorisation has it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.kit import tables
from gongyi.kit.money import format_money
from gongyi.kit.templatetags.gongyi import badge
from gongyi.offerings.models import Capability

ACTIONS = (
    '<a class="btn btn-sm btn-quiet" href="{% url "offerings:edit_capability" record.pk %}">{% translate "修改" %}'
    '<span class="visually-hidden"> {{ record }}</span></a>'
)


def own_page(record: Capability, table: tables.Table) -> str:
    """The keeper's page for those who keep it, else the public one."""
    return record.kept_url if table.keeps else record.get_absolute_url()


class StandingColumn(tables.Column):
    """What a line is worth today; the worst word wins: given up, certificate gone, authorisation over, suspended."""

    phone = "status"

    def render(self, record: Capability) -> Any:
        standing = record.standing_on(timezone.localdate())
        return badge(standing.label, standing.badge)

    def value(self, record: Capability) -> str:
        return str(record.standing_on(timezone.localdate()).label)


class LineTable(tables.Table):
    """What both libraries show; the actions only to those who keep them."""

    def __init__(self, *args: Any, keeps: bool = True, **kwargs: Any) -> None:
        self.keeps = keeps
        super().__init__(*args, **kwargs)
        if not keeps:
            self.columns.hide("actions")

    def render_price(self, value: Any) -> str:
        return format_money(value) if value is not None else gettext("面议")

    def value_price(self, value: Any) -> Any:
        return value

    def render_lead_days(self, value: Any) -> str:
        return gettext("%s 个工作日") % value

    def value_lead_days(self, value: Any) -> Any:
        return value


class TestTable(LineTable):
    __test__ = False
    group_no = tables.Column(_("序号（大类）"), shown=False, phone="hide")
    domain = tables.Column(_("领域"), css="nw", phone="hide")
    category = tables.Column(_("类别"), phone="more", shown=False)
    subject = tables.LinkColumn(_("检测对象"), linkify=own_page)
    parameter_no = tables.Column(_("序号（参数）"), css="num", shown=False, phone="hide")
    parameter = tables.Column(_("名称（产品/项目/参数）"), phone="sub")
    standard_no = tables.Column(_("标准编号（含年号）"), css="num", phone="more", empty_values=())
    standard_name = tables.Column(_("依据的标准（方法）名称"), shown=False)
    measuring_range = tables.Column(_("限制范围"), shown=False)
    site = tables.Column(_("所在实验场所"), shown=False)
    certificate = tables.Column(_("证书编号"), accessor="certificate__number", css="num", phone="more")
    standing = StandingColumn(_("状态"), accessor="pk", order_by=("worth", "pk"))
    price = tables.Column(_("参考价格"), css="r num", phone="side", empty_values=())
    lead_days = tables.Column(_("周期"), css="r num", phone="more")
    remark = tables.Column(_("说明"), shown=False)
    created_at = tables.WhenColumn(_("添加时间"), shown=False)
    updated_at = tables.WhenColumn(_("更新时间"), shown=False)
    actions = tables.ActionsColumn(ACTIONS)

    class Meta:
        model = Capability
        fields = (
            "subject", "parameter", "standing", "domain", "standard_no", "certificate", "price", "lead_days", "group_no", "category",
            "parameter_no", "standard_name", "measuring_range", "site", "remark", "created_at", "updated_at",
        )  # fmt: skip

    def render_standard_no(self, value: str, record: Capability) -> str:
        return value or record.standard

    def value_standard_no(self, value: str) -> str:
        return value or ""


class MetrologyTable(LineTable):
    subject = tables.LinkColumn(_("项目名称"), linkify=own_page)
    nature = tables.Column(_("项目类型"), phone="more")
    standing = StandingColumn(_("状态"), accessor="pk", order_by=("worth", "pk"))
    measuring_range = tables.Column(_("测量范围"), phone="sub")
    accuracy = tables.Column(_("准确度等级/不确定度"), phone="more")
    standard_no = tables.Column(_("依据检定规程编号"), css="num", phone="more")
    authorized_area = tables.Column(_("授权区域"), phone="more")
    authorization_category = tables.Column(_("类别"), shown=False)
    certificate = tables.Column(_("证书编号"), accessor="certificate__number", css="num", phone="more")
    valid_until = tables.Column(_("有效期"), css="num nw", shown=False)
    price = tables.Column(_("参考价格"), css="r num", phone="side", empty_values=())
    lead_days = tables.Column(_("周期"), css="r num", phone="more", shown=False)
    remark = tables.Column(_("备注"), shown=False)
    created_at = tables.WhenColumn(_("添加时间"), shown=False)
    updated_at = tables.WhenColumn(_("更新时间"), shown=False)
    actions = tables.ActionsColumn(ACTIONS)

    class Meta:
        model = Capability
        fields = (
            "subject", "nature", "standing", "measuring_range", "accuracy", "standard_no", "authorized_area", "certificate", "price",
            "authorization_category", "valid_until", "lead_days", "remark", "created_at", "updated_at",
        )  # fmt: skip
