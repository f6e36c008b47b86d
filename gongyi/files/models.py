"""Uploaded files: kept privately, known by what they contain, handed out only to those who may see them."""

import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.files.purposes import PURPOSES, READERS


class StoredFileQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Own uploads, those of public purposes, those a purpose's own rule grants, and those used where the person may
        look; the administrator sees all."""
        if user.is_authenticated and user.is_staff:
            return self
        visible = Q(owner_id=user.pk) if user.is_authenticated else Q(pk=None)
        for name, purpose in PURPOSES.items():
            if purpose.public:
                visible |= Q(purpose=name)
            elif purpose.subjects_visible_to and user.is_authenticated:
                visible |= Q(purpose=name, subject_id__in=purpose.subjects_visible_to(user))
        for files_of in READERS:
            visible |= Q(pk__in=files_of(user))
        return self.filter(visible)


def place(stored: "StoredFile", filename: str) -> str:
    """Where the bytes lie: never under the name the person gave."""
    return f"{stored.public_id.hex[:2]}/{stored.public_id.hex}"


class StoredFile(models.Model):
    """One uploaded file; `subject` is the object it belongs to, once there is one."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("上传人")
    )
    purpose = models.CharField(_("用途"), max_length=40)
    name = models.CharField(_("文件名"), max_length=200)
    media_type = models.CharField(_("类型"), max_length=100)
    size = models.BigIntegerField(_("大小（字节）"))
    sha256 = models.CharField(max_length=64)
    content = models.FileField(upload_to=place, max_length=100)
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    subject_type = models.ForeignKey(ContentType, models.PROTECT, null=True, related_name="+")
    subject_id = models.BigIntegerField(null=True)
    subject = GenericForeignKey("subject_type", "subject_id")

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("文件")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="file_of_subject")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("files:download", args=[self.public_id])

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")
