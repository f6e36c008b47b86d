"""What a unit tells the platform about itself beyond its name, and in which capacities it takes part."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongyi.organizations.models.units import Organization


class Capacity(models.TextChoices):
    """As what a unit joined; one unit may join in several."""

    MANAGEMENT = "management_unit", _("管理单位")
    NETWORK = "network_unit", _("入网单位")
    SERVICE = "service_institution", _("服务机构")
    VERIFICATION = "verification_applicant", _("强检申请方")


class BusinessType(models.TextChoices):
    INSPECTION = "inspection", _("检验检测")
    METROLOGY = "metrology", _("计量测试")
    CERTIFICATION = "certification", _("认证服务")
    STANDARDS = "standards", _("标准服务")


class UnitProfile(models.Model):
    """The long form of a unit (S1-26 … S1-30, S2-38 … S2-46, S3-8 … S3-19, S3-51); each way in fills its part of it."""

    class System(models.TextChoices):
        PUBLIC = "public", _("事业单位")
        STATE = "state", _("国有企业")
        PRIVATE = "private", _("民营企业")
        FOREIGN = "foreign", _("外资或合资企业")
        ASSOCIATION = "association", _("社会组织")
        OTHER = "other", _("其他")

    class AreaLevel(models.TextChoices):
        NATIONAL = "national", _("国家级")
        PROVINCIAL = "provincial", _("省级")
        CITY = "city", _("市级")
        COUNTY = "county", _("县级")

    class Size(models.TextChoices):
        LARGE = "large", _("大型")
        MEDIUM = "medium", _("中型")
        SMALL = "small", _("小型")
        MICRO = "micro", _("微型")

    organization = models.OneToOneField(
        Organization, models.CASCADE, primary_key=True, related_name="profile", verbose_name=_("单位")
    )
    name_en = models.CharField(_("英文名称"), max_length=150, blank=True)
    org_code = models.CharField(_("组织机构代码"), max_length=9, blank=True)
    system = models.CharField(_("机构体制"), max_length=12, choices=System, blank=True)
    area_level = models.CharField(_("机构区域等级"), max_length=12, choices=AreaLevel, blank=True)
    legal_representative = models.CharField(_("法定代表人"), max_length=50, blank=True)
    instrument_department = models.CharField(_("仪器管理部门"), max_length=100, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=50, blank=True)
    contact_phone = models.CharField(_("联系人电话"), max_length=20, blank=True)
    contact_email = models.EmailField(_("联系人邮箱"), max_length=100, blank=True)
    fax = models.CharField(_("传真"), max_length=20, blank=True)
    postcode = models.CharField(_("邮编"), max_length=6, blank=True)
    business_types = ArrayField(
        models.CharField(max_length=16, choices=BusinessType), verbose_name=_("业务类型"), default=list, blank=True
    )
    business_scope = models.TextField(_("业务范围"), max_length=1000, blank=True)
    join_reason = models.TextField(_("加入平台理由、拟开展的工作"), max_length=500, blank=True)
    bank_account_name = models.CharField(_("开户名称"), max_length=150, blank=True)
    bank_name = models.CharField(_("开户银行"), max_length=100, blank=True)
    bank_account_no = models.CharField(_("银行账号"), max_length=40, blank=True)
    tax_no = models.CharField(_("税号"), max_length=20, blank=True)
    employee_count = models.PositiveIntegerField(_("企业人数"), null=True, blank=True)
    last_year_revenue_wan = models.DecimalField(
        _("上年营业收入（万元）"), max_digits=14, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )  # fmt: skip
    total_assets_wan = models.DecimalField(
        _("资产总额（万元）"), max_digits=14, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )  # fmt: skip
    enterprise_size = models.CharField(_("企业规模"), max_length=8, choices=Size, blank=True)
    high_tech = models.BooleanField(_("高新技术企业"), default=False)
    tech_sme_no = models.CharField(_("科技型中小企业入库编号"), max_length=30, blank=True)
    wants_voucher = models.BooleanField(_("申请创新券"), default=False)
    has_fiscal_subsidy = models.BooleanField(_("有财政补贴"), default=False)
    commitment_version = models.CharField(_("承诺书版本"), max_length=20, blank=True)
    commitment_at = models.DateTimeField(_("承诺时间"), null=True, blank=True)
    remark = models.CharField(_("备注说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("单位详细信息")

    def __str__(self):
        return str(self.organization)


class Participation(models.Model):
    """A unit takes part in one capacity, from its approval until it leaves."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="participations", verbose_name=_("单位")
    )
    capacity = models.CharField(_("身份"), max_length=24, choices=Capacity)
    since = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("入网身份")
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "capacity"], condition=Q(ended_at=None), name="participation_once"
            )
        ]

    def __str__(self):
        return f"{self.organization} · {self.get_capacity_display()}"
