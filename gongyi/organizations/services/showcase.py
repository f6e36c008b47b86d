"""What an institution shows of itself: qualification pictures and success cases. Files stay private to whoever sees the unit."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.files.acceptance import safe_name
from gongyi.files.services import store
from gongyi.kit.refusal import Refused
from gongyi.organizations.forms.certificates import PICTURE_BYTES, PICTURE_KINDS
from gongyi.organizations.models import CasePicture, Organization, QualificationPicture, SuccessCase
from gongyi.organizations.services.units import lock, still_here

CAPTION_LENGTH = 100


@transaction.atomic
def add_pictures(
    *, organization: Organization, actor: User, pictures: Iterable[UploadedFile]
) -> list[QualificationPicture]:
    """Show more pictures under 机构资质, after those there are; the name of each file is its caption (S3-47). All or none."""
    still_here(lock(organization))
    rank = QualificationPicture.objects.filter(organization=organization).aggregate(last=Max("rank"))["last"] or 0
    added = []
    for number, upload in enumerate(pictures, start=1):
        stored = _kept(upload, actor, "qualification_picture", organization)
        caption = PurePosixPath(safe_name(upload.name or "")).stem[:CAPTION_LENGTH]
        added.append(
            QualificationPicture(organization=organization, stored=stored, caption=caption, rank=rank + number)
        )
    QualificationPicture.objects.bulk_create(added)
    record(actor, organization, _("上传机构资质图片"), after={"captions": [picture.caption for picture in added]})
    return added


@transaction.atomic
def rename_picture(*, picture: QualificationPicture, actor: User, caption: str) -> None:
    """Give a picture another caption."""
    still_here(lock(picture.organization))
    before = picture.caption
    QualificationPicture.objects.filter(pk=picture.pk).update(caption=caption)
    record(actor, picture.organization, _("修改资质图片名称"), before={"caption": before}, after={"caption": caption})


@transaction.atomic
def move_picture(*, picture: QualificationPicture, actor: User, by: int) -> None:
    """Let a picture change places with its neighbour: `by` −1 towards the front, +1 towards the end. At an end it stays."""
    still_here(lock(picture.organization))
    rows = list(QualificationPicture.objects.filter(organization=picture.organization_id))
    here = next((place for place, row in enumerate(rows) if row.pk == picture.pk), None)
    if here is None:
        raise Refused(_("这张图片刚刚被删除了。"), code="gone")
    there = here + by
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
        for rank, row in enumerate(rows, start=1):
            row.rank = rank
        QualificationPicture.objects.bulk_update(rows, ["rank"])


@transaction.atomic
def remove_picture(*, picture: QualificationPicture, actor: User) -> None:
    """Show a picture no longer; the file itself stays in the archive."""
    still_here(lock(picture.organization))
    deleted, _kinds = QualificationPicture.objects.filter(pk=picture.pk).delete()
    if deleted:
        record(actor, picture.organization, _("删除机构资质图片"), before={"caption": picture.caption})


@transaction.atomic
def save_case(
    *, organization: Organization, actor: User, case: SuccessCase | None = None, pictures: Sequence[UploadedFile] = (),
    remove: Sequence[str] = (), **fields: Any,
) -> SuccessCase:  # fmt: skip
    """Tell a success case, or change one: its words, its place in the order, its pictures."""
    still_here(lock(organization))
    before = None
    if case is None:
        row = SuccessCase(organization=organization, **fields)
    else:
        found = SuccessCase.objects.filter(pk=case.pk).first()
        if found is None:
            raise Refused(_("这个案例刚刚被删除了。"), code="gone")
        row, before = found, {"title": found.title, "order_value": found.order_value}
        for name, value in fields.items():
            setattr(row, name, value)
    row.save()
    CasePicture.objects.filter(case=row, pk__in=[int(key) for key in remove]).delete()
    CasePicture.objects.bulk_create(
        CasePicture(case=row, stored=_kept(upload, actor, "case_picture", row)) for upload in pictures
    )
    after = {"title": row.title, "order_value": row.order_value, "pictures": row.pictures.count()}
    record(actor, organization, _("修改成功案例") if case else _("新增成功案例"), before=before, after=after)
    return row


@transaction.atomic
def delete_case(*, case: SuccessCase, actor: User) -> None:
    """Tell a case no longer."""
    still_here(lock(case.organization))
    deleted, _kinds = SuccessCase.objects.filter(pk=case.pk).delete()
    if deleted:
        record(actor, case.organization, _("删除成功案例"), before={"title": case.title})


def _kept(upload: UploadedFile, actor: User, purpose: str, subject: Any) -> Any:
    return store(upload, actor=actor, purpose=purpose, max_bytes=PICTURE_BYTES, kinds=PICTURE_KINDS, subject=subject)
