"""Who and what belongs to an instrument: managers, operators and maintainers, pictures, attachments."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models.instruments import Instrument


class InstrumentPhoto(models.Model):
    """A picture of an instrument that everyone may see."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="photos")
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+")
    caption = models.CharField(_("说明"), max_length=100, blank=True)
    rank = models.PositiveSmallIntegerField(default=100)

    class Meta:
        verbose_name = _("仪器照片")
        ordering = ["rank", "pk"]

    def __str__(self):
        return self.caption or str(self.instrument)


class InstrumentStaff(models.Model):
    """Who operates, maintains or manages an instrument, as the registration names them (S1-38; field_tables: instrument_personnel).

    A name in a list, not an account: `InstrumentManager` says who may change things.
    """

    class Role(models.TextChoices):
        OPERATOR = "operator", _("操作人员")
        MAINTAINER = "maintainer", _("维护人员")
        MANAGER = "manager", _("管理人员")

    class Education(models.TextChoices):
        DOCTOR = "doctor", _("博士")
        MASTER = "master", _("硕士")
        BACHELOR = "bachelor", _("本科")
        COLLEGE = "college", _("大专")
        OTHER = "other", _("其他")

    class Title(models.TextChoices):
        SENIOR = "senior", _("正高")
        ASSOCIATE = "associate", _("副高")
        INTERMEDIATE = "intermediate", _("中级")
        JUNIOR = "junior", _("初级")
        NONE = "none", _("无")

    class Employment(models.TextChoices):
        FULL_TIME = "full_time", _("专职")
        PART_TIME = "part_time", _("兼职")

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="staff")
    role = models.CharField(_("人员类别"), max_length=12, choices=Role)
    name = models.CharField(_("姓名"), max_length=50)
    phone = models.CharField(_("电话"), max_length=20)
    email = models.EmailField(_("邮箱"), max_length=100, blank=True)
    education = models.CharField(_("学历"), max_length=10, choices=Education, blank=True)
    title = models.CharField(_("职称"), max_length=14, choices=Title, blank=True)
    specialty = models.CharField(_("专业"), max_length=50, blank=True)
    years_on_instrument = models.PositiveSmallIntegerField(_("从事本仪器年限"), null=True, blank=True)
    employment = models.CharField(_("专职/兼职"), max_length=10, choices=Employment, blank=True)
    certified = models.CharField(_("持证/培训情况"), max_length=100, blank=True)
    rank = models.PositiveSmallIntegerField(default=100)

    class Meta:
        verbose_name = _("操作及维修人员")
        ordering = ["rank", "pk"]

    def __str__(self):
        return f"{self.name}（{self.get_role_display()}）"


class InstrumentAttachmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Public ones to whoever sees the instrument, the others to those who keep or review it."""
        seen = Instrument.objects.visible_to(user).order_by().values("pk")
        if not user.pk:
            return self.filter(public=True, instrument__in=seen)
        kept = Instrument.objects.kept_or_reviewed_by(user).order_by().values("pk")
        return self.filter(Q(public=True, instrument__in=seen) | Q(instrument__in=kept))


class InstrumentAttachment(models.Model):
    """A document of an instrument, such as its manual or an acceptance report (相关附件, S1-43)."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="attachments")
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+")
    title = models.CharField(_("名称"), max_length=100, blank=True)
    public = models.BooleanField(_("公开"), default=False)
    added_at = models.DateTimeField(_("上传时间"), auto_now_add=True)

    objects = InstrumentAttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("相关附件")
        ordering = ["pk"]

    def __str__(self):
        return self.title or self.file.name
