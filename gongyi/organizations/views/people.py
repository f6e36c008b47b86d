"""The people of one unit: who is here, in which role; taking in and letting go (S0-8, S0-103)."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts import services as accounts
from gongyi.accounts.models import User
from gongyi.kit.dialogs import go, show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Action, BulkAction, BulkResult, Crumb, FormPage, ListPage
from gongyi.organizations import services
from gongyi.organizations.beside import people_actions
from gongyi.organizations.duties import duties_of, has_to_hand_over
from gongyi.organizations.filters import ColleagueFilter, PeopleFilter
from gongyi.organizations.forms.people import AddPersonForm, NewPersonForm, PlaceForm
from gongyi.organizations.models import Membership
from gongyi.organizations.queries import former_people_of, people_of, place_of
from gongyi.organizations.tables import ColleagueTable, PeopleTable
from gongyi.organizations.views.inside import InsideUnit, OfUnit


class People(InsideUnit, ListPage):
    """The unit's people: for who keeps them with every way to change something, for its other people names and roles.

    A laboratory's account reads the people of its own laboratory (S2-34).
    """

    tab = "people"
    template_name = "organizations/people.html"
    title = gettext_lazy("人员")
    model = User
    noun = gettext_lazy("人员")
    measure = gettext_lazy("人")
    empty_text = gettext_lazy("加入人员后，他们就能代表本单位预约仪器。")
    bulk_actions = (
        BulkAction(
            "remove", gettext_lazy("移出单位"), tone="bad",
            effect=gettext_lazy("移出后不再代表本单位预约；以往的预约和账目保留。"),
        ),
    )  # fmt: skip

    def get_queryset(self):
        left = self.request.GET.get("account") == PeopleFilter.LEFT
        if left and self.keeps:
            return former_people_of(self.organization)
        people = people_of(self.organization)
        if (own := self.own_departments) is None:
            return people
        within = Membership.objects.current().filter(organization=self.organization, department__in=own)
        return people.filter(pk__in=within.values("user"))

    @property
    def offered_bulk(self):
        return super().offered_bulk if self.keeps else []

    @cached_property
    def filters(self):
        return self.filter_class(
            self.request.GET or None, queryset=self.unfiltered, request=self.request, organization=self.organization
        )

    def get_table_kwargs(self):
        return {"organization": self.organization}

    @property
    def table_class(self):
        return PeopleTable if self.keeps else ColleagueTable

    @property
    def filter_class(self):
        return PeopleFilter if self.keeps else ColleagueFilter

    def get_actions(self):
        pk = [self.organization.pk]
        if not self.keeps:
            return [Action(_("角色与权限"), reverse("organizations:roles"), tone="quiet")]
        return [
            Action(_("角色与权限"), reverse("organizations:roles"), tone="quiet"),
            *people_actions(self.request.user, self.organization),
            Action(_("批量导入"), reverse("organizations:import_people", args=pk), icon="file-import"),
            Action(_("新建账号"), reverse("organizations:new_person", args=pk), dialog=True),
            Action(
                _("加入人员"), reverse("organizations:add_person", args=pk), icon="plus", tone="primary", dialog=True
            ),
        ]

    @property
    def empty_action(self):
        return self.get_actions()[-1] if self.keeps else None

    def bulk_remove(self, people):
        unit, actor = self.organization, self.request.user
        return BulkResult.of(people, lambda user: services.remove_member(organization=unit, user=user, actor=actor))


class PersonForm(OfUnit, FormPage):
    """What the dialogs about a unit's people share."""

    dialog_name = "accounts/plain_dialog.html"

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organization": self.organization}

    def get_object(self):
        return None

    def get_cancel_url(self):
        return reverse("organizations:people", args=[self.organization.pk])

    def get_success_url(self, saved):
        return self.get_cancel_url()

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        return (*before, Crumb(_("人员"), self.get_cancel_url()), here)


