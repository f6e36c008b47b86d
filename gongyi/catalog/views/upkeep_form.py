"""Registering an instrument and changing what is registered of it: one form, kept as a draft or handed in (S1-38 … S1-41)."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog import services
from gongyi.catalog.forms import InstrumentForm, NewInstrumentForm
from gongyi.catalog.models import Instrument
from gongyi.catalog.registration import PARTS, advice_on, missing_of
from gongyi.catalog.views.managed import LIST, units_to_enter_for
from gongyi.catalog.views.upkeep import OfInstrument, back_to
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.kit.dialogs import go, show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Crumb, FormPage, Section
from gongyi.organizations.rules import may_manage
from gongyi.reviews.rules import last_decision
from gongyi.reviews.workflow import EDITABLE

OWN_TEMPLATES = {
    "facility": ("catalog/form/facility.html", "only-facility"),
    "place": ("catalog/form/place.html", ""),
    "sharing": ("catalog/form/sharing.html", ""),
    "staff": ("catalog/form/staff.html", ""),
    "customs": ("catalog/form/customs.html", ""),
    "files": ("catalog/form/files.html", ""),
}
SECTIONS = tuple(
    Section(
        part.title,
        ["photos", "attachments", "attachments_public"]
        if part.key == "files"
        else [*part.fields, *(["negotiable", "featured"] if part.key == "sharing" else [])],
        template=OWN_TEMPLATES.get(part.key, ("", ""))[0],
        css=OWN_TEMPLATES.get(part.key, ("", ""))[1],
    )
    for part in PARTS
)
MISSED = {"staff": ("staff",), "facility": ("facility",), "files": ("photo-", "attachment-")}


class RegistrationPage(FormPage):
    """The form in its sections. What is pressed is in `go`: save, or a row added or taken away; nothing in it is the main
    button, which hands in what is not published yet."""

    template_name = "catalog/instrument_form.html"
    submit_label = gettext_lazy("提交审核")
    instrument: Instrument

    @property
    def press(self) -> str:
        pressed = self.request.POST.get("go", "")
        return "" if pressed == "save" else pressed

    @property
    def handing_in(self) -> bool:
        return not self.request.POST.get("go") and self.instrument.status in EDITABLE

    def registration_form(self, data: Any = None, files: Any = None) -> InstrumentForm:
        return InstrumentForm(
            data, files, instance=self.instrument, organization=self.instrument.organization, user=self.request.user,
            press=self.press if data is not None else "",
        )  # fmt: skip

    def get_form(self):
        if self.request.method == "POST":
            return self.registration_form(self.request.POST, self.request.FILES)
        return self.registration_form()

    @property
    def sections(self):
        return SECTIONS

    def cards(self, form):
        cards = super().cards(form)
        by_title = {part.title: part.key for part in PARTS}
        for card in cards:
            starts = MISSED.get(by_title.get(card["title"], ""), ())
            card["wrong"] += sum(name.startswith(starts) for name in form.errors) if starts else 0
        return cards

    def get_context_data(self, **kwargs):
        unit = self.instrument.organization
        manages = may_manage(self.request.user, unit)
        return super().get_context_data(
            instrument=self.instrument,
            unit=unit,
            in_review=self.instrument.status in EDITABLE,
            returned=last_decision(self.instrument) if self.instrument.status == Instrument.Status.RETURNED else None,
            departments_url=reverse("organizations:departments", args=[unit.pk]) if manages else "",
            platforms_url=reverse("onboarding:platforms", args=[unit.pk]) if manages else "",
            **kwargs,
        )

    def post(self, request, *args, **kwargs):
        form = self.get_form()
        if self.press:
            form.forgive()
            return self.show(form)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            saved = self.save(form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.show(form, status=422)
        return go(request, self.get_success_url(saved))

    def save(self, form):
        """Kept first, so that nothing that was typed or chosen is lost; then handed in, if that was asked and nothing is missing."""
        with transaction.atomic():
            instrument = self.store(form)
            self.keep_files(instrument, form)
        if advice := advice_on(instrument.technical_specs):
            messages.warning(self.request, advice)
        self.missing = missing_of(instrument) if self.handing_in else []
        if self.missing:
            messages.warning(self.request, _("已保存。还有 %s 处要填写，补齐后才能提交审核。") % len(self.missing))
        elif self.handing_in:
            acting = getattr(self.request, "acting_for", None)
            try:
                InstrumentFlow.fire(instrument, "submit", actor=self.request.user, acting_for=acting)
                messages.success(self.request, _("已提交，等待审核。"))
            except Refused as refusal:
                messages.warning(self.request, _("已保存，但没有提交：%s") % refusal)
        else:
            self.say_saved(instrument)
        return instrument

    def say_saved(self, instrument: Instrument) -> None:
        if instrument.status in EDITABLE:
            messages.success(self.request, _("草稿已保存。"))
        else:
            messages.success(self.request, _("资料已保存，公开页面已更新。"))

    def get_success_url(self, saved):
        if self.missing:
            return f"{reverse('catalog:edit', args=[saved.pk])}?check=1"
        return back_to(saved.pk)

    def keep_files(self, instrument: Instrument, form: InstrumentForm) -> None:
        actor, data = self.request.user, form.cleaned_data
        if form.kept_files:
            self.change_files(instrument, form)
        for upload in data.get("photos") or ():
            services.add_photo(instrument=instrument, upload=upload, caption="", actor=actor)
        for upload in data.get("attachments") or ():
            services.add_attachment(
                instrument=instrument, upload=upload, public=data["attachments_public"], actor=actor
            )
        if form.is_facility:
            services.drop_facility_files(files=form.facility.dropped(), actor=actor)
            services.keep_facility_files(facility=instrument.facility, uploads=form.facility.uploads(), actor=actor)

    def change_files(self, instrument: Instrument, form: InstrumentForm) -> None:
        actor, photos = self.request.user, {}
        for kept in form.kept_files.photos:
            if kept.form.cleaned_data["drop"]:
                services.remove_photo(photo=kept.row, actor=actor)
            elif kept.form.has_changed():
                photos[kept.row.pk] = (kept.form.cleaned_data["caption"], kept.form.cleaned_data["rank"])
        if photos:
            services.arrange_photos(instrument=instrument, rows=photos, actor=actor)
        for kept in form.kept_files.attachments:
            data = kept.form.cleaned_data
            if data["drop"]:
                services.remove_attachment(attachment=kept.row, actor=actor)
            elif kept.form.has_changed():
                services.change_attachment(attachment=kept.row, title=data["title"], public=data["public"], actor=actor)


class AddInstrument(RegistrationPage):
    """A new instrument of a unit one administers or a laboratory one keeps; `?organization=` chooses among several."""

    title = gettext_lazy("登记仪器")
    crumbs = (LIST, Crumb(gettext_lazy("登记仪器")))
    cancel_url = LIST.url

    @cached_property
    def organizations(self):
        return units_to_enter_for(self.request.user)

    @cached_property
    def organization(self):
        asked = self.request.POST.get("organization") or self.request.GET.get("organization", "")
        if asked.isdecimal() and len(asked) < 19:
            return self.organizations.filter(pk=int(asked)).first()
        units = list(self.organizations[:2])
        return units[0] if len(units) == 1 else None

    @cached_property
    def instrument(self):
        unit, person = self.organization, self.request.user
        fresh = Instrument(organization=unit, contact_name=person.name, contact_phone=person.phone or "")
        fresh.contact_email = (person.email or "")[:50]
        fresh.region, fresh.contact_address = unit.region, unit.address
        return fresh

    @property
    def sections(self):
        return SECTIONS if self.organization else ()

    def allowed(self):
        return self.organizations.exists()

    def get_fact(self):
        return self.organization.name if self.organization else ""

    def get_template_names(self):
        return [self.template_name if self.organization else "kit/form.html"]

    def get_form(self):
        if self.organization is None:
            self.submit_label = _("下一步")
            return NewInstrumentForm(self.request.POST or None, organizations=self.organizations)
        return super().get_form()

    def cards(self, form):
        return super().cards(form) if self.organization else FormPage.cards(self, form)

    def get_context_data(self, **kwargs):
        if self.organization is None:
            return FormPage.get_context_data(self, **kwargs)
        return super().get_context_data(**kwargs)

    def post(self, request, *args, **kwargs):
        if self.organization is None or "name" not in request.POST:
            form = NewInstrumentForm(request.POST, organizations=self.organizations)
            if not form.is_valid():
                return self.show(form, status=422)
            return redirect(f"{reverse('catalog:add')}?organization={form.cleaned_data['organization'].pk}")
        return super().post(request, *args, **kwargs)

    def store(self, form):
        return services.add_instrument(
            instrument=form.instance, actor=self.request.user, service_fields=form.cleaned_data["service_fields"],
            innovation_platforms=form.cleaned_data["innovation_platforms"], staff=form.staff.rows(),
            facility=form.facility.values() if form.is_facility else None,
        )  # fmt: skip


class EditInstrument(OfInstrument, RegistrationPage):
    title = gettext_lazy("编辑资料")

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and (sentence := self.closed()):
            messages.warning(request, sentence)
            return redirect(back_to(self.instrument.pk))
        return super().dispatch(request, *args, **kwargs)

    def closed(self) -> str:
        status = self.instrument.status
        if status == Instrument.Status.PENDING:
            return _("正在审核，不能修改。请先撤回，修改后重新提交。")
        return _("仪器已报废，不能修改。报废有误的，请先撤销报废。") if status == Instrument.Status.SCRAPPED else ""

    @property
    def submit_label(self):
        return _("提交审核") if self.instrument.status in EDITABLE else _("保存")

    def get_fact(self):
        return f"{self.instrument.name} {self.instrument.number}"

    def get_success_url(self, saved):
        return RegistrationPage.get_success_url(self, saved)

    def get_form(self):
        form = super().get_form()
        if self.request.method == "GET" and "check" in self.request.GET:
            form.show_missing(missing_of(self.instrument))
        return form

    def store(self, form):
        changed = form.changed_data
        people = list(self.instrument.staff.all())
        staff, platforms = form.staff.rows(), form.cleaned_data["innovation_platforms"]
        return services.change_instrument(
            instrument=form.instance, fields=form.fields_changed, actor=self.request.user,
            service_fields=form.cleaned_data["service_fields"] if "service_fields" in changed else None,
            innovation_platforms=platforms if "innovation_platforms" in changed else None,
            staff=staff if _differ(people, staff) else None,
            facility=form.facility.values() if form.is_facility else None,
        )  # fmt: skip


def _differ(before: list, after: list) -> bool:
    def told(people: list) -> Iterator[tuple]:
        return ([getattr(p, f.attname) for f in p._meta.fields if f.name not in ("instrument", "rank")] for p in people)

    return list(told(before)) != list(told(after))


class DiscardDraft(OfInstrument, FormPage):
    """Asks once; a draft that was handed in before stays."""

    title = gettext_lazy("删除草稿")

    def get(self, request, *args, **kwargs):
        return self.ask(services.not_discardable(self.instrument))

    def post(self, request, *args, **kwargs):
        try:
            services.discard_draft(instrument=self.instrument, actor=request.user)
        except Refused as refusal:
            return self.ask(refusal, status=409)
        messages.success(request, _("草稿「%s」已删除。") % self.instrument.name)
        return go(request, str(LIST.url))

    def ask(self, refusal=None, *, status=200):
        context = {
            "title": format_html("{}「{}」", _("删除草稿"), self.instrument.name), "refusal": refusal,
            "back_url": back_to(self.instrument.pk), "layout": "kit/desk.html",
        }  # fmt: skip
        return show_dialog(self.request, "catalog/discard_draft.html", context, status=status)
