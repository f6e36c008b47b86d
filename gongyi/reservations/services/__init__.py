"""Ways in that are not a step of a reservation: booking, walk-up use, closures, levels, bans, faults, heartbeats, sweeps."""

from gongyi.reservations.rules import NotBookable
from gongyi.reservations.services.batch import BATCH_LIMIT, NotAllBookable, Outcome, Wish, reserve_together
from gongyi.reservations.services.booking import reserve, walk_up
from gongyi.reservations.services.closures import close, reopen
from gongyi.reservations.services.instruments import heartbeat, mark_silent_offline, report_fault, resolve_fault
from gongyi.reservations.services.people import ban, grant, lift, withdraw
from gongyi.reservations.services.sweeps import expire_pending, mark_no_shows, sweep
from gongyi.reservations.workflow import ReservationFlow

__all__ = [
    "BATCH_LIMIT", "NotAllBookable", "NotBookable", "Outcome", "ReservationFlow", "Wish", "ban", "close", "expire_pending", "grant", "heartbeat", "lift",
    "mark_no_shows", "mark_silent_offline", "reopen", "report_fault", "reserve", "reserve_together", "resolve_fault", "sweep", "walk_up", "withdraw",
]  # fmt: skip
