"""Applications, innovation platforms and bindings: each is handed in, reviewed, and takes effect when approved."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.kit.views import Panel
from gongyi.notifications.services import text
from gongyi.onboarding import platforms
from gongyi.onboarding.forms.bindings import BindingForm
from gongyi.onboarding.models import Application, Binding, InnovationPlatform
from gongyi.onboarding.registrations import registration_of
from gongyi.onboarding.rules import applicant, binder, decides_on_people, may_ask, platform_keeper
from gongyi.organizations.duties import duties_of
from gongyi.organizations.models import Capacity, Matter, Organization
from gongyi.organizations.rules import is_unit_admin, member_of
from gongyi.organizations.services import add_member, remove_member
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


def unit_not_here_yet(application: Application, *, actor: Any) -> Refused | None:
    """A code joins once in a capacity, and a unit that is here already speaks through its administrators (S1-17)."""
    if application.is_change or not application.uscc:
        return None
    unit = Organization.objects.filter(uscc=application.uscc).first()
    if unit and unit.participations.filter(capacity=application.capacity, ended_at=None).exists():
        sentence = _("「%(unit)s」已以%(capacity)s身份入网，无需再次申请。") % {
            "unit": unit.name, "capacity": application.get_capacity_display(),
        }  # fmt: skip
        return Refused(sentence, code="joined", remedy=_("请申请绑定该单位，或请其单位管理员邀请您加入。"))
    if unit and not is_unit_admin(actor, unit):
        return Refused(
            _("统一社会信用代码对应的「%s」已在平台上。") % unit.name, code="on_platform",
            remedy=_("请由其单位管理员登录后办理；您也可以先申请绑定该单位。"),
        )  # fmt: skip
    same = Application.objects.filter(uscc=application.uscc, capacity=application.capacity, status=S.PENDING)
    if same.exclude(pk=application.pk).exists():
        return Refused(
            _("统一社会信用代码 %s 的另一份同类申请正在审核。") % application.uscc, code="waiting",
            remedy=_("请等待其审核结果，或联系提交人撤回。"),
        )  # fmt: skip
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


def last_approved_application(application: Application) -> Application | None:
    """The application whose version of the unit's data in this capacity counts now."""
    if not application.organization_id:
        return None
    earlier = Application.objects.filter(
        organization=application.organization_id, capacity=application.capacity, status=S.APPROVED
    )
    return earlier.exclude(pk=application.pk).order_by("-saved_at").first()


def last_approved(application: Application) -> Submission | None:
    """The version of the unit's data in this capacity that counts now."""
    newest = last_approved_application(application)
    return Submission.objects.of(newest).first() if newest else None


def key_changes(application: Application) -> set[str]:
    """Which of the fields that are reviewed again differ from the version in force."""
    registration, version = registration_of(application), last_approved(application)
    changed = changed_keys(version.content if version else None, registration.freeze(application))
    return {key for key in changed if registration.is_key(key)}


class ApplicationFlow(ReviewedFlow):
    """A unit joins in one capacity, or changes what it said. Changes of other than key fields take effect at once."""

    model = Application
    title = _("入网申请")
    related = ("organization", "applicant")
    review_kind = APPLICATION
    submitter = applicant
    complete = (nothing_missing, unit_not_here_yet)

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


