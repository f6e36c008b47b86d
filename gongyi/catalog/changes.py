"""What was changed of an instrument, in words: before and after (S1-41)."""

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.models import AuditEvent
from gongyi.kit import tables

LINES_IN_SHORT = 4
LETTERS_IN_SHORT = 40


def lines(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """(what, before, after) for every fact that changed."""
    if not isinstance(before, dict) and not isinstance(after, dict):
        return [("", str(before or ""), str(after or ""))]
    old, new = before or {}, after or {}
    return [
        (key, str(old.get(key) or ""), str(new.get(key) or ""))
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    ]


def in_words(before: Any, after: Any) -> str:
    """`安放地点：B106 → B108`, a line for every fact, cut where it is long."""
    told = lines(before, after)
    parts = [_told(what, _cut(old), _cut(new)) for what, old, new in told[:LINES_IN_SHORT]]
    return "\n".join(parts) + (_("\n等 %s 项") % len(told) if len(told) > LINES_IN_SHORT else "")


def _told(what: str, old: str, new: str) -> str:
    change = f"{old or '—'} → {new or '—'}" if what or (old and new) else old or new
    return f"{what}：{change}" if what else change


def _cut(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= LETTERS_IN_SHORT else text[:LETTERS_IN_SHORT] + "…"


class ChangeTable(tables.Table):
    """One line for every change; what stood before and after in full."""

    what = tables.Column(gettext_lazy("事项"), phone="title")
    changed = tables.Column(gettext_lazy("变更前 → 变更后"), accessor="pk", orderable=False, phone="more")
    actor_name = tables.Column(gettext_lazy("操作人"), phone="sub", default=gettext_lazy("系统"))
    at = tables.WhenColumn(gettext_lazy("时间"))

    class Meta:
        model = AuditEvent
        fields = ("what", "changed", "actor_name", "at")
        order_by = ("-at",)

    def render_changed(self, record: AuditEvent) -> Any:
        told = ((_told(*line),) for line in lines(record.before, record.after))
        return format_html(
            '<div class="prose fs13" style="min-width:240px">{}</div>', format_html_join("\n", "{}", told)
        )

    def value_changed(self, record: AuditEvent) -> str:
        return "\n".join(_told(*line) for line in lines(record.before, record.after))
