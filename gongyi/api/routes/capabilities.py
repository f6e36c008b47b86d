"""An institution's capabilities: public ones for everybody, all of them and every change for who keeps them (S3-37 … S3-45, S3-58)."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Body, Query, Router
from pydantic import Field

from gongyi.api.authentication import PUBLIC
from gongyi.api.idempotency import answered
from gongyi.api.paging import page_of
from gongyi.api.schemas import BigId, Input
from gongyi.imports.registry import Verdict
from gongyi.offerings import importing
from gongyi.offerings.importing.upsert import Outcome, names_of, upsert
from gongyi.offerings.models import AuthorizationCategory, Capability
from gongyi.offerings.services import capabilities as services
from gongyi.offerings.workflow import CapabilityFlow
from gongyi.organizations.models import Certificate, Organization
from gongyi.organizations.rules import may_manage
from gongyi.workflow import Refused
from gongyi.workflow.api import fire_from_api, steps_of

router = Router(tags=["capabilities"])
MOST_ITEMS = 1_000
LONGEST_CELL = 1_000
MOST_WORKDAYS = 3_650
RESULTS = {Verdict.NEW: "created", Verdict.CHANGED: "changed", Verdict.SAME: "unchanged"}
WORDS = ("group_no", "domain", "category", "subject", "parameter_no", "parameter", "standard_name", "standard_no",
         "measuring_range", "accuracy", "authorized_area", "authorization_category", "site", "remark")  # fmt: skip


class LineInput(Input):
    """What a line says; of one that exists, what is left out stays."""

    certificate_id: BigId | None = None
    nature: Capability.Nature | None = None
    group_no: str | None = Field(None, max_length=20)
    domain: str | None = Field(None, max_length=100)
    category: str | None = Field(None, max_length=100)
    subject: str | None = Field(None, max_length=200)
    parameter_no: str | None = Field(None, max_length=20)
    parameter: str | None = Field(None, max_length=200)
    standard_name: str | None = Field(None, max_length=300)
    standard_no: str | None = Field(None, max_length=400, description="with its year; several parted by 、")
    measuring_range: str | None = Field(None, max_length=300)
    accuracy: str | None = Field(None, max_length=200)
    authorized_area: str | None = Field(None, max_length=100)
    authorization_category: AuthorizationCategory | None = None
    site: str | None = Field(None, max_length=100)
    remark: str | None = Field(None, max_length=200)
    valid_until: date | None = None
    price: Decimal | None = Field(None, ge=0, max_digits=14, decimal_places=2)
    lead_days: int | None = Field(None, ge=1, le=MOST_WORKDAYS)


class BulkLines(Input):
    """Items by field name as in the import's template; `certificate` is the number of one of the institution's own."""

    kind: Literal["tests", "metrology"]
    mode: Literal["partial", "atomic"] = Field(
        "partial", description="partial: good items are written; atomic: with one bad item nothing is"
    )
    items: list[dict[str, str | int | Decimal | None]] = Field(min_length=1, max_length=MOST_ITEMS)


def capability_body(row: Capability) -> dict:
    standing = row.standing_on(timezone.localdate())
    return {
        "id": row.pk,
        "organization_id": row.organization_id,
        "nature": row.nature,
        "nature_label": row.get_nature_display(),
        **{name: getattr(row, name) for name in WORDS},
        "standard": row.standard,
        "valid_until": row.valid_until and row.valid_until.isoformat(),
        "price": None if row.price is None else f"{row.price:.2f}",
        "lead_days": row.lead_days,
        "certificate": {
            "id": row.certificate_id,
            "number": row.certificate.number,
            "nature": row.certificate.nature,
            "expires_on": row.certificate.expires_on and row.certificate.expires_on.isoformat(),
        },
        "status": row.status,
        "standing": standing,
        "standing_label": str(standing.label),
        "orderable": standing == Capability.Standing.VALID,
        "url": row.get_absolute_url(),
    }


@router.get(
    "/organizations/{int:organization_id}/capabilities", auth=PUBLIC,
    summary="Its capabilities: those shown to all, and all of them for who keeps the institution",
)  # fmt: skip
def capabilities(
    request,
    organization_id: int,
    nature: Capability.Nature | None = None,
    standing: Capability.Standing | None = None,
    certificate_id: int | None = Query(None, ge=1, le=2**63 - 1),
    page: int = 1,
    page_size: int = 20,
):
    unit = get_object_or_404(Organization.objects.visible_to(request.user), pk=organization_id)
    rows = Capability.objects.visible_to(request.user).filter(organization=unit)
    if nature:
        rows = rows.filter(nature=nature)
    if certificate_id:
        rows = rows.filter(certificate=certificate_id)
    if standing:
        rows = rows.standing(standing, timezone.localdate())
    return page_of(_whole(rows).order_by("pk"), page, page_size, capability_body)


@router.get("/capabilities/{int:capability_id}", auth=PUBLIC, summary="One capability and what it is worth today")
def capability(request, capability_id: int):
    rows = Capability.objects.visible_to(request.user)
    return capability_body(get_object_or_404(_whole(rows), pk=capability_id))


@router.post("/organizations/{int:organization_id}/capabilities", summary="Add a line under a valid certificate")
def add(request, organization_id: int, data: LineInput):
    """409 `taken` when it is there already, 422 when something is missing or a standard has no year."""
    unit = _kept_unit(request, organization_id)

    def act():
        said = data.dict(exclude_unset=True)
        certificate = _certificate(unit, said.pop("certificate_id", None))
        made = services.add_capability(organization=unit, certificate=certificate, actor=request.user, **said)
        return 201, capability_body(made)

    return answered(request, act)


@router.patch("/capabilities/{int:capability_id}", summary="Change what a line says, or its certificate")
def change(request, capability_id: int, data: LineInput):
    row = _kept(request, capability_id)

    def act():
        said = data.dict(exclude_unset=True)
        if said.pop("nature", row.nature) != row.nature and row.is_test:
            raise Refused(_("检测和计量能力不能互相改换，请另行添加。"), code="invalid")
        if data.nature and not row.is_test:
            if data.nature == Capability.Nature.TEST:
                raise Refused(_("检测和计量能力不能互相改换，请另行添加。"), code="invalid")
            said["nature"] = data.nature
        if key := said.pop("certificate_id", None):
            said["certificate"] = _certificate(row.organization, key)
        return 200, capability_body(services.change_capability(capability=row, actor=request.user, **said))

    return answered(request, act)


@router.post(
    "/organizations/{int:organization_id}/capabilities/bulk",
    summary="Create or change up to 1,000 lines, each with its result",
)
def bulk(request, organization_id: int, data: BulkLines):
    """What an item leaves out stays as it is. Lines are known again by certificate, nature, names, standard and range.

    Each result says `created`, `changed`, `unchanged` or `error` with `problems` (field and sentence). In mode atomic with an
    error the answer is 422, and nothing was written.
    """
    unit = _kept_unit(request, organization_id)
    importer = importing.TESTS if data.kind == "tests" else importing.METROLOGY
    known = set(names_of(importer))

    def act():
        faults = [_unknown(item, known) for item in data.items]
        atomic = data.mode == "atomic"
        outcomes: list[Outcome | None] = [None] * len(data.items)
        if not (atomic and any(faults)):
            good = [place for place, fault in enumerate(faults) if not fault]
            done = upsert(
                importer=importer, organization=unit, items=[data.items[place] for place in good], actor=request.user,
                atomic=atomic,
            ) if good else []  # fmt: skip
            for place, outcome in zip(good, done, strict=True):
                outcomes[place] = outcome
        failed = any(faults) or any(one is not None and one.problems for one in outcomes)
        stopped = atomic and failed
        results = [_result(n, faults[n], one, stopped) for n, one in enumerate(outcomes)]
        counts = {word: sum(r["result"] == word for r in results) for word in (*RESULTS.values(), "error")}
        return (422 if stopped else 200), {"mode": data.mode, "counts": counts, "results": results}

    return answered(request, act)


@router.get(
    "/capabilities/{int:capability_id}/steps", summary="What I may do with it now, with reasons where I may not"
)
def steps(request, capability_id: int):
    return steps_of(_kept(request, capability_id), request.user)


@router.post("/capabilities/{int:capability_id}/steps/{name}", summary="Take a step: suspend, resume, cancel")
def take_step(request, capability_id: int, name: str, data: dict | None = Body(None)):
    """409 with a sentence when it may not happen now. Honours `Idempotency-Key`."""
    row = _kept(request, capability_id)

    def act():
        done = fire_from_api(CapabilityFlow, row, request.user, name, data or {}, acting_for=row.organization)
        return 200, capability_body(done)

    return answered(request, act)


def _whole(rows: Any) -> Any:
    return rows.select_related("certificate", "organization").defer("tsv", "facets")


def _kept(request, capability_id: int) -> Capability:
    return get_object_or_404(_whole(Capability.objects.kept_by(request.user)), pk=capability_id)


def _kept_unit(request, organization_id: int) -> Organization:
    unit = get_object_or_404(Organization.objects.visible_to(request.user), pk=organization_id)
    if not may_manage(request.user, unit):
        raise Http404
    return unit


def _certificate(unit: Organization, key: int | None) -> Certificate:
    found = Certificate.objects.filter(organization=unit, pk=key).first() if key else None
    if found is None:
        raise Refused(_("请在 certificate_id 中给出本机构的一张证书。"), code="invalid")
    return found


def _unknown(item: dict, known: set[str]) -> list[dict[str, str]]:
    found = [
        {"field": name[:60], "problem": _("没有「%s」这个字段。") % name[:60]} for name in item if name not in known
    ]
    long = [name for name, value in item.items() if isinstance(value, str) and len(value) > LONGEST_CELL]
    return found + [{"field": name[:60], "problem": _("最多 %s 个字。") % LONGEST_CELL} for name in long]


def _result(place: int, faults: list, outcome: Outcome | None, stopped: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"index": place, "id": None, "problems": faults, "notes": []}
    if faults or outcome is None:
        return body | {"result": "error" if faults else "not_written"}
    said = [
        [{"field": name, "problem": str(words)} for name, words in rows] for rows in (outcome.problems, outcome.notes)
    ]
    if outcome.problems:
        result = "error"
    else:
        result = "not_written" if stopped else RESULTS.get(Verdict(outcome.verdict), "error")
    return body | {"result": result, "id": outcome.pk, "problems": said[0], "notes": said[1]}
