"""What the screens of joining inside one unit share."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from gongyi.kit.views import Crumb
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import managed_organizations

LIST = Crumb(gettext_lazy("单位"), reverse_lazy("organizations:list"))


class OfUnit:
    """A screen inside one unit, `pk` in the address, for those who keep its data; for others it does not exist."""

    request: Any
    kwargs: Any

    @cached_property
    def organization(self) -> Organization:
        units = managed_organizations(self.request.user).exclude(status=Organization.Status.EXITED)
        return get_object_or_404(units, pk=self.kwargs["pk"])

    def allowed(self) -> bool:
        return bool(self.organization)

    def get_crumbs(self):
        own = Crumb(str(self.organization), self.organization.manage_url)
        here = Crumb(self.get_title())  # type: ignore[attr-defined]
        return (LIST, own, here) if self.request.user.is_staff else (own, here)
