"""What is offered: instruments with their classes, prices, photos and managers, and who marked them as favourites."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.kit.money import MoneyField
from gongyi.kit.pinyin import sort_key
from gongyi.organizations.models import Department, Membership, Organization


class InstrumentClass(models.Model):
    """A node of the national instrument classification: 15 top classes, 93 groups, 631 kinds."""

    code = models.CharField(_("编码"), max_length=6, primary_key=True)
    level = models.PositiveSmallIntegerField(_("层级"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(_("名称"), max_length=60)
    path = models.CharField(_("全称"), max_length=200)

    class Meta:
        verbose_name = _("仪器分类")
        ordering = ["code"]

    def __str__(self):
        return self.name


class ServiceField(models.Model):
    """A field of service visitors look by (服务领域, S1-44); a maintained list, no official one exists."""

    name = models.CharField(_("服务领域"), max_length=30, unique=True)
    rank = models.PositiveSmallIntegerField(_("排序"), default=100)

    class Meta:
        verbose_name = _("服务领域")
        ordering = ["rank", "pk"]

    def __str__(self):
        return self.name


class RunningStatus(StatusChoices):
    """What an instrument is doing now (S0-45 … S0-50)."""

    ONLINE = "online", _("在线"), "ok"
    IN_USE = "in_use", _("使用中"), "act_"
    OFFLINE = "offline", _("离线"), "idle ring"
    FAULTY = "faulty", _("故障"), "bad"
    SCRAPPED = "scrapped", _("报废"), "idle sq"


class InstrumentQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=Instrument.Status.PUBLISHED)

    def shown_to_all(self):
        """What strangers may see: published, and of a unit that is neither suspended nor gone."""
        return self.published().filter(organization__status=Organization.Status.ACTIVE)

    def visible_to(self, user):
        """Published instruments of active units are public; the others are seen by their managers, their unit's administrator and the
        platform administrator."""
        if getattr(user, "is_staff", False):
            return self
        if not user.pk:
            return self.shown_to_all()
        public = Q(status=Instrument.Status.PUBLISHED, organization__status=Organization.Status.ACTIVE)
        return self.filter(public | Q(pk__in=Instrument.objects.managed_by(user).values("pk")))

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
        DRAFT = "draft", _("草稿"), "idle"
        PUBLISHED = "published", _("已发布"), "ok"
        DISABLED = "disabled", _("已停用"), "idle"

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
    location = models.CharField(_("安放地点"), max_length=200, blank=True, help_text=_("写到楼和层，如 材料楼 B106"))
    original_value = MoneyField(_("原值"), null=True, blank=True)
    purchased_on = models.DateField(_("购置时间"), null=True, blank=True)
    functions = models.TextField(_("主要功能"), blank=True)
    technical_specs = models.TextField(_("主要技术指标"), blank=True)
    accessories = models.TextField(_("主要附件"), blank=True)
    user_notice = models.TextField(_("用户须知"), blank=True)
    sample_requirements = models.TextField(_("样品要求"), blank=True)
    reference_fee = models.CharField(_("参考收费标准"), max_length=500, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=50, blank=True)
    contact_phone = models.CharField(_("联系电话"), max_length=30, blank=True)
    status = models.CharField(_("发布状态"), max_length=10, choices=Status, default=Status.PUBLISHED)
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
            )
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


class Synonym(models.Model):
    """Words that mean the same to somebody who searches: who types one finds what is called by another."""

    terms = ArrayField(models.CharField(max_length=60), verbose_name=_("同义词"), help_text=_("每行一个词"))

    class Meta:
        verbose_name = _("同义词")
        verbose_name_plural = _("同义词")
        ordering = ["pk"]

    def __str__(self):
        return " = ".join(self.terms)


class FacetCount(models.Model):
    """How many published instruments carry a facet, counted by a job for the page without any condition.

    Facet 0 counts them all. `gongyi.catalog.search.facets` says what the numbers mean.
    """

    facet = models.IntegerField(primary_key=True)
    count = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("分面计数")

    def __str__(self):
        return f"{self.facet}: {self.count}"


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


class PriceTier(models.TextChoices):
    """Whose price it is; the payment account decides, not the person."""

    GROUP = "group", _("组内")
    INTERNAL = "internal", _("校内")
    EXTERNAL = "external", _("校外科研")
    ENTERPRISE = "enterprise", _("企业")


class Price(models.Model):
    """The price of an instrument's time for one tier: start-up fee + hours × rate, at least the minimum."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="prices")
    tier = models.CharField(_("价格档"), max_length=12, choices=PriceTier)
    hourly_rate = MoneyField(_("机时费/小时"))
    startup_fee = MoneyField(_("开机费"), default=0)
    minimum_fee = MoneyField(_("最低收费"), default=0)

    class Meta:
        verbose_name = _("价格")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["instrument", "tier"], name="price_tier_once"),
            models.CheckConstraint(
                condition=Q(hourly_rate__gte=0, startup_fee__gte=0, minimum_fee__gte=0), name="price_not_negative"
            ),
        ]

    def __str__(self):
        return f"{self.get_tier_display()} {self.hourly_rate}"


class FavouriteQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user=user)


class Favourite(models.Model):
    """An instrument a person marked to find it again (收藏, S0-21, S0-22)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites")
    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(_("收藏时间"), auto_now_add=True)

    objects = FavouriteQuerySet.as_manager()

    class Meta:
        verbose_name = _("收藏")
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["user", "instrument"], name="favourite_once")]

    def __str__(self):
        return str(self.instrument)


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, and those into the units one administers."""
        if user.is_staff:
            return self
        administered = Membership.objects.administering(user).values("organization")
        return self.filter(Q(actor=user) | Q(organization__in=administered))

    def imported(self):
        return self.exclude(imported_at=None)


class ImportRun(models.Model):
    """One run of the instrument import with what was dirty and what was done about it; first a preview with its rows."""

    file_name = models.CharField(_("文件"), max_length=200)
    organization = models.ForeignKey(
        "organizations.Organization", models.CASCADE, null=True, related_name="+", verbose_name=_("导入到")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("操作人")
    )
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    imported_at = models.DateTimeField(_("导入时间"), null=True, help_text="empty while it is only a preview")
    row_count = models.PositiveIntegerField(_("行数"), default=0)
    created_count = models.PositiveIntegerField(_("新增"), default=0)
    updated_count = models.PositiveIntegerField(_("更新"), default=0)
    refused_count = models.PositiveIntegerField(_("未导入"), default=0)
    problem_count = models.PositiveIntegerField(_("有疑问"), default=0)
    problems = models.JSONField(default=list, help_text="[{row, column, value, problem, action, code}]")
    rows = models.JSONField(default=list, help_text="the rows of a preview, until they are imported")

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("导入记录")
        ordering = ["-at"]

    def __str__(self):
        return self.file_name

    def get_absolute_url(self):
        return reverse("catalog:import_run", args=[self.pk])
