"""Who decides what, how, and the reminders of the clock."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.kit.when import format_day
from gongyi.notifications.services import notify
from gongyi.organizations.models import Organization, Remit
from gongyi.organizations.rules import remit_refusal
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.models import Review, ReviewPolicy
from gongyi.reviews.queries import covering, turns_under
from gongyi.reviews.rules import deciders
from gongyi.reviews.workdays import add_workdays
from gongyi.reviews.workflow import ReviewFlow
from gongyi.workflow import Refused

REMINDED_WORKDAYS_BEFORE = 1
MOST_REMINDED_AT_ONCE = 500


# remits


def add_remit(remit: Remit, *, actor: Any) -> Remit:
    """Let an authority decide about a matter in a region from now on; turns that already wait stay where they are.
    Refuses a metrology institute anything but mandatory verification."""
    if sentence := remit_refusal(remit.organization, remit.matter):
        raise Refused(sentence, code="not_its_matter")
    remit.save()
    record(actor, remit.organization, _("增加审核职责"), after=str(remit))
    return remit


def successor_of(remit: Remit) -> Organization | None:
    """Who would decide in the remit's region without it; None: the administrators of the platform."""
    left = covering(remit.matter, remit.region, without=remit.organization)
    return left[0] if left else None


@transaction.atomic
def remove_remit(remit: Remit, *, actor: Any, move: bool) -> int:
    """Take a remit away; with `move` its waiting turns go to the successor at once. Returns how many were moved."""
    to, moved = successor_of(remit), 0
    turns = turns_under(remit.organization, remit.matter, remit.region) if move else []
    record(actor, remit.organization, _("移除审核职责"), before=str(remit))
    words = {"matter": remit.get_matter_display(), "region": remit.region}
    remit.delete()
    for review in turns:
        try:
            ReviewFlow.fire(
                review, "reassign", actor=actor, to=to, reason=_("%(region)s的%(matter)s职责已调整") % words
            )
        except Refused:
            continue  # decided meanwhile, or handed in by the successor itself: it stays, and the desk shows it
        moved += 1
    return moved


# policies


def set_policy(policy: ReviewPolicy, *, actor: Any, before: ReviewPolicy) -> ReviewPolicy:
    """Change tiers and term of a kind; turns that already wait keep theirs."""
    policy.save()
    record(
        actor, actor, _("审核设置：%s") % KINDS[policy.kind].label,
        before={"tiers": before.tiers, "term_workdays": before.term_workdays},
        after={"tiers": policy.tiers, "term_workdays": policy.term_workdays},
    )  # fmt: skip
    return policy


# reminders


def remind() -> int:
    """Remind each body once on the last working day before a turn is due, and once when it is overdue; whoever claimed
    it, else everybody who could take it. Running it again, or twice at once, sends nothing twice. Returns how many turns."""
    today = timezone.localdate()
    soon = add_workdays(today, REMINDED_WORKDAYS_BEFORE)
    waiting = Review.objects.filter(status=Review.Status.PENDING)
    late = waiting.filter(due_on__lt=today, overdue_told_at=None)
    near = waiting.filter(due_on__gte=today, due_on__lte=soon, due_soon_told_at=None)
    return _remind(late, "overdue_told_at") + _remind(near, "due_soon_told_at")


def _remind(rows: Any, stamp: str) -> int:
    done = 0
    while True:
        with transaction.atomic():
            locked = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
            reviews = list(locked.select_related("submission", "authority", "claimed_by")[:MOST_REMINDED_AT_ONCE])
            for review in reviews:
                _tell(review, overdue=stamp == "overdue_told_at")
            Review.objects.filter(pk__in=[review.pk for review in reviews]).update(**{stamp: timezone.now()})
        done += len(reviews)
        if len(reviews) < MOST_REMINDED_AT_ONCE:
            return done


def _tell(review: Review, *, overdue: bool) -> None:
    words = {
        "kind": KINDS[review.kind].label,
        "title": review,
        "due": format_day(review.due_on),
        "left": review.due_words,
    }
    title = _("审核已逾期：%(kind)s「%(title)s」") if overdue else _("审核将到期：%(kind)s「%(title)s」")
    claimer = review.claimed_by if review.claimed_by and review.claimed_by.is_active else None
    people = [claimer] if claimer else [one for one in deciders(review) if one.pk != review.submitted_by_id]
    notify(
        people, title=title % words, body=_("办理期限 %(due)s，%(left)s。请尽快审核，或说明原因后转交。") % words,
        url=review.get_absolute_url(), kind=ReviewFlow.name,
    )  # fmt: skip
