"""Three hundred uploads that are not what they claim: each is refused with a sentence, and nothing is written anywhere."""

import html
import io
import random
import re
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from gongyi.files.models import StoredFile
from gongyi.kit.templatetags.gongyi import filesize_zh
from gongyi.onboarding.models import ApplicationDocument
from gongyi.onboarding.registrations import REGISTRATIONS, Part, Registration, Slot
from gongyi.onboarding.services import wizard
from gongyi.organizations.models import Capacity
from tests.factories.accounts import person
from tests.factories.applications import PDF, image_upload, picture

pytestmark = pytest.mark.django_db
LIMIT = 200_000
AS_MANY = 300


class Papers(Part):
    """A part that takes every kind there is."""

    key = "papers"
    title = "材料"

    def slots(self, application):
        return (
            Slot(
                "picture",
                "图片",
                kinds=("image",),
                image_types=("image/gif", "image/jpeg", "image/png"),
                max_bytes=LIMIT,
            ),
            Slot("scan", "扫描件", max_bytes=LIMIT),
            Slot("letter", "文档", kinds=("docx",), max_bytes=LIMIT),
        )


class Every(Registration):
    capacity = Capacity.SERVICE
    title, summary = "材料", "材料"
    needs_account = False
    parts = (Papers(),)


def archive(entries: dict[str, bytes], **words) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **words) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return target.getvalue()


DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
EXE = b"MZ\x90\x00" + b"\x00" * 60 + b"PE\x00\x00"
HOSTILE_NAMES = (
    "../../etc/passwd.png",
    "..\\..\\windows\\a.png",
    "a\x00b.png",
    "a\nb.png",
    "\u202egnp.exe.png",
    "图片\x1b[31m.png",
    "....png",
)


