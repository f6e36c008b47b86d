"""Giving what a person looked after to others, when they go or afterwards."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.models import User
from gongyi.kit.views import Crumb, FormPage
from gongyi.organizations.duties import OpenDuty, duties_of, hand_over
from gongyi.organizations.forms.handing_over import HandOverForm
from gongyi.organizations.models import Membership
from gongyi.organizations.rules import member_of
from gongyi.organizations.views.units import OfUnit


class HandOver(OfUnit, FormPage):
    """What somebody of the unit, or who was of it, looks after, and who takes it over: all or nothing."""

    template_name = "organizations/hand_over.html"
    form_class = HandOverForm
    submit_label = gettext_lazy("交接")

    @cached_property
    def person(self) -> User:
        ever = Membership.objects.filter(organization=self.organization).values("user")
        return get_object_or_404(User.objects.filter(Q(pk__in=ever)), pk=self.kwargs["user_pk"])

    @cached_property
    def duties(self) -> list[OpenDuty]:
        return duties_of(self.person, self.organization)

    def allowed(self):
        return super().allowed() and bool(self.person)

    def get_object(self):
        return None

    def get_title(self):
        return _("交接 %s 的职责") % self.person.name

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        return (*before, Crumb(_("人员"), self.people_url), here)

    @property
    def people_url(self):
        return reverse("organizations:people", args=[self.organization.pk])

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        return {**kwargs, "organization": self.organization, "user": self.person, "duties": self.duties}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        form = context["form"]
        belongs = member_of(self.person, self.organization)
        return context | {
            "person": self.person,
            "organization": self.organization,
            "belongs": belongs,
            "given": [(one, form[one.duty.name]) for one in form.duties],
            "kept": [one for one in self.duties if one.duty.hand_over is None],
            "remove_url": reverse("organizations:remove_person", args=[self.organization.pk, self.person.pk])
            if belongs
            else "",
            "people_url": self.people_url,
        }

    def save(self, form):
        done = hand_over(
            organization=self.organization, user=self.person, successors=form.successors(), actor=self.request.user
        )
        count = sum(len(one.things) for one in done)
        messages.success(self.request, _("已交接 %(count)s 项职责，相关人员已收到通知。") % {"count": count})

    def get_success_url(self, saved):
        return self.request.path

    def get_cancel_url(self):
        return self.people_url
