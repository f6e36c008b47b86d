"""Pictures and papers of an instrument (S2-19, S1-43)."""

import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from gongyi.audit.models import AuditEvent
from gongyi.catalog import services
from gongyi.catalog.models import InstrumentAttachment
from gongyi.catalog.pictures import LONGEST_SIDE_PIXELS, MOST_BYTES
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.files.models import StoredFile
from gongyi.kit.refusal import Refused
from tests.factories.accounts import person
from tests.factories.catalog import instrument, registered
from tests.factories.files import pdf, picture
from tests.factories.organizations import department, member, organization

pytestmark = pytest.mark.django_db
PORTRAIT = 6  # EXIF: to be turned by 90°
ORIENTATION, GPS = 0x0112, 0x8825


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


@pytest.fixture
def manager(unit):
    return member(unit, "周敏")


@pytest.fixture
def made(unit, manager):
    return instrument("扫描电镜", unit=unit, managers=(manager,))


def photograph(width=4000, height=3000) -> SimpleUploadedFile:
    """As a phone makes it: large, lying on its side, with the place it was taken at."""
    image = Image.effect_noise((width, height), 80).convert("RGB")
    notes = Image.Exif()
    notes[ORIENTATION] = PORTRAIT
    notes.get_ifd(GPS)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, exif=notes)
    return SimpleUploadedFile("IMG_0001.jpeg", out.getvalue(), "image/jpeg")


def opened(photo) -> Image.Image:
    return Image.open(photo.file.content)


def test_a_photo_of_any_size_becomes_a_jpg_within_the_national_limit(made, manager):
    """S2-19; domain: jpg ≤ 1 MB."""
    upload = photograph()
    assert upload.size > MOST_BYTES
    photo = services.add_photo(instrument=made, upload=upload, caption="", actor=manager)
    image = opened(photo)
    assert (photo.file.media_type, photo.file.size <= MOST_BYTES) == ("image/jpeg", True)
    assert (image.height > image.width, max(image.size) <= LONGEST_SIDE_PIXELS) == (True, True)
    assert not image.getexif()
    assert (photo.caption, photo.file.name) == ("IMG_0001", "IMG_0001.jpg")


@pytest.mark.parametrize(("name", "kind"), [("正面.png", "PNG"), ("动.gif", "GIF"), ("新.webp", "WEBP")])
def test_other_formats_become_jpg(made, manager, name, kind):
    photo = services.add_photo(instrument=made, upload=picture(name, kind), caption="正面", actor=manager)
    assert (opened(photo).format, photo.caption) == ("JPEG", "正面")


def test_what_shines_through_lies_on_white(made, manager):
    out = io.BytesIO()
    Image.new("RGBA", (30, 20), (0, 0, 0, 0)).save(out, "PNG")
    upload = SimpleUploadedFile("透明.png", out.getvalue(), "image/png")
    photo = services.add_photo(instrument=made, upload=upload, caption="", actor=manager)
    assert opened(photo).getpixel((5, 5)) == (255, 255, 255)


def test_a_fitting_jpg_stays_as_it_is(made, manager):
    upload = picture("正面.jpg", "JPEG")
    content = upload.read()
    upload.seek(0)
    photo = services.add_photo(instrument=made, upload=upload, caption="", actor=manager)
    assert photo.file.content.read() == content


def test_several_at_once_and_no_thirteenth(client, made, manager):
    client.force_login(manager)
    answer = client.post(f"/catalog/{made.pk}/photos/add/", {"photos": [picture(f"{n}.png") for n in range(11)]})
    assert (answer.status_code, made.photos.count()) == (302, 11)
    answer = client.post(f"/catalog/{made.pk}/photos/add/", {"photos": [picture("a.png"), picture("b.png")]})
    assert (answer.status_code, made.photos.count()) == (422, 11)
    assert "最多 12 张照片" in answer.content.decode()


def test_what_is_no_picture_is_refused(client, made, manager):
    client.force_login(manager)
    fake = SimpleUploadedFile("x.png", b"<script>", "image/png")
    answer = client.post(f"/catalog/{made.pk}/photos/add/", {"photos": [picture("好.png"), fake]})
    assert (answer.status_code, made.photos.count()) == (422, 0)
    assert "「x.png」不是可接受的类型" in answer.content.decode()


def test_the_rules_are_said_at_the_upload(client, made, manager):
    """S2-19: 清晰实物照片、不用网络图片、不得有人."""
    client.force_login(manager)
    for page in ("edit/", "photos/add/"):
        text = client.get(f"/catalog/{made.pk}/{page}").content.decode()
        assert "不用网络图片，画面中不要有人" in text


