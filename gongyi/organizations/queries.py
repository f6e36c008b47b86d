"""Reads about who belongs where."""

from typing import Any

from gongyi.organizations.models import Membership, Organization

SESSION_ACTING_FOR = "acting_for"


def acting_for(user: Any, chosen_pk: int | None = None) -> Organization | None:
    """The organization `user` works for: the chosen one while they belong to it, else that of their first membership."""
    own = Membership.objects.current().filter(user=user).select_related("organization").order_by("pk")
    memberships = list(own)
    chosen = [m.organization for m in memberships if m.organization_id == chosen_pk]
    active = [m.organization for m in memberships if m.organization.status == Organization.Status.ACTIVE]
    return next(iter(chosen + active + [m.organization for m in memberships]), None)


def organizations_of(user: Any) -> list[Organization]:
    """The organizations a person may act for, by pinyin."""
    mine = Membership.objects.current().filter(user=user)
    return list(Organization.objects.filter(pk__in=mine.values("organization")))
