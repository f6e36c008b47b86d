"""The people of a demo site, whom anybody may be with one click; everywhere else there are none."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from gongyi.accounts.models import User


def demo_people() -> list[tuple[User, Any]]:
    """(person, role in words) in the order of the cast. Empty unless settings.DEMO; nobody the cast does not name.

    `settings.DEMO_PEOPLE` is a list of (user name, role), or the dotted path of a function returning one.
    """
    if not settings.DEMO:
        return []
    cast = getattr(settings, "DEMO_PEOPLE", ())
    if isinstance(cast, str):
        cast = import_string(cast)()
    people = {
        user.username: user for user in User.objects.filter(username__in=[name for name, _role in cast], is_active=True)
    }
    return [(people[name], role) for name, role in cast if name in people]
