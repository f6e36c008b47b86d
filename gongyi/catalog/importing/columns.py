"""The columns an instrument list may have: everything the registration form asks for, and other names the same things go by.

All are read as text, for what a cell means is decided by `cleaning`, which takes more than one way of writing it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.countries import countries
from gongyi.catalog.importing.words import ENUMS, LISTS, words_of
from gongyi.catalog.models import Instrument, PriceTier, ServiceField
from gongyi.catalog.registration import REQUIRED
from gongyi.kit.spreadsheets import Column
from gongyi.kit.spreadsheets.columns import exact_key, header_key, tidy
from gongyi.organizations.importing.places import Departments
from gongyi.organizations.models import Organization

TEXT, DAY, MONEY, HOURS, YES_NO, ENUM, LIST, OTHER = "text", "day", "money", "hours", "yes_no", "enum", "list", "other"


@dataclass(frozen=True)
class Kind:
    """How the cells of a column are read."""

    column: Column
    reads: str = TEXT


def _c(name: str, header: str, reads: str = TEXT, aliases: tuple[str, ...] = (), **more) -> Kind:
    return Kind(Column(name, header, aliases=(*aliases, name), **more), reads)


_DAY = gettext_lazy("写到日，如 2018-05-20。")
_HOURS = gettext_lazy("填小时数，一年不超过 8784。")
_BEFORE = gettext_lazy("提交审核前必填。")

KINDS = (
    _c("internal_no", "所在单位仪器编号", aliases=("资产编号", "资产编码", "资产号", "设备编号", "设备编码", "仪器编号", "固定资产编号"), width=20,
       help="本单位内不能重复；再次导入时按它更新。", example="20180012S"),
    _c("name", "仪器名称", aliases=("名称", "设备名称", "仪器设备名称", "资产名称"), required=True, width=28,
       help="写中文名称，不带型号。", example="场发射扫描电子显微镜"),
    _c("name_en", "英文名称", width=24, example="Field Emission SEM"),
    _c("model", "规格型号", aliases=("型号", "型号规格", "规格/型号", "型号/规格", "设备型号", "仪器型号"), width=20, example="GeminiSEM 360"),
    _c("manufacturer", "生产制造商", aliases=("制造商", "厂家", "生产厂家", "厂商", "生产厂商", "制造厂商", "制造厂家"), width=22,
       help="写全称，不写代理商。", example="Carl Zeiss"),
    _c("origin_country", "产地国别", OTHER, aliases=("国别", "产地", "原产国", "生产国别", "country"), example="德国"),
    _c("serial_no", "出厂编号", aliases=("序列号", "出厂号"), example="8214003127"),
    _c("instrument_class", "仪器分类", OTHER, aliases=("分类编码", "仪器分类编码", "nrii_class_suggested"), width=20,
       help="填六位编码或末级分类名称；留空时按名称推定。", example="010102"),
    _c("resource_type", "仪器类型", ENUM, help="大科学装置填「设施」，其余填「仪器」；留空为仪器。", example="仪器"),
    _c("service_fields", "服务领域", OTHER, help="多个用顿号隔开；留空时按分类推定。", example="新材料、电子信息"),
    _c("subject_codes", "主要学科领域", OTHER, aliases=("学科领域",), help="填学科代码或名称，最多 4 个，用顿号隔开。", example="430 材料科学"),
    _c("department", "院系/实验室", OTHER, aliases=("院系", "实验室", "所属单位内部门", "使用部门", "所属部门", "使用单位", "部门"), width=24,
       help="须是本单位已有的院系或实验室，可写全路径。", example="分析测试中心"),
    _c("innovation_platforms", "所属创新平台", OTHER, aliases=("创新平台", "所属创新平台/机构"), width=24,
       help="填本单位已入网的创新平台名称，多个用顿号隔开；没有的填「无」。", example="无"),
    _c("carrier_type", "所属资源载体类型", ENUM, example="不附属"),
    _c("carrier_internal_no", "所属资源载体内部编号"),
    _c("carrier_name", "所属资源载体名称"),
    _c("acquisition_source", "设备来源", ENUM, example="购置"),
    _c("generality", "仪器设备类别", ENUM, example="通用"),
    _c("original_value", "原值（元）", MONEY, aliases=("原值", "value_cny", "单价", "金额"), help="单位元；单位为万元的，表头写「原值（万元）」。",
       example="2860000"),
    _c("funding_sources", "主要购置经费来源", LIST, aliases=("经费来源",), help="最多 4 个，用顿号隔开。", example="地方财政资金"),
    _c("purchased_on", "购置时间", DAY, aliases=("购置日期", "采购日期", "购买日期", "purchase_date"), help=_DAY, example="2018-05-20"),
    _c("booked_on", "建账日期", DAY, aliases=("入账日期", "建帐日期"), help=_DAY, example="2018-06-11"),
    _c("commissioned_on", "启用日期", DAY, aliases=("启用时间",), help=_DAY, example="2018-07-01"),
    _c("secondary_development", "是否二次开发", YES_NO, aliases=("二次开发",), example="否"),
    _c("functions", "主要功能", aliases=("功能", "function"), width=36, help="不超过 300 字。", example="微观形貌观察、能谱成分分析"),
    _c("technical_specs", "主要技术指标", aliases=("技术指标", "specification"), width=36,
       help="写准确数值，不超过 500 字。", example="分辨率 0.7 nm（15 kV）"),
    _c("accessories", "主要附件", aliases=("附件",), width=24, help="不超过 500 字。", example="能谱仪、EBSD"),
    _c("accreditation_note", "仪器认证情况", aliases=("认证情况",)),
    _c("service_content", "服务内容", width=30, example="形貌观察、元素分析"),
    _c("user_notice", "用户须知", aliases=("预约须知",), width=30, help="不超过 500 字。"),
    _c("sample_requirements", "样品要求", width=24),
    _c("reference_fee", "参考收费标准", aliases=("收费标准",), width=24, help="可以写「面议」。", example="600 元/小时"),
    _c("open_hours_note", "开放机时安排", aliases=("开放时间",), example="工作日 8:30–17:30"),
    _c("annual_run_hours", "年运行机时", HOURS, help=_HOURS, example="1800"),
    _c("annual_external_hours", "年对外服务机时", HOURS, help="不超过年运行机时。", example="600"),
    _c("rated_hours", "年有效工作机时基准", HOURS, help="算使用率的分母；留空为 1600。", example="1600"),
    _c("reported_status", "运行状态（上报）", ENUM, aliases=("上报运行状态",), example="正常"),
    _c("sharing_mode", "共享模式", ENUM, example="外部共享"),
    _c("running_status", "运行状态", OTHER, aliases=("状态", "status"), help="填 在线、离线、故障 或 报废；留空为在线。", example="在线"),
    _c("timed_booking", "按时预约", YES_NO, help="留空为是。", example="是"),
    _c("commissioned_booking", "委托预约", YES_NO, help="留空为否。", example="否"),
    _c("booking_url", "预约服务网址", aliases=("预约网址",)),
    _c("region", "所在地区", OTHER, aliases=("地区代码", "安放地址-省/市/区县", "行政区划"),
       help="填六位行政区划代码或省市区全称；留空同单位所在地区。", example="330106"),
    _c("street", "安放地址", aliases=("安放地址（街道门牌）", "安放地址-街道", "地址", "street"), width=24, example="余杭塘路 866 号"),
    _c("location", "安放地点", aliases=("地点", "存放地点", "放置地点", "存放位置", "仪器存放地点"), help="写到楼和房间。", example="材料楼 B106"),
    _c("floor", "楼层", example="1 层"),
    _c("contact_name", "联系人", aliases=("协作共用联络员", "联络员"), example="林知远"),
    _c("contact_phone", "联系电话", aliases=("电话",), example="0571-87951234"),
    _c("contact_email", "电子邮箱", aliases=("邮箱", "E-mail"), example="lin@example.cn"),
    _c("contact_address", "通讯地址", width=24),
    _c("postcode", "邮政编码", aliases=("邮编",), example="310058"),
    _c("under_customs_supervision", "是否在海关监管年限内", YES_NO, aliases=("海关监管",), example="否"),
    _c("customs_declaration_no", "进口报关单编号", help="18 位数字；在海关监管年限内的必填。"),
    _c("customs_item_no", "进口报关单项号", help="2 位数字。"),
    _c("customs_release_on", "海关放行日期", DAY, help=_DAY),
    _c("customs_form_name", "报关单上名称"),
    _c("nrii_code", "国家平台仪器编号", help="由国家平台分配，没有的空着。"),
    *(
        _c(f"price_{tier.value}", f"{tier.label}机时费（元/小时）", MONEY, aliases=(f"{tier.label}价", f"{tier.label}机时费"))
        for tier in PriceTier
    ),
)  # fmt: skip

# Columns of other lists that are understood but stand in no template.
ALSO = (
    _c("original_value_wan", "原值（万元）", OTHER),
    _c("class_name", "分类名称", OTHER, aliases=("nrii_class_name",)),
    _c("owner_unit", "所属单位", OTHER),
    _c("accuracy", "准确度", OTHER),
    _c("cal_body", "检定机构", OTHER),
    _c("cal_cycle", "检定周期", OTHER),
    _c("cal_last", "上次检定", OTHER),
    _c("cal_next", "下次检定", OTHER),
    _c("note", "备注", OTHER),
)
READS = {kind.column.name: kind.reads for kind in KINDS}
TEMPLATE = tuple(kind.column for kind in KINDS)
EXTRA = tuple(kind.column for kind in ALSO)
HEADERS = {column.name: column.header for column in (*TEMPLATE, *EXTRA)}
# How long texts may be: as long as the table takes them; what only the national platform limits is noted.
LIMITS = {
    f.name: f.max_length for f in Instrument._meta.concrete_fields if getattr(f, "max_length", None) and not f.choices
}


def template(unit: Organization) -> tuple[Column, ...]:
    """The columns to fill in, with what their drop-downs offer in this unit."""
    offered: dict[str, Callable[[], Iterable[str]]] = {
        "department": lambda: Departments(unit).paths,
        "service_fields": lambda: ServiceField.objects.values_list("name", flat=True),
        "origin_country": lambda: countries(),
        "running_status": lambda: ["在线", "离线", "故障", "报废"],
    }
    return tuple(_offering(column, offered.get(column.name)) for column in TEMPLATE)


def _offering(column: Column, offered: Callable[[], Iterable[str]] | None) -> Column:
    reads, name = READS[column.name], column.name
    words: Iterable[str] = ()
    if offered is not None:
        words = offered()
    elif reads == YES_NO:
        words = ("是", "否")
    elif reads in (ENUM, LIST):
        words = words_of(name)
    text = str(column.help)
    if name in ENUMS or name in LISTS:
        codes = "、".join(f"{code} {word}" for code, word in (ENUMS | LISTS)[name].coded)
        text += _("可填名称，也可填国家平台代码：%s。") % codes
    if name in REQUIRED and not column.required:
        text += str(_BEFORE)
    return replace(column, choices=list(words), help=text, max_length=LIMITS.get(name))


def readable() -> tuple[Column, ...]:
    """Every column that is understood, to read a list by."""
    return tuple(replace(column, max_length=LIMITS.get(column.name)) for column in (*TEMPLATE, *EXTRA))


_BY_EXACT = {exact_key(t): c.name for c in reversed((*TEMPLATE, *EXTRA)) for t in (c.header, *c.aliases)}
_BY_HEADER = {header_key(t): c.name for c in reversed((*TEMPLATE, *EXTRA)) for t in (c.header, *c.aliases)}


def by_name(row: Mapping[str, object]) -> dict[str, str]:
    """A raw row, by whatever headers, as texts by column name."""
    known: dict[str, str] = {}
    for header, value in row.items():
        text = tidy(value) if value is not None else ""
        name = _BY_EXACT.get(exact_key(header)) or _BY_HEADER.get(header_key(header))
        if text and name:
            known[name] = text
    return known
