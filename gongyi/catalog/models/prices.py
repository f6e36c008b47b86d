"""What an hour on an instrument costs whom."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models.instruments import Instrument
from gongyi.kit.money import MoneyField


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
