"""A unit's certificates: with expiry and files, added, changed and withdrawn by those who keep its data."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.queries import events_of
from gongyi.kit.dialogs import go, show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Action, FormPage, Page, Section
from gongyi.organizations import services
from gongyi.organizations.certificate_numbers import explained, warning
from gongyi.organizations.consequences import Act, consequences_of
from gongyi.organizations.forms.certificates import CertificateForm, WithdrawForm
from gongyi.organizations.models import Certificate, UnitRules
from gongyi.organizations.views.inside import InsideUnit, Keeping

SECTIONS = (
    Section(gettext_lazy("证书"), ["nature", "grade", "number", "issuer", "issued_on", "expires_on", "remark"]),
    Section(
        gettext_lazy("文件"),
        ["picture", "scope_file"],
        gettext_lazy("请上传原件彩色扫描件，不要使用带水印的扫描软件图片"),
    ),
)


@dataclass(frozen=True)
class Held:
    """A certificate as the page shows it today."""

    certificate: Certificate
    standing: Certificate.Standing
    days_left: int | None
    explained: str
    warning: str


def held(certificate: Certificate, warn_days: int) -> Held:
    today = timezone.localdate()
    return Held(
        certificate,
        certificate.standing_on(today, warn_days),
        certificate.days_left,
        explained(certificate.nature, certificate.number),
        warning(certificate.nature, certificate.number),
    )


class Certificates(InsideUnit, Page):
    tab = "certificates"
    template_name = "organizations/certificates.html"
    title = gettext_lazy("资质证书")

    @cached_property
    def rows(self) -> list[Held]:
        warn_days = max(UnitRules.current().certificate_warn_days, default=0)
        found = Certificate.objects.visible_to(self.request.user).filter(organization=self.organization)
        return [held(row, warn_days) for row in found.select_related("picture", "scope_file")]

    def get_fact(self):
        valid = sum(row.certificate.is_valid_on(timezone.localdate()) for row in self.rows)
        return _("%(valid)s 张有效，共 %(all)s 张") % {"valid": valid, "all": len(self.rows)} if self.rows else ""

    def get_actions(self):
        if not self.keeps:
            return []
        url = reverse("organizations:add_certificate", args=[self.organization.pk])
        return [Action(_("添加资质证书"), url, icon="plus", tone="primary")]

    def get_context_data(self, **kwargs):
        withdrawn = [row for row in self.rows if row.certificate.withdrawn_at]
        current = [row for row in self.rows if not row.certificate.withdrawn_at]
        return super().get_context_data(current=current, withdrawn=withdrawn, **kwargs)


class CertificatePage(Keeping, FormPage):
    tab = "certificates"
    form_class = CertificateForm
    sections = SECTIONS

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organization": self.organization}

    def say(self, certificate: Certificate, words: str) -> None:
        messages.success(self.request, words % {"certificate": certificate})
        if doubt := warning(certificate.nature, certificate.number):
            messages.warning(self.request, doubt)


class AddCertificate(CertificatePage):
    title = gettext_lazy("添加资质证书")
    submit_label = gettext_lazy("添加证书")

    def get_object(self):
        return None

    def save(self, form):
        added = services.add_certificate(organization=self.organization, actor=self.request.user, **form.cleaned_data)
        self.say(added, _("%(certificate)s 已添加。"))


class OneCertificate(Keeping):
    """What the pages of one certificate share."""

    tab = "certificates"

    @cached_property
    def certificate(self) -> Certificate:
        rows = Certificate.objects.visible_to(self.request.user).filter(organization=self.organization)
        return get_object_or_404(rows.select_related("picture", "scope_file"), pk=self.kwargs["certificate_pk"])

    def allowed(self):
        return super().allowed() and bool(self.certificate)


class EditCertificate(OneCertificate, CertificatePage):
    submit_label = gettext_lazy("保存")

    def get_title(self):
        return _("修改 %s") % self.certificate

    def get_object(self):
        return self.certificate

    def save(self, form):
        stored = Certificate.objects.get(pk=self.certificate.pk)
        changed = services.change_certificate(certificate=stored, actor=self.request.user, **form.cleaned_data)
        self.say(changed, _("%(certificate)s 已保存。"))


class WithdrawCertificate(OneCertificate, FormPage):
    """Says what hangs on the certificate before it is marked as no longer held."""

    form_class = WithdrawForm
    template_name = "organizations/withdraw_certificate_page.html"
    dialog_name = "organizations/withdraw_certificate.html"
    submit_label = gettext_lazy("撤销证书")
    submit_tone = "bad"

    def get_title(self):
        return _("撤销 %s") % self.certificate

    def get_object(self):
        return None

    def get_context_data(self, **kwargs):
        return super().get_context_data(consequences=consequences_of(self.certificate, Act.CERTIFICATE_ENDS), **kwargs)

    def save(self, form):
        done = services.withdraw_certificate(certificate=self.certificate, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("%s 已撤销。") % done)


class RestoreCertificate(OneCertificate, Page):
    """Takes a withdrawal back; asked once."""

    title = gettext_lazy("恢复证书")

    def get(self, request, *args, **kwargs):
        return self.ask()

    def post(self, request, *args, **kwargs):
        try:
            with transaction.atomic():
                done = services.restore_certificate(certificate=self.certificate, actor=request.user)
        except Refused as refusal:
            return self.ask(refusal, status=409)
        messages.success(request, _("%s 已恢复。") % done)
        return go(request, self.get_cancel_url())

    def ask(self, refusal=None, *, status=200):
        context = {
            "title": _("恢复 %s") % self.certificate, "certificate": self.certificate, "refusal": refusal,
            "back_url": self.get_cancel_url(), "layout": "kit/desk.html",
        }  # fmt: skip
        return show_dialog(self.request, "organizations/restore_certificate.html", context, status=status)


class CertificateHistory(InsideUnit, Page):
    """What was changed in a certificate, by whom, when: every earlier word and file."""

    tab = "certificates"

    @cached_property
    def certificate(self) -> Certificate:
        rows = Certificate.objects.visible_to(self.request.user).filter(organization=self.organization)
        return get_object_or_404(rows, pk=self.kwargs["certificate_pk"])

    def allowed(self):
        return super().allowed() and bool(self.certificate)

    def get(self, request, *args, **kwargs):
        entries = [
            {"event": event, "changes": list(_changes(event.before or {}, event.after or {}))}
            for event in events_of(self.certificate)
        ]
        context = {
            "title": _("%s 的变更记录") % self.certificate, "entries": entries, "layout": "kit/desk.html",
            "back_url": reverse("organizations:certificates", args=[self.organization.pk]),
        }  # fmt: skip
        return show_dialog(request, "organizations/certificate_history.html", context)


def _changes(before: dict, after: dict):
    for label in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(label, ""), after.get(label, "")
        if old != new:
            yield {"label": label, "old": old, "new": new}
