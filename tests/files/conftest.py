"""Private storage of its own for every test, purposes, and small real files of each kind."""

import io
import zipfile

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from gongyi.files import purposes


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }


@pytest.fixture(autouse=True)
def _purposes(monkeypatch):
    """A public one, a private one, and one whose files follow their subject: here, the person's own record."""
    known = {
        "toy_photo": purposes.Purpose("照片", public=True),
        "toy_contract": purposes.Purpose("合同"),
        "toy_report": purposes.Purpose(
            "报告", subjects_visible_to=lambda user: get_user_model().objects.visible_to(user).values("pk")
        ),
    }
    for name, purpose in known.items():
        monkeypatch.setitem(purposes.PURPOSES, name, purpose)


@pytest.fixture
def li(db):
    return get_user_model().objects.create(username="li", name="李明")


@pytest.fixture
def zhou(db):
    return get_user_model().objects.create(username="zhou", name="周敏")


@pytest.fixture
def admin(db):
    return get_user_model().objects.create(username="admin", name="管理员", is_staff=True)


def image(kind, size=(20, 10)):
    target = io.BytesIO()
    Image.new("RGB", size, "teal").save(target, kind)
    return target.getvalue()


def archive(*names):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return target.getvalue()


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
MACRO = archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")


def upload(name, content, claimed="application/octet-stream"):
    return SimpleUploadedFile(name, content, content_type=claimed)
