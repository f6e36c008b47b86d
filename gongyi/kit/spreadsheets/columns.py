"""What a spreadsheet column holds and how one of its cells, as typed by a person, becomes a value or a sentence."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import gettext as _

KINDS = {"text", "integer", "decimal", "money", "day", "moment", "yes_no", "choice", "choices"}
PROBLEM_HEADER = "导入问题"  # the column an error file adds; ignored when the corrected file comes back
SEPARATORS = re.compile(r"[、,，;；/\s]+")
# What a spreadsheet program would run as a formula, were it typed or opened from a text file.
_FORMULA = re.compile(r"=|[@+\-][A-Za-z_][\w.]*\(|[@+\-].*\|.*!")
_EPOCH = datetime(1899, 12, 30)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_DAY_PLAIN = re.compile(r"(\d{4})(\d{2})(\d{2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?")
_YES = {"是", "有", "y", "yes", "true", "1", "√", "✓"}
_NO = {"否", "无", "没有", "n", "no", "false", "0", "×"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Column:
    """One column: `name` is its key in the rows, `header` what stands above it, `aliases` what else people write there.

    `kind` is one of text, integer, decimal, money, day, moment, yes_no, choice, choices (several words in one cell, giving a
    list). `choices` maps words to values, or lists words that stand for themselves; a text column's are only offered. `check`
    may return a sentence for a value that is well formed but wrong.
    """

    name: str
    header: str
    kind: str = "text"
    aliases: tuple[str, ...] = ()
    required: bool = False
    choices: Sequence[str] | Mapping[str, object] = ()
    max_length: int | None = None
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    help: str = ""
    example: object = ""
    width: float | None = None
    check: Callable[[object], str | None] | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"column {self.name}: kind must be one of {', '.join(sorted(KINDS))}")

    @property
    def words(self) -> list[str]:
        """The words a drop-down offers."""
        if self.kind == "yes_no":
            return ["是", "否"]
        return [str(word) for word in self.choices]


@dataclass(frozen=True)
class Problem:
    """What is wrong, where: row as numbered in the file (the header is usually 1), column by its header; None: the file."""

    sentence: str
    row: int | None = None
    column: str | None = None

    def __str__(self):
        place = ""
        if self.row is not None:
            place = _("第 %s 行") % self.row
        if self.column:
            place += _("「%s」") % self.column
        return f"{place}：{self.sentence}" if place else self.sentence


class Row(dict):
    """The values of one row by column name; `number` is its row in the file."""

    def __init__(self, values, number: int):
        super().__init__(values)
        self.number = number


@dataclass
class Sheet:
    """What was read: rows without any problem, everything that is wrong, and headers nobody asked for."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.problems


class Wrong(Exception):
    """A cell that can't be read; its text is the sentence for the person who filled it in."""


def plain(text: object) -> str:
    """Return text in half-width form, without control characters, edges trimmed."""
    if isinstance(text, str) and text.isascii() and text.isprintable():
        return text.strip()
    return _CONTROL.sub(
        "", unicodedata.normalize("NFKC", str(text)).replace("\u200b", "").replace("\ufeff", "")
    ).strip()


def tidy(text: object) -> str:
    """Return text as typed (full-width punctuation stays), without control characters and edges."""
    if isinstance(text, str) and text.isprintable():
        return text.strip()
    return _CONTROL.sub("", str(text).replace("\u200b", "").replace("\ufeff", "")).strip()


def exact_key(text: object) -> str:
    """Return a header without stars, blanks and case."""
    return re.sub(r"[\s*:]", "", plain(text)).lower()


def header_key(text: object) -> str:
    """Return a header reduced to what identifies it: no stars, blanks, case or brackets with units."""
    key = exact_key(text)
    return re.sub(r"\([^)]*\)$", "", key) or key


def is_empty(value: object) -> bool:
    if isinstance(value, str):
        return not value or not (value[0].isalnum() or tidy(value))
    return value is None


def convert(column: Column, value: object) -> object:
    """Return the value of a filled cell for its column; raises Wrong with a sentence."""
    if isinstance(value, str) and value.strip().startswith("#") and value.strip().rstrip("!?") in {
        "#N/A", "#REF", "#VALUE", "#NAME", "#DIV/0", "#NUM", "#NULL",
    }:  # fmt: skip
        raise Wrong(_("单元格里是公式错误 %s，请改填数值。") % value.strip())
    result = _CONVERTERS[column.kind](column, value)
    if column.check is not None and (sentence := column.check(result)):
        raise Wrong(sentence)
    return result