@ApplicationFlow.send_back.then
def tell_by_phone(application: Application, *, actor: Any, reason: str = "", **data: Any) -> None:
    """Whoever has no account yet learns by text message that it came back, with the link to go on (S3-31)."""
    person = application.applicant
    if application.opens_by_link and person is not None and person.phone and not person.is_active:
        sentence = gettext("「%(name)s」的%(capacity)s申请已退回修改：%(reason)s。请打开链接修改后重新提交：%(link)s") % {
            "name": application.name, "capacity": application.get_capacity_display(), "reason": reason.rstrip("。")[:100],
            "link": f"{settings.SITE_URL}{application.resume_url}",
        }  # fmt: skip
        text(person.phone, sentence, purpose=gettext("入网审核结果"), secret=True)


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
    """An innovation platform of a unit, reviewed before instruments can name it (S2-10 … S2-12).

    Once approved it stays published as it was approved while a change of it is written, reviewed or given up.
    """

    model = InnovationPlatform
    title = _("创新平台")
    related = ("organization", "approval_file")
    review_kind = PLATFORM
    submitter = platform_keeper
    complete = (platforms.complete,)

    reopen = Step(
        _("修改已通过的资料"), S.APPROVED, S.DRAFT, by=platform_keeper,
        confirm=_("修改须重新审核；通过之前，已公开的内容不变，仪器仍可选用。"),
    )  # fmt: skip
    give_up_change = Step(
        _("放弃修改"), EDITABLE, S.APPROVED, by=platform_keeper, needs=platforms.was_published,
        confirm=_("恢复为已通过的内容，这次修改不保留。"),
    )  # fmt: skip


@PlatformFlow.give_up_change.does
def go_back_to_the_approved_version(platform: InnovationPlatform, *, actor: Any, **data: Any) -> None:
    platforms.restore(platform)


register_kind(
    ReviewKind(
        PLATFORM,
        _("创新平台"),
        freeze=platforms.freeze,
        matter=Matter.PLATFORMS,
        organization=lambda platform: platform.organization,
        region=lambda platform: platform.organization.region,
        icon="microscope",
    )
)


# people and their units


class BindingFlow(ReviewedFlow):
    """A person asks a unit to take them in or to let them go; the unit's administrators decide (S1-15 … S1-20).

    Whoever moves is first let go by the old unit and then taken in by the new one (S1-18).
    """

    model = Binding
    title = _("单位绑定")
    related = ("person", "organization", "department")
    review_kind = BINDING
    submitter = binder
    complete = (may_ask,)

    edit = Step(_("修改申请"), EDITABLE, by=binder, form=BindingForm)

    @classmethod
    def message(cls, obj: Binding, label: Any, actor: Any, comment: str) -> tuple[str, str]:
        """What the applicant reads."""
        if obj.status != S.RETURNED:
            return super().message(obj, label, actor, comment)
        words = {"unit": obj.organization.name, "wish": obj.get_wish_display()}
        body = gettext("原因：%s。改正后可以再次提交。") % comment.rstrip("。")
        return gettext("%(unit)s退回了您的「%(wish)s」申请") % words, body


BindingFlow.approve.tell = None  # joining and leaving a unit are told by the unit's own record of its people


@BindingFlow.submit.does
def one_at_a_time(binding: Binding, *, actor: Any, **data: Any) -> None:
    """Nobody asks two units at once: of two clicks at the same moment the second finds the first."""
    User.objects.select_for_update(no_key=True).get(pk=binding.person_id)
    if refusal := may_ask(binding, actor=actor):
        raise refusal


@BindingFlow.approve.does
def let_in_or_go(binding: Binding, *, actor: Any, **data: Any) -> None:
    """The person becomes a member, or every role they hold in the unit ends; who is so already stays so."""
    unit, person = binding.organization, binding.person
    is_member = member_of(person, unit)
    if binding.wish == Binding.Wish.BIND and not is_member:
        add_member(organization=unit, user=person, actor=actor, department=binding.department)
    elif binding.wish == Binding.Wish.RELEASE and is_member:
        remove_member(organization=unit, user=person, actor=actor, asked=True)


def hanging_on(binding: Binding) -> list[Panel]:
    """What a person who wants to leave still looks after, for whoever decides (S1-18)."""
    duties = duties_of(binding.person, binding.organization) if binding.wish == Binding.Wish.RELEASE else []
    if not duties:
        return []
    context = {"duties": duties, "linked": True}
    url = reverse("organizations:hand_over", args=[binding.organization_id, binding.person_id])
    return [Panel(gettext("离开前名下的事项"), "organizations/duty_lines.html", context, link=(gettext("交接"), url))]


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
        unit=decides_on_people,
        beside=hanging_on,
        title=lambda binding: f"{binding.person} · {binding.get_wish_display()}",
        icon="user-plus",
    )
)
