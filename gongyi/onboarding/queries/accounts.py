"""Reads about the accounts of laboratories and about sub-users."""

from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Prefetch, QuerySet, Subquery, Value, When

from gongyi.accounts.models import User
from gongyi.organizations.models import Department, Membership, Organization

Role = Membership.Role


def laboratories_of(organization: Organization) -> QuerySet[Department]:
    """All laboratories and departments of a unit with the account each has: `state` is open, disabled or none, and
    `holder_…` say whose it is or was last."""
    ever = Membership.objects.filter(department=OuterRef("pk"), role=Role.LABORATORY)
    last = ever.order_by("-pk")
    return (
        Department.objects.filter(organization=organization)
        .select_related("parent")
        .annotate(
            state=Case(
                When(Exists(ever.filter(ended_at=None)), then=Value("open")),
                When(Exists(ever), then=Value("disabled")),
                default=Value("none"),
                output_field=CharField(),
            ),
            holder_name=Subquery(last.values("user__name")[:1]),
            holder_username=Subquery(last.values("user__username")[:1]),
            holder_email=Subquery(last.values("user__email")[:1]),
            account_since=Subquery(last.values("since")[:1]),
        )
    )


def laboratory_of(user: Any, organization: Organization | None = None) -> Department | None:
    """The laboratory whose account `user` holds: that of the unit they act for, else the first."""
    held = Membership.objects.current().filter(user_id=user.pk, role=Role.LABORATORY).select_related("department")
    found = sorted(held, key=lambda place: (place.organization_id != getattr(organization, "pk", None), place.pk))
    return found[0].department if found else None


def people_of_laboratory(department: Department, user: Any) -> QuerySet[User]:
    """The people of a laboratory and its parts, as far as `user` keeps them; their places there in `places`."""
    inside = Department.objects.kept_by(user).filter(organization=department.organization_id)
    current = Membership.objects.current().filter(department__in=inside.order_by().values("pk"))
    return User.objects.filter(pk__in=current.values("user")).prefetch_related(
        Prefetch("memberships", current.select_related("department").order_by("pk"), to_attr="places")
    )


def sub_users_of(organization: Organization) -> QuerySet[User]:
    """Who is or was a sub-user of the unit; the places in `places`, the newest first."""
    held = Membership.objects.filter(organization=organization, role=Role.SUB_USER)
    return User.objects.filter(pk__in=held.values("user")).prefetch_related(
        Prefetch("memberships", held.order_by("-pk"), to_attr="places")
    )
