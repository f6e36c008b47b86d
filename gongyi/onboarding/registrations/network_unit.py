"""入网单位: a unit that books and entrusts in the network (S1-22 … S1-36): letter, instructions, five sections."""

from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.audit.services import record
from gongyi.kit.views import Section
from gongyi.onboarding.forms.network_unit import LetterForm, NetworkUnitForm
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations.base import Part, Registration, register
from gongyi.onboarding.registrations.effects import (
    create_or_update_organization,
    join_capacity,
    make_administrator,
    set_contact,
    update_profile,
)
from gongyi.onboarding.registrations.live import LivePart, as_typed
from gongyi.onboarding.vouchers import conditions, fulfilled
from gongyi.organizations.models import Capacity, ContactPerson, Organization, UnitProfile, UnitRules
from gongyi.regions.models import Region

LETTER, GUIDE, UNIT = "letter", "guide", "unit"
UNIT_FIELDS = ("address", "phone", "website", "introduction")
PROFILE_FIELDS = (
    "name_en", "system", "legal_representative", "postcode", "business_scope", "bank_account_name", "bank_name",
    "bank_account_no", "tax_no", "employee_count", "last_year_revenue_wan", "total_assets_wan", "enterprise_size",
    "tech_sme_no", "high_tech", "has_fiscal_subsidy",
)  # fmt: skip
LIAISON_FIELDS = ("name", "phone", "email", "position")
CHANGED = _("变更入网信息")  # what the record calls a change that took effect
# S1-35: only these are reviewed again.
REVIEWED_AGAIN = frozenset({f"{UNIT}.employee_count", f"{UNIT}.last_year_revenue_wan", f"{LETTER}.version"})


class LetterPart(LivePart):
    key = LETTER
    title = _("阅读承诺书")
    form_class = LetterForm
    template_name = "onboarding/part_letter.html"

    def on_page(self, application: Application, request: HttpRequest, data: Any = None) -> Any:
        """The letter in force; a tick under an older one does not count for it."""
        form = super().on_page(application, request, data)
        if form.is_outdated and data is None:
            form = self.form_class(None, application=application)
        elif form.is_outdated:
            data = data.copy()
            data.pop("accepted", None)
            form = self.form_class(data, application=application)
        form.live = True
        return form


class GuidePart(Part):
    key = GUIDE
    title = _("阅读填写说明")
    template_name = "onboarding/part_guide.html"
    next_label = _("开始填写")  # S1-25

    @property
    def refresh_after_days(self) -> int:
        return UnitRules.current().refresh_after_days


class UnitPart(LivePart):
    key = UNIT
    title = _("填写单位信息")
    form_class = NetworkUnitForm
    sections = (
        Section(_("基本信息"), ("name", "code", "kind", "region", "address", "phone", "website")),
        Section(
            _("单位详细信息"), ("name_en", "system", "legal_representative", "postcode", "business_scope", "introduction")
        ),
        Section(
            _("账户信息"), ("bank_account_name", "bank_name", "bank_account_no", "tax_no"), _("接收结算款和补助，可以以后补")
        ),
        Section(_("协作共用联络员信息"), ("liaison_name", "liaison_position", "liaison_phone", "liaison_email")),
        Section(
            _("中小微企业信息"),
            (
                "employee_count", "last_year_revenue_wan", "total_assets_wan", "enterprise_size", "tech_sme_no", "high_tech",
                "has_fiscal_subsidy", "wants_voucher",
            ),
        ),
    )  # fmt: skip

    def initial(self, application: Application) -> dict[str, Any]:
        if application.organization is not None:
            return unit_data(application.organization)
        person = application.applicant
        if person is None:
            return {}
        return {"liaison_name": person.name, "liaison_phone": person.phone or "", "liaison_email": person.email or ""}


UNIT_PART, LETTER_PART = UnitPart(), LetterPart()


def unit_data(organization: Organization) -> dict[str, Any]:
    """The unit's present data under the names of the form's fields."""
    profile = UnitProfile.objects.filter(organization=organization).first() or UnitProfile(organization=organization)
    liaison = ContactPerson.objects.filter(
        organization=organization, duty=ContactPerson.Duty.LIAISON, until=None
    ).first()
    return {
        "name": organization.name,
        "code": organization.uscc or "",
        "kind": organization.kind,
        "region": organization.region_id or "",
        **{name: getattr(organization, name) for name in UNIT_FIELDS},
        **{name: getattr(profile, name) for name in PROFILE_FIELDS},
        "wants_voucher": profile.wants_voucher,
        **{f"liaison_{name}": getattr(liaison, name) if liaison else "" for name in LIAISON_FIELDS},
    }


