"""Writing down a unit's innovation platforms before and between their reviews (S2-10 … S2-12)."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.files.models import StoredFile
from gongyi.files.services import attach, store
from gongyi.kit.refusal import Refused
from gongyi.onboarding.forms.platforms import APPROVAL_BYTES
from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import may_manage
from gongyi.reviews.models import ReviewedStatus, Submission
from gongyi.reviews.workflow import EDITABLE

PURPOSE = "innovation_platform"


def keep_upload(upload: UploadedFile, *, actor: User) -> StoredFile:
    """Keep an approval document that belongs to no platform yet; refuses what is no picture or PDF, or too large."""
    return store(upload, actor=actor, purpose=PURPOSE, max_bytes=APPROVAL_BYTES)


@transaction.atomic
def add_platform(
    *, organization: Organization, actor: User, approval_file: StoredFile | None = None, **fields: Any
) -> InnovationPlatform:
    """Begin a platform of the unit as a draft. Refuses a second one of the same name."""
    if not may_manage(actor, organization):
        raise Refused(_("只有单位管理员可以登记创新平台。"), code="not_allowed")
    with _same_name(fields["name"]):
        platform = InnovationPlatform.objects.create(organization=organization, **fields)
    _attach(platform, approval_file)
    PlatformFlow.opened(platform, _("新增"), actor=actor)
    return platform


@transaction.atomic
def change_platform(
    *, platform: InnovationPlatform, actor: User, approval_file: StoredFile | None = None, **fields: Any
) -> InnovationPlatform:
    """Write these fields of a platform that is not under review. Changing an approved one begins a change of it, which is
    reviewed again, while what was approved stays published. Refuses while it is under review."""
    row = InnovationPlatform.objects.select_for_update(no_key=True).get(pk=platform.pk)
    if not may_manage(actor, row.organization):
        raise Refused(_("只有单位管理员可以修改创新平台。"), code="not_allowed")
    if row.status == ReviewedStatus.APPROVED:
        PlatformFlow.fire(row, "reopen", actor=actor)
    if row.status not in EDITABLE:
        raise Refused(_("正在审核，不能修改。"), code="pending", remedy=_("请先撤回，再修改。"))
    for name, value in fields.items():
        setattr(row, name, value)
    with _same_name(row.name):
        row.save(update_fields=list(fields))
    _attach(row, approval_file)
    return row


@transaction.atomic
def discard_draft(*, platform: InnovationPlatform, actor: User) -> None:
    """Delete a draft nobody ever reviewed. Refuses one that was handed in: the record of its review stays."""
    row = InnovationPlatform.objects.select_for_update().get(pk=platform.pk)
    if not may_manage(actor, row.organization):
        raise Refused(_("只有单位管理员可以删除草稿。"), code="not_allowed")
    if refusal := not_discardable(row):
        raise refusal
    record(actor, row.organization, _("删除创新平台草稿"), before={"name": row.name})
    row.delete()


def not_discardable(platform: InnovationPlatform) -> Refused | None:
    """Why a platform cannot be deleted as a mere draft, or None."""
    if Submission.objects.of(platform).exists() or platform.status != ReviewedStatus.DRAFT:
        return Refused(_("已提交过审核，记录须保留，不能删除。"), code="handed_in", remedy=_("可以修改后重新提交。"))
    return None


def _attach(platform: InnovationPlatform, file: StoredFile | None) -> None:
    if file is not None and platform.approval_file_id != file.pk:
        attach(file, platform)
        platform.approval_file = file
        platform.save(update_fields=["approval_file"])


class _same_name:
    """Turns the database's word for two platforms of one name into a sentence."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.savepoint = transaction.atomic()

    def __enter__(self) -> None:
        self.savepoint.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.savepoint.__exit__(kind, error, trace)
        if isinstance(error, IntegrityError) and "platform_name_once" in str(error):
            raise Refused(_("本单位已有名为「%s」的创新平台，请核对。") % self.name, code="taken") from None
