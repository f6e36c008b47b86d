"""Pictures, papers and a facility's documents: kept, named, put in order, made public or taken away (S1-43, S2-19)."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.catalog.models import Facility, FacilityFile, Instrument, InstrumentAttachment, InstrumentPhoto
from gongyi.catalog.pictures import as_jpeg, is_acceptable
from gongyi.catalog.services.locking import editable
from gongyi.catalog.uploads import (
    ATTACHMENT_BYTES,
    ATTACHMENT_KINDS,
    FACILITY_FILE_BYTES,
    MAX_ATTACHMENTS,
    MAX_PHOTOS,
    MOST_RESULTS,
    PHOTO_BYTES,
    PICTURES,
)
from gongyi.files import services as files
from gongyi.files.acceptance import check, safe_name
from gongyi.files.models import StoredFile
from gongyi.kit.refusal import Refused
from gongyi.reviews.models import Submission

PHOTO, ATTACHMENT, FACILITY_FILE = "instrument_photo", "instrument_attachment", "facility_file"
STEP = 10  # between the ranks of neighbours
LENGTH = 100  # of captions and titles


def _stem(name: str) -> str:
    return PurePosixPath(safe_name(name)).stem[:LENGTH]


@transaction.atomic
def add_photo(*, instrument: Instrument, upload: UploadedFile, caption: str, actor: Any) -> InstrumentPhoto:
    """Keep a photo that everyone may see, after those there are, as a JPG within the national platform's limit; refuses a
    thirteenth, and what is no picture. Without a caption the file's name is it."""
    editable(instrument)
    ranks = list(instrument.photos.values_list("rank", flat=True))
    if len(ranks) >= MAX_PHOTOS:
        raise Refused(_("最多 %s 张照片。") % MAX_PHOTOS, code="too_many", remedy=_("请先删除一张。"))
    name = safe_name(upload.name or "")
    check(upload, name=name, max_bytes=PHOTO_BYTES, kinds=("image",))
    fitting = upload if is_acceptable(upload) else as_jpeg(upload)
    stored = files.store(
        fitting, actor=actor, purpose=PHOTO, max_bytes=PHOTO_BYTES, kinds=("image",), subject=instrument
    )
    photo = InstrumentPhoto.objects.create(
        instrument=instrument, file=stored, caption=caption[:LENGTH] or _stem(name), rank=max(ranks, default=0) + STEP
    )
    record(actor, instrument, _("上传照片"), after=photo.caption)
    return photo


@transaction.atomic
def arrange_photos(*, instrument: Instrument, rows: Mapping[int, tuple[str, int | None]], actor: Any) -> None:
    """Give photos their captions and their order: `{photo: (caption, place)}`; who has no place keeps theirs."""
    editable(instrument)
    photos = list(instrument.photos.all())
    before = [photo.caption for photo in photos]
    places = {photo.pk: (rows.get(photo.pk, ("", None))[1] or place, place) for place, photo in enumerate(photos, 1)}
    photos.sort(key=lambda photo: places[photo.pk])
    for place, photo in enumerate(photos, start=1):
        photo.rank = place * STEP
        photo.caption = rows[photo.pk][0][:LENGTH] if photo.pk in rows else photo.caption
    InstrumentPhoto.objects.bulk_update(photos, ["rank", "caption"])
    after = [photo.caption for photo in photos]
    if before != after:
        record(actor, instrument, _("整理照片"), before="、".join(before), after="、".join(after))


@transaction.atomic
def remove_photo(*, photo: InstrumentPhoto, actor: Any) -> None:
    """Take a photo off the page. Its file goes too, unless a reviewer was shown it: what was reviewed can be looked at again."""
    editable(photo.instrument)
    stored, name = photo.file, photo.caption or photo.file.name
    photo.delete()
    _let_go(stored, photo.instrument)
    record(actor, photo.instrument, _("删除照片"), before=name)


@transaction.atomic
def add_attachment(
    *, instrument: Instrument, upload: UploadedFile, actor: Any, title: str = "", public: bool = False
) -> InstrumentAttachment:
    """Keep a paper of the instrument; refuses what is of another kind, too large or one too many."""
    editable(instrument)
    if instrument.attachments.count() >= MAX_ATTACHMENTS:
        raise Refused(_("最多 %s 个附件。") % MAX_ATTACHMENTS, code="too_many", remedy=_("请先删除一个。"))
    stored = files.store(
        upload, actor=actor, purpose=ATTACHMENT, max_bytes=ATTACHMENT_BYTES, kinds=ATTACHMENT_KINDS, subject=instrument
    )
    kept = InstrumentAttachment.objects.create(
        instrument=instrument, file=stored, title=title[:LENGTH] or _stem(stored.name), public=public
    )
    record(actor, instrument, _("上传附件"), after=_in_words(kept))
    return kept


@transaction.atomic
def change_attachment(*, attachment: InstrumentAttachment, title: str, public: bool, actor: Any) -> None:
    """Give a paper another title, show it to everyone or no longer."""
    editable(attachment.instrument)
    before = _in_words(attachment)
    attachment.title, attachment.public = title[:LENGTH] or _stem(attachment.file.name), public
    if _in_words(attachment) != before:
        attachment.save(update_fields=["title", "public"])
        record(actor, attachment.instrument, _("修改附件"), before=before, after=_in_words(attachment))


@transaction.atomic
def remove_attachment(*, attachment: InstrumentAttachment, actor: Any) -> None:
    """Take a paper away; its file stays where a reviewer was shown it."""
    editable(attachment.instrument)
    stored, words = attachment.file, _in_words(attachment)
    attachment.delete()
    _let_go(stored, attachment.instrument)
    record(actor, attachment.instrument, _("删除附件"), before=words)


@transaction.atomic
def keep_facility_files(*, facility: Facility, uploads: Mapping[str, Iterable[UploadedFile]], actor: Any) -> None:
    """Keep what a facility hands in; a new file of a slot that holds one takes the place of the old one."""
    instrument = facility.instrument
    for slot, chosen in uploads.items():
        for upload in chosen:
            held = FacilityFile.objects.filter(facility=facility, slot=slot)
            if slot == FacilityFile.Slot.RESULTS:
                if held.count() >= MOST_RESULTS:
                    sentence = _("研究成果附件最多 %s 个。") % MOST_RESULTS
                    raise Refused(sentence, code="too_many", remedy=_("请先删除一个。"))
            else:
                drop_facility_files(files=held, actor=actor)
            kinds = ("image",) if slot in PICTURES else ("image", "pdf", "docx")
            stored = files.store(
                upload,
                actor=actor,
                purpose=FACILITY_FILE,
                max_bytes=FACILITY_FILE_BYTES,
                kinds=kinds,
                subject=instrument,
            )
            kept = FacilityFile.objects.create(facility=facility, slot=slot, file=stored)
            record(actor, instrument, _("上传设施材料"), after=str(kept))


@transaction.atomic
def drop_facility_files(*, files: Iterable[FacilityFile], actor: Any) -> None:
    for row in list(files):
        stored, words, instrument = row.file, str(row), row.facility.instrument
        row.delete()
        _let_go(stored, instrument)
        record(actor, instrument, _("删除设施材料"), before=words)


def _in_words(attachment: InstrumentAttachment) -> str:
    return f"{attachment.title}（{_('公开') if attachment.public else _('不公开')}）"


def _let_go(stored: StoredFile, instrument: Instrument) -> None:
    if Submission.objects.of(instrument).exists():
        return
    content = stored.content
    stored.delete()
    transaction.on_commit(lambda: content.delete(save=False))
