"""Rules, opening hours, closures and faults of the instruments somebody looks after."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from gongyi.catalog.models import Instrument
from gongyi.kit.dialogs import stay
from gongyi.kit.views import Action, Crumb, FormPage, ListPage, Section
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import administered_organizations
from gongyi.reservations import queries, services
from gongyi.reservations.filters import ClosureFilter, FaultFilter, RuledFilter
from gongyi.reservations.models import Closure, FaultReport
from gongyi.reservations.panels import opening_words
from gongyi.reservations.rule_changes import Scope, change_hours, change_rules, hours_of
from gongyi.reservations.screen_forms import ClosureForm, HoursForm, ResolveForm, RulesForm
from gongyi.reservations.tables import ClosureTable, FaultTable, RuledTable


def managed_by(user: Any) -> Any:
    """The instruments somebody looks after, in a form that filters and joins nothing twice."""
    return Instrument.objects.filter(pk__in=Instrument.objects.managed_by(user).values("pk"))


class ForManagers:
    """For people who look after at least one instrument."""

    def allowed(self) -> bool:
        return Instrument.objects.managed_by(self.request.user).exists()


class Ruled(ForManagers, ListPage):
    """The way to the rules of each instrument; the unit's and the site's at the top."""

    title = _l("预约规则")
    noun = _l("仪器")
    measure = _l("台")
    model = Instrument
    table_class = RuledTable
    filter_class = RuledFilter

    def get_queryset(self):
        return managed_by(self.request.user).select_related("organization").defer("tsv", "facets")

    def get_actions(self):
        units = administered(self.request.user)
        actions = [
            Action(_("%s默认") % unit, reverse("reservations:organization_rules", args=[unit.pk]), "building")
            for unit in units[:3]
        ]
        if self.request.user.is_staff:
            actions.append(Action(_("全站默认"), reverse("reservations:site_rules"), "world"))
        return actions


def administered(user: Any) -> Any:
    """The organizations somebody administers."""
    if user.is_staff:
        return Organization.objects.filter(instruments__isnull=False).distinct()
    return administered_organizations(user)


class ScopePage(FormPage):
    """A form about the rules of one scope: the address names an instrument, an organization or neither (the site)."""

    here = ""

    @cached_property
    def scope(self) -> Scope:
        match self.kwargs.get("scope"), self.kwargs.get("pk"):
            case "instrument", pk:
                return Scope(instrument=get_object_or_404(Instrument.objects.select_related("organization"), pk=pk))
            case "organization", pk:
                return Scope(organization=get_object_or_404(Organization, pk=pk))
        return Scope()

    def allowed(self):
        return self.scope.may_change(self.request.user)

    def get_object(self):
        return None

    def get_fact(self):
        return self.scope.label

    def get_crumbs(self):
        return [Crumb(_("预约规则"), reverse("reservations:ruled")), Crumb(self.scope.label)]

    def get_cancel_url(self):
        return reverse("reservations:ruled")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            scope=self.scope, here=self.here, tabs=scope_tabs(self.scope, self.here), **kwargs
        )


def scope_tabs(scope: Scope, here: str) -> list[tuple[str, str, bool]]:
    """The pages about one scope: label, address, whether it is the one shown."""
    if scope.instrument is not None:
        pk = scope.instrument.pk
        pages = [
            ("rules", _("预约规则"), reverse("reservations:instrument_rules", args=[pk])),
            ("hours", _("开放时间"), reverse("reservations:instrument_hours", args=[pk])),
            ("closures", _("停机"), reverse("reservations:closures") + f"?instrument={pk}"),
            ("prices", _("收费标准"), reverse("catalog:prices", args=[pk])),
            ("people", _("人员资格"), reverse("reservations:people") + f"?instrument={pk}"),
            ("sign", _("签到码"), reverse("reservations:sign", args=[pk])),
        ]
    elif scope.organization is not None:
        pk = scope.organization.pk
        pages = [
            ("rules", _("预约规则"), reverse("reservations:organization_rules", args=[pk])),
            ("hours", _("开放时间"), reverse("reservations:organization_hours", args=[pk])),
        ]
    else:
        pages = [
            ("rules", _("预约规则"), reverse("reservations:site_rules")),
            ("hours", _("开放时间"), reverse("reservations:site_hours")),
        ]
    return [(label, url, name == here) for name, label, url in pages]


class RulesPage(ScopePage):
    """Every rule; an empty field inherits, and says what."""

    template_name = "reservations/rules_form.html"
    here = "rules"
    title = _l("预约规则")
    form_class = RulesForm
    success_message = _l("预约规则已保存，对之后的预约生效。")
    sections = (
        Section(_l("时间"), (
            "slot_minutes", "min_minutes", "max_minutes", "horizon_days", "min_notice_minutes", "buffer_before_minutes",
            "buffer_after_minutes",
        )),
        Section(_l("每人上限"), (
            "person_hours_per_day", "person_hours_per_week", "person_hours_per_month", "person_bookings_per_day",
            "person_bookings_per_week", "person_bookings_per_month",
        )),
        Section(_l("每课题组上限"), (
            "group_hours_per_day", "group_hours_per_week", "group_hours_per_month", "group_bookings_per_day",
            "group_bookings_per_week", "group_bookings_per_month",
        )),
        Section(_l("审核和取消"), (
            "review_normal", "review_senior", "pending_expires_minutes", "cancel_deadline_minutes", "late_cancel_percent",
        )),
        Section(_l("使用和计费"), (
            "early_check_in_minutes", "no_show_after_minutes", "walk_up", "minimum_bill_minutes", "offline_after_minutes",
        )),
    )  # fmt: skip
    submit_note = _l("留空的项沿用上一级设置。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": self.scope.own(), "inherited": self.scope.inherited()}

    def save(self, form):
        change_rules(scope=self.scope, rules=form.save(commit=False), actor=self.request.user)


class HoursPage(ScopePage):
    """The week, typed; `inherit` drops it in favour of the next wider scope's."""

    template_name = "reservations/hours_form.html"
    here = "hours"
    title = _l("开放时间")
    form_class = HoursForm
    success_message = _l("开放时间已保存。已有的预约不受影响。")

    @cached_property
    def own_hours(self):
        return hours_of(self.scope.own())

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs() | {"hours": self.own_hours or list(self.scope.inherited().opening_hours)}
        kwargs.pop("initial")
        return kwargs

    def post(self, request, *args, **kwargs):
        if "inherit" in request.POST:
            change_hours(scope=self.scope, hours=[], actor=request.user)
            messages.success(request, _("已改为沿用上一级的开放时间。"))
            return stay(request, request.get_full_path())
        return super().post(request, *args, **kwargs)

    def save(self, form):
        change_hours(scope=self.scope, hours=form.hours, actor=self.request.user)

    def get_context_data(self, **kwargs):
        inherited = self.scope.inherited()
        return super().get_context_data(
            inherits=not self.own_hours, inherited_hours=opening_words(inherited), source=inherited.sources.get("opening_hours"),
            **kwargs,
        )  # fmt: skip


