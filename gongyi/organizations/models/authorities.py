"""Which authority decides about what, and where."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gongyi.organizations.models.units import Organization


class Matter(models.TextChoices):
    """What can be submitted for review, as remits and review kinds name it."""

    UNITS = "units", _("单位入网")
    PLATFORMS = "platforms", _("创新平台")
    INSTRUMENTS = "instruments", _("仪器入网")
    POSTS = "posts", _("供需发布")
    VOUCHERS = "vouchers", _("创新券")
    MEASURING = "measuring", _("强制检定")


class RemitQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Who reviews what where is public to everybody signed in."""
        return self if user.is_authenticated else self.none()


class Remit(models.Model):
    """An authority decides about one matter in one region and everything inside it; its level is the region's.

    Two authorities never share a matter in the same region: the nearest one decides, district before city before province.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="remits", verbose_name=_("主管部门"))
    matter = models.CharField(_("职责"), max_length=12, choices=Matter)
    region = models.ForeignKey("regions.Region", models.PROTECT, related_name="+", verbose_name=_("管辖地区"))
    since = models.DateTimeField(_("设置时间"), auto_now_add=True)

    objects = RemitQuerySet.as_manager()

    class Meta:
        verbose_name = _("职责范围")
        ordering = ["matter", "region_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "region"],
                name="remit_once",
                violation_error_message=_("该地区的这项职责已有主管部门。"),
            )
        ]

    def __str__(self):
        return f"{self.get_matter_display()} · {self.region}"
