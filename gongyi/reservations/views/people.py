"""People and their levels on instruments, and the blacklist of a unit (S0-17 … S0-20, S0-61)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gongyi.catalog.models import Instrument
from gongyi.kit.views import Action, BulkAction, BulkResult, Crumb, FormPage, ListPage
from gongyi.organizations.models import Membership
from gongyi.reservations import services
from gongyi.reservations.filters import BanFilter, QualificationFilter
from gongyi.reservations.models import Ban, Qualification
from gongyi.reservations.screen_forms import BanForm, ExtendForm, ExtendManyForm, GrantForm, ShortReasonForm
from gongyi.reservations.tables import BanTable, QualificationTable
from gongyi.reservations.views.rules import ForManagers, administered, managed_by

FOUND_AT_MOST = 8


def manages_something(user: Any) -> bool:
    return Instrument.objects.managed_by(user).exists()


@login_required
@never_cache
@require_GET
def people_search(request: HttpRequest) -> HttpResponse:
    """People by part of the name or user name, or by their whole phone number; for those who look after instruments."""
    if not manages_something(request.user) and not administered(request.user).exists():
        raise Http404
    text = request.GET.get("person", "").strip()[:50]
    unit = Membership.objects.filter(user=OuterRef("pk"), ended_at=None).order_by("pk").values("organization__name")[:1]
    people = get_user_model().objects.filter(is_active=True).annotate(unit=Subquery(unit))
    found = (
        people.filter(Q(name__icontains=text) | Q(username__icontains=text) | Q(phone=text))[:FOUND_AT_MOST]
        if text
        else []
    )
    field = "user" if request.GET.get("field") != "person" else "person"
    return render(request, "reservations/_people_found.html", {"people": found, "asked": bool(text), "field": field})


class People(ForManagers, ListPage):
    """Current levels on one's instruments; extended or withdrawn one by one or together."""

    title = _l("人员资格")
    noun = _l("资格")
    model = Qualification
    table_class = QualificationTable
    filter_class = QualificationFilter
    empty_text = _l("培训考核合格后，在这里授予使用资格。没有资格的人不能预约。")
    bulk_actions = (
        BulkAction("extend", _l("改有效期"), form_class=ExtendManyForm),
        BulkAction(
            "withdraw",
            _l("撤销"),
            tone="bad",
            form_class=ShortReasonForm,
            effect=_l("撤销后本人立即不能再预约，已有的预约保留。"),
        ),
    )

    def get_queryset(self):
        rows = Qualification.objects.filter(
            withdrawn_at=None, instrument__in=managed_by(self.request.user).values("pk")
        )
        return rows.select_related("instrument", "user", "granted_by").defer("instrument__tsv", "instrument__facets")

    def get_actions(self):
        instrument = self.request.GET.get("instrument", "")
        address = reverse("reservations:grant") + (f"?instrument={instrument}" if instrument.isdecimal() else "")
        actions = [Action(_("授权"), address, "plus", "primary")]
        if administered(self.request.user).exists():
            actions.insert(0, Action(_("黑名单"), reverse("reservations:bans"), "ban", "quiet"))
        return actions

    @property
    def empty_action(self):
        return Action(_("授权"), reverse("reservations:grant"))

    def bulk_extend(self, queryset, *, expires_on):
        def act(row):
            services.grant(
                instrument=row.instrument, user=row.user, level=row.level, expires_on=expires_on, note=row.note,
                actor=self.request.user,
            )  # fmt: skip

        return BulkResult.of(list(queryset), act)

    def bulk_withdraw(self, queryset, *, reason):
        def act(row):
            services.withdraw(instrument=row.instrument, user=row.user, actor=self.request.user, reason=reason)

        return BulkResult.of(list(queryset), act)


