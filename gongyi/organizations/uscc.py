"""统一社会信用代码 (GB 32100-2015): what people type is made regular, and what is wrong with it is said exactly."""

import unicodedata

from django.utils.translation import gettext as _
from stdnum.cn import uscc

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
NEVER_USED = {
    "I": "1",
    "O": "0",
    "S": "5",
    "V": "U",
    "Z": "2",
}  # the five letters the code leaves out, and what is meant


def normalised(text: str) -> str:
    """Half-width capitals without blanks and hyphens."""
    half = unicodedata.normalize("NFKC", text or "")
    return "".join(c for c in half if not c.isspace() and c not in "-‐–—").upper()


def fault(code: str) -> str | None:
    """A sentence about the first thing wrong with a normalised code, or None when it is right."""
    if len(code) != LENGTH:
        return _("统一社会信用代码应为 18 位，现在是 %s 位。") % len(code)
    for place, character in enumerate(code, start=1):
        if character in NEVER_USED:
            return _("第 %(place)s 位「%(character)s」不会出现在统一社会信用代码中，可能是「%(meant)s」。") % {
                "place": place,
                "character": character,
                "meant": NEVER_USED[character],
            }
        if character not in ALPHABET:
            return _("第 %(place)s 位「%(character)s」不是数字或大写字母。") % {"place": place, "character": character}
    if not code[2:8].isdecimal():
        return _("第 3–8 位是登记机关的行政区划码，应全为数字。")
    if uscc.calc_check_digit(code[:-1]) != code[-1]:
        return _("最后一位校验码不符，请对照营业执照或法人证书逐位核对。")
    return None
