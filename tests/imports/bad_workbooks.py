"""A hundred workbooks nobody should get into the data: made, not kept, each with the name of what is wrong with it."""

import io
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator

import xlsxwriter

HEAD = ["姓名", "用户名", "邮箱", "手机号", "院系/实验室", "角色"]
GOOD = ["林知远", "bad0001", "bad0001@example.cn", "13911110001", "", ""]
SHEET = "xl/worksheets/sheet1.xml"
Made = tuple[str, str, bytes]


def book(rows, *, sheets: Callable | None = None, **options) -> bytes:
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, **options}
    )
    sheet = made.add_worksheet()
    for at, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(at, place, value)
    if sheets:
        sheets(made, sheet)
    made.close()
    return buffer.getvalue()


def repacked(content: bytes, changes: dict[str, bytes | None], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The archive with parts replaced, added, or (None) left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for name in [*old.namelist(), *(changes.keys() - set(old.namelist()))]:
            part = changes[name] if name in changes else old.read(name)
            if part is not None:
                new.writestr(name, part)
    return buffer.getvalue()


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return bundle.read(name)


def everything() -> list[Made]:
    """(what is wrong, file name, content)."""
    made = [*_archives(), *_tables(), *_cells(), *_other_files(), *_damaged()]
    assert len({what for what, _name, _content in made}) == len(made)
    return made


def _archives() -> Iterator[Made]:
    good = book([HEAD, GOOD])
    for share in (1, 5, 20, 50, 80, 95, 99):
        yield f"cut off at {share} %", "人员.xlsx", good[: len(good) * share // 100]
    yield "only a signature", "人员.xlsx", b"PK\x03\x04"
    yield "an empty archive", "人员.xlsx", b"PK\x05\x06" + bytes(18)
    yield "a bomb of zeros", "人员.xlsx", repacked(good, {"xl/media/zeros.bin": bytes(250 * 1024 * 1024)})
    yield "a bomb in the sheet", "人员.xlsx", repacked(good, {SHEET: b" " * (210 * 1024 * 1024)})
    stuffed = part(good, SHEET).replace(b"</sheetData>", b'<row r="9"><c r="A9"/></row>' * 1_000_000 + b"</sheetData>")
    yield "a bomb of empty rows", "人员.xlsx", repacked(good, {SHEET: stuffed})
    for corner in ("XFD1048576", "A1048576", "XFD500000"):
        digits = corner.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        far = f'<row r="{digits}"><c r="{corner}"><v>1</v></c></row></sheetData>'.encode()
        xml = part(good, SHEET).replace(b"</sheetData>", far)
        yield f"a cell at {corner}", "人员.xlsx", repacked(good, {SHEET: xml})
    many = {f"xl/media/{n}.bin": b"1" for n in range(2_100)}
    yield "too many parts", "人员.xlsx", repacked(good, many)
    yield "bzip2 inside", "人员.xlsx", repacked(good, {}, zipfile.ZIP_BZIP2)
    yield "lzma inside", "人员.xlsx", repacked(good, {}, zipfile.ZIP_LZMA)
    for name in (SHEET, "xl/workbook.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        yield f"without {name}", "人员.xlsx", repacked(good, {name: None})
    yield "macros", "人员.xlsx", repacked(good, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})
    yield "macros, named so", "人员.xlsm", repacked(good, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})
    yield "macros elsewhere", "人员.xlsx", repacked(good, {"xl/macros/VBAPROJECT.BIN": b"1"})
    yield (
        "a document",
        "人员.xlsx",
        repacked(
            good,
            {n: None for n in zipfile.ZipFile(io.BytesIO(good)).namelist() if n.startswith("xl/")}
            | {"word/document.xml": b"<w/>"},
        ),
    )
    yield "a password on a part", "人员.xlsx", _flagged(good)
    yield "sizes that lie", "人员.xlsx", _lying(good)
    yield "twice the same part", "人员.xlsx", _twice(good)
    yield "a sheet that is no XML", "人员.xlsx", repacked(good, {SHEET: b"\x00\x01\x02" * 100})
    yield "a sheet in UTF-16", "人员.xlsx", repacked(good, {SHEET: part(good, SHEET).decode().encode("utf-16")})
    chain = b"".join(b'<!ENTITY %c "&%c;&%c;">' % (n + 1, n, n) for n in range(97, 122))
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">' + chain + b"]><worksheet><sheetData>"
    laughs += b'<row r="1"><c r="A1" t="str"><v>&z;</v></c></row></sheetData></worksheet>'
    yield "a billion laughs", "人员.xlsx", repacked(good, {SHEET: laughs})


