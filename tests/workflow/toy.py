"""A toy process, a request for leave, that shows every part of the workflow module without any business."""

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.workflow import SYSTEM, Refused, Role, Step, Workflow
from gongyi.workflow.forms import ReasonForm, StepForm


class LeaveQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.is_staff else self.filter(models.Q(applicant=user) | models.Q(boss=user))


class Leave(models.Model):
    class Status(StatusChoices):
        DRAFT = "draft", _("草稿"), "idle"
        PENDING = "pending", _("待审核"), "wait"
        APPROVED = "approved", _("已通过"), "ok"
        RETURNED = "returned", _("退回修改"), "back"
        EXPIRED = "expired", _("已过期"), "idle"

    applicant = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    boss = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    days = models.PositiveIntegerField(_("天数"), default=1)
    note = models.CharField(_("备注"), max_length=50, blank=True)
    tags = models.JSONField(default=list)
    counter = models.IntegerField(default=0)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.DRAFT)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        app_label = "toy"  # installed by conftest.py, as long as these tests run
        verbose_name = _("请假")

    def __str__(self):
        return f"QJ-{self.pk}"

    def get_absolute_url(self):
        return f"/leaves/{self.pk}/"


S = Leave.Status
applicant = Role(_("申请人"), lambda leave, user: leave.applicant_id == user.pk, people=lambda leave: [leave.applicant])
boss = Role(_("主管"), lambda leave, user: leave.boss_id == user.pk, people=lambda leave: [leave.boss])


def short_enough(leave, *, actor):
    """At most five days."""
    if leave.days > 5:
        return Refused(_("请假 %s 天，超过 5 天。") % leave.days, code="too_long", remedy=_("请改为 5 天以内。"))
    return None


def not_friday(leave, *, actor):
    """The note does not say Friday."""
    return _("周五不能请假。") if leave.note == "周五" else None


class EditForm(forms.ModelForm):
    class Meta:
        model = Leave
        fields = ["days", "note"]


class ApproveForm(StepForm):
    comment = forms.CharField(label=_("意见"), required=False)
    grade = forms.TypedChoiceField(label=_("等级"), coerce=int, choices=[(1, _("一")), (2, _("二"))])

    def clean_grade(self):
        if self.cleaned_data["grade"] == 2 and self.obj.days < 2:
            raise forms.ValidationError(_("一天的假只能评一级。"))
        return self.cleaned_data["grade"]


class LeaveFlow(Workflow):
    model = Leave
    related = ("applicant", "boss")

    edit = Step(_("修改"), (S.DRAFT, S.RETURNED), by=applicant, form=EditForm)
    submit = Step(
        _("提交"), (S.DRAFT, S.RETURNED), S.PENDING, by=applicant, needs=(short_enough, not_friday), tell=boss
    )
    approve = Step(_("通过"), S.PENDING, S.APPROVED, by=boss, form=ApproveForm, tell=applicant, tone="success")
    send_back = Step(_("退回"), S.PENDING, S.RETURNED, by=boss, form=ReasonForm, tell=applicant | boss, tone="danger")
    expire = Step(_("过期"), (S.DRAFT, S.PENDING), S.EXPIRED, by=SYSTEM, tell=applicant)


@LeaveFlow.approve.does
def grant(leave, *, actor, grade, **data):
    if leave.note == "爆炸":
        raise Refused(_("这份申请处理不了。"))
    leave.note = f"{leave.note}{grade}"
    return {"grade": grade}


followed = []


@LeaveFlow.approve.then
def celebrate(leave, *, actor, **data):
    followed.append((leave.pk, leave.status, actor))
