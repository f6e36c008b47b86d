"""What all pages of one unit share: who may read them, who may change something, and the row of tabs."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from gongyi.kit.views import Crumb
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.organizations.rules import may_manage

LIST = Crumb(gettext_lazy("单位"), reverse_lazy("organizations:list"))
TABS = (
    ("organization", gettext_lazy("单位资料")),
    ("certificates", gettext_lazy("资质证书")),
    ("attachments", gettext_lazy("附件")),
    ("showcase", gettext_lazy("主页展示")),
    ("people", gettext_lazy("人员")),
    ("departments", gettext_lazy("院系与实验室")),
    ("reviews", gettext_lazy("审核记录")),
)


class InsideUnit:
    """A page of one unit, `pk` in the address, for its people, its reviewing authority and the platform; others get 404.

    `keeps` says whether the person may change what stands here; all others read it. A unit that has left is only read.
    """

    tab = ""
    request: Any
    kwargs: Any

    @cached_property
    def organization(self) -> Organization:
        units = Organization.objects.open_inside_to(self.request.user).select_related("region", "parent", "cover")
        return get_object_or_404(units, pk=self.kwargs["pk"])

    @cached_property
    def keeps(self) -> bool:
        here = self.organization.status != Organization.Status.EXITED
        return here and may_manage(self.request.user, self.organization)

    @cached_property
    def own_departments(self) -> set[int] | None:
        """What a laboratory's account may look into: its laboratory with its parts; None for everybody else, who see all."""
        user = self.request.user
        if self.keeps or user.is_staff:
            return None
        held = Membership.objects.current().filter(
            user=user, organization=self.organization, role=Membership.Role.LABORATORY
        )
        if not held.exists():
            return None
        return set(Department.objects.kept_by(user).filter(organization=self.organization).values_list("pk", flat=True))

    def allowed(self) -> bool:
        return bool(self.organization)

    def get_crumbs(self):
        own = Crumb(str(self.organization), self.organization.manage_url)
        here = Crumb(self.get_title())  # type: ignore[attr-defined]
        return (LIST, own, here) if self.request.user.is_staff else (own, here)

    def get_tabs(self) -> list[dict]:
        return [
            {
                "label": label,
                "url": reverse(f"organizations:{name}", args=[self.organization.pk]),
                "current": name == self.tab,
            }
            for name, label in TABS
        ]

    def get_context_data(self, **kwargs):
        mine = {"unit": self.organization, "keeps": self.keeps, "tabs": self.get_tabs()}
        return super().get_context_data(**mine, **kwargs)  # type: ignore[misc]


class Keeping(InsideUnit):
    """A page that changes something of the unit: for those who keep its data, and 404 for all others."""

    def allowed(self) -> bool:
        if not self.keeps:
            raise Http404
        return True

    @property
    def tab_label(self) -> str:
        return str(dict(TABS).get(self.tab, ""))

    def get_crumbs(self):
        own = Crumb(str(self.organization), self.organization.manage_url)
        tab = Crumb(self.tab_label, self.get_cancel_url())  # type: ignore[attr-defined]
        here = Crumb(self.get_title())  # type: ignore[attr-defined]
        return (LIST, own, tab, here) if self.request.user.is_staff else (own, tab, here)

    def get_cancel_url(self) -> str:
        return reverse(f"organizations:{self.tab}", args=[self.organization.pk])

    def get_success_url(self, saved: Any) -> str:
        return self.get_cancel_url()


class OfUnit:
    """A screen inside one unit, `pk` in the address, for those who keep its data; for others it does not exist."""

    request: Any
    kwargs: Any

    @cached_property
    def organization(self) -> Organization:
        found = get_object_or_404(Organization.objects.visible_to(self.request.user), pk=self.kwargs["pk"])
        if not may_manage(self.request.user, found):
            raise Http404
        return found

    def allowed(self) -> bool:
        return bool(self.organization)

    def get_crumbs(self):
        own = Crumb(str(self.organization), self.organization.manage_url)
        here = Crumb(self.get_title())  # type: ignore[attr-defined]
        return (LIST, own, here) if self.request.user.is_staff else (own, here)
