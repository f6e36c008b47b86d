"""Registering a unit: choosing a way in, beginning, one page for every part, where the draft can be found again."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.kit.refusal import Refused
from gongyi.kit.views import Action, Crumb, Field, FieldGroup, ListPage, Page, Section
from gongyi.kit.when import format_clock
from gongyi.onboarding.filters.applications import ApplicationFilter
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import REGISTRATIONS, Part, Registration, registration_of
from gongyi.onboarding.rules import may_open
from gongyi.onboarding.services import wizard
from gongyi.onboarding.tables.applications import ApplicationTable
from gongyi.onboarding.views.drafts import DRAFTS_REMEMBERED, SESSION_DRAFTS, DraftPage, draft_or_404, drafts_here
from gongyi.onboarding.views.wizard_files import files_of, take_files
from gongyi.organizations.models import Capacity, Organization
from gongyi.organizations.rules import may_manage
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.models import ReviewedStatus
from gongyi.reviews.panels import progress_panel
from gongyi.reviews.queries import policy_of
from gongyi.workflow.views import WorkflowPage


def unfinished(request: HttpRequest, registration: Registration) -> Application | None:
    """The draft of this way in that the person, or this browser, has open."""
    if draft := wizard.open_draft(registration, request.user):
        return draft
    here = [draft for draft in drafts_here(request) if draft.capacity == registration.capacity and draft.is_editable]
    return here[0] if here and not request.user.is_authenticated else None


def term_workdays() -> int:
    return policy_of(KINDS["application"]).term_workdays


class Choose(Page):
    """A card for every way onto the platform (S2-2): whom it is for, what to have ready, how long it takes."""

    template_name = "onboarding/choose.html"
    title = gettext_lazy("选择身份")
    layout = "public"
    sign_in_required = False

    def get_context_data(self, **kwargs):
        ways = [REGISTRATIONS[capacity] for capacity in Capacity.values if capacity in REGISTRATIONS]
        return super().get_context_data(
            ways=[(way, unfinished(self.request, way)) for way in ways], workdays=term_workdays(), **kwargs
        )


class Start(Page):
    """Before the first page: what is asked, what to have ready, and whether a draft is open already."""

    template_name = "onboarding/start.html"
    layout = "public"
    sign_in_required = False

    @cached_property
    def registration(self) -> Registration:
        if self.kwargs["capacity"] not in REGISTRATIONS:
            raise Http404
        return REGISTRATIONS[self.kwargs["capacity"]]

    def get_title(self):
        return self.registration.title

    def get_crumbs(self):
        return [Crumb(_("选择身份"), reverse("onboarding:choose")), Crumb(self.registration.title)]

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            way=self.registration,
            draft=unfinished(self.request, self.registration),
            workdays=term_workdays(),
            must_sign_in=self.registration.needs_account and not self.request.user.is_authenticated,
            next_url=self.request.path,
            **kwargs,
        )

    def post(self, request, *args, **kwargs):
        if self.registration.only_units and request.POST.get("identity") == "person":
            return self.render_to_response(self.get_context_data(as_person=True), status=409)
        if draft := unfinished(request, self.registration):
            return redirect(draft.resume_url)
        try:
            draft = wizard.begin(self.registration, request.user)
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return redirect(request.path)
        if draft.opens_by_link:
            kept = request.session.get(SESSION_DRAFTS, [])
            request.session[SESSION_DRAFTS] = [draft.secret, *kept][:DRAFTS_REMEMBERED]
        return redirect(draft.resume_url)


class Resume(DraftPage):
    """The link that opens an application again: where it was left, or where it stands."""

    def get(self, request, *args, **kwargs):
        if not self.application.is_editable:
            return redirect("onboarding:state", self.application.secret)
        keys = [part.key for part in self.registration.parts]
        reached = self.application.reached if self.application.reached in keys else keys[0]
        return redirect("onboarding:part", self.application.secret, reached)


class PartPage(DraftPage):
    """One part: its form, the files beside it, and the way on. Whatever is typed is kept first, and only then looked at."""

    def dispatch(self, request, *args, **kwargs):
        if not self.registration.part(kwargs["part"]):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def part(self) -> Part:
        found = self.registration.part(self.kwargs["part"])
        assert found is not None
        return found

    def get_template_names(self):
        return [self.part.template_name]

    def get(self, request, *args, **kwargs):
        if not self.application.is_editable:
            return redirect("onboarding:state", self.application.secret)
        checked = "check" in request.GET or self.application.status == ReviewedStatus.RETURNED
        untouched = self.part.key not in self.application.data and not self.part.initial(self.application)
        data = QueryDict("untouched=1") if checked and untouched else None  # so that what is missing is said, too
        form = self.part.on_page(self.application, request, data)
        if form is not None and not checked:
            self.part.forgive_empty(form)
        return self.show(form, check_files=checked)

    def post(self, request, *args, **kwargs):
        go = request.POST.get("go", "save")
        try:
            wizard.keep(self.application, self.part, request.POST)
        except Refused as refusal:
            if go == "auto":
                return JsonResponse({"refused": str(refusal)}, status=409)
            messages.warning(request, str(refusal))
            return redirect("onboarding:state", self.application.secret)
        if go == "auto":
            return JsonResponse({"saved": format_clock(timezone.now())})
        problems = take_files(request, self.application, self.part, self.actor)
        form = self.part.on_page(self.application, request, request.POST)
        good = form is None or form.is_valid()  # also uses up a code that was typed
        if form is not None and (proved := self.part.proved(form)):
            wizard.note_proved(self.application, proved)
        if problems:
            return self.show(form, problems=problems, check_files=go == "next", status=422)
        return self.go_on(go, form, good)

    def go_on(self, go: str, form: Any, good: bool):
        secret, keys = self.application.secret, [part.key for part in self.registration.parts]
        place = keys.index(self.part.key)
        if go == "next":
            if not good or list(self.part.missing_files(self.application)):
                return self.show(form, check_files=True, status=422)
            if place + 1 < len(keys):
                return redirect("onboarding:part", secret, keys[place + 1])
            return redirect("onboarding:overview", secret)
        if go == "back":
            return redirect("onboarding:part", secret, keys[max(place - 1, 0)])
        here = reverse("onboarding:part", args=[secret, self.part.key])
        if go == "save":
            messages.success(self.request, _("草稿已保存，可随时从链接或「我的申请」继续填写。"))
            return redirect(here)
        anchor = wizard.press(self.application, self.part, go)
        return redirect(f"{here}#{anchor}" if anchor else here)

    def show(self, form: Any, *, problems: dict | None = None, check_files: bool = False, status: int = 200):
        context = self.get_context_data(form=form, problems=problems or {}, check_files=check_files)
        return self.render_to_response(context, status=status)

    def get_context_data(self, **kwargs):
        form = kwargs.get("form")
        keys = [part.key for part in self.registration.parts]
        if self.application.is_change and form is not None:
            self.mark_key_fields(form)
        return super().get_context_data(
            **{
                "here": self.part.key,
                "part": self.part,
                "is_first": self.part.key == keys[0],
                "is_last": self.part.key == keys[-1],
                "cards": self.cards(form) if form is not None and hasattr(form, "visible_fields") else [],
                "slots": (
                    slots := files_of(self.application, self.part, kwargs.pop("problems"), kwargs.pop("check_files"))
                ),
                "has_scans": any(shown.slot.is_scan for shown in slots),
                **kwargs,
            }
        )

    def mark_key_fields(self, form: Any) -> None:
        """Say at each field of a change whether touching it leads to another review."""
        for name, field in getattr(form, "fields", {}).items():
            if self.registration.is_key(f"{self.part.key}.{name}") and not field.disabled:
                field.help_text = format_html("{} {}", field.help_text, _("修改后须重新审核。"))

    def cards(self, form: Any) -> list[dict]:
        """The fields grouped as the part says; those it does not name come last."""
        sections = list(self.part.sections) or [Section(self.part.title, [f.name for f in form.visible_fields()])]
        named = {name for group in sections for name in group.fields}
        if rest := [field.name for field in form.visible_fields() if field.name not in named]:
            sections.append(Section(_("其他"), rest))
        grouped = [
            {"title": g.title, "note": g.note, "fields": [form[name] for name in g.fields if name in form.fields]}
            for g in sections
        ]
        return [card for card in grouped if card["fields"]]


class Change(Page):
    """A unit changes what it said when it joined: what that means, and the draft that starts from its present data."""

    template_name = "onboarding/change.html"
    layout = "desk"

    @cached_property
    def organization(self) -> Organization:
        return get_object_or_404(Organization.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    @cached_property
    def registration(self) -> Registration:
        if self.kwargs["capacity"] not in REGISTRATIONS:
            raise Http404
        return REGISTRATIONS[self.kwargs["capacity"]]

    def allowed(self):
        return may_manage(self.request.user, self.organization)

    def get_title(self):
        return _("变更%s资料") % self.registration.capacity.label

    def get_crumbs(self):
        return [Crumb(self.organization, self.organization.manage_url), Crumb(self.get_title())]

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            organization=self.organization, way=self.registration, key_labels=self.key_labels(), **kwargs
        )

    def key_labels(self) -> list[str]:
        """The names of the fields and files whose change is reviewed again."""
        blank = Application(capacity=self.registration.capacity, organization=self.organization, is_change=True)
        blank.data = self.registration.prefill(self.organization)
        keys = self.registration.key_fields
        return [
            item["label"]
            for block in self.registration.freeze(blank)
            for item in block["fields"]
            if item["key"] in keys
        ]

    def post(self, request, *args, **kwargs):
        try:
            change = wizard.begin_change(self.registration, self.organization, request.user)
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return redirect(request.path)
        return redirect(change.resume_url)


class Mine(ListPage):
    """我的申请: everything this person, or a unit they administer, handed in or began."""

    model = Application
    title = gettext_lazy("我的申请")
    noun, measure = gettext_lazy("申请"), gettext_lazy("份")
    table_class = ApplicationTable
    filter_class = ApplicationFilter
    empty_text = gettext_lazy("单位入网的申请和草稿会出现在这里。")

    def get_queryset(self):
        return Application.objects.kept_by(self.request.user).select_related("organization")

    def get_actions(self):
        return [Action(_("申请入网"), reverse("onboarding:choose"), icon="plus", tone="primary")]


class OneApplication(WorkflowPage):
    """Where an application stands and everything it says; also for those who review it."""

    model = Application

    def get_groups(self):
        return [
            FieldGroup(
                block["title"], [Field(item["label"], said(item), bool(item["files"])) for item in block["fields"]]
            )
            for block in registration_of(self.object).freeze(self.object)
        ]

    def get_actions(self):
        if not may_open(self.object, self.request.user):
            return []
        if self.object.is_editable:
            return [Action(_("继续填写"), self.object.resume_url, icon="pencil")]
        return [Action(_("查看进度"), reverse("onboarding:state", args=[self.object.secret]), icon="eye", tone="quiet")]

    def get_side_panels(self):
        return [progress_panel(self.object, self.request.user)]


def said(item: dict) -> Any:
    """An answer of a frozen copy: its text, or a link to each of its files."""
    if not item["files"]:
        return item["value"]
    links = [(reverse("files:download", args=[file["id"]]), file["name"]) for file in item["files"]]
    return format_html_join(" ", '<a href="{}" target="_blank">{}</a>', links)


@require_POST
def mail_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Send the draft's link to an address."""
    application = draft_or_404(request, secret)
    try:
        wizard.queue_link_mail(application, request.POST.get("email", ""))
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("链接已发送，请查收邮件。"))
    return redirect(application.resume_url)
