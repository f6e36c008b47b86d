"""Timed bookings: try the rules, book, read, and take the steps of the process."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Body, Router

from gongyi.api.authentication import SIGNED_IN
from gongyi.api.idempotency import answered, rule_answer
from gongyi.api.paging import page_of
from gongyi.api.schemas import CheckRequest, ReservationRequest
from gongyi.catalog.models import Instrument
from gongyi.ledger.models import PaymentAccount
from gongyi.ledger.queries import default_account
from gongyi.reservations import queries, services
from gongyi.reservations.models import Reservation
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import Refused
from gongyi.workflow.api import fire_from_api, steps_of

router = Router(tags=["reservations"], auth=SIGNED_IN)


def reservation_body(reservation: Reservation) -> dict:
    def moment(value):
        return timezone.localtime(value).isoformat() if value else None

    return {
        "id": reservation.pk,
        "number": reservation.number,
        "instrument": {"id": reservation.instrument_id, "name": reservation.instrument.name},
        "user": {"id": reservation.user_id, "name": reservation.user.name},
        "account_id": reservation.account_id,
        "status": reservation.status,
        "status_label": reservation.get_status_display(),
        "starts_at": moment(reservation.starts_at),
        "ends_at": moment(reservation.ends_at),
        "started_at": moment(reservation.started_at),
        "ended_at": moment(reservation.ended_at),
        "expires_at": moment(reservation.expires_at),
        "used_minutes": reservation.used_minutes,
        "purpose": reservation.purpose,
        "sample_notes": reservation.sample_notes,
        "report": reservation.report,
        "estimate": str(reservation.estimate),
        "charged": None if reservation.charged is None else str(reservation.charged),
        "currency": "CNY",
        "created_at": moment(reservation.created_at),
        "url": reservation.get_absolute_url(),
    }


def paying_account(request, instrument: Instrument, account_id: int | None) -> PaymentAccount | None:
    """The account a booking names, or the person's default at the owning unit; refuses one they may not pay with."""
    if account_id is None:
        return default_account(request.user, instrument.organization)
    account = PaymentAccount.objects.filter(pk=account_id, members__user=request.user).first()
    if account is None:
        raise Refused(_("没有编号为 %s 的付款账户，或您不能使用它。") % account_id, code="invalid")
    return account


@router.post("/instruments/{int:instrument_id}/reservations/check", summary="Dry run: every booking rule's answer")
def check(request, instrument_id: int, data: CheckRequest):
    instrument = get_object_or_404(Instrument.objects.visible_to(request.user), pk=instrument_id)
    answers = queries.check_booking(
        instrument=instrument,
        user=request.user,
        starts_at=data.starts_at,
        ends_at=data.ends_at,
        account=paying_account(request, instrument, data.account_id),
        actor=request.user,
    )
    return {"bookable": all(answer.state != "fail" for answer in answers), "rules": [rule_answer(a) for a in answers]}


@router.post("/reservations", url_name="create_reservation", summary="Book time (201), or learn why not (409, 422)")
def create(request, data: ReservationRequest):
    """Honours `Idempotency-Key`: the same key and body give the same answer and one reservation."""

    def act():
        account = queries.DefaultAccount.CHOSEN
        if data.account_id is not None:
            account = PaymentAccount.from_db("default", ["id"], [data.account_id])
        try:
            reservation = services.reserve(
                instrument=Instrument.from_db("default", ["id"], [data.instrument_id]),  # the rules read what they need
                user=request.user,
                starts_at=data.starts_at,
                ends_at=data.ends_at,
                account=account,
                actor=request.user,
                purpose=data.purpose,
                sample_notes=data.sample_notes,
                report=data.report.model_dump(exclude_none=True) if data.report else None,
                source=Reservation.Source.API,
            )
        except Refused:
            # Only now look whether instrument and account are there for this person: 404 and 422 are plainer than the rules.
            instrument = get_object_or_404(Instrument.objects.visible_to(request.user), pk=data.instrument_id)
            paying_account(request, instrument, data.account_id)
            raise
        return 201, reservation_body(reservation)

    return answered(request, act)


@router.get("/reservations", summary="Reservations I may see, newest first")
def reservations(
    request, status: str = "", instrument_id: int | None = None, mine: bool = False, page: int = 1, page_size: int = 20
):
    rows = (
        Reservation.objects.visible_to(request.user).select_related("instrument", "user").order_by("-starts_at", "-pk")
    )
    if status:
        if status not in Reservation.Status.values:
            raise Refused(_("没有「%s」这个状态。") % status, code="invalid")
        rows = rows.filter(status=status)
    if instrument_id is not None:
        rows = rows.filter(instrument=instrument_id)
    if mine:
        rows = rows.filter(user=request.user)
    return page_of(rows, page, page_size, reservation_body)


def _one(request, reservation_id: int) -> Reservation:
    rows = Reservation.objects.visible_to(request.user).select_related("instrument", "user")
    return get_object_or_404(rows, pk=reservation_id)


@router.get("/reservations/{int:reservation_id}", summary="One reservation")
def reservation(request, reservation_id: int):
    return reservation_body(_one(request, reservation_id))


@router.get(
    "/reservations/{int:reservation_id}/steps", summary="What I may do with it now, with reasons where I may not"
)
def steps(request, reservation_id: int):
    return steps_of(_one(request, reservation_id), request.user)


@router.post("/reservations/{int:reservation_id}/steps/{name}", summary="Take a step: approve, cancel, check_in, …")
def take_step(request, reservation_id: int, name: str, data: dict | None = Body(None)):
    """409 with a sentence when it may not happen now, 422 when the input is wrong. Honours `Idempotency-Key`."""
    row = _one(request, reservation_id)

    def act():
        fire_from_api(ReservationFlow, row, request.user, name, data or {})
        return 200, reservation_body(_one(request, reservation_id))

    return answered(request, act)
