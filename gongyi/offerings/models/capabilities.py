"""What an institution may test or measure, to which standard, under which certificate (S3-37 … S3-45, S3-58 … S3-60)."""

import hashlib
import re

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.kit.money import MoneyField
from gongyi.kit.spreadsheets.columns import plain
from gongyi.organizations.models import Certificate, Membership, Organization

IDENTIFYING = ("subject", "parameter", "standard_no", "measuring_range", "accuracy")


def key_of(*parts: str) -> str:
    """One key for one line of the annex, however it was typed."""
    text = "\n".join(re.sub(r"\s+", "", plain(part or "")).lower() for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class AuthorizationCategory(models.TextChoices):
    """In which quality an institution is authorised to verify (S3-60)."""

    LEGAL = "legal", _("法定计量检定机构")
    STATION = "station", _("专业计量站")
    SPECIAL = "special", _("专项授权机构")
    INTERNAL = "internal", _("企业内部")


class CapabilityQuerySet(models.QuerySet):
    def testing(self):
        return self.filter(nature=Capability.Nature.TEST)

    def metrology(self):
        return self.exclude(nature=Capability.Nature.TEST)

    def shown_to_all(self):
        """What strangers may see: not cancelled, and of an institution that is neither suspended nor gone."""
        return self.exclude(status=Capability.Status.CANCELLED).filter(organization__status=Organization.Status.ACTIVE)

    def orderable_on(self, day):
        """Those that can be ordered then: valid themselves, and their certificate and institution too."""
        return self.shown_to_all().filter(
            Q(valid_until=None) | Q(valid_until__gte=day),
            status=Capability.Status.VALID,
            certificate__in=Certificate.objects.valid_on(day).values("pk"),
        )

    def standing(self, standing, day):
        """Those that are worth that much on the day; the same order of questions as `Capability.standing_on`."""
        status, kinds = Capability.Status, Capability.Standing
        if standing == kinds.CANCELLED:
            return self.filter(status=status.CANCELLED)
        there = self.exclude(status=status.CANCELLED)
        if standing == kinds.WITHDRAWN:
            return there.filter(certificate__withdrawn_at__isnull=False)
        if standing == kinds.EXPIRED:
            return there.filter(certificate__withdrawn_at=None, certificate__expires_on__lt=day)
        holding = there.filter(
            Q(certificate__expires_on=None) | Q(certificate__expires_on__gte=day), certificate__withdrawn_at=None
        )
        if standing == kinds.ENDED:
            return holding.filter(valid_until__lt=day)
        lasting = holding.filter(Q(valid_until=None) | Q(valid_until__gte=day))
        return lasting.filter(status=status.SUSPENDED if standing == kinds.SUSPENDED else status.VALID)

    def without_certificate(self, day):
        """Those nobody gave up whose certificate has expired or was withdrawn."""
        ended = Q(certificate__withdrawn_at__isnull=False) | Q(certificate__expires_on__lt=day)
        return self.exclude(status=Capability.Status.CANCELLED).filter(ended)

    def kept_by(self, user):
        """Those of the institutions one administers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(organization__in=Membership.objects.administering(user).values("organization"))

    def visible_to(self, user):
        """What all may see, and those of one's own institution whatever their state."""
        shown = self.shown_to_all().order_by().values("pk")
        return self.filter(Q(pk__in=shown) | Q(pk__in=Capability.objects.kept_by(user).order_by().values("pk")))


class Capability(models.Model):
    """One line of a certificate's annex: what is tested or measured, by which standard.

    One table for tests and the four classes of metrology, so that "who can measure this?" is one question. A test names its
    subject, parameter and limits; metrology names the instrument, its range, its accuracy and where the authorisation holds.
    """

    class Nature(models.TextChoices):
        TEST = "test", _("检测")
        VERIFICATION = "verification", _("检定")
        CALIBRATION = "calibration", _("校准")
        INSPECTION = "inspection", _("检验")
        EVALUATION = "evaluation", _("评价")

    class Status(StatusChoices):
        VALID = "valid", _("有效"), "ok"
        SUSPENDED = "suspended", _("暂停"), "wait"
        CANCELLED = "cancelled", _("取消"), "idle sq"

    class Standing(StatusChoices):
        """What a capability is worth on a day; computed, never stored."""

        VALID = "valid", _("有效"), "ok"
        SUSPENDED = "suspended", _("暂停"), "wait"
        EXPIRED = "expired", _("证书已过期"), "bad"
        WITHDRAWN = "withdrawn", _("证书已撤销"), "bad"
        ENDED = "ended", _("授权已到期"), "bad"
        CANCELLED = "cancelled", _("已取消"), "idle sq"

    METROLOGY = (Nature.VERIFICATION, Nature.CALIBRATION, Nature.INSPECTION, Nature.EVALUATION)

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="capabilities", verbose_name=_("机构"))
    certificate = models.ForeignKey(
        Certificate, models.PROTECT, related_name="capabilities", verbose_name=_("证书编号")
    )
    nature = models.CharField(_("项目类型"), max_length=12, choices=Nature, default=Nature.TEST)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.VALID)
    group_no = models.CharField(_("序号（大类）"), max_length=20, blank=True)
    domain = models.CharField(_("领域"), max_length=100, blank=True)
    category = models.CharField(_("类别（产品/项目/参数）"), max_length=100, blank=True)
    subject = models.CharField(_("检测对象"), max_length=200)  # for metrology the project: 项目名称
    parameter_no = models.CharField(_("序号（参数）"), max_length=20, blank=True)
    parameter = models.CharField(_("名称（产品/项目/参数）"), max_length=200, blank=True)
    standard_name = models.CharField(_("依据的标准（方法）名称"), max_length=300, blank=True)
    standard_no = models.CharField(_("标准编号（含年号）"), max_length=100, blank=True)
    measuring_range = models.CharField(_("限制范围/测量范围"), max_length=300, blank=True)
    accuracy = models.CharField(_("准确度等级/不确定度"), max_length=200, blank=True)
    authorized_area = models.CharField(_("授权区域"), max_length=100, blank=True)
    authorization_category = models.CharField(_("类别"), max_length=10, choices=AuthorizationCategory, blank=True)
    site = models.CharField(_("所在实验场所"), max_length=100, blank=True)
    remark = models.CharField(_("说明"), max_length=200, blank=True)
    valid_until = models.DateField(_("有效期"), null=True, blank=True)
    price = MoneyField(_("参考价格"), null=True, blank=True)
    lead_days = models.PositiveSmallIntegerField(_("周期（工作日）"), null=True, blank=True)
    key = models.CharField(max_length=32, editable=False)
    tsv = SearchVectorField(null=True, editable=False)
    facets = ArrayField(models.IntegerField(), default=list, editable=False)
    created_at = models.DateTimeField(_("添加时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("能力项")
        verbose_name_plural = _("能力项")
        ordering = ["organization", "nature", "group_no", "parameter_no", "pk"]
        indexes = [
            GinIndex(fields=["tsv", "facets"], name="capability_search", fastupdate=False),
            models.Index(fields=["organization", "nature", "id"], name="capability_by_institution"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "certificate", "nature", "key"],
                condition=~Q(status="cancelled"),
                name="capability_once",
                violation_error_message=_("这项能力已在能力库中，请勿重复添加。"),
            ),
            models.CheckConstraint(
                condition=~Q(nature="test") | ~Q(parameter=""), name="capability_test_names_its_parameter"
            ),
            models.CheckConstraint(
                condition=Q(nature="test") | ~Q(standard_no=""),
                name="capability_metrology_names_its_rule",
                violation_error_message=_("请填写依据的检定规程或校准规范编号。"),
            ),
            models.CheckConstraint(condition=Q(price=None) | Q(price__gte=0), name="capability_price_not_negative"),
        ]

    def __str__(self):
        return f"{self.subject} · {self.parameter}" if self.parameter else self.subject

    def save(self, *args, **kwargs):
        self.key = self.key_of()
        if fields := kwargs.get("update_fields"):
            kwargs["update_fields"] = {*fields, "key"} if {*IDENTIFYING} & {*fields} else fields
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("offerings:capability", args=[self.pk])

    @property
    def kept_url(self) -> str:
        """The page of the line for those who keep it."""
        return reverse("offerings:kept_capability", args=[self.pk])

    def key_of(self) -> str:
        """What makes two lines the same: subject, parameter, standard, range and accuracy without width, case and blanks."""
        return key_of(*(getattr(self, name) for name in IDENTIFYING))

    @property
    def is_test(self) -> bool:
        return self.nature == self.Nature.TEST

    @property
    def standard(self) -> str:
        """The numbers with their names; an own method is called so, for a test without a standard is no mistake (CMA apart)."""
        words = " ".join(part for part in (self.standard_no, self.standard_name) if part)
        return words if self.standard_no else f"{gettext('机构自定方法')} {words}".strip()

    def standing_on(self, day) -> "Capability.Standing":
        """Its own state first, then its certificate's and its authorisation's end; reads the certificate."""
        standing = self.Standing
        if self.status == self.Status.CANCELLED:
            return standing.CANCELLED
        if self.certificate.withdrawn_at is not None:
            return standing.WITHDRAWN
        if not self.certificate.is_valid_on(day):
            return standing.EXPIRED
        if self.valid_until is not None and self.valid_until < day:
            return standing.ENDED
        return standing.SUSPENDED if self.status == self.Status.SUSPENDED else standing.VALID
