"""Service plans of institutions and the industry topics they stand under (S3-61 … S3-63)."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.kit.money import MoneyField, format_money
from gongyi.offerings.models.capabilities import Capability
from gongyi.organizations.models import BusinessType, Membership, Organization

MOST_CHARACTERS = 20_000  # of a description, with its marks


class IndustryTopicQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=IndustryTopic.Status.PUBLISHED)

    def visible_to(self, user):
        return self if getattr(user, "is_staff", False) else self.published()


class IndustryTopic(models.Model):
    """An industry the platform gathers service plans for (产业专题, S3-63); kept by the platform administrator."""

    class Status(StatusChoices):
        DRAFT = "draft", _("草稿"), "idle"
        PUBLISHED = "published", _("已发布"), "ok"
        CLOSED = "closed", _("已下线"), "idle sq"

    name = models.CharField(_("专题名称"), max_length=50, unique=True)
    summary = models.CharField(_("一句话介绍"), max_length=100, blank=True)
    introduction = models.TextField(_("介绍"), max_length=2000, blank=True)
    cover = models.ForeignKey(
        "files.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("封面")
    )
    rank = models.PositiveSmallIntegerField(_("排序"), default=100, help_text=_("小的在前"))
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.DRAFT)
    created_at = models.DateTimeField(_("添加时间"), auto_now_add=True)

    objects = IndustryTopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("产业专题")
        verbose_name_plural = _("产业专题")
        ordering = ["rank", "name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("offerings:topic", args=[self.pk])


class ServicePlanQuerySet(models.QuerySet):
    def shown_to_all(self):
        """Published, and of an institution that is neither suspended nor gone."""
        return self.filter(status=ServicePlan.Status.PUBLISHED, organization__status=Organization.Status.ACTIVE)

    def kept_by(self, user):
        """Those of the institutions one administers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(organization__in=Membership.objects.administering(user).values("organization"))

    def visible_to(self, user):
        """What all may see, and one's own whatever its state."""
        shown = self.shown_to_all().order_by().values("pk")
        return self.filter(Q(pk__in=shown) | Q(pk__in=self.model.objects.kept_by(user).order_by().values("pk")))


class ServicePlan(models.Model):
    """What an institution sells as a whole: one hot product or a set of them, at a price (S3-61, S3-62)."""

    class Status(StatusChoices):
        DRAFT = "draft", _("草稿"), "idle"
        PUBLISHED = "published", _("已发布"), "ok"
        TAKEN_DOWN = "taken_down", _("已下架"), "idle sq"

    class PriceKind(models.TextChoices):
        FIXED = "fixed", _("一口价")
        FROM = "from", _("起价")
        NEGOTIABLE = "negotiable", _("面议")

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="service_plans", verbose_name=_("机构"))
    name = models.CharField(_("服务方案名称"), max_length=100)
    business_type = models.CharField(_("业务类型"), max_length=20, choices=BusinessType)
    summary = models.CharField(_("一句话介绍"), max_length=100, blank=True)
    description = models.TextField(_("方案介绍"), max_length=MOST_CHARACTERS, blank=True)  # HTML, sanitized on saving
    cover = models.ForeignKey(
        "files.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("封面")
    )
    price_kind = models.CharField(_("价格方式"), max_length=10, choices=PriceKind, default=PriceKind.FIXED)
    price = MoneyField(_("套餐费用"), null=True, blank=True)
    price_unit = models.CharField(_("计价单位"), max_length=20, blank=True, help_text=_("如 件、批次、套"))
    deliverables = models.TextField(_("交付内容"), max_length=1000, blank=True, help_text=_("每行一项"))
    workdays_from = models.PositiveSmallIntegerField(_("最短工作日"), null=True, blank=True)
    workdays_to = models.PositiveSmallIntegerField(_("最长工作日"), null=True, blank=True)
    capabilities = models.ManyToManyField(
        Capability, blank=True, related_name="service_plans", verbose_name=_("关联能力项")
    )
    topics = models.ManyToManyField(IndustryTopic, blank=True, related_name="service_plans", verbose_name=_("产业专题"))
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    service_count = models.PositiveIntegerField(_("服务次数"), default=0, editable=False)
    tsv = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(_("添加时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    objects = ServicePlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("服务方案")
        verbose_name_plural = _("服务方案")
        ordering = ["-updated_at", "-pk"]
        indexes = [
            GinIndex(fields=["tsv"], name="service_plan_search"),
            models.Index(fields=["organization", "status"], name="service_plan_by_institution"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="service_plan_name_once",
                violation_error_message=_("本机构已有同名的服务方案。"),
            ),
            models.CheckConstraint(
                condition=Q(price_kind="negotiable", price__isnull=True)
                | (~Q(price_kind="negotiable") & Q(price__isnull=False, price__gte=0))
                | (~Q(price_kind="negotiable") & Q(price__isnull=True, status="draft")),
                name="service_plan_has_its_price",
                violation_error_message=_("请填写价格，或选择「面议」；面议的方案不填价格。"),
            ),
            models.CheckConstraint(
                condition=Q(workdays_from=None) | Q(workdays_to=None) | Q(workdays_to__gte=models.F("workdays_from")),
                name="service_plan_days_in_order",
                violation_error_message=_("最长工作日不能少于最短工作日。"),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("offerings:plan", args=[self.pk])

    @property
    def delivered(self) -> list[str]:
        """What is delivered, one line each."""
        return [line.strip() for line in self.deliverables.splitlines() if line.strip()]

    @property
    def is_negotiable(self) -> bool:
        return self.price_kind == self.PriceKind.NEGOTIABLE

    @property
    def price_in_words(self) -> str:
        """`¥1,200.00/件`, `¥1,200.00/件 起`, 面议; nothing while a draft has none."""
        if self.is_negotiable:
            return gettext("面议")
        if self.price is None:
            return ""
        words = f"{format_money(self.price)}/{self.price_unit}" if self.price_unit else format_money(self.price)
        return gettext("%s 起") % words if self.price_kind == self.PriceKind.FROM else words

    @property
    def workdays_in_words(self) -> str:
        """`5–7 个工作日`; nothing when neither end is known."""
        first, last = self.workdays_from, self.workdays_to
        if first is None and last is None:
            return ""
        if first is None or last is None or first == last:
            days = last if first is None else first
            return (gettext("%s 个工作日内") if first is None else gettext("%s 个工作日")) % days
        return gettext("%(first)s–%(last)s 个工作日") % {"first": first, "last": last}


class PlanPicture(models.Model):
    """A picture that stands in a plan's description; whoever sees the plan may fetch it."""

    plan = models.ForeignKey(ServicePlan, models.CASCADE, related_name="pictures", verbose_name=_("服务方案"))
    stored = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+", verbose_name=_("图片"))

    class Meta:
        verbose_name = _("方案图片")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["plan", "stored"], name="plan_picture_once")]

    def __str__(self):
        return self.stored.name
