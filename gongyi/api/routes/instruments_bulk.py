"""Many instruments of one unit at once: created or changed by their number in the unit, each with its own result."""

from decimal import Decimal
from typing import Any, Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field

from gongyi.api.idempotency import answered
from gongyi.api.schemas import BigId, Input
from gongyi.catalog.services.importing import KNOWN_FIELDS, Outcome, import_instruments
from gongyi.imports.registry import Verdict
from gongyi.kit.spreadsheets import Row
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import may_manage

router = Router(tags=["instruments"])

MOST_ROWS = 1_000
MOST_FIELDS = 100
Value = str | bool | int | Decimal | list[str | int] | None
RESULTS = {Verdict.NEW: "created", Verdict.CHANGED: "changed", Verdict.SAME: "unchanged"}


class BulkRequest(Input):
    """Rows by field name, as in the import's template: words, the national platform's numbers and codes are all understood."""

    organization_id: BigId
    mode: Literal["partial", "atomic"] = Field(
        "partial", description="partial: good rows are written; atomic: with one bad row nothing is"
    )
    items: list[dict[str, Value]] = Field(min_length=1, max_length=MOST_ROWS)


@router.post("/instruments/bulk", summary="Create or change up to 1,000 instruments of one unit by internal_no")
def bulk(request, data: BulkRequest):
    """What a row leaves out stays as it is. New instruments are drafts; a platform administrator's are published at once.

    Each result says `created`, `changed`, `unchanged` or `error` with `problems` (field and sentence); `notes` are about what
    was understood but should be looked at. In mode atomic with an error the answer is 422, and nothing was written.
    """
    unit = get_object_or_404(Organization.objects.visible_to(request.user), pk=data.organization_id)
    if not may_manage(request.user, unit):
        raise Http404

    def act():
        faults = {place: _faults(item) for place, item in enumerate(data.items)}
        good = [Row(_texts(item), place) for place, item in enumerate(data.items) if not faults[place]]
        stop = data.mode == "atomic"
        outcomes: dict[int, Outcome] = {}
        if good and not (stop and any(faults.values())):
            report = import_instruments(
                rows=good, organization=unit, actor=request.user, publish=request.user.is_staff, all_or_nothing=stop
            )
            outcomes = {row.number: row for row in report.rows}
        results = [_result(place, item, faults[place], outcomes) for place, item in enumerate(data.items)]
        failed = any(result["result"] == "error" for result in results)
        if failed and stop:
            for result in results:
                if result["result"] != "error":
                    result |= {"result": "not_written", "id": None}
        counts = {word: sum(1 for r in results if r["result"] == word) for word in (*RESULTS.values(), "error")}
        return (422 if failed and stop else 200), {"mode": data.mode, "counts": counts, "results": results}

    return answered(request, act)


def _faults(item: dict[str, Value]) -> list[dict[str, str]]:
    unknown = [name for name in item if name not in KNOWN_FIELDS]
    found = [{"field": name[:60], "problem": _("没有「%s」这个字段。") % name[:60]} for name in unknown[:MOST_FIELDS]]
    if not _text(item.get("internal_no")):
        found.append({"field": "internal_no", "problem": _("必填，请补上。")})
    return found


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(str(part) for part in value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _texts(item: dict[str, Value]) -> dict[str, str]:
    return {name: text for name, value in item.items() if (text := _text(value).strip())}


def _result(place: int, item: dict[str, Value], faults: list, outcomes: dict[int, Outcome]) -> dict[str, Any]:
    outcome = outcomes.get(place)
    body: dict[str, Any] = {"index": place, "internal_no": _text(item.get("internal_no")), "id": None, "notes": []}
    if faults or outcome is None:
        return body | {"result": "error" if faults else "not_written", "problems": faults}
    said = [
        [{"field": name, "problem": str(text)} for name, text in rows] for rows in (outcome.problems, outcome.notes)
    ]
    result = RESULTS.get(Verdict(outcome.verdict), "error")
    return body | {"result": result, "id": outcome.pk, "problems": said[0], "notes": said[1]}
