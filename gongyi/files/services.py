"""Taking in a file: sized, sniffed, hashed and put out of the public's reach."""

import hashlib
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.files.models import StoredFile
from gongyi.files.purposes import PURPOSES
from gongyi.files.sniffing import KINDS, SUFFIXES, media_type_of
from gongyi.kit.refusal import Refused
from gongyi.kit.templatetags.gongyi import filesize_zh

MAX_NAME_LENGTH = 200
KIND_LABELS = {
    "image": gettext_lazy("图片（PNG、JPG、GIF、WebP）"),
    "pdf": "PDF",
    "docx": "Word（.docx）",
    "xlsx": "Excel（.xlsx）",
    "zip": "ZIP",
}


def store(
    upload: UploadedFile,
    *,
    actor: Any,
    purpose: str,
    max_bytes: int,
    kinds: Iterable[str] = ("image", "pdf"),
    subject: Model | None = None,
) -> StoredFile:
    """Keep an upload privately for a registered purpose; refuses, with a sentence, what is empty, too large (more than
    `max_bytes`), of another kind than `kinds`, broken, or named as something it is not.
    """
    if purpose not in PURPOSES:
        raise LookupError(f"no purpose {purpose!r} is registered")
    kinds = tuple(kinds)
    name = safe_name(upload.name or "")
    media_type = check(upload, name=name, max_bytes=max_bytes, kinds=kinds)
    stored = StoredFile(
        owner=actor, purpose=purpose, name=name, media_type=media_type, size=upload.size or 0, sha256=_sha256(upload)
    )
    stored.subject = subject
    stored.content.save(name, upload, save=False)
    stored.save()
    return stored


def attach(stored: StoredFile, subject: Model) -> None:
    """Give a file that was uploaded first the object it belongs to."""
    stored.subject = subject
    stored.save(update_fields=["subject_type", "subject_id"])


def check(upload: UploadedFile, *, name: str, max_bytes: int, kinds: tuple[str, ...]) -> str:
    """The media type of an acceptable upload; raises Refused for any other."""
    if not upload.size:
        raise Refused(_("「%s」是空文件。") % name, code="empty_file", remedy=_("请检查后重新选择。"))
    if upload.size > max_bytes:
        raise Refused(
            _("「%(name)s」有 %(size)s，超过上限 %(limit)s。")
            % {"name": name, "size": filesize_zh(upload.size), "limit": filesize_zh(max_bytes)},
            code="file_too_large",
            remedy=_("请压缩后再上传。"),
        )
    media_type = media_type_of(cast(BinaryIO, upload.file))
    allowed = _("请上传%s。") % "、".join(str(KIND_LABELS[kind]) for kind in kinds)
    if not any(media_type in KINDS[kind] for kind in kinds):
        raise Refused(_("「%s」不是可接受的类型，或文件已损坏。") % name, code="file_type", remedy=allowed)
    if not name.lower().endswith(SUFFIXES[media_type]):
        raise Refused(
            _("「%(name)s」的内容与扩展名不符，应为 %(suffix)s。") % {"name": name, "suffix": SUFFIXES[media_type][0]},
            code="file_name",
            remedy=_("请改正文件名后再上传。"),
        )
    return media_type


def safe_name(name: str) -> str:
    """The name to show: its last part, normalized, without control or invisible characters, not too long."""
    name = unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).name)
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip()
    if not name.strip(". "):
        raise Refused(_("文件没有名称。"), code="file_name", remedy=_("请命名后再上传。"))
    suffix = PurePosixPath(name).suffix[:10]
    return name if len(name) <= MAX_NAME_LENGTH else name[: MAX_NAME_LENGTH - len(suffix)] + suffix


def _sha256(upload: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
