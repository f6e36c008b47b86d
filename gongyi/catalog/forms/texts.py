"""The words and limits of the registration form's fields, and the two kinds of field it brings along."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# Longest texts as the national platform takes them, with the lines shown (domain: limits worth enforcing locally).
LIMITS = {
    "functions": (300, 4), "technical_specs": (500, 5), "accessories": (500, 2), "service_content": (200, 2),
    "user_notice": (500, 4), "sample_requirements": (500, 3), "reference_fee": (500, 2), "open_hours_note": (300, 2),
}  # fmt: skip

HELP = {
    "name": _("用通用名称，不写品牌和型号；查找时按此名称匹配，最多 100 字。"),
    "name_en": _("没有英文名称可不填。"),
    "resource_type": _("一般选「仪器」；只有大科学装置（重大科研基础设施）才选「设施」，选后多填一部分设施信息。"),
    "instrument_class": _("按国家平台大型科学仪器分类，选到第三级。"),
    "internal_no": _("如资产编号；本单位内不能重复。"),
    "nrii_code": _("国家平台登记后返回的编号，新增时留空。"),
    "generality": _("适用于多个领域的选「通用」，为专门用途研制或购置的选「专用」。"),
    "reported_status": _("上报国家平台的运行状态；预约用的在线、故障等状态由系统另行记录。"),
    "subject_codes": _("1 至 4 个，按 GB/T 13745 一级学科。"),
    "service_fields": _("公众可按服务领域查找仪器，可多选。"),
    "carrier_type": _("单独的仪器选「不附属」。"),
    "carrier_internal_no": _("附属于载体的必填。"),
    "carrier_name": _("附属于载体的必填，写全称。"),
    "department": _("仪器归属的二级机构或实验室。"),
    "innovation_platforms": _("依托本单位省级以上创新平台的，请选择，可多选。"),
    "no_platform": _("确实没有所属创新平台的，勾选这一项；二者必选其一。"),
    "original_value": _("按元填写；进口仪器按建账日汇率折算，上报时换算为万元。"),
    "manufacturer": _("写生产厂商全称，不写代理商。"),
    "funding_sources": _("1 至 4 项。"),
    "booked_on": _("固定资产入账的日期。"),
    "model": _("厂商标注的规格型号。"),
    "secondary_development": _("购置后有过改造、加装或功能开发的选「是」。"),
    "technical_specs": _("写准确的数值和单位，不用缩写。一行一项，如「分辨率：0.7 nm（15 kV）」，页面上分列显示；最多 500 字。"),
    "functions": _("最多 300 字。"),
    "accessories": _("最多 500 字。"),
    "accreditation_note": _("如 已通过 CNAS 认可、计量检定有效期至 2027-03。"),
    "rated_hours": _("计算利用率的分母，常用 1600 小时。"),
    "annual_run_hours": _("上一年度，不超过 8784 小时。"),
    "annual_external_hours": _("上一年度，不超过年运行机时。"),
    "sharing_mode": _("对本单位以外开放的选「外部共享」。"),
    "timed_booking": _("用户自己选时段上机。"),
    "commissioned_booking": _("用户送样，由管理员操作。"),
    "service_content": _("可承接的分析测试项目等，最多 200 字。"),
    "open_hours_note": _("如 工作日 8:00–22:00，节假日需提前联系。"),
    "reference_fee": _("写清计费单位，如「300 元/小时」；按项目商定的勾选「面议」。最多 500 字。"),
    "booking_url": _("另有预约网站的填写，以 https:// 开头。"),
    "user_notice": _("预约前要知道的事，最多 500 字。"),
    "sample_requirements": _("最多 500 字。"),
    "region": _("选到区县。"),
    "street": _("街道和门牌号。"),
    "location": _("写到楼和房间，如 材料楼 B106。"),
    "floor": _("精确到楼层，如 1 层、地下 1 层。"),
    "contact_name": _("回答用户咨询的人，姓名和电话会公开。"),
    "contact_phone": _("手机号，或区号加号码，如 0571-87951234。"),
    "contact_address": _("邮寄样品和资料的地址。"),
    "postcode": _("6 位数字。"),
    "under_customs_supervision": _("免税进口、尚在监管年限内的选「是」，并填写以下报关信息。"),
    "customs_declaration_no": _("18 位数字。"),
    "customs_item_no": _("2 位数字。"),
    "customs_form_name": _("最多 30 字。"),
    "featured": _("推荐的仪器优先出现在首页。"),
}  # fmt: skip

WIDE = (
    "name",
    "instrument_class",
    "region",
    "subject_codes",
    "street",
    "booking_url",
    "contact_address",
    "resource_type",
)
NARROW = (
    "name_en", "internal_no", "nrii_code", "carrier_internal_no", "carrier_name", "manufacturer", "model", "serial_no",
    "location", "secondary_development", "timed_booking", "commissioned_booking", "accreditation_note",
)  # fmt: skip


class LongText(forms.CharField):
    """Lines of text; the browser's line ends are not a change, nor do they count twice."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if text else text


class YesNoField(forms.TypedChoiceField):
    """是 or 否, and neither as long as nobody chose."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("True", _("是")), ("False", _("否"))], coerce=lambda value: value == "True", empty_value=None,
            widget=forms.RadioSelect, **kwargs,
        )  # fmt: skip

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str("" if initial is None else initial) != str(data or "")


def long_texts(stored: Any) -> dict[str, LongText]:
    """A field for every long text; what was registered before the limit and is longer may stay as it is."""
    return {
        name: LongText(
            max_length=max(limit, len(getattr(stored, name) or "")), required=False, help_text=HELP.get(name, ""),
            widget=forms.Textarea(attrs={"rows": rows}),
        )
        for name, (limit, rows) in LIMITS.items()
    }  # fmt: skip
