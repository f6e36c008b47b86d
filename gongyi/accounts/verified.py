"""Remembers for half an hour, in the visitor's session, which addresses they proved to read.

So a form that comes back with another mistake does not ask for a second code. Sessions are kept on the server.
"""

from datetime import timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from gongyi.accounts.codes import normalised

REMEMBERED_MINUTES = 30
SESSION_KEY = "verified_addresses"


def remember(session: SessionBase, address: str) -> None:
    """Note that this visitor proved to read `address` just now."""
    kept = {known: until for known, until in session.get(SESSION_KEY, {}).items() if known in addresses(session)}
    until = timezone.now() + timedelta(minutes=REMEMBERED_MINUTES)
    session[SESSION_KEY] = kept | {normalised(address): until.timestamp()}


def addresses(session: SessionBase) -> set[str]:
    """The addresses this visitor proved to read within the last half hour."""
    now = timezone.now().timestamp()
    return {address for address, until in session.get(SESSION_KEY, {}).items() if until > now}


def is_verified(session: SessionBase, address: str) -> bool:
    return normalised(address) in addresses(session)


def forget(session: SessionBase, address: str) -> None:
    """Ask again next time, after the proof served its purpose."""
    session[SESSION_KEY] = {
        known: until for known, until in session.get(SESSION_KEY, {}).items() if known != normalised(address)
    }
