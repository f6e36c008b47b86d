"""Which uploads are acceptable: size, kind and name, refused with a sentence; asked by the form and by the service."""

import unicodedata
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.files.sniffing import KINDS, SUFFIXES, media_type_of
from gongyi.kit.refusal import Refused
from gongyi.kit.templatetags.gongyi import filesize_zh

MAX_NAME_LENGTH = 200
KIND_LABELS = {
    "image": gettext_lazy("图片（PNG、JPG、GIF、WebP）"),
    "picture": gettext_lazy("图片（GIF、JPG、PNG）"),
    "pdf": "PDF",
    "docx": "Word（.docx）",
    "xlsx": "Excel（.xlsx）",
    "zip": "ZIP",
}


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
