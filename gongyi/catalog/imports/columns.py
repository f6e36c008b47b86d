"""The columns an instrument list may have: those of the template, and other names the same things go by."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import PriceTier
from gongyi.kit.spreadsheets import Column
from gongyi.kit.spreadsheets.columns import header_key, tidy

TEMPLATE = (
    Column("name", "仪器名称", aliases=("名称", "设备名称", "name"), required=True, help="写中文名称，不带型号。", example="场发射扫描电子显微镜"),
    Column("name_en", "英文名称", aliases=("name_en",), example="Field Emission SEM"),
    Column(
        "internal_no", "所在单位仪器编号", aliases=("资产编号", "设备编号", "internal_no"),
        help="本单位内不能重复；再次导入时按它更新。", example="20180012S",
    ),
    Column("model", "规格型号", aliases=("型号", "model"), example="GeminiSEM 360"),
    Column("manufacturer", "生产制造商", aliases=("制造商", "厂家", "manufacturer"), example="Carl Zeiss"),
    Column("origin_country", "产地国别", aliases=("国别", "country"), example="德国"),
    Column("serial_no", "出厂编号", aliases=("序列号", "serial_no"), example="8214003127"),
    Column(
        "instrument_class", "仪器分类", aliases=("分类编码", "nrii_class_suggested"),
        help="填六位编码或末级分类名称；留空时按名称推定。", example="010102",
    ),
    Column("service_fields", "服务领域", help="多个用顿号隔开。", example="新材料、电子信息"),
    Column("department", "院系/实验室", aliases=("院系", "实验室"), help="须是本单位已有的院系或实验室。", example="分析测试中心"),
    Column("region", "所在地区", aliases=("地区代码",), help="填六位行政区划代码；留空同单位所在地区。", example="330106"),
    Column("location", "安放地点", aliases=("地点",), example="材料楼 B106"),
    Column("original_value", "原值（元）", aliases=("原值", "value_cny"), example="2860000"),
    Column("purchased_on", "购置时间", aliases=("购置日期", "purchase_date"), example="2018-05-20"),
    Column("running_status", "运行状态", aliases=("状态", "status"), help="填 在线、离线、故障 或 报废；留空为在线。", example="在线"),
    Column("functions", "主要功能", aliases=("功能", "function"), example="微观形貌观察、能谱成分分析"),
    Column("technical_specs", "主要技术指标", aliases=("技术指标", "specification"), example="分辨率 0.7 nm（15 kV）"),
    Column("accessories", "主要附件", aliases=("附件",), example="能谱仪、EBSD"),
    Column("user_notice", "用户须知", aliases=("预约须知",)),
    Column("sample_requirements", "样品要求", aliases=("sample_requirements",)),
    Column("reference_fee", "参考收费标准", aliases=("收费标准",)),
    Column("contact_name", "联系人", aliases=("contact_name",)),
    Column("contact_phone", "联系电话", aliases=("contact_phone",)),
    Column("timed_booking", "按时预约", help="填 是 或 否；留空为是。", example="是"),
    Column("commissioned_booking", "委托预约", help="填 是 或 否；留空为否。", example="否"),
    *(
        Column(f"price_{tier.value}", f"{tier.label}机时费（元/小时）", aliases=(f"{tier.label}价",))
        for tier in PriceTier
    ),
)  # fmt: skip

# Columns of other lists that are understood but stand in no template.
ALSO = (
    Column("class_name", "分类名称", aliases=("nrii_class_name",)),
    Column("owner_unit", "所属单位", aliases=("owner_unit",)),
    Column("accuracy", "准确度", aliases=("accuracy",)),
    Column("cal_body", "检定机构", aliases=("cal_body",)),
    Column("cal_cycle", "检定周期", aliases=("cal_cycle",)),
    Column("cal_last", "上次检定", aliases=("cal_last",)),
    Column("cal_next", "下次检定", aliases=("cal_next",)),
    Column("note", "备注", aliases=("note",)),
    Column("kind", "记录类型", aliases=("kind",)),
)
ALL = TEMPLATE + ALSO
HEADERS = {column.name: column.header for column in ALL}
# About the list itself, not about an instrument.
PROVENANCE = frozenset(map(header_key, ("id", "source", "name_lang", "序号")))

_BY_HEADER = {header_key(text): column.name for column in ALL for text in (column.name, column.header, *column.aliases)}

TEMPLATE_NOTES = (
    _("一行一台仪器。写不准的可以留空，导入后再补。"),
    _("导入报告会逐行逐列说明哪些值有疑问、系统怎么处理的。"),
)


def by_column(row: Mapping[str, object]) -> tuple[dict[str, str], dict[str, str]]:
    """Split a raw row into what is understood, by column name, and the rest, by its header; empty values are left out."""
    known: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for header, value in row.items():
        text = tidy(value) if value is not None else ""
        if not text:
            continue
        name = _BY_HEADER.get(header_key(header))
        if name:
            known[name] = text
        elif header_key(header) not in PROVENANCE:
            unknown[str(header)] = text
    return known, unknown


def headers_of(rows: Iterable[Mapping[str, object]]) -> set[str]:
    """The columns understood among the headers of the first row."""
    first = next(iter(rows), {})
    return {_BY_HEADER[key] for header in first if (key := header_key(header)) in _BY_HEADER}
