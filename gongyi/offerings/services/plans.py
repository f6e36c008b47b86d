"""Writing service plans and industry topics; what is shown to everybody changes in the workflow only (S3-61 … S3-63)."""

from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.files.models import StoredFile
from gongyi.files.services import store
from gongyi.kit import rich_text
from gongyi.kit.refusal import Refused
from gongyi.offerings.models import MOST_CHARACTERS, Capability, IndustryTopic, PlanPicture, ServicePlan
from gongyi.offerings.rules import plan_complete
from gongyi.offerings.search import plans as index_plans
from gongyi.offerings.workflow import PlanFlow, TopicFlow
from gongyi.organizations.forms.certificates import PICTURE_BYTES, PICTURE_KINDS
from gongyi.organizations.models import Organization
from gongyi.organizations.services import lock, still_here

MOST_PICTURES = 30  # in one description
COPY_MARK = "（副本%s）"


@transaction.atomic
def save_plan(
    *, organization: Organization, actor: User, plan: ServicePlan | None = None, cover: UploadedFile | None = None,
    remove_cover: bool = False, capabilities: Iterable[Capability] | None = None,
    topics: Iterable[IndustryTopic] | None = None, **fields: Any,
) -> ServicePlan:  # fmt: skip
    """Write a plan, new as a draft or changed, and keep on record what stood there before.

    The description is cleaned; only pictures uploaded for this institution stay. Refuses capabilities that are not the
    institution's own, or that are linked anew and cannot be ordered; topics not published; and whatever would leave a
    published plan incomplete. A topic closed since stays linked.
    """
    still_here(lock(organization))
    row = ServicePlan(organization=organization) if plan is None else _locked(plan)
    before = {} if plan is None else _told(row)
    if "description" in fields:
        fields["description"] = _cleaned(organization, row, fields["description"])
    for name, value in fields.items():
        setattr(row, name, value)
    if ServicePlan.objects.filter(organization=organization, name=row.name).exclude(pk=row.pk).exists():
        raise Refused(_("本机构已有名为「%s」的服务方案。") % row.name, code="name_taken", remedy=_("请换一个名称。"))
    if row.is_negotiable:
        row.price = None
    if cover:
        row.cover = store(cover, actor=actor, purpose="plan_cover", max_bytes=PICTURE_BYTES, kinds=PICTURE_KINDS, subject=organization)  # fmt: skip
    elif remove_cover:
        row.cover = None
    if row.status == ServicePlan.Status.PUBLISHED and (refusal := plan_complete(row, actor=actor)):
        raise Refused(str(refusal.sentence), code="incomplete", remedy=_("已发布的方案须保持完整；要大改时请先下架。"))
    row.save()
    if capabilities is not None:
        _link(row, list(capabilities))
    if topics is not None:
        _stand_under(row, list(topics))
    if "description" in fields:
        _keep_pictures(row)
    if plan is None:
        PlanFlow.opened(row, _("新增服务方案"), actor=actor)
        return row
    after = _told(row)
    if changed := [name for name, value in after.items() if before[name] != value]:
        record(
            actor, row, _("修改服务方案"), before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )  # fmt: skip
        index_plans([row.pk])
    return row


@transaction.atomic
def copy_plan(*, plan: ServicePlan, actor: User) -> ServicePlan:
    """A draft like this plan, under a name of its own; capabilities that cannot be ordered any more are left out."""
    organization = still_here(lock(plan.organization))
    source = _locked(plan)
    taken = set(ServicePlan.objects.filter(organization=organization).values_list("name", flat=True))
    most = ServicePlan._meta.get_field("name").max_length or 0
    number = 1
    while (name := _marked(source.name, number, most)) in taken:
        number += 1
    kept = ("business_type", "summary", "description", "cover", "price_kind", "price", "price_unit", "deliverables",
            "workdays_from", "workdays_to")  # fmt: skip
    copied = ServicePlan.objects.create(
        organization=organization, name=name, **{key: getattr(source, key) for key in kept}
    )
    copied.capabilities.set(source.capabilities.orderable_on(timezone.localdate()))
    copied.topics.set(source.topics.published())
    _keep_pictures(copied)
    PlanFlow.opened(copied, _("复制服务方案"), actor=actor, comment=source.name)
    return copied


@transaction.atomic
def delete_draft(*, plan: ServicePlan, actor: User) -> None:
    """Throw away a plan that was never shown. Refuses any other: what people saw and may have ordered stays."""
    still_here(lock(plan.organization))
    row = _locked(plan)
    if row.status != ServicePlan.Status.DRAFT:
        raise Refused(
            _("「%s」发布过，不能删除。") % row, code="not_a_draft", remedy=_("不再提供时请下架，需要时可以重新发布。")
        )
    record(actor, row.organization, _("删除服务方案草稿"), before={"name": row.name})
    row.delete()


def keep_picture(*, organization: Organization, actor: User, upload: UploadedFile) -> StoredFile:
    """Take in a picture for a description of this institution; only its uploader sees it until a plan holds it."""
    return store(
        upload, actor=actor, purpose="plan_picture", max_bytes=PICTURE_BYTES, kinds=PICTURE_KINDS, subject=organization
    )


