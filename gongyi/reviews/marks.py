"""What changed between two texts, as marks inside them: whole words of Latin and numbers, single Chinese characters."""

import re
from difflib import SequenceMatcher
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,:@/+-]*|\s+|.", re.DOTALL)
SHORTEST_KEPT_CHARACTERS = 2  # a shorter piece in common between two changes only tears them apart
MOST_TOKENS = 4_000  # beyond, sentences are compared instead of words: comparing takes the square of this
_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]?", re.DOTALL)


def marked(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both texts as HTML: what is gone in `<del>`, what is new in `<ins>`; equal texts come back without marks."""
    before, after = SafeString(""), SafeString("")
    for left, right in pieces(old, new):
        if left == right:
            kept = _text(left)
            before, after = before + kept, after + kept
        else:
            before = before + format_html("<del>{}</del>", _text(left)) if left else before
            after = after + format_html("<ins>{}</ins>", _text(right)) if right else after
    return before, after


def pieces(old: str, new: str) -> list[tuple[str, str]]:
    """The texts cut into pairs: equal ones, and ones that differ (either side may be empty)."""
    a, b = _tokens(old), _tokens(new)
    if max(len(a), len(b)) > MOST_TOKENS:
        a, b = (list(filter(None, _SENTENCE.findall(text))) for text in (old, new))
    pairs: list[tuple[str, str]] = []
    for kind, i, j, m, n in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        left, right = "".join(a[i:j]), "".join(b[m:n])
        apart = kind == "equal" and len(left.strip()) < SHORTEST_KEPT_CHARACTERS and pairs and j < len(a) and n < len(b)
        if pairs and pairs[-1][0] != pairs[-1][1] and (kind != "equal" or apart):
            pairs[-1] = (pairs[-1][0] + left, pairs[-1][1] + right)
        else:
            pairs.append((left, right))
    return pairs


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _text(text: str) -> SafeString:
    """Escaped, with its line breaks."""
    escaped: Any = conditional_escape(text)
    return mark_safe(escaped.replace("\r\n", "\n").replace("\n", "<br>"))
