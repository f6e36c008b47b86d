"""The record of imports into the catalog."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.organizations.models import Membership


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
