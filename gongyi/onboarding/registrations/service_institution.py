"""服务机构 (S3-1 … S3-33): an institution for testing, metrology, certification or standards joins in three steps."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts import verified
from gongyi.accounts.codes import normalised as plain_address
from gongyi.accounts.codes import register_purpose
from gongyi.kit.views import Section
from gongyi.onboarding.forms.service_institution import (
    CODE_PURPOSE,
    CertificateForm,
    ContactForm,
    ContactOnPage,
    InstitutionForm,
)
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations.base import MB, Part, Registration, Slot, documents_of, register
from gongyi.onboarding.registrations.blocks import NUMBERS, BlocksPart
from gongyi.onboarding.registrations.effects import (
    create_or_update_organization,
    join_capacity,
    make_administrator,
    set_contact,
    update_profile,
)
from gongyi.organizations import uscc
from gongyi.organizations.models import (
    Capacity,
    Certificate,
    ContactPerson,
    Organization,
    OrganizationKind,
    UnitProfile,
)
from gongyi.regions.models import Region

PICTURES = ("image/gif", "image/jpeg", "image/png")  # S3-48
CERTIFICATE_MB, SCOPE_MB = 2, 4  # S3-25, S3-26
UNIT, CERTIFICATES, ENTRY = "unit", "certificates", "entry"

register_purpose(CODE_PURPOSE, gettext_lazy("机构入驻"))


class UnitPart(Part):
    """Step 1: 机构基本信息."""

    key = UNIT
    title = gettext_lazy("机构基本信息")
    form_class = InstitutionForm
    sections = (
        Section(
            gettext_lazy("机构"), ("name", "uscc", "legal_representative", "is_branch", "parent", "region", "address")
        ),
        Section(gettext_lazy("投诉受理"), ("complaint_name", "complaint_phone")),
        Section(gettext_lazy("业务"), ("business_types", "introduction", "business_scope")),
    )

    def slots(self, application: Application) -> tuple[Slot, ...]:
        is_branch = bool(application.data.get(UNIT, {}).get("is_branch"))
        stamp = gettext_lazy("下载后打印，法定代表人签字并加盖公章，扫描上传。")
        branch_stamp = gettext_lazy("下载后打印，法定代表人签字，加盖上级法人单位公章和分支机构章，扫描上传。")
        own = Slot(
            "license", gettext_lazy("机构法人证书/营业执照扫描件"),
            help=gettext_lazy("企业提供营业执照，事业单位提供事业单位法人证书。"), required=not is_branch,
        )  # fmt: skip
        parent = Slot(
            "parent_license", gettext_lazy("上级法人单位的法人证书/营业执照扫描件"),
            help=gettext_lazy("没有法人资格的分支机构提供上级法人单位的证照。"),
        )  # fmt: skip
        letter = Slot(
            "commitment", gettext_lazy("《机构信息真实性承诺书》"), help=branch_stamp if is_branch else stamp,
            template_url_name="onboarding:institution_letter",
        )  # fmt: skip
        return (own, parent, letter) if is_branch else (own, letter)

    def initial(self, application: Application) -> dict[str, Any]:
        profile = _profile(application.organization)
        return {"business_types": profile.business_types} if profile else {}


class CertificatesPart(BlocksPart):
    """Step 2: 资质证书信息, one block per certificate."""

    key = CERTIFICATES
    title = gettext_lazy("资质证书信息")
    lead = gettext_lazy("请逐本填写计量授权证书、CMA、CNAS 等资质证书，每本一项，附件须清晰完整。")
    form_class = CertificateForm
    block_title = gettext_lazy("资质证书")
    add_label = gettext_lazy("添加资质证书")

    def block_slots(self, prefix: str) -> tuple[Slot, ...]:
        return (
            Slot(
                f"{prefix}picture", gettext_lazy("资质证书"), kinds=("image",), image_types=PICTURES,
                max_bytes=CERTIFICATE_MB * MB,
            ),
            Slot(
                f"{prefix}scope", gettext_lazy("能力附表"), image_types=PICTURES, max_bytes=SCOPE_MB * MB,
                help=gettext_lazy("计量技术机构上传授权项目。"),
            ),
        )  # fmt: skip


class EntryPart(Part):
    """Step 3: 机构入驻信息. The phone is proved with a code on the page and remembered with the draft."""

    key = ENTRY
    title = gettext_lazy("机构入驻信息")
    lead = gettext_lazy("联系人将成为本机构在平台的管理员，审核通过后，激活链接发到该手机。")
    form_class = ContactForm
    unkept = ("code",)
    sections = (Section(gettext_lazy("联系人"), ("contact_name", "contact_phone", "code")),)

    def slots(self, application: Application) -> tuple[Slot, ...]:
        return (
            Slot(
                "cover", gettext_lazy("机构封面图片"), kinds=("image",), image_types=PICTURES, max_bytes=CERTIFICATE_MB * MB,
                help=gettext_lazy("一张，展示在机构主页的机构简介中。"), is_scan=False,
            ),
        )  # fmt: skip

    def on_page(self, application: Application, request: HttpRequest, data: Any = None) -> ContactOnPage:
        data = self.typed(application) if data is None else data
        return ContactOnPage(data, initial=self.initial(application), application=application, request=request)

    def proved(self, form: ContactOnPage) -> set[str]:
        """The phone of the form, once its code was right, here or a moment ago in this browser."""
        phone = plain_address(form["contact_phone"].data or "")
        return {phone} & (verified.addresses(form.request.session) - set(form.application.proved))

    def forgive_empty(self, form: ContactOnPage) -> None:
        """A code is asked for when one goes on, not when the draft is opened."""
        super().forgive_empty(form)
        form.errors.pop("code", None)

    def initial(self, application: Application) -> dict[str, Any]:
        person = application.applicant
        return {"contact_name": person.name, "contact_phone": person.phone or ""} if person else {}


class ServiceInstitution(Registration):
    capacity = Capacity.SERVICE
    title = gettext_lazy("服务机构入驻")
    summary = gettext_lazy("提供检验检测、计量测试、认证或标准服务的机构入驻平台，发布资质、能力和服务方案，接受委托。")
    identity = gettext_lazy("检验检测机构、计量技术机构、认证和标准服务机构")
    prepare = (
        gettext_lazy("法人证书或营业执照（分支机构用上级法人单位的）"),
        gettext_lazy("计量授权、CMA、CNAS 等资质证书及能力附表"),
        gettext_lazy("签字盖章的《机构信息真实性承诺书》（有模板）"),
        gettext_lazy("机构封面图片一张"),
        gettext_lazy("能收短信的联系人手机"),
    )
    after_submitting = gettext_lazy("审核结果和激活链接将以短信发给联系人，请关闭手机的短信拦截功能，以免收不到。")
    after_approval = gettext_lazy(
        "激活链接已以短信发给联系人，请打开链接设置登录密码。没有收到时，请检查手机是否设置了短信拦截。"
    )
    icon = "certificate"
    needs_account = False
    parts = (UnitPart(), CertificatesPart(), EntryPart())
    key_fields = frozenset(
        f"{UNIT}.{name}"
        for name in (
            "name", "uscc", "legal_representative", "is_branch", "parent", "region", "business_types", "license", "parent_license",
            "commitment",
        )
    )  # fmt: skip  # address, scope and certificates are the institution's own to edit (S3-51, S3-53)

    def identity_of(self, application: Application) -> tuple[str, str]:
        typed = application.data.get(UNIT, {})
        return _first(typed, "name"), uscc.normalised(_first(typed, "uscc"))

    def region(self, application: Application) -> Region | None:
        return self.parts[0].answers(application).get("region")

    def contact(self, application: Application) -> tuple[str, str]:
        told = self.parts[2].answers(application)
        return told.get("contact_name", ""), told.get("contact_phone", "")

    def prefill(self, organization: Organization) -> dict[str, dict[str, list[str]]]:
        profile = _profile(organization) or UnitProfile(organization=organization)
        contacts = {row.duty: row for row in organization.contacts.filter(until=None)}
        complaints, entry = contacts.get(ContactPerson.Duty.COMPLAINTS), contacts.get(ContactPerson.Duty.ENTRY)
        unit = {
            "name": organization.name,
            "uscc": organization.uscc or "",
            "legal_representative": profile.legal_representative,
            "parent": organization.parent.name if organization.parent else "",
            "region": organization.region_id or "",
            "address": organization.address,
            "complaint_name": complaints.name if complaints else "",
            "complaint_phone": complaints.phone if complaints else "",
            "introduction": organization.introduction,
            "business_scope": profile.business_scope,
        }
        data = {name: [value] for name, value in unit.items()} | {"business_types": list(profile.business_types)}
        if organization.parent:
            data["is_branch"] = ["on"]
        blocks: dict[str, list[str]] = {NUMBERS: []}
        for number, row in enumerate(organization.certificates.filter(withdrawn_at=None).order_by("pk"), start=1):
            blocks[NUMBERS].append(str(number))
            answers = {
                "nature": row.nature, "grade": row.grade, "number": row.number, "remark": row.remark,
                "expires_on": row.expires_on.isoformat() if row.expires_on else "",
            }  # fmt: skip
            blocks |= {f"{number}-{name}": [value] for name, value in answers.items()}
        person = {
            "contact_name": [entry.name if entry else ""], "contact_phone": [entry.phone if entry else ""],
        }  # fmt: skip
        return {UNIT: data, CERTIFICATES: blocks, ENTRY: person}

    def known_addresses(self, organization: Organization) -> list[str]:
        """The contact it has needs no new code."""
        entry = organization.contacts.filter(duty=ContactPerson.Duty.ENTRY, until=None).first()
        return [entry.phone] if entry and entry.phone else []

    def take_effect(self, application: Application, *, actor: Any) -> Organization:
        """The unit with profile, contacts, certificates and cover; the contact becomes its administrator (S3-33)."""
        told, person = self.parts[0].answers(application), self.parts[2].answers(application)
        held = documents_of(application)
        organization = create_or_update_organization(
            application, actor=actor, name=told["name"], uscc=told["uscc"] or None, kind=self.kind_of(told),
            region=told["region"], address=told["address"], introduction=told["introduction"],
            parent=parent_named(told["parent"]),
        )  # fmt: skip
        update_profile(
            organization, legal_representative=told["legal_representative"], business_types=told["business_types"],
            business_scope=told["business_scope"], contact_name=person["contact_name"],
            contact_phone=person["contact_phone"],
        )  # fmt: skip
        duty = ContactPerson.Duty
        set_contact(organization, duty.COMPLAINTS, name=told["complaint_name"], phone=told["complaint_phone"])
        set_contact(organization, duty.ENTRY, name=person["contact_name"], phone=person["contact_phone"])
        if "cover" in held:
            organization.cover = held["cover"].stored
            organization.save(update_fields=["cover"])
        self.set_certificates(application, organization)
        join_capacity(organization, self.capacity)
        if not application.is_change and application.applicant is not None:
            opening = _("「%s」的入驻申请已通过。") % organization.name
            make_administrator(organization, application.applicant, actor=actor, opening=opening)
        return organization

    @staticmethod
    def kind_of(told: dict[str, Any]) -> str:
        types = set(told["business_types"])
        return OrganizationKind.METROLOGY if types == {"metrology"} else OrganizationKind.TESTING

    def set_certificates(self, application: Application, organization: Organization) -> None:
        """Each block becomes a certificate, known by its number; one that no block names any more is withdrawn."""
        part, held = self.parts[1], documents_of(application)
        numbers = []
        for block, told in part.all_answers(application):
            files = {
                field: held[key].stored
                for field, key in (
                    ("picture", f"{part.key}.{block}.picture"),
                    ("scope_file", f"{part.key}.{block}.scope"),
                )
                if key in held
            }
            Certificate.objects.update_or_create(
                organization=organization, number=told["number"], withdrawn_at=None, defaults=told | files
            )
            numbers.append(told["number"])
        gone = organization.certificates.filter(withdrawn_at=None).exclude(number__in=numbers)
        gone.update(withdrawn_at=application.saved_at, withdrawn_reason=_("变更资料时移除"))


def parent_named(text: str) -> Organization | None:
    """The unit on the platform with this name or code; a parent need not be on the platform."""
    if not text:
        return None
    code = uscc.normalised(text)
    return Organization.objects.filter(uscc=code).first() or Organization.objects.filter(name=text.strip()).first()


def _profile(organization: Organization | None) -> UnitProfile | None:
    return UnitProfile.objects.filter(organization=organization).first() if organization else None


def _first(typed: dict[str, list[str]], name: str) -> str:
    return (typed.get(name) or [""])[0].strip()


SERVICE_INSTITUTION = register(ServiceInstitution())
