"""Where a person belongs, and their requests to units (S1-15 … S1-19)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from gongyi.accounts.models import User
from gongyi.kit.views import Crumb, Field, FieldGroup, FormPage, Page
from gongyi.onboarding.forms.bindings import BindingForm
from gongyi.onboarding.models import Binding
from gongyi.onboarding.rules import may_ask
from gongyi.onboarding.services.bindings import MOST_UNITS_FOUND, ask, units_to_ask
from gongyi.organizations.duties import duties_of
from gongyi.organizations.models import Membership, Organization
from gongyi.organizations.rules import people_in
from gongyi.organizations.tables import role_labels
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.panels import progress_panel
from gongyi.workflow.views import WorkflowPage

Wish = Binding.Wish
MINE = Crumb(gettext_lazy("我的单位"), reverse_lazy("onboarding:my_units"))
LAST_SHOWN = 20


def places_of(user: User) -> list[tuple[Organization, list[Membership]]]:
    """The units a person belongs to, by the order they joined, with what they are there."""
    held = Membership.objects.current().filter(user=user).select_related("organization", "department").order_by("pk")
    units: dict[int, tuple[Organization, list[Membership]]] = {}
    for place in held:
        units.setdefault(place.organization_id, (place.organization, []))[1].append(place)
    return list(units.values())


class MyUnits(Page):
    """My units with what I am there; without one, the search for it. What I asked for stands below (S1-15)."""

    template_name = "onboarding/my_units.html"
    title = gettext_lazy("我的单位")

    def get_context_data(self, **kwargs):
        user, text = self.request.user, self.request.GET.get("q", "").strip()[:50]
        requests = Binding.objects.filter(person=user).select_related("organization", "department").order_by("-pk")
        requests = list(requests[:LAST_SHOWN])
        under_way = [one for one in requests if one.status != Binding.Status.APPROVED]
        leaving = {one.organization_id: one for one in under_way if one.wish == Wish.RELEASE}
        units = [
            {
                "unit": unit,
                "roles": role_labels(places),
                "department": next((place.department for place in places if place.department), None),
                "since": min(place.since for place in places),
                "leaving": leaving.get(unit.pk),
            }
            for unit, places in places_of(user)
        ]
        waiting = next(
            (one for one in under_way if one.wish == Wish.BIND and one.status == Binding.Status.PENDING), None
        )
        return super().get_context_data(
            units=units, under_way=under_way, past=[one for one in requests if one not in under_way], waiting=waiting,
            **_found(text), **kwargs,
        )  # fmt: skip


def _found(text: str) -> dict:
    units = list(units_to_ask(text)[: MOST_UNITS_FOUND + 1])
    return {"q": text, "found": units[:MOST_UNITS_FOUND], "more_found": len(units) > MOST_UNITS_FOUND}


@login_required
@require_GET
def find_unit(request: HttpRequest) -> HttpResponse:
    """The units that fit what was typed so far; only what is public of them (S1-16)."""
    return render(request, "onboarding/units_found.html", _found(request.GET.get("q", "").strip()[:50]))


class AskUnit(FormPage):
    """What the two requests to a unit share: the unit of the address, the form, and what speaks against it."""

    form_class = BindingForm
    wish = Wish.BIND
    cancel_url = reverse_lazy("onboarding:my_units")
    template_name = "onboarding/ask_unit.html"

    @cached_property
    def organization(self) -> Organization:
        units = Organization.objects.visible_to(self.request.user).select_related("region")
        return get_object_or_404(units, pk=self.kwargs["pk"])

    def allowed(self):
        return bool(self.organization)

    def get_object(self):
        """The request as it would be: a returned or withdrawn one is what is corrected."""
        person, unit = self.request.user, self.organization
        mine = Binding.objects.exclude(status=Binding.Status.APPROVED).filter(person=person, organization=unit)
        found = mine.first() or Binding(person=person, organization=unit)
        found.wish = self.wish
        return found

    @cached_property
    def refusal(self):
        if self.object.status == Binding.Status.PENDING:
            return _("您向「%s」的申请正在审核，无需重复提交。") % self.organization
        return may_ask(self.object, actor=self.request.user)

    def get_crumbs(self):
        return (MINE, Crumb(self.get_title()))

    def get_context_data(self, **kwargs):
        waiting = self.object.pk and self.object.status == Binding.Status.PENDING
        return super().get_context_data(
            organization=self.organization, refusal=self.refusal, waiting=self.object if waiting else None,
            keepers=people_in(self.organization, Membership.Role.UNIT_ADMIN), **kwargs,
        )  # fmt: skip

    def save(self, form):
        data = form.cleaned_data
        return ask(
            person=self.request.user, organization=self.organization, wish=self.wish,
            department=data.get("department"), note=data["note"],
        )  # fmt: skip


class Bind(AskUnit):
    """Ask a unit to be taken in (S1-16)."""

    title = gettext_lazy("申请绑定单位")
    submit_label = gettext_lazy("提交申请")
    submit_note = gettext_lazy("由该单位管理员审核，结果会发消息通知您。")
    success_message = gettext_lazy("申请已提交，请等待单位审核。")


class Release(AskUnit):
    """Ask one's unit to be let go, and read first what hangs on one there (S1-18)."""

    title = gettext_lazy("申请解除绑定")
    wish = Wish.RELEASE
    submit_label = gettext_lazy("提交解除申请")
    submit_note = gettext_lazy("由原单位审核；通过前您仍是该单位的人员。")
    success_message = gettext_lazy("解除申请已提交，请等待单位审核。")

    def allowed(self):
        mine = Membership.objects.current().filter(user=self.request.user, organization=self.organization)
        return mine.exists()

    def get_context_data(self, **kwargs):
        return super().get_context_data(duties=duties_of(self.request.user, self.organization), **kwargs)


class OneBinding(WorkflowPage):
    """A request: where it is and with whom, what it says, what became of it; to be withdrawn or corrected from here."""

    model = Binding
    icons = {"submit": "send", "edit": "edit"}

    def get_queryset(self):
        return super().get_queryset().select_related("person", "organization", "department")

    @property
    def is_mine(self) -> bool:
        return self.object.person_id == self.request.user.pk

    def get_title(self):
        return f"{self.object.get_wish_display()}：{self.object.organization.name}"

    def get_subtitle(self):
        """Whom to ask while it waits; to others, whose request it is."""
        if not self.is_mine:
            return self.object.person.name
        keepers = people_in(self.object.organization, Membership.Role.UNIT_ADMIN)
        if self.object.status != Binding.Status.PENDING or not keepers:
            return ""
        return _("由单位管理员 %s 审核，可直接联系催办。") % "、".join(user.name for user in keepers)

    def get_crumbs(self):
        return (MINE, Crumb(self.get_title())) if self.is_mine else ()

    def get_groups(self):
        return [
            FieldGroup(part["title"], [Field(item["label"], item["value"]) for item in part["fields"]])
            for part in KINDS["binding"].freeze(self.object)
        ]

    def get_side_panels(self):
        return [progress_panel(self.object, self.request.user)]

    def get_buttons(self):
        """Deciding is for the review desk; here are the applicant's own steps."""
        return super().get_buttons() if self.is_mine else []
