"""Reads about who belongs where, and how a unit is divided."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import DO_NOTHING, Count, Prefetch, Q, QuerySet

from gongyi.accounts.models import User
from gongyi.organizations.models import Department, Membership, Organization, Participation, UnitProfile
from gongyi.regions.models import Region

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


def without_administrator(units: QuerySet[Organization]) -> QuerySet[Organization]:
    """Those of `units` that are in use and have no administrator who may sign in: the platform's must appoint one."""
    able = Membership.objects.current().filter(role=Membership.Role.UNIT_ADMIN, user__is_active=True)
    return units.filter(status=Organization.Status.ACTIVE).exclude(pk__in=able.values("organization"))


def people_of(organization: Organization) -> QuerySet[User]:
    """The people of a unit by pinyin, each with `places`: their current memberships there, departments fetched."""
    current = Membership.objects.current().filter(organization=organization)
    return User.objects.filter(pk__in=current.values("user")).prefetch_related(
        Prefetch("memberships", current.select_related("department").order_by("pk"), to_attr="places")
    )


def former_people_of(organization: Organization) -> QuerySet[User]:
    """Who once belonged to a unit and no longer does, by pinyin; their `places` are empty."""
    ever = Membership.objects.filter(organization=organization)
    current = ever.current()
    left = User.objects.filter(pk__in=ever.values("user")).exclude(pk__in=current.values("user"))
    return left.prefetch_related(Prefetch("memberships", current, to_attr="places"))


def place_of(user: User, organization: Organization) -> list[Membership]:
    """One person's current memberships in a unit."""
    held = Membership.objects.current().filter(user=user, organization=organization)
    return list(held.select_related("department").order_by("pk"))


@dataclass(frozen=True)
class Branch:
    """A department in the tree: how deep it stands and how many people and parts it has."""

    department: Department
    depth: int
    people: int
    parts: int


def department_tree(organization: Organization) -> list[Branch]:
    """All departments and laboratories of a unit from the top down, siblings by pinyin."""
    current = Membership.objects.current().filter(organization=organization)
    people = dict(current.values_list("department").annotate(Count("user", distinct=True)))
    rows = Department.objects.filter(organization=organization).order_by("level", "name_key", "pk")
    children: dict[int | None, list[Department]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    branches: list[Branch] = []

    def grow(parent: int | None, depth: int) -> None:
        for row in children.get(parent, []):
            branches.append(Branch(row, depth, people.get(row.pk, 0), len(children.get(row.pk, []))))
            grow(row.pk, depth + 1)

    grow(None, 0)
    return branches


def inside(department_pk: int) -> set[int]:
    """The keys of a department and of everything below it."""
    found, newest = {department_pk}, {department_pk}
    while newest := set(Department.objects.filter(parent__in=newest).values_list("pk", flat=True)) - found:
        found |= newest
    return found


def attached_to(department: Department) -> list[tuple[str, int]]:
    """What hangs on a department, in whatever app: (name of the kind, how many), nothing left out."""
    found = []
    fields: Iterable[Any] = Department._meta.get_fields(include_hidden=True)
    for field in fields:
        if not field.auto_created or field.concrete or not field.is_relation or field.on_delete is DO_NOTHING:
            continue  # DO_NOTHING: rows of a history, which remember and do not hold
        rows = field.related_model._base_manager.filter(**{field.field.name: department})
        if field.related_model is Membership:
            rows = rows.filter(ended_at=None)
        if count := rows.count():
            found.append((str(field.related_model._meta.verbose_name), count))
    return found


def find_units(
    user: Any, *, q: str = "", kind: str = "", region: str = "", business_type: str = "", capacity: str = ""
) -> QuerySet[Organization]:
    """Active units by a part of the name, kind, region (with everything inside it), business type, and what they take part
    as; what is empty does not narrow."""
    found = Organization.objects.visible_to(user).active().select_related("region")
    if q:
        found = found.filter(Q(name__icontains=q) | Q(short_name__icontains=q))
    if kind:
        found = found.filter(kind=kind)
    if region:
        found = found.filter(region__in=Region.objects.within(region))
    if business_type:
        told = UnitProfile.objects.filter(business_types__contains=[business_type])
        found = found.filter(pk__in=told.values("organization"))
    if capacity:
        taking_part = Participation.objects.filter(capacity=capacity, ended_at=None)
        found = found.filter(pk__in=taking_part.values("organization"))
    return found
