"""强检申请方: a unit that hands in measuring instruments for mandatory verification (S4-1 … S4-7, S4-84, S4-86 … S4-89)."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gongyi.kit.views import Section
from gongyi.onboarding.forms.verification_applicant import ApplicantContactForm, ApplicantUnitForm
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations.base import Part, Registration, Slot, register
from gongyi.onboarding.registrations.effects import (
    create_or_update_organization,
    join_capacity,
    make_administrator,
    update_profile,
)
from gongyi.onboarding.registrations.live import LivePart, as_typed
from gongyi.organizations.models import Capacity, Matter, Organization, UnitProfile
from gongyi.regions.models import Region

UNIT, CONTACT, DOCUMENTS = "unit", "contact", "documents"
LICENCE = Slot(
    "licence",
    _("统一社会信用代码证/营业执照"),
    help=_("企业用营业执照，事业单位用事业单位法人证书，其他单位用统一社会信用代码证。"),
)
AUTHORIZATION = Slot(
    "authorization",
    _("法人授权书"),
    help=_("下载已填好的授权书，打印后由法定代表人签字、加盖单位公章，扫描上传。"),
    template_url_name="onboarding:authorization_letter",
    template_label=_("下载模板（已填好本单位信息，.docx）"),
)


class UnitPart(LivePart):
    key = UNIT
    title = _("申请方信息")
    lead = _("用户类型：申请方；身份：企业/单位。名称和详细地址须与证照一致，否则不予通过。")
    form_class = ApplicantUnitForm
    sections = (Section(_("证照上的信息"), ("name", "code", "kind", "region", "address", "as_licence")),)

    def initial(self, application: Application) -> dict[str, Any]:
        return unit_data(application.organization) if application.organization is not None else {}


class ContactPart(Part):
    key = CONTACT
    title = _("联系人")
    lead = _("联系人是法定代表人授权办理业务的人，审核通过后其账号成为主账号。")
    form_class = ApplicantContactForm
    sections = (Section(_("联系人"), ("legal_representative", "name", "mobile", "office_phone", "email")),)

    def initial(self, application: Application) -> dict[str, Any]:
        person = application.applicant
        if person is None:
            return {}
        return {
            "name": person.name, "mobile": person.phone or "", "office_phone": person.office_phone,
            "email": person.email or "",
        }  # fmt: skip


class DocumentsPart(Part):
    key = DOCUMENTS
    title = _("证明材料")
    lead = _("授权书由前两步填写的内容生成；修改了单位或联系人，请重新下载、签字、盖章。")

    def slots(self, application: Application) -> tuple[Slot, ...]:
        return (LICENCE, AUTHORIZATION)


UNIT_PART, CONTACT_PART = UnitPart(), ContactPart()


def unit_data(organization: Organization) -> dict[str, Any]:
    """The unit's present data under the names of the form's fields; that it equals the licence is confirmed anew."""
    return {
        "name": organization.name, "code": organization.uscc or "", "kind": organization.kind,
        "region": organization.region_id or "", "address": organization.address,
    }  # fmt: skip


class VerificationApplicant(Registration):
    capacity = Capacity.VERIFICATION
    title = _("强检申请方注册")
    summary = _("使用强制检定计量器具、要在平台备案和预约检定的企业和单位。")
    identity = _("申请方（企业/单位）")
    prepare = (_("营业执照或统一社会信用代码证"), _("单位公章（法人授权书须签字盖章）"), _("联系人的手机和邮箱"))
    only_units = _(
        "有营业执照或组织机构代码的单位须以「企业/单位」注册；以个人或其他类型注册的，不予通过。请由单位授权的联系人以单位身份申请。"
    )
    after_submitting = _("审核结果会发到您的站内消息和邮箱。被退回时，登录后修改重新提交，或自行注销账号。")
    after_approval = _("您的账号已是本单位的主账号，可以备案计量器具、预约检定，并开通子用户。")
    icon = "scale"
    matter = Matter.MEASURING
    parts = (UNIT_PART, CONTACT_PART, DocumentsPart())

    def identity_of(self, application: Application) -> tuple[str, str]:
        form = UNIT_PART.bind(application, UNIT_PART.typed(application) or QueryDict())
        form.is_valid()
        return form.cleaned_data.get("name", ""), form.cleaned_data.get("code", "")[:18]

    def region(self, application: Application) -> Region | None:
        return UNIT_PART.answers(application).get("region")

    def prefill(self, organization: Organization) -> dict[str, dict[str, list[str]]]:
        profile = UnitProfile.objects.filter(organization=organization).first() or UnitProfile()
        contact = {
            "legal_representative": profile.legal_representative, "name": profile.contact_name,
            "mobile": profile.contact_phone, "office_phone": organization.phone, "email": profile.contact_email,
        }  # fmt: skip
        return {UNIT: as_typed(unit_data(organization)), CONTACT: as_typed(contact)}

    def take_effect(self, application: Application, *, actor: Any) -> Organization:
        """The unit is an applicant of verification, and whoever applied its main account (S4-84)."""
        unit_answers, contact = UNIT_PART.answers(application), CONTACT_PART.answers(application)
        unit = create_or_update_organization(
            application, actor=actor, name=unit_answers["name"], uscc=unit_answers["code"], kind=unit_answers["kind"],
            region=unit_answers["region"], address=unit_answers["address"], phone=contact["office_phone"],
        )  # fmt: skip
        update_profile(
            unit, legal_representative=contact["legal_representative"], contact_name=contact["name"],
            contact_phone=contact["mobile"], contact_email=contact["email"],
        )  # fmt: skip
        join_capacity(unit, self.capacity)
        if application.applicant is not None and not application.is_change:
            make_administrator(unit, application.applicant, actor=actor)
        return unit


register(VerificationApplicant())
