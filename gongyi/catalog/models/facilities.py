"""What a big-science installation says of itself besides what every instrument does (field_tables: research_facility, S2-18)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models.instruments import Instrument
from gongyi.kit.money import MoneyField


class Facility(models.Model):
    """The part of a facility's registration that an instrument does not have; exists for resource type 设施 only."""

    class Construction(models.TextChoices):
        UNDER_WAY = "under_way", _("在建")
        COMPLETED = "completed", _("建成")

    class Category(models.TextChoices):
        DEDICATED = "dedicated", _("专用研究设施")
        PUBLIC = "public", _("公共实验设施")
        WELFARE = "welfare", _("公益服务设施")

    instrument = models.OneToOneField(Instrument, models.CASCADE, primary_key=True, related_name="facility")
    short_name_en = models.CharField(_("英文简称"), max_length=150, blank=True)
    website = models.URLField(_("装置网站"), max_length=100, blank=True)
    video_url = models.URLField(_("科普视频网址"), max_length=100, blank=True)
    construction_cost = MoneyField(_("建设经费"), null=True, blank=True)
    construction = models.CharField(_("建设情况"), max_length=10, choices=Construction, blank=True)
    accepted_on = models.DateField(_("验收通过日期"), null=True, blank=True)
    category = models.CharField(_("设施类别"), max_length=10, choices=Category, blank=True)
    science_center = models.CharField(_("科学技术中心"), max_length=500, blank=True)
    competent_department = models.CharField(_("主管部门"), max_length=100, blank=True)
    host_unit = models.CharField(_("依托单位"), max_length=150, blank=True)
    approval_department = models.CharField(_("批复部门"), max_length=100, blank=True)
    sharing_rules = models.TextField(_("对外开放共享规定"), max_length=500, blank=True)
    domestic_users = models.TextField(_("国内主要单位用户"), max_length=500, blank=True)
    foreign_users = models.TextField(_("国外主要单位用户"), max_length=500, blank=True)
    achievement = models.TextField(_("支撑任务与效益"), max_length=1500, blank=True)
    contact_unit = models.CharField(_("联系人单位"), max_length=100, blank=True)
    contact_position = models.CharField(_("联系人职务"), max_length=50, blank=True)
    scientist_name = models.CharField(_("首席科学家"), max_length=50, blank=True)
    scientist_phone = models.CharField(_("首席科学家电话"), max_length=20, blank=True)
    scientist_email = models.EmailField(_("首席科学家邮箱"), max_length=50, blank=True)
    scientist_unit = models.CharField(_("首席科学家单位"), max_length=100, blank=True)
    scientist_position = models.CharField(_("首席科学家职务"), max_length=50, blank=True)
    lead_name = models.CharField(_("运行负责人"), max_length=50, blank=True)
    lead_phone = models.CharField(_("运行负责人电话"), max_length=20, blank=True)
    lead_email = models.EmailField(_("运行负责人邮箱"), max_length=50, blank=True)
    lead_unit = models.CharField(_("运行负责人单位"), max_length=100, blank=True)
    lead_position = models.CharField(_("运行负责人职务"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("重大科研基础设施")

    def __str__(self):
        return str(self.instrument)


class FacilityFileQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What a facility hands in is read by whoever sees the facility."""
        return self.filter(facility__in=Instrument.objects.visible_to(user).order_by().values("pk"))


class FacilityFile(models.Model):
    """A picture or document a facility hands in: layout, key parts, operation, its rules, its results."""

    class Slot(models.TextChoices):
        LAYOUT = "layout", _("布局图")
        KEY_PARTS = "key_parts", _("关键部件图")
        OPERATION = "operation", _("实验操作图")
        ORGANIZATION = "organization", _("组织管理制度")
        OPENING = "opening", _("开放收费制度")
        APPLYING = "applying", _("设施申请制度")
        RESULTS = "results", _("研究成果附件")

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="files")
    slot = models.CharField(_("类别"), max_length=14, choices=Slot)
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("上传时间"), auto_now_add=True)

    objects = FacilityFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("设施材料")
        ordering = ["slot", "pk"]

    def __str__(self):
        return f"{self.get_slot_display()} {self.file}"
