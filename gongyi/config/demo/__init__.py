"""The demo site: invented organizations and people, real instruments, and six weeks of reservations."""

from gongyi.config.demo.cast import CAST, PASSWORD

__all__ = ["CAST", "PASSWORD", "people"]


def people() -> list[tuple[str, str]]:
    """Return (user name, role) of the people a visitor of the demo may sign in as, all with the password `PASSWORD`."""
    return [(person.username, person.role) for person in CAST]
