"""Inviting people into a unit, and accepting an invitation."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.queries import events_of
from gongyi.kit.dialogs import go, show_dialog
from gongyi.kit.qr import qr_svg
from gongyi.kit.refusal import Refused
from gongyi.kit.templatetags.gongyi import badge
from gongyi.kit.views import Action, BulkAction, BulkResult, Crumb, FlowEntry, FormPage, ListPage, Page, Section
from gongyi.onboarding.filters.invitations import InvitationFilter
from gongyi.onboarding.forms.invitations import LinkForm, MailForm
from gongyi.onboarding.models import Invitation
from gongyi.onboarding.services import invitations as services
from gongyi.onboarding.tables.invitations import InvitationTable
from gongyi.organizations.models import Membership
from gongyi.organizations.rules import may_manage, member_of
from gongyi.organizations.views.units import OfUnit

GONE = 410


class OfPeople(OfUnit):
    """A screen beside the list of a unit's people."""

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        people = Crumb(_("人员"), reverse("organizations:people", args=[self.organization.pk]))
        return (*before, people, here)

    @property
    def list_url(self):
        return reverse("onboarding:invitations", args=[self.organization.pk])


class Invitations(OfPeople, ListPage):
    """Every invitation of the unit with what it is good for now."""

    title = gettext_lazy("邀请")
    model = Invitation
    table_class = InvitationTable
    filter_class = InvitationFilter
    noun = gettext_lazy("邀请")
    measure = gettext_lazy("份")
    empty_text = gettext_lazy("把邀请链接发给同事，对方登录或注册后即可加入本单位，无需再审核。")
    bulk_actions = (
        BulkAction(
            "revoke",
            gettext_lazy("撤销"),
            tone="bad",
            effect=gettext_lazy("撤销后链接立即失效；已加入的人员不受影响。"),
        ),
    )

    def get_queryset(self):
        rows = Invitation.objects.visible_to(self.request.user).filter(organization=self.organization)
        return rows.select_related("organization", "department", "invited_by")

    def get_actions(self):
        pk = [self.organization.pk]
        return [
            Action(_("按邮箱邀请"), reverse("onboarding:invite_by_mail", args=pk), icon="mail"),
            Action(_("生成邀请链接"), reverse("onboarding:invite", args=pk), icon="link", tone="primary"),
        ]

    @property
    def empty_action(self):
        return self.get_actions()[-1]

    def bulk_revoke(self, invitations):
        actor = self.request.user
        return BulkResult.of(list(invitations), lambda one: services.revoke(invitation=one, actor=actor))


class InvitationPage(OfPeople, FormPage):
    """What both ways to invite share."""

    sections = (Section(gettext_lazy("邀请内容"), ["emails", "department", "days", "uses", "roles"]),)

    def get_object(self):
        return None

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organization": self.organization}

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        return (*before, Crumb(_("邀请"), self.list_url), here)

    def get_cancel_url(self):
        return self.list_url


class Invite(InvitationPage):
    """A link to hand out, shown with its QR code afterwards."""

    title = gettext_lazy("生成邀请链接")
    form_class = LinkForm
    submit_label = gettext_lazy("生成链接")
    submit_note = gettext_lazy("凭链接加入的人无需再审核，请只发给本单位的人。")

    def save(self, form):
        return services.invite(organization=self.organization, actor=self.request.user, **form.cleaned_data)

    def get_success_url(self, saved):
        return reverse("onboarding:invitation", args=[saved.pk])


class InviteByMail(InvitationPage):
    """A letter with a link of its own to each address."""

    title = gettext_lazy("按邮箱邀请")
    form_class = MailForm
    submit_label = gettext_lazy("发送邀请")
    submit_note = gettext_lazy("每个邮箱收到一个只能用一次的链接。")

    def save(self, form):
        made = services.invite_by_mail(organization=self.organization, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("%s 封邀请邮件正在发出。") % len(made))

    def get_success_url(self, saved):
        return self.list_url