def test_photos_are_named_put_in_order_and_taken_away(client, unit, manager):
    made = registered(unit=unit, managers=(manager,), department=department(unit), status="approved")
    first = made.photos.get()
    second = services.add_photo(instrument=made, upload=picture("样品台.png"), caption="", actor=manager)
    third = services.add_photo(instrument=made, upload=picture("错.png"), caption="", actor=manager)
    client.force_login(manager)
    person_key = made.staff.get().pk
    data = {
        "name": made.name, "resource_type": "instrument", "go": "save", "timed_booking": "on", "no_platform": "on",
        f"photo-{first.pk}-caption": "整机", f"photo-{first.pk}-rank": "2",
        f"photo-{second.pk}-caption": "样品台近照", f"photo-{second.pk}-rank": "1",
        f"photo-{third.pk}-caption": "错", f"photo-{third.pk}-rank": "3", f"photo-{third.pk}-drop": "on",
        "staff_rows": [str(person_key)], f"staff-{person_key}-role": "operator", f"staff-{person_key}-name": "郑一帆",
        f"staff-{person_key}-phone": "13900000002",
    }  # fmt: skip
    made.status = "draft"
    made.save()
    assert client.post(f"/catalog/{made.pk}/edit/", data).status_code == 302
    assert list(made.photos.values_list("caption", flat=True)) == ["样品台近照", "整机"]
    assert set(AuditEvent.objects.values_list("what", flat=True)) >= {"上传照片", "整理照片", "删除照片"}


def test_a_photo_is_public_and_goes_with_its_file(client, made, manager):
    photo = services.add_photo(instrument=made, upload=picture("正面.png"), caption="正面", actor=manager)
    address = photo.file.get_absolute_url()
    assert client.get(address).status_code == 200
    assert address in client.get(made.get_absolute_url()).content.decode()
    client.force_login(person())
    assert client.post(f"/catalog/{made.pk}/photos/{photo.pk}/remove/").status_code == 404
    client.force_login(manager)
    client.post(f"/catalog/{made.pk}/photos/{photo.pk}/remove/")
    assert (made.photos.count(), StoredFile.objects.filter(pk=photo.file_id).count()) == (0, 0)


def test_what_a_reviewer_was_shown_can_be_looked_at_again(unit, manager):
    made = registered(unit=unit, managers=(manager,), department=department(unit))
    InstrumentFlow.fire(made, "submit", actor=manager)
    InstrumentFlow.fire(made, "withdraw", actor=manager)
    photo = made.photos.get()
    services.remove_photo(photo=photo, actor=manager)
    assert StoredFile.objects.filter(pk=photo.file_id).exists()


# ── papers ──


def test_papers_are_kept_named_shown_to_everyone_or_not_and_deleted(client, made, manager):
    """S1-43: 相关附件."""
    client.force_login(manager)
    answer = client.post(
        f"/catalog/{made.pk}/attachments/add/",
        {"attachments": [pdf("说明书.pdf"), picture("铭牌.png")], "public": "on"},
    )
    assert (answer.status_code, sorted(made.attachments.values_list("title", flat=True))) == (302, ["说明书", "铭牌"])
    manual = made.attachments.get(title="说明书")
    client.logout()
    assert client.get(manual.file.get_absolute_url()).status_code == 200
    assert "说明书" in client.get(made.get_absolute_url()).content.decode()
    services.change_attachment(attachment=manual, title="使用说明书", public=False, actor=manager)
    assert client.get(manual.file.get_absolute_url()).status_code == 404
    assert "使用说明书" not in client.get(made.get_absolute_url()).content.decode()
    assert AuditEvent.objects.get(what="修改附件").after == "使用说明书（不公开）"
    client.force_login(manager)
    client.post(f"/catalog/{made.pk}/attachments/{manual.pk}/remove/")
    assert made.attachments.count() == 1


def test_who_sees_a_paper(unit, made, manager):
    paper = services.add_attachment(instrument=made, upload=pdf(), actor=manager)
    draft = registered(unit=unit, managers=(manager,))
    open_paper = services.add_attachment(instrument=draft, upload=pdf(), actor=manager, public=True)
    assert set(InstrumentAttachment.objects.visible_to(manager)) == {paper, open_paper}
    for stranger in (AnonymousUser(), person()):
        assert not InstrumentAttachment.objects.visible_to(stranger).exists()


def test_programs_are_no_papers(made, manager):
    with pytest.raises(Refused):
        services.add_attachment(instrument=made, upload=SimpleUploadedFile("x.exe", b"MZ" + b"\0" * 100), actor=manager)
