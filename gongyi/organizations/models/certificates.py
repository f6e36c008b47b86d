"""The certificates an institution works under; capabilities hang on them (S3-21 … S3-27, S3-53)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.organizations.models.units import Organization


class CertificateQuerySet(models.QuerySet):
    def valid_on(self, day):
        """Neither withdrawn nor expired on that day; the last day counts."""
        return self.filter(Q(expires_on=None) | Q(expires_on__gte=day), withdrawn_at=None)

    def visible_to(self, user):
        """Whoever may read the organization's own pages; the public home page names the valid ones and shows no files."""
        return self.filter(organization__in=Organization.objects.open_inside_to(user).order_by().values("pk"))


class Certificate(models.Model):
    """CMA, CNAS, an authorisation of metrology …, with its picture and the table of what it covers."""

    class Nature(models.TextChoices):
        CMA = "cma", "CMA"
        CNAS = "cnas", "CNAS"
        OTHER = "other", _("其他")

    class Standing(StatusChoices):
        """What a certificate is worth today; computed from its dates, never stored."""

        VALID = "valid", _("有效"), "ok"
        EXPIRING = "expiring", _("即将到期"), "wait"
        EXPIRED = "expired", _("已过期"), "bad"
        WITHDRAWN = "withdrawn", _("已撤销"), "idle sq"

    class Grade(models.TextChoices):
        NATIONAL = "national", _("国家中心")
        PROVINCIAL = "provincial", _("省中心")
        OTHER = "other", _("其他")

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="certificates", verbose_name=_("机构"))
    nature = models.CharField(_("证书性质"), max_length=8, choices=Nature)
    grade = models.CharField(_("证书资质"), max_length=12, choices=Grade)
    number = models.CharField(_("资质证书编号"), max_length=50)
    issuer = models.CharField(_("发证机关"), max_length=100, blank=True)
    issued_on = models.DateField(_("发证日期"), null=True, blank=True)
    expires_on = models.DateField(_("证书过期时间"), null=True, blank=True)
    picture = models.ForeignKey(
        "files.StoredFile", models.PROTECT, null=True, related_name="+", verbose_name=_("资质证书")
    )
    scope_file = models.ForeignKey(
        "files.StoredFile", models.PROTECT, null=True, related_name="+", verbose_name=_("能力附表")
    )
    remark = models.CharField(_("备注说明"), max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("撤销原因"), max_length=200, blank=True)
    expiry_told = models.BooleanField(default=False, editable=False)  # that it has expired was said
    warned_days = models.PositiveSmallIntegerField(null=True, editable=False)  # the nearest warning already given

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("资质证书")
        ordering = ["nature", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number"],
                condition=Q(withdrawn_at=None),
                name="certificate_number_once",
                violation_error_message=_("本机构已有这个编号的证书。"),
            )
        ]

    def __str__(self):
        return f"{self.get_nature_display()} {self.number}"

    def is_valid_on(self, day) -> bool:
        return self.withdrawn_at is None and (self.expires_on is None or self.expires_on >= day)

    @property
    def days_left(self) -> int | None:
        """Days until it expires, today being the last day at 0; negative afterwards, None without an end."""
        return None if self.expires_on is None else (self.expires_on - timezone.localdate()).days

    def standing_on(self, day, warn_days: int) -> "Certificate.Standing":
        """Valid, expiring within `warn_days`, expired or withdrawn, as of that day."""
        if self.withdrawn_at is not None:
            return self.Standing.WITHDRAWN
        if self.expires_on is None:
            return self.Standing.VALID
        left = (self.expires_on - day).days
        return (
            self.Standing.EXPIRED if left < 0 else self.Standing.EXPIRING if left <= warn_days else self.Standing.VALID
        )
