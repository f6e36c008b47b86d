"""What an institution shows on its public home page (S3-46 … S3-49, S3-55 … S3-57)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gongyi.organizations.models.units import Organization


class ShownQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Public while the institution is; then only its own people's and the platform's."""
        return self.filter(organization__in=Organization.objects.visible_to(user).order_by().values("pk"))


class QualificationPicture(models.Model):
    """A picture under 机构资质; the name of the file is its caption (S3-47)."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="qualification_pictures", verbose_name=_("机构")
    )
    stored = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+", verbose_name=_("图片"))
    caption = models.CharField(_("名称"), max_length=100)
    rank = models.PositiveIntegerField(_("排序"), default=0)
    added_at = models.DateTimeField(_("上传时间"), auto_now_add=True)

    objects = ShownQuerySet.as_manager()

    class Meta:
        verbose_name = _("机构资质")
        ordering = ["rank", "pk"]

    def __str__(self):
        return self.caption


class SuccessCase(models.Model):
    """A finished piece of work worth telling, in ascending order of its value (S3-57)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="success_cases", verbose_name=_("机构"))
    title = models.CharField(_("标题"), max_length=100)
    description = models.TextField(_("案例描述"), max_length=5000)
    order_value = models.PositiveIntegerField(_("排序值"), default=100, help_text=_("由小到大排列。"))
    created_at = models.DateTimeField(_("添加时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("修改时间"), auto_now=True)

    objects = ShownQuerySet.as_manager()

    class Meta:
        verbose_name = _("成功案例")
        ordering = ["order_value", "pk"]

    def __str__(self):
        return self.title


class CasePicture(models.Model):
    """A picture that proves a case (佐证文件)."""

    case = models.ForeignKey(SuccessCase, models.CASCADE, related_name="pictures", verbose_name=_("案例"))
    stored = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+", verbose_name=_("图片"))

    class Meta:
        verbose_name = _("佐证文件")
        ordering = ["pk"]

    def __str__(self):
        return str(self.stored)
