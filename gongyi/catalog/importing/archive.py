"""Looks into a ZIP of photos without trusting it: names, sizes and places are claims, and what unpacks is counted."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from django.utils.translation import gettext as _

from gongyi.kit.spreadsheets import Unreadable
from gongyi.kit.templatetags.gongyi import filesize_zh

MAX_FILES = 5_000
MAX_UNPACKED = 2 * 1024**3  # bytes of all photos of one archive together
LEFT_BY_SYSTEMS = {".ds_store", "thumbs.db", "desktop.ini"}
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, NotImplementedError)


@dataclass(frozen=True)
class Entry:
    """A file of the archive: its place in it, its name as people gave it, its declared size, and why it is not taken."""

    place: int
    path: str
    size: int
    fault: str = ""


def entries(file: BinaryIO, *, max_bytes: int) -> list[Entry]:
    """Every file, without what Windows and macOS leave; raises Unreadable for what is no archive."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except DAMAGED:
        raise Unreadable(_("不是 ZIP 压缩包，或文件已损坏。请重新压缩为 .zip 后再上传。")) from None
    if len(infos) > 2 * MAX_FILES:
        raise Unreadable(_("压缩包里文件太多，一次最多 %s 个。请分成几个压缩包。") % f"{MAX_FILES:,}")
    found = [_entry(place, info, max_bytes) for place, info in enumerate(infos) if not _is_left_over(info)]
    if len(found) > MAX_FILES:
        raise Unreadable(
            _("压缩包里有 %(count)s 个文件，一次最多 %(limit)s 个。请分成几个压缩包。")
            % {"count": f"{len(found):,}", "limit": f"{MAX_FILES:,}"}
        )
    if not found:
        raise Unreadable(_("压缩包里没有文件。请把照片放进压缩包后再上传。"))
    return found


def _is_left_over(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename.replace("\\", "/")).parts
    return info.is_dir() or "__MACOSX" in parts or not parts or parts[-1].lower() in LEFT_BY_SYSTEMS


def _entry(place: int, info: zipfile.ZipInfo, max_bytes: int) -> Entry:
    path = _name(info)
    parts = path.replace("\\", "/").split("/")
    fault = ""
    if ".." in parts or path.startswith(("/", "\\")) or ":" in parts[0] or any(ord(c) < 32 for c in path):
        fault = _("文件在压缩包里的路径不正常，不接收。请重新压缩。")
    elif info.flag_bits & 1:
        fault = _("文件设有密码，无法读取。请去掉密码后重新压缩。")
    elif info.file_size > max_bytes:
        fault = _("有 %(size)s，超过上限 %(limit)s，请压缩照片。") % {
            "size": filesize_zh(info.file_size), "limit": filesize_zh(max_bytes),
        }  # fmt: skip
    elif not info.file_size:
        fault = _("是空文件。")
    return Entry(place, path, info.file_size, fault)


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it was given: Windows writes Chinese names in GBK and does not say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename


class Archive:
    """Gives out the files of an archive one by one, within a budget for all of them."""

    def __init__(self, file: BinaryIO, *, max_bytes: int) -> None:
        file.seek(0)
        self._archive = zipfile.ZipFile(file)
        self._infos = self._archive.infolist()
        self._max_bytes = max_bytes
        self._left = MAX_UNPACKED

    def read(self, place: int) -> tuple[bytes, str]:
        """The content of the file at a place, and why it is not taken."""
        if self._left <= 0:
            return b"", _("压缩包解压后过大，其余的没有读取。请分成几个压缩包。")
        try:
            with self._archive.open(self._infos[place]) as content:
                data = content.read(self._max_bytes + 1)
        except DAMAGED:
            return b"", _("文件已损坏，读不出来。请重新压缩。")
        self._left -= len(data)
        if len(data) > self._max_bytes:
            return b"", _("解压后超过上限 %s，请压缩照片。") % filesize_zh(self._max_bytes)
        return data, ""
