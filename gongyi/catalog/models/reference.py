"""What instruments are sorted and found by: classes, fields of service, synonyms, counts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


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
