"""Turns one row of a list as people keep them into the values of an instrument, saying every doubt and what was done."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.imports.classes import ClassGuesser
from gongyi.catalog.imports.columns import HEADERS, by_column
from gongyi.catalog.models import Instrument, PriceTier, RunningStatus
from gongyi.kit.spreadsheets.columns import plain

MAX_VALUE = 60  # characters of a doubtful value that the report shows
LIMITS = {
    f.name: f.max_length for f in Instrument._meta.concrete_fields if getattr(f, "max_length", None) and not f.choices
}
TEXTS = (
    "name_en", "internal_no", "model", "manufacturer", "origin_country", "serial_no", "location", "functions",
    "technical_specs", "accessories", "user_notice", "sample_requirements", "reference_fee", "contact_name", "contact_phone",
)  # fmt: skip
STATUSES = {
    "在线": RunningStatus.ONLINE, "正常": RunningStatus.ONLINE, "在用": RunningStatus.ONLINE, "active": RunningStatus.ONLINE,
    "使用中": RunningStatus.ONLINE, "online": RunningStatus.ONLINE, "离线": RunningStatus.OFFLINE, "停用": RunningStatus.OFFLINE,
    "闲置": RunningStatus.OFFLINE, "inactive": RunningStatus.OFFLINE, "offline": RunningStatus.OFFLINE,
    "故障": RunningStatus.FAULTY, "待修": RunningStatus.FAULTY, "faulty": RunningStatus.FAULTY, "broken": RunningStatus.FAULTY,
    "报废": RunningStatus.SCRAPPED, "已报废": RunningStatus.SCRAPPED, "scrapped": RunningStatus.SCRAPPED, "retired": RunningStatus.SCRAPPED,
}  # fmt: skip
COUNTRIES = (
    "美国",
    "德国",
    "日本",
    "英国",
    "瑞士",
    "法国",
    "瑞典",
    "荷兰",
    "丹麦",
    "意大利",
    "加拿大",
    "奥地利",
    "芬兰",
    "韩国",
    "澳大利亚",
    "以色列",
    "西班牙",
)
HOME_PLACES = (
    "中国",
    "北京",
    "上海",
    "天津",
    "重庆",
    "江苏",
    "浙江",
    "广东",
    "山东",
    "湖南",
    "湖北",
    "四川",
    "陕西",
    "辽宁",
    "成都",
    "南京",
    "杭州",
    "苏州",
    "无锡",
    "常州",
    "武汉",
    "长沙",
    "西安",
    "济南",
    "青岛",
    "广州",
    "深圳",
    "沈阳",
    "大连",
    "长春",
    "合肥",
    "厦门",
)
YES, NO = {"是", "有", "y", "yes", "true", "1", "√"}, {"否", "无", "没有", "n", "no", "false", "0", "×"}

_HAN = re.compile(r"[\u3400-\u9fff]")
_ASSET_NO = re.compile(r"[A-Za-z]{1,6}-?\d{2,12}[A-Za-z]?")
_BRACKETED = re.compile(r"\s*[（(【\[]([^（）()【】\[\]]{2,60})[）)】\]]\s*$")
_CONDITION = re.compile(r"仅|只能|不能|不可|限|须|暂停|禁止")
# Class names of control software end like this, glued to a model; no shared instrument is called so.
_PART_OF_SOFTWARE = re.compile(
    r"(?:[a-z0-9A-Z](?:Parameter|Correction|Sensor|Output|Motor|Controller|Program|Frequency|Module)$)"
    r"|Event Register$|Measurement Pair$|\bBuffer$|\b(?:Piezo|PD)$|_base$"
)
_SAID_TWICE = re.compile(r"\bduplicate\b|重复|副本", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?)?\s*月?(?:[ T]\d{1,2}:\d{2}.*)?")
_DAY_PLAIN = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_YEAR = re.compile(r"((?:19|20)\d{2})\s*年?")
_SERIAL = re.compile(r"[2-5]\d{4}(?:\.0+)?")


@dataclass
class Doubt:
    """One thing that was not as it should be: in which row and column, what stood there, what is wrong, what was done."""

    code: str
    problem: str
    action: str
    row: int | None = None
    column: str = ""
    value: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row, "column": str(self.column), "value": self.value[:MAX_VALUE], "problem": self.problem,
            "action": self.action, "code": self.code,
        }  # fmt: skip


@dataclass
class Cleaned:
    """One row ready to be stored; `refused` when it has no name."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    prices: dict[str, Decimal] = field(default_factory=dict)
    service_fields: list[int] = field(default_factory=list)
    department: str = ""
    owner_unit: str = ""
    doubts: list[Doubt] = field(default_factory=list)
    refused: bool = False

    def doubt(self, code: str, column: str, value: str, problem: str, action: str) -> None:
        self.doubts.append(Doubt(code, problem, action, self.row, HEADERS.get(column, column), value))

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two rows without numbers look the same."""
        return tuple(same(self.values.get(name, "")) for name in ("name", "model", "serial_no"))  # type: ignore[return-value]


def same(text: str) -> str:
    """Text without the differences of width, case and blanks."""
    return re.sub(r"\s+", "", plain(text)).lower()


class Cleaner:
    """Cleans the rows of one list; knows this site's classes, fields of service and regions."""

    def __init__(self, guesser: ClassGuesser, regions: set[str]) -> None:
        self.guesser, self.regions = guesser, regions

    def clean(self, raw: Mapping[str, object], number: int) -> Cleaned:
        """Never raises for what a row contains."""
        cells, unknown = by_column(raw)
        row = Cleaned(number)
        for header, value in unknown.items():
            row.doubt("no_field", header, value, _("没有对应的字段。"), _("未导入。"))
        row.owner_unit, row.department = cells.get("owner_unit", ""), cells.get("department", "")
        for name in TEXTS:
            row.values[name] = self._text(row, name, cells.get(name, ""))
        self._name(row, cells)
        if row.refused:
            return row
        self._note(row, cells)
        self._class(row, cells)
        self._foreign_name(row)
        self._maker(row)
        self._calibration(row, cells)
        row.values["purchased_on"] = self._day(row, "purchased_on", cells.get("purchased_on", ""))
        row.values["original_value"] = self._money(row, "original_value", cells.get("original_value", ""))
        for tier in PriceTier:
            price = self._money(row, f"price_{tier.value}", cells.get(f"price_{tier.value}", ""))
            if price is not None:
                row.prices[tier.value] = price
        self._status(row, cells.get("running_status", ""))
        for name, default in (("timed_booking", True), ("commissioned_booking", False)):
            row.values[name] = self._yes_no(row, name, cells.get(name, ""), default)
        self._region(row, cells.get("region", ""))
        self._fields(row, cells.get("service_fields", ""))
        return row

    def _text(self, row: Cleaned, name: str, text: str) -> str:
        limit = LIMITS.get(name)
        if limit and len(text) > limit:
            row.doubt(
                "too_long",
                name,
                text,
                _("有 %(n)s 字，最多 %(limit)s 字。") % {"n": len(text), "limit": limit},
                _("截去后面的部分。"),
            )
            return text[:limit]
        return text

    def _name(self, row: Cleaned, cells: Mapping[str, str]) -> None:
        name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", cells.get("name", ""))).strip(" ,，;；")
        if not name:
            row.refused = True
            row.doubt("no_name", "name", "", _("没有仪器名称。"), _("这一行未导入。请补上名称后再导入。"))
            return
        model = row.values["model"]
        if match := _BRACKETED.search(name):
            inside, bare = match[1].strip(), name[: match.start()].strip()
            if bare and _CONDITION.search(inside):
                row.values["user_notice"] = "；".join(filter(None, (inside, row.values["user_notice"])))
                row.doubt(
                    "condition_in_name", "name", name, _("名称里写着使用条件。"), _("「%s」移到用户须知。") % inside
                )
                name = bare
            elif bare and not model and re.search(r"[A-Za-z]", inside) and re.search(r"\d| ", inside):
                model = row.values["model"] = inside
                row.doubt("model_in_name", "name", name, _("名称里写着型号。"), _("「%s」移到规格型号。") % inside)
                name = bare
        if (
            model
            and len(model) > 2
            and same(name) != same(model)
            and same(name).endswith(same(model))
            and _HAN.search(name)
        ):
            bare = name[: -len(model)].strip(" -，,")
            if same(bare + model) == same(name):
                row.doubt("model_in_name", "name", name, _("名称末尾重复了型号。"), _("名称改为「%s」。") % bare)
                name = bare
        if _PART_OF_SOFTWARE.search(name):
            row.doubt(
                "not_an_instrument",
                "name",
                name,
                _("像控制软件里的部件名，不像一台仪器。"),
                _("照样导入，请核对后改名或停用。"),
            )
        if _SAID_TWICE.search(name):
            row.doubt("said_twice", "name", name, _("名称里写着「重复」。"), _("照样导入，请核对后合并或停用。"))
        row.values["name"] = self._text(row, "name", name)

    def _note(self, row: Cleaned, cells: Mapping[str, str]) -> None:
        note = cells.get("note", "")
        if not note:
            return
        if _ASSET_NO.fullmatch(note) and not row.values["internal_no"]:
            row.values["internal_no"] = note
            row.doubt("number_in_note", "note", note, _("备注里是设备编号。"), _("作为所在单位仪器编号导入。"))
        else:
            row.doubt("note", "note", note, _("备注没有对应的字段。"), _("未导入。"))

    def _class(self, row: Cleaned, cells: Mapping[str, str]) -> None:
        given, guesser = cells.get("instrument_class", ""), self.guesser
        code = guesser.known(given) if given else None
        if given and code is None:
            row.doubt(
                "class_unknown",
                "instrument_class",
                given,
                _("分类表里没有这个编码或名称。"),
                _("改按分类名称和仪器名称推定。"),
            )
        if code is None and cells.get("class_name"):
            code = guesser.known(cells["class_name"])
        if code is None or guesser.is_vague(code):
            guess = guesser.guess(row.values["name"], row.values["name_en"], row.values["functions"][:200])
            if guess and guess != code:
                problem = _("没有填分类。") if not given else _("分类是「其他仪器」。") if code else _("分类无法识别。")
                row.doubt(
                    "class_guessed", "instrument_class", given, problem, _("按名称推定为「%s」。") % guesser.name(guess)
                )
                code = guess
        if code is None:
            row.doubt(
                "class_missing",
                "instrument_class",
                given,
                _("没有分类，从名称也看不出。"),
                _("归入「其他仪器」，请核对。"),
            )
            code = "990000" if "990000" in guesser.classes else None
        row.values["instrument_class_id"] = code

    def _foreign_name(self, row: Cleaned) -> None:
        name, code = row.values["name"], row.values["instrument_class_id"]
        if _HAN.search(name):
            return
        row.values["name_en"] = row.values["name_en"] or name[: LIMITS["name_en"]]
        kind = self.guesser.name(code) if code and not self.guesser.is_vague(code) else ""
        if kind and "/" not in kind:
            row.values["name"] = f"{kind} {name}"[: LIMITS["name"]]
            row.doubt("foreign_name", "name", name, _("没有中文名称。"), _("名称前加分类名，原名存为英文名称。"))
        else:
            row.doubt("foreign_name", "name", name, _("没有中文名称。"), _("按外文名称导入，请补中文名称。"))

    def _maker(self, row: Cleaned) -> None:
        maker = row.values["manufacturer"]
        if row.values["origin_country"] or not maker:
            return
        country = next((c for c in COUNTRIES if maker.startswith(c)), "")
        country = country or ("中国" if maker.startswith(HOME_PLACES) else "")
        if country:
            row.values["origin_country"] = country
            row.doubt(
                "country_guessed",
                "origin_country",
                maker,
                _("没有填产地国别。"),
                _("按制造商名称推定为「%s」。") % country,
            )

    def _calibration(self, row: Cleaned, cells: Mapping[str, str]) -> None:
        """What a ledger says about accuracy and calibration goes into the specifications; there is no column for it yet."""
        parts = [f"准确度：{cells['accuracy']}"] if cells.get("accuracy") else []
        calibrated = [
            cells.get("cal_body", ""),
            f"周期 {cells['cal_cycle']}" if cells.get("cal_cycle") else "",
            *(f"{word} {day}" for word, name in (("上次", "cal_last"), ("下次", "cal_next")) if (day := self._day(row, name, cells.get(name, "")))),
        ]  # fmt: skip
        if any(calibrated):
            parts.append("检定：" + "，".join(filter(None, calibrated)))
            due = self._day(Cleaned(row.row), "cal_next", cells.get("cal_next", ""))
            if due and due < timezone.localdate():
                row.doubt(
                    "calibration_expired",
                    "cal_next",
                    cells["cal_next"],
                    _("检定已过期。"),
                    _("照录，请核对是否已重新检定。"),
                )
        if parts:
            row.values["technical_specs"] = "\n".join(filter(None, (row.values["technical_specs"], *parts)))
            row.doubt(
                "into_specs", "accuracy", "；".join(parts), _("没有单独的准确度、检定字段。"), _("并入主要技术指标。")
            )

    def _day(self, row: Cleaned, name: str, text: str) -> date | None:
        if not text:
            return None
        found, note = read_day(text)
        if found is None:
            row.doubt("date_unreadable", name, text, _("不是能识别的日期。"), _("留空。"))
        elif name == "purchased_on" and not date(1950, 1, 1) <= found <= timezone.localdate():
            row.doubt("date_impossible", name, text, _("购置时间在 1950 年以前或今天以后。"), _("留空。"))
            return None
        elif note:
            row.doubt("date_partial", name, text, note, _("记为 %s。") % found)
        return found

    def _money(self, row: Cleaned, name: str, text: str) -> Decimal | None:
        if not text:
            return None
        digits = re.sub(r"[¥￥,，\s]|元|RMB|CNY", "", plain(text), flags=re.IGNORECASE)
        factor = Decimal(1)
        if digits.endswith("万"):
            digits, factor = digits[:-1], Decimal(10000)
        try:
            amount = (Decimal(digits) * factor).quantize(Decimal("0.01"))
        except InvalidOperation:
            row.doubt("amount_unreadable", name, text, _("不是数字。"), _("留空。"))
            return None
        if not 0 <= amount < Decimal(10) ** 12:
            row.doubt("amount_impossible", name, text, _("金额为负或过大。"), _("留空。"))
            return None
        if factor != 1:
            row.doubt("amount_converted", name, text, _("以万元为单位。"), _("换算为 %s 元。") % f"{amount:,.2f}")
        return amount

    def _status(self, row: Cleaned, text: str) -> None:
        status = STATUSES.get(plain(text).lower()) if text else RunningStatus.ONLINE
        if status is None:
            row.doubt("status_unknown", "running_status", text, _("不是运行状态。"), _("按「在线」导入。"))
        row.values["running_status"] = status or RunningStatus.ONLINE

    def _yes_no(self, row: Cleaned, name: str, text: str, default: bool) -> bool:
        word = plain(text).lower()
        if not word or word in YES | NO:
            return word in YES if word else default
        row.doubt(
            "yes_no", name, text, _("应填「是」或「否」。"), _("按「%s」导入。") % (_("是") if default else _("否"))
        )
        return default

    def _region(self, row: Cleaned, text: str) -> None:
        if not text:
            return
        code = plain(text).split(" ")[0]
        if code in self.regions:
            row.values["region_id"] = code
        else:
            row.doubt("region_unknown", "region", text, _("没有这个行政区划代码。"), _("用单位所在地区。"))

    def _fields(self, row: Cleaned, text: str) -> None:
        for word in filter(None, re.split(r"[、,，;；\s]+", text)):
            if word in self.guesser.fields:
                row.service_fields.append(self.guesser.fields[word])
            else:
                row.doubt("field_unknown", "service_fields", word, _("服务领域里没有这一项。"), _("未导入。"))
        if not text and row.values["instrument_class_id"]:
            row.service_fields = self.guesser.service_fields(row.values["instrument_class_id"])


def read_day(text: str) -> tuple[date | None, str]:
    """The day a person wrote (2007-11-09, 2007/11/9, 2007.11, 2007年11月, 20071109, a spreadsheet's day number), and what
    was missing in it."""
    plain_text = plain(text)
    if match := _DAY.fullmatch(plain_text) or _DAY_PLAIN.fullmatch(plain_text):
        year, month, day = int(match[1]), int(match[2]), int(match[3]) if match[3] else None
        if not 1 <= month <= 12 or year < 1900:
            return None, ""
        if day is None:
            return date(year, month, 1), _("没有写到日。")
        return (date(year, month, day), "") if 1 <= day <= monthrange(year, month)[1] else (None, "")
    if match := _YEAR.fullmatch(plain_text):
        return date(int(match[1]), 1, 1), _("只写了年份。")
    if _SERIAL.fullmatch(plain_text):
        return (datetime(1899, 12, 30) + timedelta(days=int(float(plain_text)))).date(), _("是表格内部的日期序号。")
    return None, ""
