"""What a file is, is told from its bytes alone; whatever is broken or pretends is refused with a sentence."""

import pytest

from gongyi.files.acceptance import safe_name
from gongyi.files.models import StoredFile
from gongyi.files.services import store
from gongyi.files.sniffing import HEAD_BYTES
from gongyi.kit.refusal import Refused
from tests.files.conftest import DOCX, MACRO, PDF, XLSX, archive, image, upload

ALL = ("image", "pdf", "docx", "xlsx", "zip")
MEGABYTE = 1024 * 1024

ACCEPTED = {
    "照片.png": (image("PNG"), "image/png"),
    "照片.jpg": (image("JPEG"), "image/jpeg"),
    "照片.JPEG": (image("JPEG"), "image/jpeg"),
    "照片.gif": (image("GIF"), "image/gif"),
    "照片.webp": (image("WEBP"), "image/webp"),
    "合同.pdf": (PDF, "application/pdf"),
    "合同.docx": (DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "清单.xlsx": (XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "原始数据.zip": (archive("a.csv"), "application/zip"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_real_files_are_accepted_whatever_the_browser_claims(li, name):
    content, media_type = ACCEPTED[name]
    stored = store(upload(name, content, "text/html"), actor=li, purpose="toy_contract", max_bytes=MEGABYTE, kinds=ALL)
    with stored.content.open() as file:
        assert (stored.media_type, stored.size, stored.name, file.read()) == (media_type, len(content), name, content)


BROKEN = {
    "HTML named as a picture": ("照片.png", b"<html><script>alert(1)</script>"),
    "SVG with a script": ("照片.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
    "half a JPEG": ("照片.jpg", image("JPEG", (800, 600))[:900]),
    "half a PNG": ("照片.png", image("PNG", (300, 300))[:-60]),
    "only the magic bytes of a PNG": ("照片.png", b"\x89PNG\r\n\x1a\n" + b"0" * 50),
    "a picture type not accepted": ("照片.bmp", image("BMP")),
    "a PDF cut off": ("合同.pdf", b"%PDF-1.4\n" + b"0" * 5000),
    "a program": ("合同.pdf", b"\x7fELF" + b"0" * 500),
    "a PDF header after a script": ("合同.pdf", b"<script></script>" + PDF),
    "an archive cut off": ("清单.xlsx", XLSX[:-30]),
    "a document with macros": ("合同.docx", MACRO),
    "an archive of too many files": ("原始数据.zip", archive(*[str(i) for i in range(10_001)])),
    "text": ("说明.txt", "你好".encode()),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_and_foreign_files_are_refused(li, case):
    name, content = BROKEN[case]
    with pytest.raises(Refused, match=f"^「{name}」不是可接受的类型，或文件已损坏。请上传") as refused:
        store(upload(name, content, "image/png"), actor=li, purpose="toy_contract", max_bytes=MEGABYTE, kinds=ALL)
    assert (refused.value.code, StoredFile.objects.count()) == ("file_type", 0)


def test_a_good_file_of_a_kind_not_asked_for_is_refused_with_what_was(li):
    with pytest.raises(Refused) as refused:
        store(upload("合同.docx", DOCX), actor=li, purpose="toy_contract", max_bytes=MEGABYTE, kinds=("image", "pdf"))
    assert str(refused.value) == "「合同.docx」不是可接受的类型，或文件已损坏。请上传图片（PNG、JPG、GIF、WebP）、PDF。"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("照片.pdf", image("PNG"), "「照片.pdf」的内容与扩展名不符，应为 .png。请改正文件名后再上传。"),
        ("合同.html", PDF, "「合同.html」的内容与扩展名不符，应为 .pdf。请改正文件名后再上传。"),
        ("清单.zip", XLSX, "「清单.zip」的内容与扩展名不符，应为 .xlsx。请改正文件名后再上传。"),
        ("空.pdf", b"", "「空.pdf」是空文件。请检查后重新选择。"),
        ("大.pdf", PDF + b"0" * 3 * MEGABYTE, "「大.pdf」有 3.0 MB，超过上限 1 MB。请压缩后再上传。"),
        ("...", PDF, "文件没有名称。请命名后再上传。"),
    ],
)
def test_wrong_names_empty_and_large_files_are_refused_with_a_remedy(li, name, content, sentence):
    with pytest.raises(Refused) as refused:
        store(upload(name, content), actor=li, purpose="toy_contract", max_bytes=MEGABYTE, kinds=ALL)
    assert str(refused.value) == sentence


def test_a_picture_that_would_fill_the_memory_is_refused(li):
    bomb = image("PNG", (9000, 6000))  # a few kilobytes that unpack to 160 MB
    with pytest.raises(Refused, match="不是可接受的类型"):
        store(upload("照片.png", bomb), actor=li, purpose="toy_contract", max_bytes=MEGABYTE)


def test_a_pdf_is_recognized_by_its_beginning_and_its_end(li):
    long = PDF[:-6] + b" " * 3 * HEAD_BYTES + b"%%EOF\n"
    stored = store(upload("合同.pdf", long), actor=li, purpose="toy_contract", max_bytes=MEGABYTE)
    assert stored.media_type == "application/pdf"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/合同.pdf", "合同.pdf"),
        ("C:\\Users\\li\\合同.pdf", "合同.pdf"),
        ("合\r\n同\u202efdp.pdf", "合同fdp.pdf"),
        ("名" * 300 + ".pdf", "名" * 196 + ".pdf"),
    ],
)
def test_names_keep_only_what_can_be_shown(given, kept):
    assert safe_name(given) == kept


def test_the_bytes_lie_under_a_name_nobody_chose(li):
    stored = store(upload("../../合同.pdf", PDF), actor=li, purpose="toy_contract", max_bytes=MEGABYTE)
    assert stored.content.name == f"{stored.public_id.hex[:2]}/{stored.public_id.hex}"


def test_a_purpose_nobody_registered_is_a_mistake_of_the_program(li):
    with pytest.raises(LookupError):
        store(upload("合同.pdf", PDF), actor=li, purpose="nothing", max_bytes=MEGABYTE)