def _flagged(good: bytes) -> bytes:
    content = bytearray(good)
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _lying(good: bytes) -> bytes:
    honest = repacked(good, {"xl/media/zeros.bin": bytes(220_000_000)})
    return honest.replace((220_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))


def _twice(good: bytes) -> bytes:
    buffer = io.BytesIO(good)
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "a") as bundle:
        bundle.writestr("xl/styles.xml", b"<styleSheet/>")
    return buffer.getvalue()


def _tables() -> Iterator[Made]:
    yield "nothing in it", "人员.xlsx", book([])
    yield "only headers", "人员.xlsx", book([HEAD])
    yield "only empty rows", "人员.xlsx", book([HEAD, *[["", " ", "\u3000"]] * 20])
    yield "no headers", "人员.xlsx", book([GOOD])
    yield "other headers", "人员.xlsx", book([["甲", "乙"], [1, 2]])
    yield "a header missing", "人员.xlsx", book([HEAD[1:], GOOD[1:]])
    yield "another header missing", "人员.xlsx", book([[HEAD[0], *HEAD[2:]], [GOOD[0], *GOOD[2:]]])
    yield "headers twice", "人员.xlsx", book([[*HEAD, "姓名"], [*GOOD, "别人"]])
    yield "an alias beside the header", "人员.xlsx", book([[*HEAD, "工号"], [*GOOD, "别号"]])
    yield "headers in row 15", "人员.xlsx", book([*[["说明"]] * 14, HEAD, GOOD])
    yield "headers across", "人员.xlsx", book([[h, v] for h, v in zip(HEAD, GOOD, strict=True)])
    yield "too many rows", "人员.xlsx", book([HEAD, *[["人", f"m{n}", f"m{n}@example.cn"] for n in range(5_001)]])
    yield "merged headers", "人员.xlsx", book([], sheets=_merged)
    yield "headers merged downwards", "人员.xlsx", book([], sheets=_merged_down)
    yield "the list on a chart's sheet", "人员.xlsx", book([["图"]], sheets=lambda made, sheet: made.add_chartsheet())
    yield (
        "units instead of people",
        "人员.xlsx",
        book([["单位名称", "编号前缀", "单位性质"], ["望江大学", "WJU", "高校"]]),
    )


def _merged(made, sheet) -> None:
    sheet.merge_range(0, 0, 0, 5, "姓名 用户名 邮箱")
    sheet.write_row(1, 0, GOOD)


def _merged_down(made, sheet) -> None:
    for place, header in enumerate(HEAD):
        sheet.merge_range(0, place, 3, place, f"{header}信息")
    sheet.write_row(4, 0, GOOD)


