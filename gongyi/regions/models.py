"""The administrative divisions of China as GB/T 2260 numbers them: province, city, district."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RegionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Public reference data."""
        return self

    def provinces(self):
        return self.filter(parent=None)

    def within(self, code: str):
        """The region itself and everything inside it, by the structure of the code (330000 → 33….)."""
        return self.filter(code__startswith=stem(code))


class Region(models.Model):
    """A province, city or district; a city (东莞市) or province (台湾省) that has no parts can be chosen as it is."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省级")
        CITY = "city", _("地级")
        DISTRICT = "district", _("县级")

    code = models.CharField(_("代码"), max_length=6, primary_key=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name=_("上级"))
    level = models.CharField(_("层级"), max_length=10, choices=Level)
    name = models.CharField(_("名称"), max_length=30)
    full_path = models.CharField(_("全称"), max_length=80)
    pinyin = models.CharField(max_length=100, editable=False)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("地区")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label

    @property
    def is_collective(self) -> bool:
        """Whether this "city" only collects counties that stand directly under the province (省直辖县级行政区划, 重庆的县)."""
        return self.level == self.Level.CITY and is_collective(self.name)

    @property
    def label(self) -> str:
        """The path as people write it: 浙江省杭州市西湖区, 北京市东城区, 河南省济源市."""
        parts = self.full_path.split("/")
        shown = [part for part in dict.fromkeys(parts) if not is_collective(part)]
        return "".join(shown) or self.name


def is_collective(name: str) -> bool:
    return name == "县" or "直辖县级" in name


def stem(code: str) -> str:
    """The leading digits all codes inside a region share: 330000 → 33, 330100 → 3301, 330106 → 330106."""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code