def docx_bomb() -> bytes:
    """A small archive that would unpack to hundreds of megabytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in DOCX.items():
            file.writestr(name, content)
        with file.open("word/media/big.bin", "w", force_zip64=True) as entry:
            for _megabyte in range(320):
                entry.write(b"\x00" * 1024 * 1024)
    return target.getvalue()


def lying_docx() -> bytes:
    """An entry whose stored checksum is not that of its content."""
    good = archive(DOCX)
    crc = zlib.crc32(DOCX["word/document.xml"]).to_bytes(4, "little")
    return good.replace(crc, b"\x00\x01\x02\x03")


def noise(dice: random.Random, size: int) -> bytes:
    return dice.randbytes(size)


def photo(dice: random.Random, kind: str) -> bytes:
    """A picture with something in it, so that cutting it off shows."""
    return picture(kind, (dice.randrange(40, 120), dice.randrange(40, 120)), f"#{dice.randrange(2**24):06x}")


def cases() -> list[tuple[str, str, bytes]]:
    """(slot, name, content) of every bad upload."""
    dice = random.Random(20261121)
    made: list[tuple[str, str, bytes]] = []
    for kind, suffix in (("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif")):
        for number in range(20):  # cut off somewhere
            whole = photo(dice, kind)
            made.append(("scan", f"截断{number}.{suffix}", whole[: dice.randrange(8, len(whole) * 3 // 5)]))
        for number in range(8):  # a picture that is also something else
            tail = dice.choice(
                [archive({"a.class": b"x"}), HTML, PDF, b"<?php system($_GET[0]);", b"<SCRIPT>alert(1)</SCRIPT>"]
            )
            made.append(("picture", f"夹带{number}.{suffix}", photo(dice, kind) + tail))
        for other in ("pdf", "docx", "exe", "svg", "html", "txt", ""):  # another suffix than the content
            made.append(("scan", f"改名.{other}", photo(dice, kind)))
        made.append(("letter", f"图片.{suffix}", photo(dice, kind)))
        made.append(("picture", f"过大.{suffix}", photo(dice, kind) + b"\x00" * LIMIT))
    for number in range(24):  # no end, or no beginning
        body = PDF.replace(b"%%EOF", b"") + noise(dice, dice.randrange(10, 3000))
        made.append(("scan", f"没有结尾{number}.pdf", body))
        made.append(("scan", f"没有开头{number}.pdf", noise(dice, 8) + PDF))
    for number in range(12):
        made.append(
            ("scan", f"又是压缩包{number}.pdf", PDF + archive({"a.txt": noise(dice, 20)}) + b"%%EOF"[: number % 2 * 5])
        )
        made.append(("picture", f"其实是 PDF {number}.png", PDF))
    for number, (content, name) in enumerate(
        [(SVG, "图.svg"), (SVG, "图.png"), (HTML, "页.html"), (HTML, "页.png"), (HTML, "页.jpg"), (HTML, "页.pdf"), (EXE, "程序.exe"),
         (EXE, "程序.png"), (EXE, "程序.pdf"), (EXE, "程序.docx"), (b"", "空.png"), (b"", "空.pdf"), (b"", "空.docx"),
         (b"GIF89a/*", "脚本.gif"), (b"\x89PNG\r\n\x1a\n", "只有头.png"), (b"\xff\xd8\xff\xe0", "只有头.jpg"), (b"%PDF-", "只有头.pdf")]
    ):  # fmt: skip
        for slot in ("picture", "scan", "letter"):
            made.append((slot, f"{number}{name}", content))
    for name, content in {
        "炸弹.docx": docx_bomb(),
        "校验不符.docx": lying_docx(),
        "宏.docx": archive(DOCX | {"word/vbaProject.bin": b"x"}),
        "穿越.docx": archive(DOCX | {"../../evil.sh": b"x"}),
        "绝对.docx": archive(DOCX | {"/etc/passwd": b"x"}),
        "只是压缩包.docx": archive({"a.txt": b"x"}),
        "表格.docx": archive({"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"}),
        "截断.docx": archive(DOCX)[:-30],
    }.items():
        made.append(("letter", name, content))
        made.append(("scan", name, content))
    for name in HOSTILE_NAMES:  # names that would be dangerous if anybody believed them
        for content in (SVG, EXE, photo(dice, "PNG")[:60], b""):
            made.append(("scan", name, content))
    while len(made) < AS_MANY:
        suffix = dice.choice(("png", "jpg", "gif", "pdf", "docx"))
        made.append(
            (
                dice.choice(("picture", "scan", "letter")),
                f"杂音{len(made)}.{suffix}",
                noise(dice, dice.randrange(1, 4000)),
            )
        )
    return made


def complaint(page: str) -> str:
    """The sentence an answer shows at its slot."""
    found = re.search(r"data-slot-error>(.*?)</div>", page, re.S)
    return html.unescape(re.sub(r"<[^>]+>", "", found.group(1))).strip() if found else ""


@pytest.fixture
def draft(monkeypatch, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }  # fmt: skip
    monkeypatch.setitem(REGISTRATIONS, Capacity.SERVICE, Every())
    return wizard.begin(REGISTRATIONS[Capacity.SERVICE], person("沈立人"))


def test_three_hundred_bad_uploads_are_each_refused_with_a_sentence_and_nothing_is_written(draft, tmp_path):
    browser = Client()
    browser.force_login(draft.applicant, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    bad = cases()
    assert len(bad) >= AS_MANY
    accepted, silent = [], []
    for slot, name, content in bad:
        sent = SimpleUploadedFile("x", content, content_type="image/png")
        sent._name = name  # as a hostile client would write it, past Django's own cleaning
        answer = browser.post(reverse("onboarding:upload", args=[draft.secret, slot]), {"file": sent})
        if answer.status_code != 422:
            accepted.append((slot, name, answer.status_code))
        elif not re.fullmatch(r".{6,}。", complaint(answer.text)):
            silent.append((slot, name, complaint(answer.text)))
    assert accepted == []
    assert silent == []
    assert not StoredFile.objects.exists()
    assert not ApplicationDocument.objects.exists()
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_good_files_of_the_same_kinds_are_taken_in(draft):
    """What shows that the refusals above are about the files."""
    browser = Client()
    browser.force_login(draft.applicant, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    good = {
        "picture": [image_upload(f"a.{s}", kind=k) for k, s in (("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"))],
        "scan": [SimpleUploadedFile("a.pdf", PDF), image_upload("a.jpeg", kind="JPEG")],
        "letter": [SimpleUploadedFile("a.docx", archive(DOCX))],
    }
    for slot, files in good.items():
        for file in files:
            address = reverse("onboarding:upload", args=[draft.secret, slot])
            assert browser.post(address, {"file": file}).status_code == 200, (slot, file.name)
    assert StoredFile.objects.count() == 6


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_shown_and_kept_only_in_a_harmless_form(draft, name):
    browser = Client()
    browser.force_login(draft.applicant, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    sent = SimpleUploadedFile("x", picture(), content_type="image/png")
    sent._name = name
    answer = browser.post(reverse("onboarding:upload", args=[draft.secret, "scan"]), {"file": sent})
    assert (answer.status_code == 200) == StoredFile.objects.exists()
    for stored in StoredFile.objects.all():
        assert not set(stored.name) & set("/\\\x00\n\x1b\u202e")
        assert ".." not in stored.content.name


def test_the_limit_of_a_slot_is_said_before_and_after(draft):
    browser = Client()
    browser.force_login(draft.applicant, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    page = browser.get(reverse("onboarding:part", args=[draft.secret, "papers"])).text
    assert f"图片（GIF、JPG、PNG），不超过 {filesize_zh(LIMIT)}" in page
    big = SimpleUploadedFile("a.png", picture() + b"\x00" * LIMIT)
    answer = browser.post(reverse("onboarding:upload", args=[draft.secret, "scan"]), {"file": big})
    assert f"超过上限 {filesize_zh(LIMIT)}" in answer.text
    assert "请压缩后再上传" in answer.text


def test_nothing_sent_is_answered_with_what_to_do(draft):
    browser = Client()
    browser.force_login(draft.applicant, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    answer = browser.post(reverse("onboarding:upload", args=[draft.secret, "scan"]))
    assert (answer.status_code, "请选择文件后再上传" in answer.text) == (422, True)
    assert browser.post(reverse("onboarding:upload", args=[draft.secret, "nothing"])).status_code == 404


def test_a_page_may_not_fill_the_database_with_what_it_posts(draft):
    part = Papers()
    posted = QueryDict(mutable=True)
    for number in range(2000):
        posted.setlist(f"n{number}", ["x" * 100_000])
    kept = part.keep(posted)
    assert len(kept) <= 600
    assert max(len(value) for values in kept.values() for value in values) <= 20_000
