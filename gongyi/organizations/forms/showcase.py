"""Input about what an institution shows of itself: qualification pictures, success cases (S3-46 … S3-49, S3-56, S3-57)."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongyi.files.forms import UploadField
from gongyi.organizations.forms.certificates import PICTURE_BYTES, PICTURE_KINDS
from gongyi.organizations.models import SuccessCase

MOST_PICTURES_AT_ONCE = 20
MOST_PICTURES_OF_A_CASE = 10


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PicturesField(UploadField):
    """Several pictures at once; each is checked, and every one that is wrong is named."""

    widget = ManyFiles

    def __init__(self, *, most: int, max_bytes: int = PICTURE_BYTES, kinds: tuple[str, ...] = PICTURE_KINDS, **kwargs):
        self.most = most
        super().__init__(max_bytes=max_bytes, kinds=kinds, **kwargs)
        self.help_text = _("%(limits)s；一次最多 %(most)s 张") % {"limits": self.help_text, "most": most}

    def clean(self, data, initial=None):
        uploads = [upload for upload in (data if isinstance(data, list | tuple) else [data]) if upload]
        if not uploads:
            if self.required:
                raise ValidationError(_("请选择图片。"), code="required")
            return []
        if len(uploads) > self.most:
            raise ValidationError(
                _("一次最多 %(most)s 张，选了 %(count)s 张。") % {"most": self.most, "count": len(uploads)}
            )
        problems = []
        for upload in uploads:
            try:
                super().clean(upload, initial)
            except ValidationError as problem:
                problems += problem.messages
        if problems:
            raise ValidationError(problems)
        return uploads


class PicturesForm(forms.Form):
    """Pictures for 机构资质; the name of each file becomes its caption."""

    pictures = PicturesField(label=_("图片"), most=MOST_PICTURES_AT_ONCE)


class CaptionForm(forms.Form):
    """The caption of a picture, where the file was not named well."""

    caption = forms.CharField(label=_("名称"), max_length=100)


class CaseForm(forms.ModelForm):
    """A success case; `pictures` are added to those it has, `remove` takes some away."""

    pictures = PicturesField(label=_("佐证文件"), most=MOST_PICTURES_OF_A_CASE, required=False)
    remove = forms.MultipleChoiceField(label=_("删除已有图片"), required=False, widget=forms.CheckboxSelectMultiple())
    field_order = ["title", "order_value", "description", "remove", "pictures"]

    class Meta:
        model = SuccessCase
        fields = ["title", "order_value", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 8})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        held = list(self.instance.pictures.select_related("stored")) if self.instance.pk else []
        self.held = len(held)
        self.fields["remove"].choices = [(str(picture.pk), picture.stored.name) for picture in held]
        if not held:
            del self.fields["remove"]

    def clean(self):
        data = super().clean()
        kept = self.held - len(data.get("remove") or []) + len(data.get("pictures") or [])
        if kept > MOST_PICTURES_OF_A_CASE:
            sentence = _("一个案例最多 %(most)s 张图片，现在会有 %(count)s 张。请先删除几张。")
            self.add_error("pictures", sentence % {"most": MOST_PICTURES_OF_A_CASE, "count": kept})
        return data
