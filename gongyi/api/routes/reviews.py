"""Reviews: what waits for me, what was handed in beside the version before, and the steps of a decision."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Body, Router

from gongyi.api.authentication import SIGNED_IN
from gongyi.api.idempotency import answered
from gongyi.api.paging import page_of
from gongyi.reviews.kinds import KINDS, compare
from gongyi.reviews.models import Review
from gongyi.reviews.queries import in_force_before, in_order, version_before, waiting_for
from gongyi.reviews.workflow import ReviewFlow
from gongyi.workflow import Refused
from gongyi.workflow.api import fire_from_api, steps_of

router = Router(tags=["reviews"], auth=SIGNED_IN)


def review_body(review: Review) -> dict:
    def moment(value):
        return timezone.localtime(value).isoformat() if value else None

    version = review.submission
    return {
        "id": review.pk,
        "kind": review.kind,
        "kind_label": str(KINDS[review.kind].label) if review.kind in KINDS else review.kind,
        "title": version.title,
        "submission_id": version.pk,
        "round": version.round,
        "is_change": version.is_change,
        "changed_fields": version.changed_fields,
        "returned_before": version.returned_before,
        "organization": {"id": version.organization_id, "name": version.organization.name}
        if version.organization
        else None,
        "region": version.region_id,
        "submitted_by": review.submitted_by.name,
        "submitted_at": moment(version.submitted_at),
        "tier": review.tier,
        "tiers": review.tiers,
        "decider": review.decider,
        "body": review.body,
        "status": review.status,
        "status_label": review.get_status_display(),
        "opened_at": moment(review.opened_at),
        "due_on": review.due_on.isoformat(),
        "overdue": review.is_overdue,
        "claimed_by": review.claimed_by.name if review.claimed_by else None,
        "decided_by": review.decided_by.name if review.decided_by else None,
        "decided_at": moment(review.decided_at),
        "comment": review.comment,
        "url": review.get_absolute_url(),
    }


def _related(rows):
    return rows.select_related(
        "submission__organization", "submission__submitted_by", "submitted_by", "authority", "claimed_by", "decided_by"
    )


@router.get("/reviews", summary="What waits for my decision, soonest due first")
def waiting(request, kind: str = "", overdue: bool = False, page: int = 1, page_size: int = 20):
    rows = _related(waiting_for(request.user))
    if kind:
        if kind not in KINDS:
            raise Refused(_("没有「%s」这个类别。") % kind, code="invalid")
        rows = rows.filter(kind=kind)
    if overdue:
        rows = rows.overdue_on(timezone.localdate())
    return page_of(in_order(rows, "due"), page, page_size, review_body)


def _one(request, review_id: int) -> Review:
    return get_object_or_404(_related(Review.objects.visible_to(request.user)), pk=review_id)


@router.get("/reviews/{int:review_id}", summary="One turn, with every field old and new")
def review(request, review_id: int, base: str = "force"):
    """`base`: `force` compares with what is in force (the default), `last` with what was handed in last time."""
    row = _one(request, review_id)
    if base not in ("force", "last"):
        raise Refused(_("base 只能是 force 或 last。"), code="invalid")
    version = row.submission
    other = (in_force_before(version) if base == "force" else None) or version_before(version)
    fields = [
        {
            "section": change.section,
            "key": change.key,
            "label": change.label,
            "changed": other is not None and change.differs,
            "old": _side(change.old),
            "new": _side(change.new),
        }
        for change in compare(other.content if other else None, version.content)
    ]
    return review_body(row) | {"compared_with": other.pk if other else None, "fields": fields}


def _side(item: dict | None) -> dict | None:
    if item is None:
        return None
    files = [{"id": file["id"], "name": file["name"], "size": file.get("size")} for file in item["files"]]
    return {"value": item["value"], "files": files}


@router.get("/reviews/{int:review_id}/steps", summary="What I may do with it now, with reasons where I may not")
def steps(request, review_id: int):
    return steps_of(_one(request, review_id), request.user)


@router.post("/reviews/{int:review_id}/steps/{name}", summary="Take a step: claim, approve, send_back, release, …")
def take_step(request, review_id: int, name: str, data: dict | None = Body(None)):
    """409 with a sentence when it may not happen now, 422 when the input is wrong. Honours `Idempotency-Key`."""
    row = _one(request, review_id)

    def act():
        done = fire_from_api(ReviewFlow, row, request.user, name, data or {}, acting_for=row.authority)
        return 200, review_body(done)

    return answered(request, act)
