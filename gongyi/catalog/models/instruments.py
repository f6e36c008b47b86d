"""Large scientific instruments and what is registered of each (field_tables: instrument)."""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models.reference import InstrumentClass, ServiceField
from gongyi.kit.choices import StatusChoices
from gongyi.kit.money import MoneyField
from gongyi.kit.pinyin import sort_key
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.reviews.models import Review, ReviewedStatus


class RunningStatus(StatusChoices):
    """What an instrument is doing now (S0-45 … S0-50)."""

    ONLINE = "online", _("在线"), "ok"
    IN_USE = "in_use", _("使用中"), "act_"
    OFFLINE = "offline", _("离线"), "idle ring"
    FAULTY = "faulty", _("故障"), "bad"
    SCRAPPED = "scrapped", _("报废"), "idle sq"


class ResourceType(models.TextChoices):
    """A facility is a big-science installation, nothing else (S2-18)."""

    INSTRUMENT = "instrument", _("仪器")
    FACILITY = "facility", _("设施")


class ReportedStatus(models.TextChoices):
    """The running state as the national platform knows it; `RunningStatus` is what the calendar goes by."""

    NORMAL = "normal", _("正常")
    STANDBY = "standby", _("待机")
    REMOTE_SERVICE = "remote_service", _("远程服务中")
    OCCASIONAL_FAULT = "occasional_fault", _("偶有故障")
    FREQUENT_FAULT = "frequent_fault", _("故障频繁")
    AWAITING_REPAIR = "awaiting_repair", _("待修")
    AWAITING_SCRAP = "awaiting_scrap", _("待报废")


class SharingMode(models.TextChoices):
    INTERNAL = "internal", _("内部共享")
    EXTERNAL = "external", _("外部共享")
    NONE = "none", _("不共享")


class CarrierType(models.TextChoices):
    """What an instrument belongs to in the national reporting; 3, the service unit, was given up."""

    CENTER = "center", _("附属于科学仪器中心")
    FACILITY = "facility", _("附属于重大科研基础设施")
    NONE = "none", _("不附属")
    KEY_LAB = "key_lab", _("附属于国家重点实验室")
    ENG_CENTER = "eng_center", _("附属于国家工程技术研究中心")
    BIO_RESOURCE = "bio_resource", _("附属于生物种质资源库馆")


class AcquisitionSource(models.TextChoices):
    PURCHASE = "purchase", _("购置")
    SELF_DEVELOPED = "self_developed", _("研制")
    DONATION = "donation", _("赠送")
    OTHER = "other", _("其他")


class Generality(models.TextChoices):
    GENERAL = "general", _("通用")
    SPECIAL = "special", _("专用")


class FundingSource(models.TextChoices):
    CENTRAL = "central", _("中央财政资金")
    LOCAL = "local", _("地方财政资金")
    OWN = "own", _("单位自有资金")
    OTHER = "other", _("其他资金")


HOURS_OF_A_YEAR = 8784
MOST_SUBJECTS = MOST_FUNDING_SOURCES = 4
RATED_HOURS = 1600  # hours a year the use rate is measured against, unless the unit says otherwise (domain 2.2)


def under_review_by(user) -> models.QuerySet:
    """The keys of the instruments on whose reviews `user` may look."""
    kind = ContentType.objects.get_for_model(Instrument)
    return Review.objects.visible_to(user).filter(submission__subject_type=kind).values("submission__subject_id")


class InstrumentQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=Instrument.Status.PUBLISHED)

    def shown_to_all(self):
        """What strangers may see: published, and of a unit that is neither suspended nor gone."""
        return self.published().filter(organization__status=Organization.Status.ACTIVE)

    def visible_to(self, user):
        """Published instruments of active units are public; the others are seen by their managers, their unit's administrator, whoever
        reviews them and the platform administrator."""
        if getattr(user, "is_staff", False):
            return self
        if not user.pk:
            return self.shown_to_all()
        public = Q(status=Instrument.Status.PUBLISHED, organization__status=Organization.Status.ACTIVE)
        return self.filter(public | Q(pk__in=Instrument.objects.kept_or_reviewed_by(user).values("pk")))

    def kept_or_reviewed_by(self, user):
        """Those whose work in progress one may see."""
        if user.is_staff:
            return self
        kept = Instrument.objects.managed_by(user).order_by().values("pk")
        return self.filter(Q(pk__in=kept) | Q(pk__in=under_review_by(user)))

    def managed_by(self, user):
        """Those a person looks after: as their manager, by their laboratory's account, or as administrator of the unit."""
        if user.is_staff:
            return self
        linked = InstrumentManager.objects.filter(user=user).values("instrument")
        administered = Membership.objects.administering(user)
        owned = Instrument.objects.filter(organization__in=administered.values("organization")).order_by()
        kept = Instrument.objects.filter(department__in=Department.objects.kept_by(user).order_by().values("pk"))
        # A union, not an OR: each part has an index, and the whole table is never read.
        return self.filter(pk__in=linked.union(owned.values("pk"), kept.order_by().values("pk"), all=True))


