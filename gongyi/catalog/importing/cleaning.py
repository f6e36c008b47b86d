"""Turns one row of a list as people keep them into the values of an instrument, saying every doubt.

What can't be understood refuses the row, with the column and what to write instead; what is understood by a guess is noted.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.countries import countries
from gongyi.catalog.importing.classes import ClassGuesser
from gongyi.catalog.importing.columns import DAY, ENUM, HOURS, LIMITS, MONEY, READS, TEXT, YES_NO
from gongyi.catalog.importing.days import read_day
from gongyi.catalog.importing.words import ENUMS, LISTS, NO, RUNNING, YES, find_subject
from gongyi.catalog.models import HOURS_OF_A_YEAR, MOST_FUNDING_SOURCES, MOST_SUBJECTS
from gongyi.kit.spreadsheets.columns import plain
from gongyi.organizations.importing.places import Departments, Regions, Unknown

FIRST_YEAR = 1950
NATIONAL_LIMITS = {"name_en": 100, "technical_specs": 500, "functions": 300, "accessories": 500, "user_notice": 500}
NAMES_AS_NONE = {"无", "无所属创新平台", "没有", "-", "/"}
COUNTRY_ALIASES = {
    "usa": "美国", "us": "美国", "germany": "德国", "japan": "日本", "uk": "英国", "france": "法国", "switzerland": "瑞士",
    "china": "中国", "国产": "中国", "俄罗斯": "俄罗斯联邦", "台湾": "中国台湾", "香港": "中国香港",
}  # fmt: skip
MAKERS_COUNTRIES = (
    "美国", "德国", "日本", "英国", "瑞士", "法国", "瑞典", "荷兰", "丹麦", "意大利", "加拿大", "奥地利", "芬兰", "韩国", "澳大利亚", "以色列", "西班牙",
)  # fmt: skip
HOME_PLACES = (
    "中国", "北京", "上海", "天津", "重庆", "江苏", "浙江", "广东", "山东", "湖南", "湖北", "四川", "陕西", "辽宁", "成都", "南京", "杭州",
    "苏州", "无锡", "常州", "武汉", "长沙", "西安", "济南", "青岛", "广州", "深圳", "沈阳", "大连", "长春", "合肥", "厦门",
)  # fmt: skip
TEXTS = tuple(name for name, reads in READS.items() if reads == TEXT and name != "name")
PLAIN_TEXTS = frozenset(
    ("internal_no", "serial_no", "nrii_code", "contact_phone", "contact_email", "postcode", "customs_declaration_no", "customs_item_no", "booking_url")
)  # fmt: skip

_HAN = re.compile(r"[\u3400-\u9fff]")
NOTHING_TO_NOTE = {"无", "暂无", "/", "-", "—", "--"}  # what lists write into a column they do not use
_ASSET_NO = re.compile(r"[A-Za-z]{1,6}-?\d{2,12}[A-Za-z]?")
_BRACKETED = re.compile(r"\s*[（(【\[]([^（）()【】\[\]]{2,60})[）)】\]]\s*$")
_CONDITION = re.compile(r"仅|只能|不能|不可|限|须|暂停|禁止")
# Class names of control software end like this, glued to a model; no shared instrument is called so.
_PART_OF_SOFTWARE = re.compile(
    r"(?:[a-z0-9A-Z](?:Parameter|Correction|Sensor|Output|Motor|Controller|Program|Frequency|Module)$)"
    r"|Event Register$|Measurement Pair$|\bBuffer$|\b(?:Piezo|PD)$|_base$"
)
_SAID_TWICE = re.compile(r"\bduplicate\b|重复|副本", re.IGNORECASE)
_NOISE = re.compile(r"[¥￥,，\s]|元|RMB|CNY", re.IGNORECASE)
_SPLIT = re.compile(r"[、,，;；/|\n]+")
_EMAIL, _URL = EmailValidator(), URLValidator(schemes=["http", "https"])


@dataclass
class Cleaned:
    """One row: the values that are filled in, what was guessed for empty ones, and what is said about it."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    guessed: dict[str, Any] = field(default_factory=dict)
    prices: dict[str, Decimal] = field(default_factory=dict)
    service_fields: list[int] | None = None
    platforms: list[int] | None = None
    guessed_fields: list[int] = field(default_factory=list)
    number_is_guess: bool = False
    problems: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def wrong(self, column: str, sentence: str) -> None:
        self.problems.append((column, sentence))

    def note(self, column: str, sentence: str) -> None:
        self.notes.append((column, sentence))

    def get(self, name: str) -> Any:
        """What the row will be stored with, if it is new."""
        return self.values.get(name) or self.guessed.get(name)

    @property
    def look(self) -> tuple[str, str, str]:
        """What makes two rows without numbers look the same."""
        return tuple(same(self.values.get(name, "")) for name in ("name", "model", "serial_no"))  # type: ignore[return-value]