def _cells() -> Iterator[Made]:
    wrong = {
        "no name": (0, ""), "a name of blanks": (0, "\u3000 \t"), "a name too long": (0, "名" * 51), "a huge cell": (0, "名" * 32_767),
        "a formula as name": (0, "=1+1"), "a link as name": (0, '=HYPERLINK("http://x","y")'), "a command": (0, "=cmd|'/C calc'!A0"),
        "a plus command": (0, "+cmd|'/C calc'!A0"), "a minus command": (0, "-2+3+cmd|'/C calc'!A0"), "an at function": (0, "@SUM(A1:A9)"),
        "a formula error": (0, "#REF!"), "another formula error": (1, "#N/A"), "no user name": (1, ""), "a user name with blanks": (1, "a b"),
        "a user name in brackets": (1, "a<script>"), "a user name of quotes": (1, "a'; DROP TABLE x;--"), "a user name too long": (1, "u" * 51),
        "a number that lost digits": (1, 91320100123456789.0), "no at sign": (2, "someone.example.cn"), "two at signs": (2, "a@b@c.cn"),
        "an e-mail with a line break": (2, "a@example.cn\nBcc: b@example.cn"), "no e-mail for a new account": (2, ""),
        "a phone too short": (3, "1391111"), "a phone with letters": (3, "1391111OOO1"), "a landline": (3, "0571-87951234"),
        "a phone as a negative number": (3, -13911110001), "a date for a phone": (3, 45000.5), "no such department": (4, "没有的学院"),
        "no such laboratory": (4, "材料学院/没有的实验室"), "a role nobody has": (5, "超级管理员"), "a good and a bad role": (5, "审核人员、校长"),
        "a truth for a user name": (2, True),
    }  # fmt: skip
    for what, (place, value) in wrong.items():
        yield what, "人员.xlsx", book([HEAD, [*GOOD[:place], value, *GOOD[place + 1 :]]])
    good = book([HEAD, ["占位名字", *GOOD[1:]]])
    shared = part(good, "xl/sharedStrings.xml")
    yield (
        "a NUL in XML",
        "人员.xlsx",
        repacked(good, {"xl/sharedStrings.xml": shared.replace("占位名字".encode(), b"a\x00b")}),
    )
    yield (
        "only control characters",
        "人员.xlsx",
        repacked(good, {"xl/sharedStrings.xml": shared.replace("占位名字".encode(), b"_x0000__x0001_")}),
    )
    negative = part(good, SHEET).replace(
        b"</sheetData>", b'<row r="3"><c r="A3" s="1"><v>-99999</v></c></row></sheetData>'
    )
    yield (
        "a negative date",
        "人员.xlsx",
        repacked(repacked(good, {SHEET: negative}), {"xl/sharedStrings.xml": shared.replace("占位名字".encode(), b"")}),
    )


def _other_files() -> Iterator[Made]:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    yield "an old .xls", "人员.xls", ole + bytes(4096)
    yield "encrypted by Excel", "人员.xlsx", ole + "EncryptedPackage".encode("utf-16-le") + bytes(4096)
    table = "<table><tr><td>姓名</td><td>用户名</td></tr><tr><td>林</td><td>a</td></tr></table>"
    yield "HTML as .xls", "人员.xls", f"<html><body>{table}</body></html>".encode()
    yield "a bare table as .xls", "人员.xls", table.encode("gb18030")
    yield "XML of Excel 2003", "人员.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>'
    text = "姓名,用户名,邮箱\n,bad0002,b@example.cn\n"
    yield "CSV in UTF-8, wrong", "人员.csv", text.encode()
    yield "CSV in GBK, wrong", "人员.csv", text.encode("gb18030")
    yield "CSV in UTF-16, wrong", "人员.csv", text.replace(",", "\t").encode("utf-16")
    yield "CSV in UTF-16 cut in a character", "人员.csv", text.encode("utf-16")[:-1]
    yield "CSV with an endless cell", "人员.csv", b"\xe5\xa7\x93\xe5\x90\x8d,x\n" + b'"' + b"a" * 200_000
    yield "binary as .csv", "人员.csv", bytes(range(256)) * 40
    yield "NUL in a CSV", "人员.csv", text.encode().replace(b"bad", b"b\0d")
    yield "a picture", "人员.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    yield "a PDF", "人员.xlsx", b"%PDF-1.7\n%%EOF"
    yield "a gzip", "人员.xlsx", b"\x1f\x8b" + zlib.compress(b"x" * 500)
    yield "too many bytes", "人员.csv", b"a" * (10 * 1024 * 1024 + 1)


def _damaged() -> Iterator[Made]:
    """Bytes of a file with a mistake, overwritten here and there: whatever they still say, its row stays wrong."""
    wrong = book([HEAD, ["", *GOOD[1:]]])
    luck = random.Random(20261121)
    for number in range(12):
        content = bytearray(wrong)
        for _hit in range(luck.randrange(1, 30)):
            at = luck.randrange(len(content) - 4)
            content[at : at + 4] = struct.pack("<I", luck.randrange(2**32))
        yield f"damaged {number}", "人员.xlsx", bytes(content)
