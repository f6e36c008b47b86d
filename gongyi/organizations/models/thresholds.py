"""Numbers about units that the platform administrator may change."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def refresh_reminders() -> list[int]:
    """Days before the yearly update falls due on which a unit is reminded."""
    return [30, 7, 1]


def certificate_warnings() -> list[int]:
    """Days before a certificate expires on which its institution is warned."""
    return [90, 60, 30]


class UnitRules(models.Model):
    """The one row of thresholds for units; kept by the platform administrator."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    refresh_after_days = models.PositiveSmallIntegerField(_("信息更新周期（天）"), default=365)  # S1-36
    remind_before_days = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("提前提醒（天）"), default=refresh_reminders
    )
    voucher_most_employees = models.PositiveIntegerField(_("创新券：人数上限（含）"), default=500)  # S1-31
    voucher_most_revenue_wan = models.DecimalField(
        _("创新券：上年营收上限（万元，含）"), max_digits=14, decimal_places=2, default=20_000
    )
    voucher_province = models.ForeignKey(
        "regions.Region", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("创新券：所在省"),
        help_text=_("留空时不限省份。"),
    )  # fmt: skip
    certificate_warn_days = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("证书到期提醒（天）"), default=certificate_warnings
    )

    class Meta:
        verbose_name = _("单位规则")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="unit_rules_one_row")]

    def __str__(self):
        return str(_("单位规则"))

    @classmethod
    def current(cls) -> "UnitRules":
        """The row, or the defaults (unsaved) before anybody changed them."""
        return cls.objects.filter(pk=1).first() or cls()
