"""For the platform: thresholds for units with their history, letters of commitment, units by the day their update is due."""

from typing import Any

from django.contrib import messages
from django.db.models import Case, Count, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.audit.queries import events_of
from gongyi.kit.refusal import Refused
from gongyi.kit.templatetags.gongyi import badge
from gongyi.kit.views import Action, Crumb, FlowEntry, FormPage, ListPage, Page, Section
from gongyi.onboarding.filters.units import DueFilter, LetterFilter
from gongyi.onboarding.forms.units import CommitmentLetterForm, UnitRulesForm
from gongyi.onboarding.freshness import bound, overdue
from gongyi.onboarding.letters import letters_in_force
from gongyi.onboarding.models import CommitmentLetter
from gongyi.onboarding.services import letters, unit_rules
from gongyi.onboarding.tables.units import AcceptedTable, DueTable, LetterTable, letter_state
from gongyi.onboarding.views.units import changes_in_words
from gongyi.organizations.models import Capacity, Matter, Membership, Organization, Remit, UnitProfile, UnitRules
from gongyi.regions.models import stem

LETTERS = Crumb(gettext_lazy("承诺书"), reverse_lazy("onboarding:letters"))


class ForPlatform:
    """For platform administrators; for others it does not exist."""

    request: Any
    kwargs: dict[str, Any]

    def allowed(self):
        return self.request.user.is_staff


class Rules(ForPlatform, FormPage):
    """The thresholds, and who changed what when."""

    title = gettext_lazy("单位规则")
    template_name = "onboarding/unit_rules.html"
    form_class = UnitRulesForm
    sections = (
        Section(gettext_lazy("信息更新"), ("refresh_after_days", "remind_before_days"), gettext_lazy("对入网单位")),
        Section(
            gettext_lazy("创新券条件"), ("voucher_province", "voucher_most_employees", "voucher_most_revenue_wan"),
            gettext_lazy("另须单位性质为企业"),
        ),
        Section(gettext_lazy("资质证书"), ("certificate_warn_days",)),
    )  # fmt: skip
    submit_label = gettext_lazy("保存规则")
    submit_note = gettext_lazy("保存后立即生效，已在审核中的申请在通过时按新规则判断。")
    success_message = gettext_lazy("单位规则已保存。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": UnitRules.current()}

    def save(self, form):
        unit_rules.change_unit_rules(actor=self.request.user, **form.cleaned_data)

    def get_context_data(self, **kwargs):
        events = events_of(UnitRules(pk=1))[:20]
        history = [
            FlowEntry(event.what, event.who, event.at, changes_in_words(event.before, event.after), "done")
            for event in events
        ]
        return super().get_context_data(flow=history, **kwargs)


class Letters(ForPlatform, ListPage):
    """Every version of every letter, and how many units are committed to it now."""

    title = gettext_lazy("承诺书")
    model = CommitmentLetter
    noun, measure = gettext_lazy("承诺书"), gettext_lazy("份")
    table_class = LetterTable
    filter_class = LetterFilter
    empty_text = gettext_lazy("起草并发布后，单位在申请入网时须阅读并承诺。")

    def get_queryset(self):
        committed = UnitProfile.objects.filter(commitment_version=OuterRef("version"), organization__in=_network())
        counted = committed.order_by().values("commitment_version").annotate(n=Count("pk")).values("n")
        on_line = When(capacity=Capacity.NETWORK, then=Coalesce(Subquery(counted), 0))  # the others hand in paper
        rows = CommitmentLetter.objects.annotate(counted=Case(on_line, default=None))
        return rows.order_by("capacity", "-published_at", "-pk")

    def get_table_kwargs(self):
        return {"in_force": letters_in_force()}

    def get_actions(self):
        return [Action(_("起草新版本"), reverse("onboarding:add_letter"), icon="plus", tone="primary")]


def _network():
    return Organization.objects.filter(participations__capacity=Capacity.NETWORK, participations__ended_at=None).values(
        "pk"
    )


class AddLetter(ForPlatform, FormPage):
    """A new version; it starts from the text in force."""

    title = gettext_lazy("起草承诺书")
    crumbs = (LETTERS, Crumb(gettext_lazy("起草")))
    form_class = CommitmentLetterForm
    sections = (Section(gettext_lazy("承诺书"), ("capacity", "version", "title", "text")),)
    submit_label = gettext_lazy("保存草稿")
    submit_note = gettext_lazy("保存后仍是草稿，核对无误再发布。")
    cancel_url = reverse_lazy("onboarding:letters")
    success_message = gettext_lazy("草稿已保存。")

    def get_initial(self):
        asked = self.request.GET.get("from", "")
        is_key = asked.isdecimal() and len(asked) < 19
        letter = CommitmentLetter.objects.filter(pk=asked).first() if is_key else None
        return {"capacity": letter.capacity, "title": letter.title, "text": letter.text} if letter else {}

    def save(self, form):
        return letters.draft_letter(actor=self.request.user, **form.cleaned_data)

    def get_success_url(self, saved):
        return reverse("onboarding:letter", args=[saved.pk])


class OfLetter(ForPlatform):
    """A screen of one letter."""

    @cached_property
    def letter(self) -> CommitmentLetter:
        return get_object_or_404(CommitmentLetter, pk=self.kwargs["pk"])

    def allowed(self):
        return super().allowed() and bool(self.letter)