def in_words(data: dict[str, Any]) -> dict[str, str]:
    """The unit's data as people read them, for the record of what stood before and after."""
    fields = NetworkUnitForm.base_fields
    words = {}
    for name, value in data.items():
        choices = dict(getattr(fields[name], "choices", ())) if name != "region" else {}
        if isinstance(value, bool):
            value = _("是") if value else _("否")
        words[str(fields[name].label)] = str(choices.get(value, value) or "")
    return words


class NetworkUnit(Registration):
    capacity = Capacity.NETWORK
    title = _("入网单位注册")
    summary = _("需要使用仪器、委托检测，或参加协作共用、申请创新券的单位。")
    identity = _("入网单位（仪器使用方/供给方）")
    prepare = (_("营业执照或法人证书"), _("协作共用联络员的联系方式"), _("企业：从业人数和上年营业收入"))
    icon = "building-community"
    parts = (LETTER_PART, GuidePart(), UNIT_PART)
    key_fields = REVIEWED_AGAIN

    def identity_of(self, application: Application) -> tuple[str, str]:
        form = UNIT_PART.bind(application, UNIT_PART.typed(application) or QueryDict())
        form.is_valid()
        return form.cleaned_data.get("name", ""), form.cleaned_data.get("code", "")

    def region(self, application: Application) -> Region | None:
        return UNIT_PART.answers(application).get("region")

    def prefill(self, organization: Organization) -> dict[str, dict[str, list[str]]]:
        """The unit's present data, and the letter as it was accepted: a newer one has to be read and ticked."""
        profile = UnitProfile.objects.filter(organization=organization).first()
        accepted = {"version": [profile.commitment_version], "accepted": ["on"]} if profile else {}
        return {LETTER: accepted, UNIT: as_typed(unit_data(organization))}

    def take_effect(self, application: Application, *, actor: Any) -> Organization:
        """The unit is in the network with what it said; its applicant administers it; its year begins (S1-34 … S1-36)."""
        answers, letter = UNIT_PART.answers(application), LETTER_PART.answers(application)
        before = in_words(unit_data(application.organization)) if application.organization else {}
        unit = create_or_update_organization(
            application, actor=actor, name=answers["name"], uscc=answers["code"], kind=answers["kind"],
            region=answers["region"], **{name: answers[name] for name in UNIT_FIELDS},
        )  # fmt: skip
        unit.info_confirmed_at = timezone.now()
        unit.save(update_fields=["info_confirmed_at"])
        profile = UnitProfile.objects.filter(organization=unit).first()
        accepted = (profile.commitment_version, profile.commitment_at) if profile else ("", None)
        version = letter["version"]
        update_profile(
            unit,
            **{name: answers[name] for name in PROFILE_FIELDS},
            wants_voucher=answers["wants_voucher"] and self._may_want(answers),
            commitment_version=version,
            commitment_at=accepted[1] if accepted[0] == version and accepted[1] else application.saved_at,
        )
        set_contact(
            unit, ContactPerson.Duty.LIAISON, **{name: answers[f"liaison_{name}"] for name in LIAISON_FIELDS}
        )  # fmt: skip
        join_capacity(unit, self.capacity)
        if application.applicant is not None and not application.is_change:
            make_administrator(unit, application.applicant, actor=actor)
        after = in_words(unit_data(unit)) if application.is_change else {}
        if changed := [name for name in after if before.get(name) != after[name]]:
            record(
                actor, unit, CHANGED, before={n: before.get(n, "") for n in changed},
                after={n: after[n] for n in changed},
            )  # fmt: skip
        return unit

    @staticmethod
    def _may_want(answers: dict[str, Any]) -> bool:
        """Thresholds that changed while the application waited hold on the day it takes effect."""
        found = conditions(
            kind=answers["kind"], region=answers["region"], employees=answers["employee_count"],
            revenue_wan=answers["last_year_revenue_wan"], rules=UnitRules.current(),
        )  # fmt: skip
        return fulfilled(found)


register(NetworkUnit())