class OneInvitation(Page):
    """The link with its QR code, what it is good for, and who came in by it."""

    template_name = "onboarding/invitation.html"

    @cached_property
    def invitation(self) -> Invitation:
        rows = Invitation.objects.visible_to(self.request.user)
        return get_object_or_404(rows.select_related("organization", "department", "invited_by"), pk=self.kwargs["pk"])

    def allowed(self):
        return may_manage(self.request.user, self.invitation.organization)

    def get_title(self):
        return self.invitation.email or _("邀请链接")

    def get_crumbs(self):
        unit = self.invitation.organization
        return (
            Crumb(str(unit), unit.manage_url),
            Crumb(_("人员"), reverse("organizations:people", args=[unit.pk])),
            Crumb(_("邀请"), reverse("onboarding:invitations", args=[unit.pk])),
            Crumb(self.get_title()),
        )

    def get_actions(self):
        if services.state_of(self.invitation) != services.State.USABLE:
            return []
        url = reverse("onboarding:revoke_invitation", args=[self.invitation.pk])
        return [Action(_("撤销邀请"), url, tone="bad", dialog=True)]

    def get_context_data(self, **kwargs):
        one = self.invitation
        state, link = services.state_of(one), services.link_of(one)
        events = events_of(one)
        return super().get_context_data(
            invitation=one, state=state, is_usable=state == services.State.USABLE, link=link, qr=qr_svg(link),
            status_badge=badge(state.label, services.TONES[state]), as_what=services.roles_in_words(one.roles),
            flow=[FlowEntry(event.what, event.who, event.at, "", "ok") for event in events], **kwargs,
        )  # fmt: skip


class Revoke(OneInvitation):
    """Asks once, then makes the link worthless."""

    dialog = "onboarding/revoke_invitation.html"

    def allowed(self):
        if self.request.method not in {"GET", "POST"}:
            raise Http404
        return super().allowed()

    def get(self, request, *args, **kwargs):
        return self.ask()

    def post(self, request, *args, **kwargs):
        try:
            services.revoke(invitation=self.invitation, actor=request.user)
        except Refused as refusal:
            return self.ask(refusal, status=409)
        messages.success(request, _("邀请已撤销，链接不能再用。"))
        return go(request, reverse("onboarding:invitation", args=[self.invitation.pk]))

    def ask(self, refusal=None, *, status=200):
        back = reverse("onboarding:invitation", args=[self.invitation.pk])
        context = {"title": _("撤销邀请"), "refusal": refusal, "back_url": back, "layout": "kit/desk.html"}
        return show_dialog(self.request, self.dialog, context, status=status)


class Invited(Page):
    """What one would be in which unit, before one accepts; whoever is new signs up first. A dead link says why."""

    template_name = "onboarding/invited.html"
    layout = "public"
    sign_in_required = False

    @cached_property
    def invitation(self) -> Invitation:
        rows = Invitation.objects.select_related("organization", "department", "invited_by")
        return get_object_or_404(rows, secret=self.kwargs["secret"])

    def get_title(self):
        return _("加入%s") % self.invitation.organization.name

    def get(self, request, *args, **kwargs):
        reason = services.why_unusable(self.invitation)
        return self.render_to_response(self.get_context_data(reason=reason), status=GONE if reason else 200)

    def post(self, request, *args, **kwargs):
        if not request.user.is_authenticated:
            return self.ask_to_sign_in()
        unit = self.invitation.organization
        try:
            services.accept(invitation=self.invitation, user=request.user)
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(reason=str(refusal)), status=409)
        messages.success(request, _("您已加入%s。") % unit.name)
        return HttpResponseRedirect(reverse("onboarding:my_units"))

    def get_context_data(self, *, reason="", **kwargs):
        one, user = self.invitation, self.request.user
        back = urlencode({"next": self.request.path})
        lacking = set(one.roles)
        is_member = False
        if user.is_authenticated:
            is_member = member_of(user, one.organization)
            held = Membership.objects.current().filter(user=user, organization=one.organization)
            lacking -= set(held.values_list("role", flat=True))
        return super().get_context_data(
            invitation=one, reason=reason, as_what=services.roles_in_words(one.roles),
            has_it_all=is_member and not lacking, is_member=is_member,
            sign_in_url=f"{reverse('accounts:sign_in')}?{back}", sign_up_url=f"{reverse('accounts:sign_up')}?{back}",
            **kwargs,
        )  # fmt: skip