class Closures(ForManagers, ListPage):
    """停机 of one's instruments."""

    title = _l("停机")
    noun = _l("停机")
    model = Closure
    table_class = ClosureTable
    filter_class = ClosureFilter
    empty_text = _l("维护、检定或放假时登记停机，其间不能预约。")

    def get_queryset(self):
        rows = Closure.objects.filter(instrument__in=managed_by(self.request.user).values("pk"))
        return rows.select_related("instrument", "created_by").defer("instrument__tsv", "instrument__facets")

    def get_actions(self):
        return [Action(_("登记停机"), reverse("reservations:close"), "tool", "primary")]


class Close(ForManagers, FormPage):
    """Register a closure: first the bookings it hits are shown, then it is confirmed."""

    template_name = "reservations/close.html"
    title = _l("登记停机")
    form_class = ClosureForm
    submit_label = _l("下一步：看影响哪些预约")
    cancel_url = reverse_lazy("reservations:closures")
    sections = (Section("", ("instrument", "kind", "starts_at", "ends_at", "reason")),)

    def get_crumbs(self):
        return [Crumb(_("停机"), reverse("reservations:closures")), Crumb(self.title)]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"managed": managed_by(self.request.user).order_by("name_key")}

    def get_initial(self):
        return {"instrument": self.request.GET.get("instrument", ""), "kind": Closure.Kind.MAINTENANCE}

    def post(self, request, *args, **kwargs):
        form = self.get_form()
        if form.is_valid():
            shown = f"{form.cleaned_data['starts_at']:%s}/{form.cleaned_data['ends_at']:%s}/{form.cleaned_data['instrument'].pk}"
            if request.POST.get("shown") != shown:
                self.submit_label, self.submit_tone = _("重新检查"), "quiet"
                return self.render_to_response(
                    self.get_context_data(form=form, preview=True, shown=shown, hit=self.hit(form))
                )
        return super().post(request, *args, **kwargs)

    def hit(self, form) -> list:
        data = form.cleaned_data
        return list(queries.hit_by(data["instrument"], DateTimeTZRange(data["starts_at"], data["ends_at"])))

    def save(self, form):
        data = form.cleaned_data
        services.close(
            instrument=data["instrument"], during=DateTimeTZRange(data["starts_at"], data["ends_at"]), kind=data["kind"],
            reason=data["reason"], actor=self.request.user,
        )  # fmt: skip
        messages.success(self.request, _("已登记停机。"))

    def get_success_url(self, saved):
        return reverse("reservations:closures")


