"""Pinyin of Chinese names: a key to sort by (the database has no Chinese collation) and initials to search by."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin


@lru_cache(maxsize=4096)
def sort_key(text: str) -> str:
    """Return a lower-case key, at most 100 characters, whose byte order is the pinyin order of `text`."""
    return " ".join(lazy_pinyin(text, errors="default")).lower()[:100]


@lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """Return the first letters of the syllables: 扫描电镜 → smdj; other characters are left out."""
    return "".join(s for s in lazy_pinyin(text, style=Style.FIRST_LETTER, errors="ignore") if s.isalnum()).lower()