class Instrument(models.Model):
    """A large scientific instrument of an organization that can be booked or commissioned."""

    class Status(StatusChoices):
        """The states of everything reviewed, whose approval publishes, and the two an instrument may come to afterwards."""

        DRAFT = ReviewedStatus.DRAFT.value, _("草稿"), "idle"
        PENDING = ReviewedStatus.PENDING.value, _("待审核"), "wait"
        RETURNED = ReviewedStatus.RETURNED.value, _("退回修改"), "back"
        WITHDRAWN = ReviewedStatus.WITHDRAWN.value, _("已撤回"), "idle ring"
        PUBLISHED = ReviewedStatus.APPROVED.value, _("已发布"), "ok"
        DISABLED = "disabled", _("已停用"), "idle"
        SCRAPPED = "scrapped", _("已报废"), "idle sq"

    organization = models.ForeignKey(
        "organizations.Organization", models.PROTECT, related_name="instruments", verbose_name=_("所属单位")
    )
    department = models.ForeignKey(
        "organizations.Department", models.PROTECT, null=True, blank=True, related_name="instruments",
        verbose_name=_("院系/实验室"),
    )  # fmt: skip
    number = models.CharField(_("仪器编号"), max_length=40, unique=True)
    internal_no = models.CharField(_("所在单位仪器编号"), max_length=150, blank=True)
    name = models.CharField(_("仪器名称"), max_length=100)
    name_key = models.CharField(max_length=100, editable=False, default="")
    name_en = models.CharField(_("英文名称"), max_length=200, blank=True)
    model = models.CharField(_("规格型号"), max_length=300, blank=True)
    manufacturer = models.CharField(_("生产制造商"), max_length=100, blank=True)
    origin_country = models.CharField(_("产地国别"), max_length=40, blank=True)
    serial_no = models.CharField(_("出厂编号"), max_length=100, blank=True)
    instrument_class = models.ForeignKey(
        InstrumentClass, models.PROTECT, null=True, blank=True, related_name="instruments", verbose_name=_("仪器分类")
    )
    service_fields = models.ManyToManyField(
        ServiceField, blank=True, related_name="instruments", verbose_name=_("服务领域")
    )
    region = models.ForeignKey(
        "regions.Region", models.PROTECT, null=True, related_name="+", verbose_name=_("所在地区")
    )
    street = models.CharField(_("安放地址（街道门牌）"), max_length=500, blank=True)
    location = models.CharField(_("安放地点"), max_length=200, blank=True, help_text=_("写到楼和房间，如 材料楼 B106"))
    floor = models.CharField(_("楼层"), max_length=20, blank=True, help_text=_("如 1 层、地下 1 层"))
    original_value = MoneyField(_("原值"), null=True, blank=True)
    purchased_on = models.DateField(_("购置时间"), null=True, blank=True)
    booked_on = models.DateField(_("建账日期"), null=True, blank=True)
    commissioned_on = models.DateField(_("启用日期"), null=True, blank=True)
    resource_type = models.CharField(
        _("仪器类型"), max_length=10, choices=ResourceType, default=ResourceType.INSTRUMENT
    )
    nrii_code = models.CharField(_("国家平台仪器编号"), max_length=50, blank=True)
    carrier_type = models.CharField(_("所属资源载体类型"), max_length=14, choices=CarrierType, blank=True)
    carrier_internal_no = models.CharField(_("所属资源载体内部编号"), max_length=150, blank=True)
    carrier_name = models.CharField(_("所属资源载体名称"), max_length=100, blank=True)
    acquisition_source = models.CharField(_("设备来源"), max_length=16, choices=AcquisitionSource, blank=True)
    generality = models.CharField(_("仪器设备类别"), max_length=8, choices=Generality, blank=True)
    reported_status = models.CharField(_("运行状态（上报）"), max_length=18, choices=ReportedStatus, blank=True)
    sharing_mode = models.CharField(_("共享模式"), max_length=8, choices=SharingMode, blank=True)
    subject_codes = ArrayField(
        models.CharField(max_length=3), verbose_name=_("主要学科领域"), size=MOST_SUBJECTS, default=list, blank=True
    )
    funding_sources = ArrayField(
        models.CharField(max_length=8, choices=FundingSource), verbose_name=_("主要购置经费来源"),
        size=MOST_FUNDING_SOURCES, default=list, blank=True,
    )  # fmt: skip
    secondary_development = models.BooleanField(_("是否二次开发"), null=True, blank=True)
    accreditation_note = models.CharField(_("仪器认证情况"), max_length=200, blank=True)
    innovation_platforms = models.ManyToManyField(
        "onboarding.InnovationPlatform", blank=True, related_name="instruments", verbose_name=_("所属创新平台/机构")
    )
    no_platform = models.BooleanField(_("无所属创新平台"), default=False)
    service_content = models.CharField(_("服务内容"), max_length=200, blank=True)
    open_hours_note = models.CharField(_("开放机时安排"), max_length=300, blank=True)
    booking_url = models.URLField(_("预约服务网址"), max_length=150, blank=True)
    annual_run_hours = models.DecimalField(_("年运行机时"), max_digits=6, decimal_places=1, null=True, blank=True)
    annual_external_hours = models.DecimalField(
        _("年对外服务机时"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    rated_hours = models.DecimalField(
        _("年有效工作机时基准"), max_digits=6, decimal_places=1, default=RATED_HOURS, blank=True
    )
    under_customs_supervision = models.BooleanField(_("是否在海关监管年限内"), default=False)
    customs_declaration_no = models.CharField(
        _("进口报关单编号"),
        max_length=18,
        blank=True,
        validators=[RegexValidator(r"^\d{18}$", _("报关单编号是 18 位数字。"))],
    )
    customs_item_no = models.CharField(
        _("进口报关单项号"),
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^\d{2}$", _("报关单项号是 2 位数字。"))],
    )
    customs_release_on = models.DateField(_("海关放行日期"), null=True, blank=True)
    customs_form_name = models.CharField(_("报关单上名称"), max_length=30, blank=True)
    functions = models.TextField(_("主要功能"), blank=True)
    technical_specs = models.TextField(_("主要技术指标"), blank=True)
    accessories = models.TextField(_("主要附件"), blank=True)
    user_notice = models.TextField(_("用户须知"), blank=True)
    sample_requirements = models.TextField(_("样品要求"), blank=True)
    reference_fee = models.CharField(_("参考收费标准"), max_length=500, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=50, blank=True)
    contact_phone = models.CharField(_("联系电话"), max_length=30, blank=True)
    contact_email = models.EmailField(_("电子邮箱"), max_length=50, blank=True)
    contact_address = models.CharField(_("通讯地址"), max_length=300, blank=True)
    postcode = models.CharField(
        _("邮政编码"), max_length=6, blank=True, validators=[RegexValidator(r"^\d{6}$", _("邮政编码是 6 位数字。"))]
    )
    status = models.CharField(_("发布状态"), max_length=10, choices=Status, default=Status.DRAFT)
    running_status = models.CharField(
        _("运行状态"), max_length=10, choices=RunningStatus, default=RunningStatus.ONLINE, db_index=True
    )
    last_heartbeat_at = models.DateTimeField(_("最近心跳"), null=True, blank=True)
    timed_booking = models.BooleanField(_("按时预约"), default=True)
    commissioned_booking = models.BooleanField(_("委托预约"), default=False)
    service_count = models.PositiveIntegerField(_("服务次数"), default=0)
    featured = models.BooleanField(_("首页推荐"), default=False)
    managers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="InstrumentManager",
        related_name="managed_instruments",
        verbose_name=_("管理员"),
    )
    listed_rate = MoneyField(
        _("机时费/小时"), null=True, editable=False, help_text="what an outside unit pays; to sort by"
    )
    tsv = SearchVectorField(null=True, editable=False)
    facets = ArrayField(models.IntegerField(), default=list, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("仪器")
        verbose_name_plural = _("仪器")
        ordering = ["name_key", "pk"]
        indexes = [
            GinIndex(fields=["tsv", "facets"], name="instrument_search", fastupdate=False),
            models.Index("name_key", "id", name="instrument_by_name"),
            models.Index(models.F("service_count").desc(), "id", name="instrument_by_services"),
            models.Index(models.F("purchased_on").desc(nulls_last=True), "id", name="instrument_by_purchase"),
            models.Index(models.F("listed_rate").asc(nulls_last=True), "id", name="instrument_by_rate"),
            models.Index("organization", "status", name="instrument_by_organization"),
            models.Index("id", name="instrument_featured", condition=Q(featured=True)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "internal_no"], condition=~Q(internal_no=""), name="instrument_internal_no_once"
            ),
            models.CheckConstraint(
                condition=Q(annual_run_hours=None) | Q(annual_run_hours__gte=0, annual_run_hours__lte=HOURS_OF_A_YEAR),
                name="instrument_hours_in_a_year",
                violation_error_message=_("年运行机时不能超过 8784 小时。"),
            ),
            models.CheckConstraint(
                condition=Q(annual_external_hours=None)
                | Q(annual_external_hours__gte=0, annual_external_hours__lte=models.F("annual_run_hours")),
                name="instrument_external_hours_within",
                violation_error_message=_("年对外服务机时不能超过年运行机时。"),
            ),
        ]

    def __str__(self):
        return self.name

    # What changes many times a day stands beside the search index, not in it, so that using an instrument stays cheap.
    NOT_SEARCHED = frozenset({"running_status", "last_heartbeat_at", "service_count", "featured", "updated_at"})

    def save(self, *args, **kwargs):
        """Saves and keeps the search index in step; what is written by query needs `services.index` afterwards."""
        self.name_key = sort_key(self.name)
        super().save(*args, **kwargs)
        if set(kwargs.get("update_fields") or ("name",)) - self.NOT_SEARCHED:
            from gongyi.catalog.search import index

            index([self.pk])

    def get_absolute_url(self):
        return reverse("portal:instrument", args=[self.pk])


class InstrumentManager(models.Model):
    """A person who looks after an instrument (机主/仪器管理员)."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="manager_links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="instrument_links")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("仪器管理员")
        constraints = [models.UniqueConstraint(fields=["instrument", "user"], name="instrument_manager_once")]

    def __str__(self):
        return f"{self.user} · {self.instrument}"