def _text(column: Column, value: object) -> str:
    if isinstance(value, bool):
        text = "是" if value else "否"
    elif isinstance(value, float | int):
        if not abs(value) < 10**15:
            raise Wrong(_("这一格被存成了数字，末几位可能已变。请把该列设为文本格式后重新填写。"))
        text = str(int(value)) if float(value).is_integer() else repr(value)
    elif isinstance(value, datetime):
        text = value.strftime("%Y-%m-%d") if value.time() == time() else value.strftime("%Y-%m-%d %H:%M")
    else:
        text = tidy(value)
        if _FORMULA.match(text):
            raise Wrong(_("「%s」像是公式，不能导入。请改填文字或数值。") % text[:30])
    if column.max_length and len(text) > column.max_length:
        raise Wrong(
            _("有 %(length)s 个字，最多 %(limit)s 个，请缩短。") % {"length": len(text), "limit": column.max_length}
        )
    return text


def _number(column: Column, value: object) -> Decimal:
    if isinstance(value, bool | date | time | timedelta):
        raise Wrong(_("应填数字。"))
    text = plain(value) if isinstance(value, str) else repr(value)
    for noise in ("¥", "元", ",", " "):
        text = text.replace(noise, "")
    text = text.replace("−", "-")
    if text.endswith("万"):
        raise Wrong(_("请写成以元为单位的数字，不要用「万」。"))
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Wrong(_("「%s」不是数字，请只填数字。") % tidy(value)[:30]) from None
    if not number.is_finite():
        raise Wrong(_("「%s」不是数字，请只填数字。") % tidy(value)[:30])
    if abs(number) >= Decimal(10) ** 15:
        raise Wrong(_("数字太大，请核对单位。"))
    if column.minimum is not None and number < column.minimum:
        raise Wrong(_("不能小于 %s。") % column.minimum)
    if column.maximum is not None and number > column.maximum:
        raise Wrong(_("不能大于 %s。") % column.maximum)
    return number


def _integer(column: Column, value: object) -> int:
    number = _number(column, value)
    if number != number.to_integral_value():
        raise Wrong(_("应填整数。"))
    return int(number)


def _decimal(column: Column, value: object) -> Decimal:
    # A float such as 0.1 + 0.2 carries noise in its last places that nobody typed.
    return round(_number(column, value), 6).normalize() if isinstance(value, float) else _number(column, value)


def _money(column: Column, value: object) -> Decimal:
    number = _number(column, value)
    cents = number.quantize(Decimal("0.01"))
    if not isinstance(value, float) and cents != number:
        raise Wrong(_("金额最多两位小数。"))
    return cents


def _from_serial(value: float) -> datetime:
    if not 1 <= value < 2958466:
        raise Wrong(_("应填日期，如 2026-11-21。"))
    return _EPOCH + timedelta(days=float(value))


def _day(column: Column, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = f"{value:.0f}"
        if not (len(text) == 8 and text[:2] in {"19", "20"}):
            return _from_serial(value).date()
        value = text
    text = plain(value).split(" ")[0].split("T")[0]
    match = _DAY.fullmatch(text) or _DAY_PLAIN.fullmatch(text)
    if not match:
        raise Wrong(_("「%s」不是日期，请写成 2026-11-21。") % tidy(value)[:30])
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        raise Wrong(_("没有「%s」这一天，请核对。") % tidy(value)[:30]) from None


def _moment(column: Column, value: object) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = _from_serial(value)
    if isinstance(value, datetime):
        return timezone.make_aware(value.replace(microsecond=0))
    day = _day(column, value)
    clock = time()
    if isinstance(value, str):
        rest = plain(value).replace("T", " ").partition(" ")[2].strip()
        if rest:
            match = _CLOCK.fullmatch(rest)
            if not match or int(match[1]) > 23 or int(match[2]) > 59:
                raise Wrong(_("「%s」不是时间，请写成 2026-11-21 14:00。") % tidy(value)[:30])
            clock = time(int(match[1]), int(match[2]))
    return timezone.make_aware(datetime.combine(day, clock))


def _yes_no(column: Column, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = plain(int(value) if isinstance(value, float) and value.is_integer() else value).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Wrong(_("请填「是」或「否」。"))


def _choice(column: Column, value: object) -> object:
    word = header_key(_text(Column(column.name, column.header), value))
    pairs = column.choices.items() if isinstance(column.choices, Mapping) else [(w, w) for w in column.choices]
    for label, meaning in pairs:
        if header_key(label) == word:
            return meaning
    known = "、".join(str(w) for w in column.words[:8])
    more = _("等 %s 项") % len(column.words) if len(column.words) > 8 else ""
    raise Wrong(
        _("「%(value)s」不在可选项中，可填：%(known)s%(more)s。")
        % {"value": tidy(value)[:30], "known": known, "more": more}
    )


def _choices(column: Column, value: object) -> list:
    words = [word for word in SEPARATORS.split(_text(Column(column.name, column.header), value)) if word]
    return list(dict.fromkeys(_choice(column, word) for word in words))


_CONVERTERS: dict[str, Callable[[Column, object], object]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "day": _day,
    "moment": _moment,
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choices,
}