class AddPerson(PersonForm):
    """Take in somebody who has an account, by what they sign in with."""

    title = gettext_lazy("加入人员")
    form_class = AddPersonForm
    submit_label = gettext_lazy("加入")

    def save(self, form):
        data = form.cleaned_data
        services.add_member(
            organization=self.organization, user=data["user"], actor=self.request.user,
            roles=data["roles"], department=data["department"],
        )  # fmt: skip
        messages.success(self.request, _("%s 已加入本单位。") % data["user"].name)


class NewPerson(PersonForm):
    """Open an account for somebody new and take them in."""

    title = gettext_lazy("新建账号并加入")
    form_class = NewPersonForm
    submit_label = gettext_lazy("开通并加入")
    submit_note = gettext_lazy("设置密码的邮件会立即发出。")

    def save(self, form):
        data, actor = form.cleaned_data, self.request.user
        user = accounts.create_person(
            actor=actor, name=data["name"], username=data["username"], email=data["email"], phone=data["phone"]
        )
        services.add_member(
            organization=self.organization, user=user, actor=actor, roles=data["roles"], department=data["department"]
        )
        accounts.queue_reset_mail(user, welcome=True)
        messages.success(self.request, _("%s 的账号已开通并加入本单位。") % user.name)


class EditPerson(PersonForm):
    """Roles and department of one of the unit's people; letting them go stands beside it."""

    form_class = PlaceForm
    template_name = "organizations/person.html"
    dialog_name = "organizations/person_dialog.html"
    submit_label = gettext_lazy("保存角色")

    @cached_property
    def person(self) -> User:
        return get_object_or_404(people_of(self.organization), pk=self.kwargs["user_pk"])

    def allowed(self):
        return super().allowed() and bool(self.person)

    def get_title(self):
        return self.person.name

    def get_fact(self):
        """Who is meant where two bear one name: the user name, and the phone or mail box they are reached at."""
        return " · ".join(filter(None, (self.person.username, self.person.phone or self.person.email)))

    def get_initial(self):
        places = place_of(self.person, self.organization)
        department = next((place.department_id for place in places if place.department_id), None)
        return {"roles": [place.role for place in places], "department": department}

    def get_context_data(self, **kwargs):
        key = [self.organization.pk, self.person.pk]
        return super().get_context_data(
            person=self.person, remove_url=self.remove_url,
            hand_over_url=reverse("organizations:hand_over", args=key), **kwargs,
        )  # fmt: skip

    @property
    def remove_url(self):
        return reverse("organizations:remove_person", args=[self.organization.pk, self.person.pk])

    def save(self, form):
        data = form.cleaned_data
        services.set_roles(
            organization=self.organization, user=self.person, actor=self.request.user,
            roles=data["roles"], department=data["department"],
        )  # fmt: skip
        messages.success(self.request, _("%s 的角色已保存。") % self.person.name)


class RemovePerson(PersonForm):
    """Asks once, then ends every role of the person here."""

    dialog_name = template_name = "organizations/remove_person.html"
    title = gettext_lazy("移出单位")

    @cached_property
    def person(self) -> User:
        return get_object_or_404(people_of(self.organization), pk=self.kwargs["user_pk"])

    def allowed(self):
        if self.request.method not in {"GET", "POST"}:
            raise Http404
        return bool(self.organization and self.person)

    def get(self, request, *args, **kwargs):
        return self.ask()

    def post(self, request, *args, **kwargs):
        try:
            with transaction.atomic():
                services.remove_member(organization=self.organization, user=self.person, actor=request.user)
        except Refused as refusal:
            return self.ask(refusal, status=409)
        messages.success(request, _("%s 已移出本单位。") % self.person.name)
        if has_to_hand_over(self.person, self.organization):
            return go(request, self.hand_over_url)
        return go(request, self.get_cancel_url())

    @property
    def hand_over_url(self):
        return reverse("organizations:hand_over", args=[self.organization.pk, self.person.pk])

    def ask(self, refusal=None, *, status=200):
        context = {
            "title": _("移出单位"),
            "person": self.person,
            "organization": self.organization,
            "refusal": refusal,
            "duties": duties_of(self.person, self.organization),
            "hand_over_url": self.hand_over_url,
            "back_url": self.get_cancel_url(),
            "layout": "kit/desk.html",
        }
        return show_dialog(self.request, "organizations/remove_person.html", context, status=status)
