"""Taking in a file: sized, sniffed, hashed and put out of the public's reach."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model

from gongyi.files.acceptance import check, safe_name
from gongyi.files.models import StoredFile
from gongyi.files.purposes import PURPOSES


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


def _sha256(upload: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
