"""管理单位: a legal unit that opens its instruments, registered by its administrator (S2-1 … S2-9, S2-38 … S2-48)."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gongyi.kit.views import Section
from gongyi.onboarding.forms.management_unit import ORG_CODE, AdministratorForm, ManagementUnitForm, PlatformForm
from gongyi.onboarding.models import Application, InnovationPlatform
from gongyi.onboarding.registrations.base import Part, Registration, Slot, register
from gongyi.onboarding.registrations.effects import (
    create_or_update_organization,
    join_capacity,
    make_administrator,
    update_profile,
)
from gongyi.onboarding.registrations.live import LivePart, as_typed
from gongyi.organizations.models import Capacity, Organization, UnitProfile
from gongyi.regions.models import Region

UNIT, PLATFORM, ADMINISTRATOR, FORM = "unit", "platform", "administrator", "application"
APPLICATION_FILE = Slot(
    "application_file",
    _("平台申请书（盖章扫描件）"),
    help=_("加盖单位公章后彩色扫描；多页请合并成一个 PDF。"),
)
PROFILE_FIELDS = ("instrument_department", "contact_name", "contact_phone", "contact_email", "fax", "join_reason")


class UnitPart(LivePart):
    key = UNIT
    title = _("单位情况")
    template_name = "onboarding/part_management_unit.html"
    form_class = ManagementUnitForm
    sections = (
        Section(_("单位"), ("name", "code_kind", "code", "kind", "region")),
        Section(
            _("仪器管理部门和联系人"),
            ("instrument_department", "contact_name", "contact_phone", "contact_email", "fax"),
        ),
        Section(_("加入平台"), ("join_reason",)),
    )

    def initial(self, application: Application) -> dict[str, Any]:
        if application.organization is not None:
            return unit_data(application.organization)
        person = application.applicant
        if person is None:
            return {}
        return {
            "contact_name": person.name, "contact_phone": person.phone or person.office_phone or "",
            "contact_email": person.email or "",
        }  # fmt: skip


class PlatformPart(Part):
    key = PLATFORM
    title = _("创新平台")
    lead = _("没有省级以上重点实验室、工程技术研究中心等平台的单位，直接进入下一步。")
    form_class = PlatformForm
    sections = (Section(_("创新平台"), ("has_platform", "platform_name", "host_name", "host_uscc", "introduction")),)

    def initial(self, application: Application) -> dict[str, Any]:
        answers = UNIT_PART.answers(application)
        code = answers.get("code", "") if answers.get("code_kind") != ORG_CODE else ""
        return {"host_name": answers.get("name", ""), "host_uscc": code}


class AdministratorPart(Part):
    key = ADMINISTRATOR
    title = _("共享平台管理员")
    lead = _("审核通过后，注册账号成为本单位的单位管理员。")
    form_class = AdministratorForm
    sections = (
        Section(
            _("共享平台管理员"),
            ("username", "name", "gender", "education", "position", "title", "mobile", "office_phone", "email"),
        ),
    )

    def initial(self, application: Application) -> dict[str, Any]:
        person = application.applicant
        if person is None:
            return {}
        return {
            "username": person.username, "name": person.name, "title": person.title, "mobile": person.phone or "",
            "office_phone": person.office_phone, "email": person.email or "",
        }  # fmt: skip


class FormPart(Part):
    key = FORM
    title = _("平台申请书")
    template_name = "onboarding/part_application_form.html"

    def slots(self, application: Application) -> tuple[Slot, ...]:
        return (APPLICATION_FILE,)


UNIT_PART, PLATFORM_PART, ADMINISTRATOR_PART = UnitPart(), PlatformPart(), AdministratorPart()


def unit_data(organization: Organization) -> dict[str, Any]:
    """The unit's present data under the names of the form's fields."""
    profile = UnitProfile.objects.filter(organization=organization).first() or UnitProfile(organization=organization)
    return {
        "name": organization.name,
        "code_kind": "org_code" if profile.org_code and not organization.uscc else "uscc",
        "code": organization.uscc or profile.org_code,
        "kind": organization.kind,
        "region": organization.region_id or "",
        **{name: getattr(profile, name) for name in PROFILE_FIELDS},
    }


class ManagementUnit(Registration):
    capacity = Capacity.MANAGEMENT
    title = _("管理单位注册")
    summary = _("拥有大型科学仪器、对外开放共享的高校、科研院所、企业等。")
    identity = _("法人单位管理员")
    prepare = (_("法人证书或营业执照"), _("单位公章（平台申请书须盖章）"), _("管理员的联系方式"))
    icon = "building-bank"
    parts = (UNIT_PART, PLATFORM_PART, ADMINISTRATOR_PART, FormPart())

    def identity_of(self, application: Application) -> tuple[str, str]:
        form = UNIT_PART.bind(application, UNIT_PART.typed(application) or QueryDict())
        form.is_valid()
        cleaned = form.cleaned_data
        return cleaned.get("name", ""), cleaned.get("code", "")[:18]

    def region(self, application: Application) -> Region | None:
        return UNIT_PART.answers(application).get("region")

    def prefill(self, organization: Organization) -> dict[str, dict[str, list[str]]]:
        """The unit's present data; what is kept nowhere else stands as it was last approved."""
        approved = Application.objects.filter(
            organization=organization, capacity=self.capacity, status=Application.Status.APPROVED
        )
        last = approved.order_by("-saved_at").first()
        kept = {key: last.data[key] for key in (PLATFORM, ADMINISTRATOR) if last and key in last.data}
        return kept | {UNIT: as_typed(unit_data(organization))}

    def take_effect(self, application: Application, *, actor: Any) -> Organization:
        """The unit is published, its applicant administers it, and its platform is there to be completed (S2-9, S2-10)."""
        answers = UNIT_PART.answers(application)
        is_org_code = answers["code_kind"] == ORG_CODE
        unit = create_or_update_organization(
            application, actor=actor, name=answers["name"], uscc=None if is_org_code else answers["code"],
            kind=answers["kind"], region=answers["region"],
        )  # fmt: skip
        fields = {name: answers[name] for name in PROFILE_FIELDS}
        update_profile(unit, **fields, **({"org_code": answers["code"]} if is_org_code else {}))
        join_capacity(unit, self.capacity)
        if application.applicant is not None and not application.is_change:
            make_administrator(unit, application.applicant, actor=actor)
        self._draft_platform(application, unit)
        return unit

    @staticmethod
    def _draft_platform(application: Application, unit: Organization) -> None:
        """The platform of the form becomes a draft, whose kind and level are asked for before its own review."""
        answers = PLATFORM_PART.answers(application)
        if not answers.get("has_platform"):
            return
        contact = UNIT_PART.answers(application)
        InnovationPlatform.objects.get_or_create(
            organization=unit,
            name=answers["platform_name"],
            defaults={
                "platform_type": "其他", "level": InnovationPlatform.Level.PROVINCIAL, "host_name": answers["host_name"],
                "host_uscc": answers["host_uscc"], "introduction": answers["introduction"],
                "contact_name": contact["contact_name"], "contact_phone": contact["contact_phone"],
                "contact_email": contact["contact_email"],
            },
        )  # fmt: skip


register(ManagementUnit())
