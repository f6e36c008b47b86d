"""A file input that refuses before anything is kept, with the same sentences as the service."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongyi.files.acceptance import KIND_LABELS, check, safe_name
from gongyi.files.sniffing import KINDS, SUFFIXES
from gongyi.kit.refusal import Refused
from gongyi.kit.templatetags.gongyi import filesize_zh


class UploadField(forms.FileField):
    """An upload of certain kinds up to a size; the limits stand in the hint. The view or effect then calls `store()`."""

    def __init__(self, *, max_bytes: int, kinds: tuple[str, ...] = ("image", "pdf"), **kwargs: Any) -> None:
        self.max_bytes, self.kinds = max_bytes, kinds
        limits = _("%(kinds)s，不超过 %(size)s")
        kwargs.setdefault(
            "help_text",
            limits % {"kinds": "、".join(str(KIND_LABELS[kind]) for kind in kinds), "size": filesize_zh(max_bytes)},
        )
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict:
        suffixes = [suffix for kind in self.kinds for media in sorted(KINDS[kind]) for suffix in SUFFIXES[media]]
        return super().widget_attrs(widget) | {"accept": ",".join(suffixes)}

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if upload and upload is not initial:
            try:
                check(upload, name=safe_name(upload.name or ""), max_bytes=self.max_bytes, kinds=self.kinds)
            except Refused as refusal:
                raise ValidationError(str(refusal), code=refusal.code) from None
        return upload
