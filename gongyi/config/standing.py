"""What a signed-in person does here, found once per request: which desk, which sidebar groups, what waits."""

from functools import cached_property
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument, InstrumentManager
from gongyi.ledger.models import AccountMember, PaymentAccount
from gongyi.organizations.models import (
    Capacity,
    Certificate,
    Department,
    Matter,
    Membership,
    Organization,
    Participation,
    Remit,
)
from gongyi.organizations.rules import administered_organizations
from gongyi.reservations import queries
from gongyi.reviews.models import Review, Submission

MOST_COUNTED = 99


NOBODYS_FACTS: dict = {
    "looks_after": False, "leads": False, "manages_group": False, "hands_in": False, "serves": False, "duties": [],
}  # fmt: skip


class Standing:
    """Facts about one person, in one query; counts in one more each, and only where they are shown."""

    def __init__(self, user: Any):
        self.user = user

    @cached_property
    def _facts(self) -> dict:
        member = AccountMember.objects.filter(user=OuterRef("pk"))
        kept = Membership.objects.administering(self.user).values("organization")
        serving = Participation.objects.filter(organization__in=kept, capacity=Capacity.SERVICE, ended_at=None)
        row = (
            User.objects.filter(pk=self.user.pk)
            .annotate(
                looks_after=Exists(InstrumentManager.objects.filter(user=OuterRef("pk")))
                | Exists(Instrument.objects.filter(department__in=Department.objects.kept_by(self.user).values("pk"))),
                leads=Exists(member.filter(role=AccountMember.Role.LEADER)),
                manages_group=Exists(member.filter(role=AccountMember.Role.MANAGER)),
                hands_in=Exists(Submission.objects.filter(submitted_by=OuterRef("pk"))),
                serves=Exists(serving) | Exists(Certificate.objects.filter(organization__in=kept)),
                duties=ArrayAgg("memberships__role", filter=Q(memberships__ended_at=None), distinct=True, default=[]),
            )
            .values("looks_after", "leads", "manages_group", "hands_in", "serves", "duties")
            .first()
        )
        return row or NOBODYS_FACTS

    def _has(self, role: str) -> bool:
        return role in self._facts["duties"]

    @property
    def is_platform_admin(self) -> bool:
        return self.user.is_staff

    @property
    def is_unit_admin(self) -> bool:
        return any(self._has(role) for role in Membership.ADMINISTERING)

    @property
    def offers_tests(self) -> bool:
        """Keeps a unit that joined as a service institution or has certificates: it has libraries of capabilities (S3-37)."""
        return self._facts["serves"]

    @property
    def holds_main_account(self) -> bool:
        """Keeps a unit's main accounts and sub-users, which sub-users do not (S4-74)."""
        return self._has(Membership.Role.UNIT_ADMIN)

    @property
    def keeps_laboratory(self) -> bool:
        """Holds the account of a laboratory, and sees nothing of another (S2-33)."""
        return self._has(Membership.Role.LABORATORY)

    @property
    def is_reviewer(self) -> bool:
        """Reviews for an authority (S1-95, S2-52, S3-88, S4-86)."""
        return self._has(Membership.Role.REVIEWER)

    @property
    def hands_in(self) -> bool:
        """Has handed in something for review."""
        return self._facts["hands_in"]

    @cached_property
    def administered(self) -> list[Organization]:
        """The units this person administers; the sidebar asks for each of its links."""
        return list(administered_organizations(self.user))

    @cached_property
    def reviews_units(self) -> bool:
        """Whether this person's authority decides about units somewhere, and so looks after their yearly update."""
        if not self._has(Membership.Role.REVIEWER):
            return False
        held = Membership.objects.current().filter(user=self.user, role=Membership.Role.REVIEWER)
        return Remit.objects.filter(matter=Matter.UNITS, organization__in=held.values("organization")).exists()

    @property
    def is_finance(self) -> bool:
        return self._has(Membership.Role.FINANCE)

    @property
    def keeps_accounts(self) -> bool:
        """May see and top up the payment accounts of a unit (S0-102)."""
        return self.is_platform_admin or self.is_finance or self.is_unit_admin

    @property
    def manages_instruments(self) -> bool:
        return self.is_platform_admin or self.is_unit_admin or self._facts["looks_after"]

    @property
    def leads_group(self) -> bool:
        return self._facts["leads"]

    @property
    def manages_group(self) -> bool:
        return self._facts["manages_group"]

    @cached_property
    def pending_reservations(self) -> int:
        """How many bookings wait for this person's review; 99 stands for more."""
        if not self.manages_instruments:
            return 0
        return queries.pending_for(self.user).order_by()[:MOST_COUNTED].count()

    @cached_property
    def pending_reviews(self) -> int:
        """How many submissions this person could decide now; 99 stands for more."""
        if not (self.is_platform_admin or self.is_reviewer or self.is_unit_admin):
            return 0
        return Review.objects.to_decide_by(self.user).order_by()[:MOST_COUNTED].count()

    @cached_property
    def pending_accounts(self) -> int:
        """How many applications for a payment account wait for this person (S0-8)."""
        if not self.keeps_accounts:
            return 0
        waiting = PaymentAccount.objects.visible_to(self.user).filter(status="pending")
        if not self.is_platform_admin:
            keeping = (Membership.Role.FINANCE, *Membership.ADMINISTERING)
            units = self.user.memberships.filter(ended_at=None, role__in=keeping).values("organization")
            waiting = waiting.filter(organization__in=units)
        return waiting.order_by()[:MOST_COUNTED].count()


def standing(request: HttpRequest) -> Standing:
    """The standing of this request's person, kept on the request."""
    if not hasattr(request, "_standing"):
        request._standing = Standing(request.user)  # type: ignore[attr-defined]
    return request._standing  # type: ignore[attr-defined]
