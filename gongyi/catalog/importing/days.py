"""The days people write in ledgers: whole, without the day, with the year only, or as a spreadsheet's own number."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from gongyi.kit.spreadsheets.columns import plain

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?)?\s*月?(?:[ T]\d{1,2}:\d{2}.*)?")
_DAY_PLAIN = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_YEAR = re.compile(r"((?:19|20)\d{2})\s*年?")
_SERIAL = re.compile(r"[2-5]\d{4}(?:\.0+)?")


def read_day(text: str) -> tuple[date | None, str]:
    """The day meant by 2007-11-09, 2007/11/9, 2007.11, 2007年11月, 20071109 or a day number, and what was missing in it."""
    plain_text = plain(text)
    if match := _DAY.fullmatch(plain_text) or _DAY_PLAIN.fullmatch(plain_text):
        year, month, day = int(match[1]), int(match[2]), int(match[3]) if match[3] else None
        if not 1 <= month <= 12 or year < 1900:
            return None, ""
        if day is None:
            return date(year, month, 1), _("没有写到日，")
        return (date(year, month, day), "") if 1 <= day <= monthrange(year, month)[1] else (None, "")
    if match := _YEAR.fullmatch(plain_text):
        return date(int(match[1]), 1, 1), _("只写了年份，")
    if _SERIAL.fullmatch(plain_text):
        return (datetime(1899, 12, 30) + timedelta(days=int(float(plain_text)))).date(), _("是表格内部的日期序号，")
    return None, ""