@transaction.atomic
def save_topic(
    *, actor: User, topic: IndustryTopic | None = None, cover: UploadedFile | None = None, remove_cover: bool = False,
    **fields: Any,
) -> IndustryTopic:  # fmt: skip
    """Write an industry topic, new as a draft or changed, and keep on record what stood there before (S3-63)."""
    row = IndustryTopic() if topic is None else IndustryTopic.objects.select_for_update(no_key=True).get(pk=topic.pk)
    names = [*fields, "cover"]
    before = {name: str(getattr(row, name) or "") for name in names}
    for name, value in fields.items():
        setattr(row, name, value)
    if cover:
        row.cover = store(cover, actor=actor, purpose="topic_cover", max_bytes=PICTURE_BYTES, kinds=PICTURE_KINDS)
    elif remove_cover:
        row.cover = None
    row.save()
    if topic is None:
        TopicFlow.opened(row, _("新增产业专题"), actor=actor)
        return row
    after = {name: str(getattr(row, name) or "") for name in names}
    if changed := [name for name in names if before[name] != after[name]]:
        record(
            actor, row, _("修改产业专题"), before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )  # fmt: skip
    return row


def _locked(plan: ServicePlan) -> ServicePlan:
    row = ServicePlan.objects.select_for_update(no_key=True, of=("self",)).select_related("organization", "cover").filter(pk=plan.pk).first()  # fmt: skip
    if row is None:
        raise Refused(_("这个服务方案刚刚被删除了。"), code="gone")
    return row


def _marked(name: str, number: int, most: int) -> str:
    mark = COPY_MARK % ("" if number == 1 else number)
    return f"{name[: most - len(mark)]}{mark}"


def _told(plan: ServicePlan) -> dict[str, str]:
    """What the record says of a plan, in words."""
    return {
        "name": plan.name,
        "business_type": plan.get_business_type_display(),
        "summary": plan.summary,
        "description": rich_text.text_of(plan.description),
        "cover": plan.cover.name if plan.cover else "",
        "price": plan.price_in_words,
        "deliverables": plan.deliverables,
        "workdays": plan.workdays_in_words,
        "capabilities": "、".join(map(str, plan.capabilities.all())) if plan.pk else "",
        "topics": "、".join(map(str, plan.topics.all())) if plan.pk else "",
    }


def _cleaned(organization: Organization, plan: ServicePlan, text: str) -> str:
    asked = rich_text.pictures_in(text)
    own = StoredFile.objects.filter(
        public_id__in=asked, purpose="plan_picture", subject_id=organization.pk, subject_type__model="organization"
    )
    cleaned = rich_text.clean(text, pictures={str(key) for key in own.values_list("public_id", flat=True)})
    if len(cleaned) > MOST_CHARACTERS:
        raise Refused(
            _("方案介绍连同格式有 %(n)s 个字符，超过上限 %(most)s。") % {"n": len(cleaned), "most": MOST_CHARACTERS},
            code="too_long", remedy=_("请删减文字，或把一部分做成图片。"),
        )  # fmt: skip
    if len(rich_text.pictures_in(cleaned)) > MOST_PICTURES:
        raise Refused(
            _("方案介绍最多放 %s 张图片。") % MOST_PICTURES, code="too_many_pictures", remedy=_("请删去几张。")
        )
    return cleaned


def _keep_pictures(plan: ServicePlan) -> None:
    """The plan holds exactly the pictures that stand in its description."""
    held = StoredFile.objects.filter(public_id__in=rich_text.pictures_in(plan.description))
    plan.pictures.exclude(stored__in=held).delete()
    PlanPicture.objects.bulk_create((PlanPicture(plan=plan, stored=row) for row in held), ignore_conflicts=True)


def _link(plan: ServicePlan, wanted: list[Capability]) -> None:
    before = set(plan.capabilities.values_list("pk", flat=True))
    added = [row for row in wanted if row.pk not in before]
    if any(row.organization_id != plan.organization_id for row in added):
        raise Refused(_("只能关联本机构的能力项。"), code="foreign_capability", remedy=_("请从本机构的能力库中选择。"))
    good = set(
        Capability.objects.orderable_on(timezone.localdate())
        .filter(pk__in=[row.pk for row in added])
        .values_list("pk", flat=True)
    )
    if bad := [str(row) for row in added if row.pk not in good]:
        raise Refused(
            _("不能关联：%s。证书已失效，或能力项已暂停、取消。") % "、".join(bad[:5]), code="capability_ended",
            remedy=_("请先更新证书，或改选有效的能力项。"),
        )  # fmt: skip
    plan.capabilities.set(wanted)


def _stand_under(plan: ServicePlan, wanted: list[IndustryTopic]) -> None:
    shown = IndustryTopic.Status.PUBLISHED
    before = list(plan.topics.all())
    held = {topic.pk for topic in before}
    if unknown := [str(topic) for topic in wanted if topic.status != shown and topic.pk not in held]:
        raise Refused(_("产业专题「%s」没有发布。") % "、".join(unknown), code="topic_not_published", remedy=_("请改选已发布的专题。"))  # fmt: skip
    plan.topics.set([*wanted, *(topic for topic in before if topic.status != shown)])
