"""What happened, kept so that nobody can change it afterwards."""

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Fact(models.Model):
    """Something a person (or the clock: no actor) did to an object, with their name as it was then."""

    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", verbose_name=_("对象类型"))
    object_id = models.BigIntegerField(_("对象"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("操作用户")
    )
    actor_name = models.CharField(_("操作用户姓名"), max_length=50, blank=True)
    at = models.DateTimeField(_("操作时间"), default=timezone.now)

    class Meta:
        abstract = True

    @property
    def who(self) -> str:
        return self.actor_name or gettext("系统")


class FlowRecord(Fact):
    """One step of a process: node, person, time (流程记录, S3-77)."""

    flow = models.CharField(_("流程"), max_length=80)
    step = models.CharField(_("步骤代码"), max_length=40, blank=True)
    label = models.CharField(_("步骤"), max_length=60)
    from_status = models.CharField(_("原状态"), max_length=40, blank=True)
    to_status = models.CharField(_("新状态"), max_length=40)
    acting_for = models.BigIntegerField(_("代表单位"), null=True)
    acting_for_name = models.CharField(_("代表单位名称"), max_length=150, blank=True)
    comment = models.TextField(_("说明"), blank=True)
    data = models.JSONField(_("附加信息"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("流程记录")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["content_type", "object_id", "id"], name="flow_record_of_object")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.who} {self.label}"


class AuditEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Only the platform administrator reads the log as a whole."""
        return self if user.is_staff else self.none()


class AuditEvent(Fact):
    """A change outside any process: a setting, a correction, a grant; with what stood before and after, and why."""

    object_label = models.CharField(_("对象名称"), max_length=200)
    what = models.CharField(_("事项"), max_length=100)
    before = models.JSONField(_("变更前"), null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("变更后"), null=True, encoder=DjangoJSONEncoder)
    reason = models.TextField(_("原因"), blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("操作日志")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["content_type", "object_id", "id"], name="audit_event_of_object"),
            models.Index(fields=["-at"], name="audit_event_by_time"),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.who} {self.what}"
