"""Pictures and papers of an instrument: several at once, and what becomes of those there are (S2-19, S1-43)."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import Instrument, InstrumentAttachment, InstrumentPhoto
from gongyi.catalog.uploads import ATTACHMENT_BYTES, ATTACHMENT_KINDS, MAX_ATTACHMENTS, MAX_PHOTOS, PHOTO_BYTES
from gongyi.organizations.forms.showcase import PicturesField

PHOTO_RULES = _("请上传清晰的仪器实物照片：不用网络图片，画面中不要有人。")


def photos_field(*, required: bool = False) -> PicturesField:
    field = PicturesField(
        label=_("上传照片"), most=MAX_PHOTOS, max_bytes=PHOTO_BYTES, kinds=("image",), required=required
    )
    field.help_text = _(
        "%(rules)s可一次选多张；PNG、JPG、GIF、WebP，每张不超过 20 MB，系统自动转成国家平台要求的 JPG（1 MB 以内）。"
    ) % {"rules": PHOTO_RULES}
    return field


def attachments_field(*, required: bool = False) -> PicturesField:
    field = PicturesField(
        label=_("上传附件"), most=MAX_ATTACHMENTS, max_bytes=ATTACHMENT_BYTES, kinds=ATTACHMENT_KINDS, required=required
    )
    field.help_text = _("如说明书、验收报告、操作规程。PDF、Word（.docx）、Excel（.xlsx）或图片，每个不超过 20 MB。")
    return field


class PhotosForm(forms.Form):
    """Further photos; their file names become captions, which can be changed in the registration form."""

    wide = ("photos", "caption")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photos"] = photos_field(required=True)
        self.fields["caption"] = forms.CharField(
            label=_("说明"), max_length=100, required=False, help_text=_("如 正面、样品台；不填则用文件名。")
        )


class AttachmentsForm(forms.Form):
    """Further papers; their file names become titles."""

    wide = ("attachments",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attachments"] = attachments_field(required=True)
        self.fields["public"] = forms.BooleanField(
            label=_("向所有人公开"), required=False, help_text=_("不公开的只有仪器管理员和审核人员能看到。")
        )


class PhotoRow(forms.Form):
    """What becomes of a photo that is there."""

    caption = forms.CharField(label=_("说明"), max_length=100, required=False)
    rank = forms.IntegerField(label=_("顺序"), min_value=1, max_value=999, required=False)
    drop = forms.BooleanField(label=_("删除"), required=False)


class AttachmentRow(forms.Form):
    """What becomes of a paper that is there."""

    title = forms.CharField(label=_("名称"), max_length=100, required=False)
    public = forms.BooleanField(label=_("公开"), required=False)
    drop = forms.BooleanField(label=_("删除"), required=False)


@dataclass
class Kept:
    """A stored picture or paper with its row of the form."""

    row: InstrumentPhoto | InstrumentAttachment
    form: forms.Form


class KeptFiles:
    """All pictures and papers there are as one part of the form."""

    def __init__(self, instrument: Instrument, data: Any = None) -> None:
        self.is_bound = data is not None
        self.photos = [
            Kept(
                photo,
                PhotoRow(data, prefix=f"photo-{photo.pk}", initial={"caption": photo.caption, "rank": place}),
            )
            for place, photo in enumerate(instrument.photos.select_related("file"), start=1)
        ]
        self.attachments = [
            Kept(
                row,
                AttachmentRow(data, prefix=f"attachment-{row.pk}", initial={"title": row.title, "public": row.public}),
            )
            for row in instrument.attachments.select_related("file")
        ]

    @property
    def errors(self) -> dict[str, Any]:
        rows = [*self.photos, *self.attachments]
        return {kept.form.add_prefix(name): errors for kept in rows for name, errors in kept.form.errors.items()}
