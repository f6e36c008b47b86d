"""The upload field of forms refuses with the service's sentences."""

from django import forms

from gongyi.files.forms import UploadField
from tests.files.conftest import PDF, image, upload


class PhotoForm(forms.Form):
    photo = UploadField(label="照片", max_bytes=2000, kinds=("image",))


def test_a_photo_passes_and_can_still_be_read():
    form = PhotoForm({}, {"photo": upload("照片.png", image("PNG"))})
    assert form.is_valid()
    assert form.cleaned_data["photo"].read() == image("PNG")


def test_anything_else_is_answered_with_the_sentence():
    form = PhotoForm({}, {"photo": upload("照片.png", PDF)})
    assert form.errors == {"photo": ["「照片.png」不是可接受的类型，或文件已损坏。请上传图片（PNG、JPG、GIF、WebP）。"]}


def test_the_limits_stand_beside_the_field():
    field = PhotoForm()["photo"]
    assert str(field.help_text) == "图片（PNG、JPG、GIF、WebP），不超过 2 KB"
    assert 'accept=".gif,.jpg,.jpeg,.png,.webp"' in str(field)
