"""Photos in one ZIP: each file finds its instrument or is refused by itself; what hides in archives does not get in (S1-43)."""

import io
import struct
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from gongyi.catalog.importing import PHOTOS, archive
from gongyi.catalog.models import Instrument, InstrumentPhoto
from gongyi.imports import services as imports
from gongyi.imports.models import ImportRun
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.refusal import Refused
from tests.factories.accounts import person, platform_admin
from tests.factories.catalog import instrument
from tests.factories.organizations import join, organization, unit_admin

pytestmark = pytest.mark.django_db


def jpeg(color="red", size=(40, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "JPEG")
    return buffer.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


@pytest.fixture
def admin(unit):
    return unit_admin(unit)


@pytest.fixture
def scope(unit):
    """A scanning microscope SB-001 and a fridge SB-002."""
    instrument("冰箱", unit=unit, internal_no="SB-002")
    return instrument("扫描电镜", unit=unit, internal_no="SB-001")


@pytest.fixture
def checked(unit, admin):
    def make(content: bytes, actor=admin) -> ImportRun:
        upload = SimpleUploadedFile("照片.zip", content)
        run = imports.upload(importer=PHOTOS, context_id=unit.pk, upload=upload, actor=actor)
        imports.check(run.pk)
        run.refresh_from_db()
        assert run.status == "checked", run.problem
        return run

    return make


def carried_out(run) -> ImportRun:
    ImportFlow.fire(run, "start", actor=run.actor, mode="good")
    imports.carry_out(run.pk)
    run.refresh_from_db()
    assert run.status == "done", run.problem
    return run


def said(run) -> dict[str, str]:
    return {row.cells[0]: "".join(p[2] for p in row.problems) or row.verdict for row in run.rows.order_by("number")}


def test_every_file_finds_its_instrument_by_its_name_or_its_folder(checked, scope):
    run = checked(
        zipped(
            {
                "SB-001.jpg": jpeg("red"), "SB-001_2.JPG": jpeg("blue"), "照片/ｓｂ－001 (3).jpg": jpeg("green"),
                "照片/SB-002/正面.jpg": jpeg("white"), f"{scope.number}.jpeg": jpeg("gray"), "SB-999.jpg": jpeg(),
                "__MACOSX/._SB-001.jpg": b"x", "照片/Thumbs.db": b"x",
            }
        )
    )  # fmt: skip
    assert said(run) == {
        "SB-001.jpg": "new", "SB-001_2.JPG": "new", "照片/ｓｂ－001 (3).jpg": "new", "照片/SB-002/正面.jpg": "new",
        f"{scope.number}.jpeg": "new", "SB-999.jpg": "本单位没有编号为「SB-999」的仪器。请用所在单位仪器编号命名。",
    }  # fmt: skip
    carried_out(run)
    assert [photo.caption for photo in scope.photos.all()][:2] == ["SB-001", "SB-001_2"]
    assert Instrument.objects.get(internal_no="SB-002").photos.get().caption == "正面"
    assert scope.photos.count() == 4


def test_names_windows_packs_in_gbk_are_read(checked, unit):
    made = instrument("冰箱", unit=unit, internal_no="冰箱一号")
    content = zipped({"AAAABBBB.jpg": jpeg()}).replace(b"AAAABBBB", "冰箱一号".encode("gbk"))
    carried_out(checked(content))
    assert made.photos.count() == 1


def test_what_is_no_picture_too_large_or_strange_is_refused_by_itself(checked, scope, monkeypatch):
    monkeypatch.setattr("gongyi.catalog.importing.photos.PHOTO_BYTES", 200_000)
    run = checked(
        zipped(
            {
                "SB-001.jpg": jpeg(), "SB-001_2.jpg": b"<html>no picture</html>", "SB-001_3.jpg": b"", "SB-001_4.jpg": bytes(300_000),
                "../SB-001_5.jpg": jpeg("blue"), "/SB-001_6.jpg": jpeg("blue"), "SB-001_7.pdf": b"%PDF-1.4 %%EOF",
                "SB-001_8.png": jpeg("green"), "SB-001_9.jpg": jpeg("red"),
            }
        )
    )  # fmt: skip
    answers = said(run)
    assert answers.pop("SB-001.jpg") == "new"
    for name, sentence in {
        "SB-001_2.jpg": "不是可接受的类型", "SB-001_3.jpg": "空文件", "SB-001_4.jpg": "超过上限", "../SB-001_5.jpg": "路径不正常",
        "/SB-001_6.jpg": "路径不正常", "SB-001_7.pdf": "不是可接受的类型", "SB-001_8.png": "扩展名不符", "SB-001_9.jpg": "同一张照片",
    }.items():  # fmt: skip
        assert sentence in answers[name], name
    carried_out(run)
    assert InstrumentPhoto.objects.count() == 1


def test_a_file_that_unpacks_to_more_than_it_says_is_stopped(checked, scope, monkeypatch):
    monkeypatch.setattr("gongyi.catalog.importing.photos.PHOTO_BYTES", 100_000)
    content = bytearray(zipped({"SB-001.jpg": bytes(5_000_000)}))
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = struct.pack("<I", 1_000)  # the size it claims
    run = checked(bytes(content))
    assert run.wrong_count == 1
    assert not any("new" in answer for answer in said(run).values())


def test_all_together_have_a_budget(checked, scope, monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1_000)
    run = checked(zipped({f"SB-001_{n}.jpg": jpeg(("red", "blue", "green")[n], (200, 200)) for n in range(3)}))
    assert "解压后过大" in " ".join(said(run).values())


@pytest.mark.parametrize(
    "content",
    [b"no archive", b"", b"PK\x03\x04rubbish", zipped({}), zipped({f"{n}.jpg": b"" for n in range(5_001)})],
    ids=["text", "empty", "damaged", "nothing in it", "too many"],
)
def test_what_is_no_archive_of_photos_is_refused_with_a_sentence(unit, admin, content):
    with pytest.raises(Refused) as refusal:
        imports.upload(importer=PHOTOS, context_id=unit.pk, upload=SimpleUploadedFile("照片.zip", content), actor=admin)
    assert str(refusal.value).endswith("。")


def test_the_same_archive_again_adds_nothing(checked, scope):
    content = zipped({"SB-001.jpg": jpeg("red"), "SB-001_2.png": png()})
    carried_out(checked(content))
    run = checked(content)
    assert run.good_count == 0
    assert scope.photos.count() == 2


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA", (30, 30), "blue").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_full_album_and_an_instrument_under_review_take_no_more(checked, scope):
    Instrument.objects.filter(internal_no="SB-002").update(status="pending")
    colours = [(n * 20, 0, 0) for n in range(13)]
    files = {f"SB-001_{n}.jpg": jpeg(colour, (64, 64)) for n, colour in enumerate(colours, start=1)}
    run = checked(zipped({**files, "SB-002.jpg": jpeg("white")}))
    assert (run.new_count, run.wrong_count) == (12, 2)
    assert "最多 12 张" in said(run)["SB-001_13.jpg"]
    assert "正在审核" in said(run)["SB-002.jpg"]


def test_all_photos_of_an_archive_are_taken_back(checked, scope):
    run = carried_out(checked(zipped({"SB-001.jpg": jpeg()})))
    ImportFlow.fire(run, "undo", actor=run.actor, reason="传错了")
    imports.take_back(run.pk)
    run.refresh_from_db()
    assert (run.status, scope.photos.count()) == ("undone", 0)


def test_only_who_keeps_the_unit_uploads_and_the_pages_speak_of_photos(client, unit, admin, checked, scope):
    for user, expected in ((unit_admin(organization()), 404), (join(person(), unit), 404), (platform_admin(), 200)):
        client.force_login(user)
        assert client.get(f"/catalog/import/{unit.pk}/photos/").status_code == expected
    client.force_login(admin)
    page = client.get(f"/catalog/import/{unit.pk}/photos/").content.decode()
    assert "SB-001_2.jpg" in page
    assert "下载模板" not in page
    run = checked(zipped({"SB-001.jpg": jpeg(), "X.jpg": jpeg("blue")}))
    page = client.get(run.get_absolute_url()).content.decode()
    assert "1 张可以导入，1 张有问题" in page
    assert "下载问题行" not in page
    assert client.get(f"/imports/{run.pk}/errors/").status_code == 404
    assert client.get(f"/imports/{run.pk}/columns/").status_code == 404
