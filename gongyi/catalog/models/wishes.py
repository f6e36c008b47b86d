"""What a person put aside: favourites to find again, a shortlist to book from."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models.instruments import Instrument


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


class ShortlistItemQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user=user)


class ShortlistItem(models.Model):
    """An instrument put on a person's 预选清单 (S1-51, S1-85 … S1-89); a visitor's list is in the session until they sign in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shortlist")
    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="+")
    added_at = models.DateTimeField(_("加入时间"), auto_now_add=True)

    objects = ShortlistItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("预选")
        ordering = ["added_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "instrument"], name="shortlisted_once")]

    def __str__(self):
        return str(self.instrument)