class Grant(ForManagers, FormPage):
    """Give somebody a level on an instrument (S0-14, S0-29)."""

    template_name = "reservations/form.html"
    title = _l("授予使用资格")
    form_class = GrantForm
    submit_label = _l("授权")
    cancel_url = reverse_lazy("reservations:people")

    def get_crumbs(self):
        return [Crumb(_("人员资格"), reverse("reservations:people")), Crumb(self.title)]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"managed": managed_by(self.request.user).order_by("name_key")}

    def get_initial(self):
        return {
            name: self.request.GET[name]
            for name in ("instrument", "user")
            if self.request.GET.get(name, "").isdecimal()
        } | {"level": 1}

    def save(self, form):
        granted = services.grant(actor=self.request.user, **form.cleaned_data)
        words = {"user": granted.user, "level": granted.get_level_display(), "instrument": granted.instrument}
        messages.success(self.request, _("已授予%(user)s「%(instrument)s」的%(level)s资格。") % words)

    def get_success_url(self, saved):
        return reverse("reservations:people")


class OneLevel(ForManagers, FormPage):
    """What the pages about one person's level on one instrument share."""

    model = Qualification

    def get_queryset(self):
        rows = Qualification.objects.filter(
            withdrawn_at=None, instrument__in=managed_by(self.request.user).values("pk")
        )
        return rows.select_related("instrument", "user")

    def get_fact(self):
        return f"{self.object.user} · {self.object.instrument}"

    def get_context_data(self, **kwargs):
        return super().get_context_data(lead=self.get_fact(), **kwargs)

    def get_success_url(self, saved):
        return reverse("reservations:people")

    def get_cancel_url(self):
        return reverse("reservations:people")


class Extend(OneLevel):
    """Change a level or its end (S0-18, S0-19)."""

    title = _l("修改资格")
    form_class = ExtendForm

    def get_initial(self):
        level = self.object
        return {"level": level.level, "expires_on": level.expires_on, "note": level.note}

    def save(self, form):
        old = self.object
        services.grant(instrument=old.instrument, user=old.user, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("已修改%s的资格。") % old.user)


class Withdraw(OneLevel):
    """Take a level away; the person reads why."""

    title = _l("撤销资格")
    form_class = ShortReasonForm
    submit_label = _l("撤销资格")
    submit_tone = "bad"

    def save(self, form):
        old = self.object
        services.withdraw(
            instrument=old.instrument, user=old.user, actor=self.request.user, reason=form.cleaned_data["reason"]
        )
        messages.success(
            self.request,
            _("已撤销%(user)s在「%(instrument)s」的资格。") % {"user": old.user, "instrument": old.instrument},
        )


class ForAdministrators:
    """For unit administrators and the platform's."""

    @cached_property
    def organizations(self):
        return administered(self.request.user)

    def allowed(self) -> bool:
        return self.organizations.exists()


class Bans(ForAdministrators, ListPage):
    """The blacklist of the units one administers."""

    title = _l("黑名单")
    noun = _l("黑名单记录")
    model = Ban
    table_class = BanTable
    filter_class = BanFilter
    empty_text = _l("列入黑名单的人不能预约本单位的任何仪器，直到到期或解除。")

    def get_queryset(self):
        rows = Ban.objects.filter(organization__in=self.organizations.values("pk"))
        return rows.select_related("user", "organization", "created_by")

    def get_crumbs(self):
        return [Crumb(_("人员资格"), reverse("reservations:people")), Crumb(self.title)]

    def get_actions(self):
        return [Action(_("列入黑名单"), reverse("reservations:ban"), "ban", "primary")]


class BanSomebody(ForAdministrators, FormPage):
    """Put somebody on the blacklist of a unit."""

    template_name = "reservations/form.html"
    title = _l("列入黑名单")
    form_class = BanForm
    submit_label = _l("列入黑名单")
    cancel_url = reverse_lazy("reservations:bans")

    def get_crumbs(self):
        return [Crumb(_("黑名单"), reverse("reservations:bans")), Crumb(self.title)]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"organizations": self.organizations}

    def save(self, form):
        ban = services.ban(actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("已把%s列入黑名单。") % ban.user)

    def get_success_url(self, saved):
        return reverse("reservations:bans")


@login_required
def lift_ban(request: HttpRequest, pk: int) -> HttpResponse:
    """End a ban; asked once by the button."""
    ban = get_object_or_404(Ban.objects.filter(organization__in=administered(request.user).values("pk")), pk=pk)
    if request.method == "POST":
        services.lift(ban=ban, actor=request.user)
        messages.success(request, _("已解除对%s的限制。") % ban.user)
    return redirect("reservations:bans")
