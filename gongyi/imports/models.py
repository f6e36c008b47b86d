"""Imports and their rows: what was typed, what was found about it, and what came of it."""

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.imports.registry import IMPORTERS, Importer, Verdict
from gongyi.kit.choices import StatusChoices

PURPOSE = "import"


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own; the platform administrator sees all."""
        if user.is_staff:
            return self
        return self.filter(actor_id=user.pk) if user.pk else self.none()


class ImportRun(models.Model):
    """One list somebody uploaded, on its way from the file to the data and perhaps back (批量导入)."""

    class Status(StatusChoices):
        UPLOADED = "uploaded", _("检查中"), "act_"
        CHECKED = "checked", _("待确认"), "wait"
        IMPORTING = "importing", _("导入中"), "act_"
        DONE = "done", _("已导入"), "done"
        FAILED = "failed", _("未完成"), "bad"
        UNDOING = "undoing", _("撤销中"), "act_"
        UNDONE = "undone", _("已撤销"), "back"
        DISCARDED = "discarded", _("已放弃"), "idle"

    class Mode(models.TextChoices):
        ALL = "all", _("全部正确才导入")
        GOOD = "good", _("只导入没有问题的行")

    importer = models.CharField(_("导入内容"), max_length=60)
    context_id = models.BigIntegerField(_("导入到"), null=True)
    context_label = models.CharField(_("导入到"), max_length=150, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("操作人"))
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("撤销人")
    )
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+", verbose_name=_("文件"))
    file_name = models.CharField(_("文件名"), max_length=200)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.UPLOADED)
    mode = models.CharField(_("导入方式"), max_length=4, choices=Mode, blank=True)
    mapping = models.JSONField(_("列的对应"), default=dict)
    headers = models.JSONField(_("表头"), default=list)
    places = models.JSONField(_("列的位置"), default=dict)
    problem = models.TextField(_("未完成的原因"), blank=True)
    row_count = models.PositiveIntegerField(_("行数"), default=0)
    new_count = models.PositiveIntegerField(_("新增"), default=0)
    changed_count = models.PositiveIntegerField(_("更新"), default=0)
    same_count = models.PositiveIntegerField(_("无变化"), default=0)
    duplicate_count = models.PositiveIntegerField(_("重复"), default=0)
    wrong_count = models.PositiveIntegerField(_("有问题"), default=0)
    noted_count = models.PositiveIntegerField(_("有提示"), default=0)
    imported_count = models.PositiveIntegerField(_("已导入"), default=0)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(_("最近进展"), null=True)
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    finished_at = models.DateTimeField(_("导入时间"), null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("批量导入")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["actor", "-id"], name="import_run_of_actor")]
        constraints = [
            models.CheckConstraint(
                condition=Q(progress_done__lte=models.F("progress_total")), name="import_progress_within_total"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("importing", "done", "undone")) | ~Q(mode=""), name="import_mode_chosen"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("imports:run", args=[self.pk])

    @property
    def kind(self) -> Importer:
        """The importer; a KeyError says that its app is gone."""
        return IMPORTERS[self.importer]

    @property
    def kind_label(self) -> Any:
        known = IMPORTERS.get(self.importer)
        return known.label if known else self.importer

    @property
    def row_word(self) -> Any:
        known = IMPORTERS.get(self.importer)
        return known.row if known else Importer.row

    @property
    def is_working(self) -> bool:
        return self.status in (self.Status.UPLOADED, self.Status.IMPORTING, self.Status.UNDOING)

    @property
    def good_count(self) -> int:
        """How many rows an import would write."""
        return self.new_count + self.changed_count

    @property
    def bad_count(self) -> int:
        return self.duplicate_count + self.wrong_count

    @property
    def percent(self) -> int:
        return self.progress_done * 100 // self.progress_total if self.progress_total else 0


class ImportRowQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(run__in=ImportRun.objects.visible_to(user))

    def good(self):
        return self.filter(verdict__in=(Verdict.NEW, Verdict.CHANGED))

    def bad(self):
        return self.filter(verdict__in=(Verdict.WRONG, Verdict.DUPLICATE))

    def noted(self):
        return self.exclude(notes=[])


class ImportRow(models.Model):
    """A row of the list as typed, the verdict about it, and, once imported, what was created or stood before."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows", verbose_name=_("批量导入"))
    number = models.PositiveIntegerField(_("行"))
    cells = models.JSONField(_("内容"))
    verdict = models.CharField(_("结果"), max_length=10, choices=Verdict)
    label = models.CharField(_("名称"), max_length=200, blank=True)
    problems = models.JSONField(_("问题"), default=list)
    changes = models.JSONField(_("变化"), default=list)
    notes = models.JSONField(_("提示"), default=list)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    effect = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("导入的行")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_row_once")]
        indexes = [
            models.Index(fields=["run", "verdict", "number"], name="import_row_by_verdict"),
            models.Index(fields=["run", "number"], name="import_row_noted", condition=~Q(notes=[])),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.label}"


class ColumnMapping(models.Model):
    """Which column somebody said a header means, remembered for the next list of this kind into the same context."""

    importer = models.CharField(max_length=60)
    context_id = models.BigIntegerField(null=True)
    header = models.CharField(max_length=50)
    column = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("列的对应")
        constraints = [
            models.UniqueConstraint(
                fields=["importer", "context_id", "header"], name="column_mapping_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.header} → {self.column}"