def same(text: str) -> str:
    """Text without the differences of width, case and blanks."""
    return "".join(plain(text).split()).lower()


class Cleaner:
    """Cleans the rows of one list; knows this site's classes, fields of service and regions, and the unit's own places."""

    def __init__(
        self, guesser: ClassGuesser, regions: Regions, departments: Departments, platforms: Mapping[str, int]
    ) -> None:
        self.guesser, self.regions, self.departments = guesser, regions, departments
        self.platforms = {same(name): pk for name, pk in platforms.items()}
        self._department = lru_cache(maxsize=None)(self._find_department)
        self._today = timezone.localdate()

    def clean(self, cells: Mapping[str, str], number: int) -> Cleaned:
        """Never raises for what a row contains."""
        row = Cleaned(number)
        cells = {name: text for name, text in cells.items() if text}
        for name in TEXTS:
            if name in cells:
                self._text(row, name, cells[name])
        if not self._name(row, cells.get("name", "")):
            return row
        self._note(row, cells.get("note", ""))
        self._class(row, cells)
        self._foreign_name(row)
        self._origin(row, cells.get("origin_country", ""))
        self._calibration(row, cells)
        for name, text in cells.items():
            reads = READS.get(name)
            if reads == DAY:
                row.values[name] = self._day(row, name, text)
            elif reads == MONEY:
                self._money(row, name, text)
            elif reads == HOURS:
                self._hours(row, name, text)
            elif reads == YES_NO:
                self._yes_no(row, name, text)
            elif reads == ENUM:
                self._enum(row, name, text)
        if "original_value_wan" in cells and "original_value" not in row.values:
            self._money(row, "original_value_wan", cells["original_value_wan"], factor=Decimal(10_000))
        self._status(row, cells.get("running_status", ""))
        self._funding(row, cells.get("funding_sources", ""))
        self._subjects(row, cells.get("subject_codes", ""))
        self._places(row, cells)
        self._platforms(row, cells.get("innovation_platforms", ""))
        self._fields(row, cells.get("service_fields", ""))
        self._together(row)
        return row

    # texts

    def _text(self, row: Cleaned, name: str, text: str) -> None:
        if name in PLAIN_TEXTS:
            text = plain(text)
        if (limit := LIMITS.get(name)) and len(text) > limit:
            row.wrong(
                name, _("有 %(length)s 个字，最多 %(limit)s 个，请缩短。") % {"length": len(text), "limit": limit}
            )
        elif (most := NATIONAL_LIMITS.get(name)) and len(text) > most:
            row.note(
                name,
                _("有 %(length)s 个字，国家平台最多 %(limit)s 个，上报前请缩短。")
                % {"length": len(text), "limit": most},
            )
        if fault := _FORMS.get(name, _no_fault)(text):
            row.wrong(name, fault)
        row.values[name] = text

    def _name(self, row: Cleaned, text: str) -> bool:
        name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip(" ,，;；")
        if not name:
            row.wrong("name", _("必填，请补上。"))
            return False
        model = row.values.get("model", "")
        if match := _BRACKETED.search(name):
            inside, bare = match[1].strip(), name[: match.start()].strip()
            if bare and _CONDITION.search(inside):
                row.values["user_notice"] = "；".join(filter(None, (inside, row.values.get("user_notice"))))
                row.note("name", _("名称里写着使用条件，「%s」移到用户须知。") % inside)
                name = bare
            elif bare and not model and re.search(r"[A-Za-z]", inside) and re.search(r"\d| ", inside):
                model = row.values["model"] = inside
                row.note("name", _("名称里写着型号，「%s」移到规格型号。") % inside)
                name = bare
        bare = name[: -len(model)].strip(" -，,") if model else ""
        if len(model) > 2 and bare and same(bare + model) == same(name) and _HAN.search(name):
            row.note("name", _("名称末尾重复了型号，名称改为「%s」。") % bare)
            name = bare
        if _PART_OF_SOFTWARE.search(name):
            row.note("name", _("像控制软件里的部件名，不像一台仪器，请核对。"))
        if _SAID_TWICE.search(name):
            row.note("name", _("名称里写着「重复」，请核对后合并。"))
        self._text(row, "name", name)
        return True

    def _note(self, row: Cleaned, text: str) -> None:
        if not text or text in NOTHING_TO_NOTE:
            return
        if _ASSET_NO.fullmatch(text) and not row.values.get("internal_no"):
            row.values["internal_no"], row.number_is_guess = text, True
            row.note("note", _("备注里是设备编号，作为所在单位仪器编号导入。"))
        else:
            row.note("note", _("备注没有对应的字段，未导入。"))

    def _foreign_name(self, row: Cleaned) -> None:
        name, code = row.values["name"], row.get("instrument_class_id")
        if _HAN.search(name):
            return
        if not row.values.get("name_en"):
            row.guessed["name_en"] = name
        kind = self.guesser.name(code) if code and not self.guesser.is_vague(code) else ""
        if kind and "/" not in kind:
            row.values["name"] = f"{kind} {name}"[: LIMITS["name"]]
            row.note("name", _("没有中文名称，名称前加分类名，原名存为英文名称。"))
        else:
            row.note("name", _("没有中文名称，按外文名称导入，请补中文名称。"))

    def _origin(self, row: Cleaned, text: str) -> None:
        if text:
            name = COUNTRY_ALIASES.get(plain(text).lower(), plain(text))
            if name not in countries():
                row.note("origin_country", _("不在国家平台的国别名单里，照录；上报前请改。"))
            if len(name) > (LIMITS["origin_country"] or 0):
                row.wrong("origin_country", _("请填国家或地区的名称，如 德国。"))
            row.values["origin_country"] = name
            return
        maker = row.values.get("manufacturer", "")
        country = next((c for c in MAKERS_COUNTRIES if maker.startswith(c)), "")
        country = country or ("中国" if maker.startswith(HOME_PLACES) else "")
        if country:
            row.guessed["origin_country"] = country
            row.note("manufacturer", _("没有填产地国别，按制造商名称推定为「%s」。") % country)

    def _calibration(self, row: Cleaned, cells: Mapping[str, str]) -> None:
        """What a ledger says about accuracy and calibration goes into the specifications; there is no column for it."""
        parts = [_("准确度：%s") % cells["accuracy"]] if "accuracy" in cells else []
        days = {name: self._day(row, name, cells[name]) for name in ("cal_last", "cal_next") if name in cells}
        calibrated = [
            cells.get("cal_body", ""), _("周期 %s") % cells["cal_cycle"] if "cal_cycle" in cells else "",
            _("上次 %s") % days["cal_last"] if days.get("cal_last") else "", _("下次 %s") % days["cal_next"] if days.get("cal_next") else "",
        ]  # fmt: skip
        if any(calibrated):
            parts.append(_("检定：%s") % "，".join(filter(None, calibrated)))
            if (due := days.get("cal_next")) and due < self._today:
                row.note("cal_next", _("检定已过期，请核对是否已重新检定。"))
        if parts:
            row.values["technical_specs"] = "\n".join(filter(None, (row.values.get("technical_specs"), *parts)))
            row.note("accuracy" if "accuracy" in cells else "cal_body", _("没有准确度、检定的字段，并入主要技术指标。"))

    # days, numbers, choices

    def _day(self, row: Cleaned, name: str, text: str) -> date | None:
        found, note = read_day(text)
        if found is None:
            row.wrong(name, _("不是日期，请写成 2018-05-20。"))
        elif found.year < FIRST_YEAR or (found > self._today and name not in ("cal_next", "cal_last")):
            row.wrong(name, _("日期在 %s 年以前或今天以后，请核对。") % FIRST_YEAR)
        elif note:
            row.note(name, _("%(note)s记为 %(day)s。") % {"note": note, "day": found})
        return found

    def _money(self, row: Cleaned, name: str, text: str, factor: Decimal = Decimal(1)) -> None:
        digits = _NOISE.sub("", plain(text))
        if digits.endswith("万"):
            digits, factor = digits[:-1], Decimal(10_000)
        try:
            amount = (_finite(digits) * factor).quantize(Decimal("0.01"))
        except (InvalidOperation, ValueError):
            row.wrong(name, _("不是金额，请只填数字。"))
            return
        if not 0 <= amount < Decimal(10) ** 12:
            row.wrong(name, _("金额为负或过大，请核对单位。"))
            return
        if factor != 1 and name != "original_value_wan":
            row.note(name, _("以万元为单位，换算为 %s 元。") % f"{amount:,.2f}")
        tier = name.removeprefix("price_")
        if tier != name:
            row.prices[tier] = amount
        else:
            row.values["original_value"] = amount

    def _hours(self, row: Cleaned, name: str, text: str) -> None:
        digits = re.sub(r"小时|[,，\sh时]", "", plain(text).lower())
        try:
            hours = _finite(digits).quantize(Decimal("0.1"))
        except (InvalidOperation, ValueError):
            row.wrong(name, _("不是小时数，请只填数字。"))
            return
        if not 0 <= hours <= HOURS_OF_A_YEAR:
            row.wrong(name, _("一年最多 %s 小时，请核对。") % HOURS_OF_A_YEAR)
            return
        row.values[name] = hours

    def _yes_no(self, row: Cleaned, name: str, text: str) -> None:
        word = plain(text).lower()
        if word not in YES | NO:
            row.wrong(name, _("请填「是」或「否」。"))
            return
        row.values[name] = word in YES

    def _enum(self, row: Cleaned, name: str, text: str) -> None:
        enum = ENUMS[name]
        if (found := enum.find(text)) is None:
            row.wrong(name, _("不在可选项中，可填：%s。") % "、".join(str(label) for label in enum.choices.labels))
            return
        row.values[name] = found

    def _status(self, row: Cleaned, text: str) -> None:
        if not text:
            return
        word = plain(text).lower()
        reported = ENUMS["reported_status"].find(text)
        if word in RUNNING:
            row.values["running_status"] = RUNNING[word].value
        elif reported is None:
            row.wrong("running_status", _("不是运行状态，可填：在线、离线、故障、报废。"))
        if reported is not None:
            row.values.setdefault("reported_status", reported)

    def _several(self, text: str) -> list[str]:
        return list(dict.fromkeys(word for part in _SPLIT.split(text) if (word := plain(part))))

    def _funding(self, row: Cleaned, text: str) -> None:
        enum = LISTS["funding_sources"]
        words = self._several(text)
        found = [enum.find(word) for word in words]
        for word, value in zip(words, found, strict=True):
            if value is None:
                known = "、".join(str(label) for label in enum.choices.labels)
                row.wrong(
                    "funding_sources",
                    _("「%(word)s」不在可选项中，可填：%(known)s。") % {"word": word, "known": known},
                )
        values = list(dict.fromkeys(value for value in found if value))
        if len(values) > MOST_FUNDING_SOURCES:
            row.wrong("funding_sources", _("最多 %s 项。") % MOST_FUNDING_SOURCES)
        elif words:
            row.values["funding_sources"] = values

    def _subjects(self, row: Cleaned, text: str) -> None:
        words = self._several(text)
        found = [find_subject(word) for word in words]
        for word, code in zip(words, found, strict=True):
            if code is None:
                row.wrong("subject_codes", _("没有「%s」这个学科，请填三位学科代码，如 430 材料科学。") % word)
        codes = list(dict.fromkeys(code for code in found if code))
        if len(codes) > MOST_SUBJECTS:
            row.wrong("subject_codes", _("最多 %s 个学科。") % MOST_SUBJECTS)
        elif words:
            row.values["subject_codes"] = codes

    # what stands in the site's own lists

    def _class(self, row: Cleaned, cells: Mapping[str, str]) -> None:
        given, guesser = cells.get("instrument_class", ""), self.guesser
        code = guesser.known(given) if given else None
        if code is None and cells.get("class_name"):
            code = guesser.known(cells["class_name"])
        if code is not None and not guesser.is_vague(code):
            row.values["instrument_class_id"] = code
            return
        texts = (row.values["name"], row.values.get("name_en", ""), row.values.get("functions", "")[:200])
        guess = guesser.guess(*texts)
        if guess and guess != code:
            why = _("没有填分类") if not given else _("分类是「其他仪器」") if code else _("分类表里没有这个编码或名称")
            row.guessed["instrument_class_id"] = guess
            row.note(
                "instrument_class",
                _("%(why)s，按名称推定为「%(name)s」。") % {"why": why, "name": guesser.name(guess)},
            )
        elif given and code is None:
            row.wrong("instrument_class", _("分类表里没有这个编码或名称，请填六位分类编码或末级分类名称。"))
        elif guesser.catch_all:
            row.guessed["instrument_class_id"] = guesser.catch_all
            if not given:
                row.note("instrument_class", _("没有分类，从名称也看不出，归入「其他仪器」，请核对。"))

    def _find_department(self, text: str) -> tuple[int | None, str]:
        try:
            return self.departments.find(text), ""
        except Unknown as unknown:
            return None, str(unknown)

    def _places(self, row: Cleaned, cells: Mapping[str, str]) -> None:
        if text := cells.get("department"):
            found, fault = self._department(text)
            if fault:
                row.wrong("department", fault)
            row.values["department_id"] = found
        if text := cells.get("region"):
            try:
                row.values["region_id"] = self.regions.find(text.split(" ")[0])
            except Unknown as unknown:
                row.wrong("region", str(unknown))

    def _platforms(self, row: Cleaned, text: str) -> None:
        if not text:
            return
        if plain(text) in NAMES_AS_NONE:
            row.values["no_platform"], row.platforms = True, []
            return
        row.platforms, row.values["no_platform"] = [], False
        for word in dict.fromkeys(w.strip() for w in re.split(r"[、,，;；\n]+", text) if w.strip()):
            if (pk := self.platforms.get(same(word))) is None:
                row.wrong(
                    "innovation_platforms",
                    _("本单位没有已入网的创新平台「%s」。请先在「创新平台」里登记，没有的填「无」。") % word,
                )
            else:
                row.platforms.append(pk)

    def _fields(self, row: Cleaned, text: str) -> None:
        if text:
            row.service_fields = []
            for word in self._several(text):
                if word in self.guesser.fields:
                    row.service_fields.append(self.guesser.fields[word])
                else:
                    known = "、".join(self.guesser.fields)
                    row.wrong(
                        "service_fields",
                        _("「%(word)s」不在可选项中，可填：%(known)s。") % {"word": word, "known": known},
                    )
        elif code := row.get("instrument_class_id"):
            row.guessed_fields = self.guesser.service_fields(code)

    def _together(self, row: Cleaned) -> None:
        """What several columns must agree on."""
        run, outside = row.values.get("annual_run_hours"), row.values.get("annual_external_hours")
        if outside is not None and run is not None and outside > run:
            row.wrong("annual_external_hours", _("不能超过年运行机时 %s。") % run)


def _finite(digits: str) -> Decimal:
    """A number; raises ValueError for NaN and Infinity, which Decimal takes for one."""
    number = Decimal(digits)
    if not number.is_finite():
        raise ValueError(digits)
    return number


def _no_fault(text: str) -> str | None:
    return None


def _digits(count: int, sentence: Any) -> Any:
    return lambda text: None if text.isascii() and text.isdigit() and len(text) == count else str(sentence)


def _email(text: str) -> str | None:
    try:
        _EMAIL(text)
    except ValidationError:
        return _("不是邮箱地址，请核对。")
    return None


def _url(text: str) -> str | None:
    try:
        _URL(text)
    except ValidationError:
        return _("不是网址，请以 http:// 或 https:// 开头。")
    return None


_FORMS: Mapping[str, Any] = {
    "contact_email": _email,
    "booking_url": _url,
    "postcode": _digits(6, gettext_lazy("邮政编码是 6 位数字。")),
    "customs_declaration_no": _digits(18, gettext_lazy("报关单编号是 18 位数字。")),
    "customs_item_no": _digits(2, gettext_lazy("报关单项号是 2 位数字。")),
}
