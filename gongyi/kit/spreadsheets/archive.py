"""Looks into an .xlsx file before it is parsed: a small file must not unpack, or spread its cells, beyond what memory holds."""

import io
import re
import struct
import zipfile
import zlib

from django.utils.translation import gettext as _

MAX_ENTRIES = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
RATIO_FROM = 10 * 1024 * 1024
MAX_CELLS = 4_000_000
_CHUNK = 1 << 18
_LONGEST_TAG = 4096
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]{0,400}?\br\s*=\s*["']\$?([A-Za-z]{1,3})\$?(\d{1,9})["'][^>]{0,400}?(?<!/)>""")
_PLAIN_CELL = re.compile(rb"""<c r="([A-Z]{1,3})(\d{1,9})"[^<>]*(?<!/)>""")  # as Excel, WPS and all libraries write it
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]{0,400}?\br\s*=\s*["'](\d{1,9})["'][^>]{0,400}?(?<!/)>""")


class Unreadable(Exception):
    """The file is refused; its text is the sentence for the person who uploaded it."""


def inspect(content: bytes) -> None:
    """Raise Unreadable for archives that are damaged, encrypted, too large unpacked, or that claim a huge sheet.

    Every entry is unpacked once, counting: the sizes an archive declares may be lies.
    """
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        raise Unreadable(_("文件已损坏，打不开。请在 Excel 或 WPS 里重新另存为 .xlsx 后再上传。")) from None
    if len(entries) > MAX_ENTRIES or len({e.filename for e in entries}) != len(entries):
        raise Unreadable(_("文件结构异常，无法读取。请把数据复制到新建的表格里再上传。"))
    if any(e.flag_bits & 0x1 for e in entries):
        raise Unreadable(_("文件设有密码，无法读取。请去掉密码后再上传。"))
    if not any(e.filename.lstrip("/").startswith("xl/") for e in entries):
        raise Unreadable(_("这不是 Excel 表格。请另存为 .xlsx 后再上传。"))
    if any(e.filename.lower().endswith("vbaproject.bin") for e in entries):
        raise Unreadable(_("文件含有宏，不能上传。请另存为不带宏的 .xlsx 后再上传。"))
    if sum(e.compress_size for e in entries) > len(content):
        raise Unreadable(_("文件结构异常，无法读取。请把数据复制到新建的表格里再上传。"))
    total = 0
    for entry in entries:
        is_sheet = "worksheets/" in entry.filename and entry.filename.endswith(".xml")
        bounds = _Bounds() if is_sheet else None
        size = 0
        for piece in _unpack(content, entry):
            size += len(piece)
            total += len(piece)
            if total > MAX_UNPACKED or (size > RATIO_FROM and size > MAX_RATIO * max(1, entry.compress_size)):
                raise Unreadable(_("文件解压后过大，可能不是正常的表格。请删去多余内容，分成几个文件再上传。"))
            if entry.filename.endswith(".xml") and b"\0" in piece:
                raise Unreadable(_("文件编码异常，无法读取。请把数据复制到新建的表格里再上传。"))
            if bounds is not None:
                bounds.feed(piece)
        if bounds is not None:
            bounds.judge()


def _unpack(content: bytes, entry: zipfile.ZipInfo):
    """Yield what an entry really unpacks to, piece by piece, whatever its header says."""
    start = entry.header_offset
    header = content[start : start + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise Unreadable(_("文件已损坏，打不开。请在 Excel 或 WPS 里重新另存为 .xlsx 后再上传。"))
    name, extra = struct.unpack("<HH", header[26:30])
    start += 30 + name + extra
    packed = memoryview(content)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), _CHUNK):
            yield bytes(packed[at : at + _CHUNK])
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise Unreadable(_("文件的压缩方式不受支持。请在 Excel 或 WPS 里重新另存为 .xlsx 后再上传。"))
    inflate = zlib.decompressobj(-15)
    try:
        rest: bytes | memoryview = packed
        while rest and not inflate.eof:
            piece = inflate.decompress(rest, _CHUNK)
            rest = inflate.unconsumed_tail
            if piece:
                yield piece
        while not inflate.eof:
            piece = inflate.decompress(b"", _CHUNK)
            if not piece:
                break
            yield piece
    except zlib.error:
        raise Unreadable(_("文件已损坏，打不开。请在 Excel 或 WPS 里重新另存为 .xlsx 后再上传。")) from None


class _Bounds:
    """Collects the corner of the filled cells: the parser keeps the whole rectangle in memory, however empty."""

    def __init__(self):
        self.rows = 0
        self.columns = 0
        self.seen: set[bytes] = set()
        self.tail = b""

    def feed(self, piece: bytes) -> None:
        text = self.tail + piece
        usual = text.count(b"<c ") == text.count(b'<c r="') and b":c " not in text
        cells = (_PLAIN_CELL if usual else _CELL).findall(text)
        self.rows = max(self.rows, max((int(digits) for _letters, digits in cells), default=0))
        for letters in {letters for letters, _digits in cells} - self.seen:
            self.seen.add(letters)
            column = 0
            for letter in letters.upper():
                column = column * 26 + letter - 64
            self.columns = max(self.columns, column)
        for digits in _ROW.findall(text):
            self.rows = max(self.rows, int(digits))
        self.tail = text[-_LONGEST_TAG:]

    def judge(self) -> None:
        if self.rows * max(1, self.columns) > MAX_CELLS:
            raise Unreadable(
                _(
                    "表格范围太大（到第 %(rows)s 行、第 %(columns)s 列）。请删去空白区域外的零散内容，或复制到新建的表格里。"
                )
                % {"rows": f"{self.rows:,}", "columns": f"{self.columns:,}"}
            )