class EditLetter(OfLetter, AddLetter):
    """A draft is changed; a published one is shown, with the sentence why not."""

    title = gettext_lazy("修改承诺书草稿")

    def get_crumbs(self):
        return (LETTERS, Crumb(str(self.letter), reverse("onboarding:letter", args=[self.letter.pk])), Crumb(_("修改")))

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": self.letter}

    def get_initial(self):
        return {}

    def get_cancel_url(self):
        return reverse("onboarding:letter", args=[self.letter.pk])

    def get(self, request, *args, **kwargs):
        if self.letter.published_at:
            messages.warning(request, _("「%s」已发布，不能再改。请起草新版本。") % self.letter)
            return redirect("onboarding:letter", self.letter.pk)
        return super().get(request, *args, **kwargs)

    def save(self, form):
        return letters.change_letter(letter=self.letter, actor=self.request.user, **form.cleaned_data)


class OneLetter(OfLetter, Page):
    """The text as units read it, what can be done with it, and its record."""

    template_name = "onboarding/letter.html"

    def get_title(self):
        return self.letter.title

    def get_crumbs(self):
        return (LETTERS, Crumb(str(self.letter)))

    def get_fact(self):
        return _("%(capacity)s · 版本 %(version)s") % {
            "capacity": self.letter.get_capacity_display(), "version": self.letter.version,
        }  # fmt: skip

    def get_actions(self):
        pk = [self.letter.pk]
        if self.letter.published_at:
            new = f"{reverse('onboarding:add_letter')}?from={self.letter.pk}"
            return [
                Action(_("承诺的单位"), reverse("onboarding:letter_units", args=pk), icon="building"),
                Action(_("以此起草新版本"), new, icon="copy", tone="primary"),
            ]
        return [Action(_("修改"), reverse("onboarding:edit_letter", args=pk), icon="edit")]

    def get_context_data(self, **kwargs):
        state = letter_state(self.letter, self.letter.pk in letters_in_force())
        flow = [FlowEntry(event.what, event.who, event.at, "", "done") for event in events_of(self.letter)[:20]]
        return super().get_context_data(letter=self.letter, status_badge=badge(*state), flow=flow, **kwargs)


class LetterUnits(OfLetter, ListPage):
    """Who is committed to this version now."""

    model = Organization
    noun, measure = gettext_lazy("单位"), gettext_lazy("家")
    table_class = AcceptedTable
    empty_text = gettext_lazy("单位在入网或变更时接受这一版后，会列在这里。")

    def get_title(self):
        return _("承诺的单位")

    def get_fact(self):
        return str(self.letter)

    def get_crumbs(self):
        url = reverse("onboarding:letter", args=[self.letter.pk])
        return (LETTERS, Crumb(str(self.letter), url), Crumb(_("承诺的单位")))

    def get_queryset(self):
        rows = Organization.objects.visible_to(self.request.user).select_related("region", "profile")
        if self.letter.capacity != Capacity.NETWORK:  # only network units accept on line; the others hand in paper
            return rows.none()
        return rows.filter(pk__in=_network(), profile__commitment_version=self.letter.version)


@require_POST
def publish_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """From now on this version is asked for."""
    letter = _letter_or_404(request, pk)
    try:
        letters.publish_letter(letter=letter, actor=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("「%s」已发布，新的申请和变更按这一版承诺。") % letter)
    return redirect("onboarding:letter", pk)


@require_POST
def discard_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft that is not needed goes."""
    letter = _letter_or_404(request, pk)
    try:
        letters.discard_letter(letter=letter, actor=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("onboarding:letter", pk)
    messages.success(request, _("草稿已删除。"))
    return redirect("onboarding:letters")


def _letter_or_404(request: HttpRequest, pk: int) -> CommitmentLetter:
    if not request.user.is_authenticated or not request.user.is_staff:
        raise Http404
    return get_object_or_404(CommitmentLetter, pk=pk)


class DueUnits(ListPage):
    """Units by the day their update is due, overdue ones first: the platform's, or those in a reviewer's regions (S1-36)."""

    title = gettext_lazy("单位信息更新")
    model = Organization
    noun, measure = gettext_lazy("单位"), gettext_lazy("家")
    table_class = DueTable
    filter_class = DueFilter
    empty_text = gettext_lazy("入网单位每年至少更新一次信息；入网后会列在这里。")

    def allowed(self):
        return self.request.user.is_staff or self.regions is not None

    @cached_property
    def regions(self) -> Q | None:
        """Where the authorities for which this person reviews decide about units; None: nowhere."""
        held = Membership.objects.current().filter(user=self.request.user, role=Membership.Role.REVIEWER)
        codes = Remit.objects.filter(matter=Matter.UNITS, organization__in=held.values("organization"))
        inside = None
        for code in codes.values_list("region", flat=True):
            here = Q(region__code__startswith=stem(code))
            inside = here if inside is None else inside | here
        return inside

    def get_queryset(self):
        rows = bound().select_related("region")
        return rows if self.request.user.is_staff else rows.filter(self.regions)

    def get_table_kwargs(self):
        return {
            "rules": UnitRules.current(), "today": timezone.localdate(), "is_staff": self.request.user.is_staff,
        }  # fmt: skip

    def get_fact(self):
        count = self.get_queryset().filter(pk__in=overdue(timezone.localdate(), UnitRules.current())).count()
        return _("%s 家已逾期") % count if count else ""
