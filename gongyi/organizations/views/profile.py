"""What a unit says of itself without a review, whom to ask there, and the tabs that apps above fill."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.dialogs import go, show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views import FormPage, Page, Section
from gongyi.organizations import parts, services
from gongyi.organizations.forms.profile import ContactPersonForm, ProfileForm
from gongyi.organizations.models import ContactPerson, UnitProfile
from gongyi.organizations.views.inside import InsideUnit, Keeping


class EditProfile(Keeping, FormPage):
    tab = "organization"
    title = gettext_lazy("修改机构信息")
    template_name = "organizations/unit_form.html"
    form_class = ProfileForm
    success_message = gettext_lazy("机构信息已保存。")
    sections = (
        Section(gettext_lazy("机构信息"), ["name_en", "org_code", "system", "area_level", "fax", "postcode"]),
        Section(gettext_lazy("业务"), ["business_types", "business_scope", "remark"]),
        Section(gettext_lazy("封面图片"), ["cover", "remove_cover"], gettext_lazy("显示在公开主页的机构简介中")),
    )

    def get_object(self):
        return UnitProfile.objects.filter(organization=self.organization).first() or UnitProfile(
            organization=self.organization
        )

    def get_form_kwargs(self):
        fixed = not self.request.user.is_staff
        return {**super().get_form_kwargs(), "organization": self.organization, "types_fixed": fixed}

    def save(self, form):
        data = dict(form.cleaned_data)
        if form.fields["business_types"].disabled:
            del data["business_types"]
        return services.change_profile(organization=self.organization, actor=self.request.user, **data)


class Contacts(InsideUnit, Page):
    """Whom one asks now and asked before, for each duty, with from when to when."""

    tab = "organization"
    title = gettext_lazy("联系人")
    template_name = "organizations/contacts.html"

    def get_context_data(self, **kwargs):
        rows = ContactPerson.objects.visible_to(self.request.user).filter(organization=self.organization)
        by_duty: dict[str, list[ContactPerson]] = {duty: [] for duty in ContactPerson.Duty.values}
        for row in rows:
            by_duty[row.duty].append(row)
        duties = [(duty, ContactPerson.Duty(duty).label, found) for duty, found in by_duty.items()]
        return super().get_context_data(duties=duties, **kwargs)


class OfDuty(Keeping):
    """A page about one duty of a unit's contacts."""

    tab = "organization"

    @cached_property
    def duty(self) -> ContactPerson.Duty:
        if self.kwargs["duty"] not in ContactPerson.Duty.values:
            raise Http404
        return ContactPerson.Duty(self.kwargs["duty"])

    @cached_property
    def present(self) -> ContactPerson | None:
        return ContactPerson.objects.current().filter(organization=self.organization, duty=self.duty).first()

    def allowed(self):
        return super().allowed() and bool(self.duty)


class ChangeContact(OfDuty, FormPage):
    form_class = ContactPersonForm
    submit_label = gettext_lazy("保存联系人")
    submit_note = gettext_lazy("换人后，原联系人留在历史中。")

    def get_title(self):
        return (_("更换%s") if self.present else _("填写%s")) % self.duty.label

    def get_object(self):
        return None

    def get_initial(self):
        kept = self.present
        return {name: getattr(kept, name) for name in ContactPersonForm.Meta.fields} if kept else {}

    def save(self, form):
        saved = services.change_contact(
            organization=self.organization, actor=self.request.user, duty=self.duty, **form.cleaned_data
        )
        messages.success(self.request, _("%(duty)s现为 %(name)s。") % {"duty": self.duty.label, "name": saved.name})


class EndContact(OfDuty, Page):
    """Asks once, then nobody is named for the duty."""

    def allowed(self):
        if super().allowed() and self.present is None:
            raise Http404
        return True

    def get(self, request, *args, **kwargs):
        return self.ask()

    def post(self, request, *args, **kwargs):
        try:
            with transaction.atomic():
                services.end_contact(organization=self.organization, actor=request.user, duty=self.duty)
        except Refused as refusal:
            return self.ask(refusal, status=409)
        messages.success(request, _("%s已结束。") % self.duty.label)
        return go(request, self.get_cancel_url())

    def ask(self, refusal=None, *, status=200):
        context = {
            "title": _("结束%s") % self.duty.label, "contact": self.present, "refusal": refusal,
            "back_url": self.get_cancel_url(), "layout": "kit/desk.html",
        }  # fmt: skip
        return show_dialog(self.request, "organizations/end_contact.html", context, status=status)


class Filled(InsideUnit, Page):
    """A tab whose cards come from apps above."""

    template_name = "organizations/filled.html"
    empty_title = ""
    empty_text = ""

    def get_actions(self):
        return parts.actions_of(self.tab, self.request, self.organization)

    def get_context_data(self, **kwargs):
        panels = parts.panels_of(self.tab, self.request, self.organization)
        words = {"empty_title": self.empty_title, "empty_text": self.empty_text}
        return super().get_context_data(panels=panels, **words, **kwargs)


class Attachments(Filled):
    tab = parts.ATTACHMENTS
    title = gettext_lazy("附件")
    empty_title = gettext_lazy("没有可以查看的附件")
    empty_text = gettext_lazy("入网申请通过后，登记证书、承诺书等材料会列在这里。")


class Reviews(Filled):
    tab = parts.REVIEWS
    title = gettext_lazy("审核记录")
    empty_title = gettext_lazy("没有可以查看的审核记录")
    empty_text = gettext_lazy(
        "入网申请、变更和创新平台的审核会列在这里；只有单位管理员、审核部门和平台管理员可以查看。"
    )
