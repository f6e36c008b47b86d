"""What the list of a unit's people shows of this app: who waits to be let in or go, and the invitations."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.kit.views import Action
from gongyi.onboarding.workflow import BINDING
from gongyi.organizations.beside import register_people_actions
from gongyi.organizations.models import Organization
from gongyi.reviews.models import Review


@register_people_actions
def joining(user: Any, organization: Organization) -> list[Action]:
    """How many requests wait for `user` here, leading to the review desk; and the way to the invitations."""
    waiting = Review.objects.to_decide_by(user).filter(kind=BINDING)
    count = waiting.filter(authority=organization).count()
    actions = [Action(_("邀请"), reverse("onboarding:invitations", args=[organization.pk]), icon="mail")]
    if count:
        desk = f"{reverse('reviews:desk')}?kind={BINDING}"
        actions.insert(0, Action(_("待审核 %s 人") % count, desk, icon="clipboard-check"))
    return actions
