"""The 预选清单 of the token's person: what is on it, putting on, taking off (S1-51, S1-85 … S1-89)."""

from ninja import Field, Router, Schema

from gongyi.api.authentication import SIGNED_IN
from gongyi.api.routes.instruments import instrument_body
from gongyi.catalog.models import Instrument, ShortlistItem
from gongyi.catalog.services.shortlist import SHORTLIST_LIMIT, add_to_shortlist, remove_from_shortlist


class ShortlistRequest(Schema):
    instrument_ids: list[int] = Field(..., min_length=1, max_length=SHORTLIST_LIMIT)


router = Router(tags=["shortlist"], auth=SIGNED_IN)


def shortlist_body(user) -> dict:
    """What is on the list and may be seen, in the order it was put there; `hidden` counts what is no longer public."""
    keys = list(ShortlistItem.objects.visible_to(user).values_list("instrument", flat=True))
    found = Instrument.objects.visible_to(user).select_related("organization").defer("tsv", "facets").in_bulk(keys)
    items = [instrument_body(found[pk]) for pk in keys if pk in found]
    return {"limit": SHORTLIST_LIMIT, "items": items, "hidden": len(keys) - len(items)}


@router.get("/shortlist", summary="Your shortlist")
def shortlist(request):
    return shortlist_body(request.user)


@router.post("/shortlist", summary="Put instruments on your shortlist: all of them, or none with a sentence")
def add(request, data: ShortlistRequest):
    """`added` are those that were not there and may be seen; repeating it changes nothing."""
    added = add_to_shortlist(actor=request.user, instruments=data.instrument_ids)
    return shortlist_body(request.user) | {"added": added}


@router.delete("/shortlist/{int:instrument_id}", summary="Take one instrument off your shortlist")
def remove(request, instrument_id: int):
    removed = remove_from_shortlist(actor=request.user, instruments=[instrument_id])
    return shortlist_body(request.user) | {"removed": removed}