class Reopen(ForManagers, FormPage):
    """Lift a closure after asking once."""

    template_name = dialog_name = "reservations/reopen.html"
    title = _l("解除停机")
    submit_label = _l("解除停机")
    model = Closure

    def get_queryset(self):
        return Closure.objects.filter(instrument__in=managed_by(self.request.user).values("pk")).select_related(
            "instrument"
        )

    def get_form(self):
        return forms.Form(self.request.POST if self.request.method == "POST" else None)

    def save(self, form):
        services.reopen(closure=self.object, actor=self.request.user)
        messages.success(self.request, _("已解除停机，这段时间可以预约了。"))

    def get_success_url(self, saved):
        return reverse("reservations:closures")

    def get_cancel_url(self):
        return reverse("reservations:closures")


class Faults(ForManagers, ListPage):
    """Faults of one's instruments (S0-49)."""

    title = _l("故障")
    noun = _l("故障")
    model = FaultReport
    table_class = FaultTable
    filter_class = FaultFilter
    empty_text = _l("使用人或管理员在签到页报告的故障会列在这里。")

    def get_queryset(self):
        rows = FaultReport.objects.filter(instrument__in=managed_by(self.request.user).values("pk"))
        return rows.select_related("instrument", "reported_by").defer("instrument__tsv", "instrument__facets")


class Resolve(ForManagers, FormPage):
    """Note what was done about a fault."""

    title = _l("解决故障")
    submit_label = _l("解决故障")
    model = FaultReport
    form_class = ResolveForm
    success_message = _l("故障已解决。")

    def get_queryset(self):
        return FaultReport.objects.filter(instrument__in=managed_by(self.request.user).values("pk")).select_related(
            "instrument"
        )

    def get_fact(self):
        return self.object.instrument.name

    def save(self, form):
        services.resolve_fault(fault=self.object, actor=self.request.user, resolution=form.cleaned_data["resolution"])

    def get_success_url(self, saved):
        return reverse("reservations:faults")

    def get_cancel_url(self):
        return reverse("reservations:faults")
