"""Applications, innovation platforms and bindings: each is handed in, reviewed, and takes effect when approved."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from gongyi.onboarding.models import Application, Binding, InnovationPlatform
from gongyi.onboarding.registrations import registration_of
from gongyi.onboarding.rules import applicant, binder, platform_keeper
from gongyi.organizations.models import Capacity, Matter
from gongyi.reviews.kinds import ReviewKind, changed_keys, entry, register_kind, section
from gongyi.reviews.models import ReviewedStatus, Submission
from gongyi.reviews.workflow import EDITABLE, ReviewedFlow
from gongyi.reviews.workflow import freeze as keep_version
from gongyi.workflow import Refused, Step

S = ReviewedStatus
APPLICATION, PLATFORM, BINDING = "application", "platform", "binding"


# applications of units


def nothing_missing(application: Application, *, actor: Any) -> Refused | None:
    """Everything asked for is filled in and uploaded."""
    if sentences := registration_of(application).missing(application):
        more = _("（另有 %s 项）") % (len(sentences) - 1) if len(sentences) > 1 else ""
        return Refused(f"{sentences[0]}{more}", code="incomplete")
    return None


def needs_no_review(application: Application, *, actor: Any) -> Refused | str | None:
    """A change takes effect at once when no field that decides about joining changed (S1-35)."""
    if refusal := nothing_missing(application, actor=actor):
        return refusal
    if not application.is_change:
        return str(_("入网申请须经审核。"))
    keys = registration_of(application).key_fields
    changed = key_changes(application)
    return None if keys and not changed else str(_("修改了须重新审核的内容，请提交审核。"))


def last_approved(application: Application) -> Submission | None:
    """The version of the unit's data in this capacity that counts now."""
    earlier = Application.objects.filter(
        organization=application.organization_id, capacity=application.capacity, status=S.APPROVED
    ).exclude(pk=application.pk)
    newest = earlier.order_by("-saved_at").first() if application.organization_id else None
    return Submission.objects.of(newest).first() if newest else None


def key_changes(application: Application) -> set[str]:
    """Which of the fields that are reviewed again differ from the version in force."""
    registration, version = registration_of(application), last_approved(application)
    changed = changed_keys(version.content if version else None, registration.freeze(application))
    return changed & registration.key_fields if registration.key_fields else changed


class ApplicationFlow(ReviewedFlow):
    """A unit joins in one capacity, or changes what it said. Changes of other than key fields take effect at once."""

    model = Application
    title = _("入网申请")
    related = ("organization", "applicant")
    review_kind = APPLICATION
    submitter = applicant
    complete = (nothing_missing,)

    take_effect = Step(_("保存并生效"), EDITABLE, S.APPROVED, by=applicant, needs=needs_no_review, tone="success")


@ApplicationFlow.approve.does
def join(application: Application, *, actor: Any, **data: Any) -> dict:
    """The unit becomes what was approved."""
    application.organization = registration_of(application).take_effect(application, actor=actor)
    return {"organization": application.organization.pk}


@ApplicationFlow.take_effect.does
def change_at_once(application: Application, *, actor: Any, **data: Any) -> dict:
    application.organization = registration_of(application).take_effect(application, actor=actor)
    keep_version(application, actor=actor)
    return {"organization": application.organization.pk}


register_kind(
    ReviewKind(
        APPLICATION,
        _("单位入网"),
        freeze=lambda application: registration_of(application).freeze(application),
        matter=Matter.UNITS,
        matter_of=lambda application: registration_of(application).matter,
        organization=lambda application: application.organization,
        region=lambda application: registration_of(application).region(application),
        title=lambda application: f"{application} · {Capacity(application.capacity).label}",
        previous=lambda application: Submission.objects.of(application).first() or last_approved(application),
        icon="building",
    )
)


# innovation platforms


class PlatformFlow(ReviewedFlow):
    """An innovation platform of a unit, reviewed before instruments can name it (S2-10 … S2-12)."""

    model = InnovationPlatform
    title = _("创新平台")
    related = ("organization", "approval_file")
    review_kind = PLATFORM
    submitter = platform_keeper

    reopen = Step(
        _("修改已通过的资料"), S.APPROVED, S.DRAFT, by=platform_keeper,
        confirm=_("修改后须重新审核；审核通过前，仪器不能新选这个平台。"),
    )  # fmt: skip


def _platform(platform: InnovationPlatform) -> list[dict]:
    names = (
        "name", "platform_type", "level", "approved_by", "approval_no", "approved_on", "host_name", "host_uscc",
        "introduction", "director", "contact_name", "contact_phone", "contact_email", "address",
    )  # fmt: skip
    fields = []
    for name in names:
        shown = getattr(platform, f"get_{name}_display", None)
        value = shown() if shown else getattr(platform, name)
        fields.append(entry(name, InnovationPlatform._meta.get_field(name).verbose_name, value))
    fields.append(entry("subject_codes", _("主要学科领域"), "、".join(platform.subject_codes)))
    file = platform.approval_file
    return [section(_("创新平台"), *fields, entry("approval_file", _("批文"), files=[file] if file else []))]


register_kind(
    ReviewKind(
        PLATFORM,
        _("创新平台"),
        freeze=_platform,
        matter=Matter.PLATFORMS,
        organization=lambda platform: platform.organization,
        region=lambda platform: platform.organization.region,
        icon="microscope",
    )
)


# people and their units


class BindingFlow(ReviewedFlow):
    """A person asks a unit to take them in or to let them go; the unit's administrators decide (S1-15 … S1-20)."""

    model = Binding
    title = _("绑定申请")
    related = ("person", "organization", "department")
    review_kind = BINDING
    submitter = binder


def _binding(binding: Binding) -> list[dict]:
    person = binding.person
    return [
        section(
            _("申请人"),
            entry("name", _("姓名"), person.name),
            entry("username", _("用户名"), person.username),
            entry("phone", _("手机号"), person.phone),
            entry("email", _("邮箱"), person.email),
            entry("title", _("职称"), person.title),
        ),
        section(
            _("申请"),
            entry("wish", _("事项"), binding.get_wish_display()),
            entry("organization", _("单位"), binding.organization.name),
            entry("department", _("院系/实验室"), binding.department),
            entry("note", _("说明"), binding.note),
        ),
    ]


register_kind(
    ReviewKind(
        BINDING,
        _("人员绑定"),
        freeze=_binding,
        unit=lambda binding: binding.organization,
        title=lambda binding: f"{binding.person} · {binding.get_wish_display()}",
        icon="user-plus",
    )
)
