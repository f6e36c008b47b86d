"""Cards of higher apps on pages of lower ones: what joining and reviews put on a unit's own pages."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from gongyi.kit.views import Action, Panel
from gongyi.onboarding.attachments import attachment_panels, change_actions
from gongyi.organizations import parts
from gongyi.organizations.models import Organization
from gongyi.reviews.panels import rounds_of_unit


def attachments(request: HttpRequest, organization: Organization) -> list[Panel]:
    return attachment_panels(organization, request.user)


def changes(request: HttpRequest, organization: Organization) -> list[Action]:
    return change_actions(organization, request.user)


def reviews(request: HttpRequest, organization: Organization) -> list[Panel]:
    rounds = rounds_of_unit(organization, request.user)
    if not rounds:
        return []
    return [Panel(_("提交与审核"), "reviews/of_unit.html", {"rounds": rounds}, bare=True)]


def compose() -> None:
    """Put everything in its place; called once when all apps are ready."""
    parts.register_panels(parts.ATTACHMENTS, attachments)
    parts.register_panels(parts.REVIEWS, reviews)
    parts.register_actions(parts.ATTACHMENTS, changes)
    parts.register_actions(parts.DATA, changes)
