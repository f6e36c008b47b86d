"""Whether the number of a certificate looks as its kind usually does (S3-23); what does not fit is pointed out, never refused."""

import csv
import re
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from gongyi.organizations.models import Certificate

CODES = Path(__file__).parent / "data" / "cma_certificate_codes.csv"
CMA_DIGITS = 12
FIRST_YEAR, CENTURY = 2006, 2000  # numbers of this shape are given since then
CNAS = re.compile(r"L\d{4,5}|IB\d{3,5}|C\d{3}|M\d{3}|PT\d{4}|RM\d{4}")
METROLOGY = re.compile(r"\((国|[\u4e00-\u9fff]{1,3})\)(法)?计\(((19|20)\d\d)\)\d{2,6}号?")
LOOKS_LIKE_METROLOGY = re.compile(r"计[(\[〔]")


def regular(number: str) -> str:
    """As it is stored: half-width brackets, capitals, no blanks, without the mark that the nature already says."""
    pairs = str.maketrans("（）〔〕［］", "()()()")
    return "".join(number.translate(pairs).split()).upper().removeprefix("CNAS").removeprefix("CMA")


@cache
def meanings() -> dict[str, dict[str, str]]:
    """`{"issuer": {"10": "江苏", …}, "field": …, "industry": …}`."""
    found: dict[str, dict[str, str]] = {}
    with CODES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["segment"], {})[row["code"]] = row["name"]
    return found


def explained(nature: str, number: str) -> str:
    """What the number says in words, for a CMA number of the usual shape: 「2021 年 · 江苏 · 化工 · 技术监督」; else empty."""
    if nature != Certificate.Nature.CMA or warning(nature, number):
        return ""
    tables, code = meanings(), regular(number)
    parts = [tables["issuer"][code[2:4]], tables["field"][code[4:6]], tables["industry"][code[6:8]]]
    return " · ".join([_("%s 年") % (CENTURY + int(code[:2])), *parts])


def warning(nature: str, number: str) -> str:
    """A sentence about what looks unusual, or an empty one."""
    code = regular(number)
    if nature == Certificate.Nature.CMA:
        return _cma(code)
    if nature == Certificate.Nature.CNAS and not CNAS.fullmatch(code):
        return _("CNAS 编号通常是 L 加 4–5 位数字（实验室）或 IB 加数字（检验机构），如 L1234。请对照证书核对。")
    if LOOKS_LIKE_METROLOGY.search(code) and not METROLOGY.fullmatch(code):
        return _("计量授权证书编号通常写作 (国)法计(2008)00014号。请对照证书核对。")
    return ""


def _cma(code: str) -> str:
    if not re.fullmatch(r"\d{12}", code):
        return _("CMA 编号通常是 %(usual)s 位数字，现在是 %(now)s 位。请对照证书核对。") % {
            "usual": CMA_DIGITS,
            "now": len(code),
        }
    if CENTURY + int(code[:2]) < FIRST_YEAR:
        return _("CMA 编号前两位是发证年份，「%s」早于现行编号办法。请对照证书核对。") % code[:2]
    tables = meanings()
    for segment, digits, label in (
        ("issuer", code[2:4], _("第 3–4 位（发证机关）")),
        ("field", code[4:6], _("第 5–6 位（领域）")),
        ("industry", code[6:8], _("第 7–8 位（行业）")),
    ):
        if digits not in tables[segment]:
            return _("CMA 编号%(place)s「%(code)s」不在代码表中。请对照证书核对。") % {"place": label, "code": digits}
    return ""
