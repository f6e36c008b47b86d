"""Ways onto the platform: applications of units, innovation platforms, people who bind themselves to a unit, invitations."""

import secrets
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.organizations.models import Capacity, Department, Membership, Organization
from gongyi.reviews.models import Review, ReviewedStatus


def new_secret() -> str:
    """What a link must carry: 32 bytes nobody guesses."""
    return secrets.token_urlsafe(32)


def _under_review_by(user: Any, model: type[models.Model]) -> models.QuerySet:
    """The keys of the rows of `model` on whose reviews `user` may look."""
    kind = ContentType.objects.get_for_model(model)
    seen = Review.objects.visible_to(user).filter(submission__subject_type=kind)
    return seen.values("submission__subject_id")


def _administered(user: Any) -> models.QuerySet:
    held = Membership.objects.current().filter(user_id=user.pk)
    return held.filter(role__in=[Membership.Role.UNIT_ADMIN, Membership.Role.SUB_USER]).values("organization")


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, those of units one administers, and those one reviews. A draft's link opens it besides."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(
            Q(applicant_id=user.pk)
            | Q(organization__in=_administered(user))
            | Q(pk__in=_under_review_by(user, Application))
        )

    def files_visible_to(self, user):
        """Those, and what the same units handed in earlier: a change keeps the files it did not replace."""
        seen = self.visible_to(user)
        return self.filter(Q(pk__in=seen.values("pk")) | Q(organization__in=seen.values("organization")))

    def kept_by(self, user):
        """One's own, and those of units one administers: what one may fill in."""
        return self.filter(Q(applicant_id=user.pk) | Q(organization__in=_administered(user)))


class Application(models.Model):
    """What a unit fills in to join in one capacity, or to change what it said then (S1-23, S2-6, S3-7, S4-2)."""

    Status = ReviewedStatus

    capacity = models.CharField(_("身份"), max_length=24, choices=Capacity)
    status = models.CharField(_("状态"), max_length=10, choices=ReviewedStatus, default=ReviewedStatus.DRAFT)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="applications", verbose_name=_("申请人"),
        help_text=_("服务机构在提交时才有申请人（S3-33）。"),
    )  # fmt: skip
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="applications", verbose_name=_("单位"),
        help_text=_("变更时从一开始就有；入网时在通过后才有。"),
    )  # fmt: skip
    is_change = models.BooleanField(_("变更"), default=False)
    secret = models.CharField(max_length=64, unique=True, default=new_secret, editable=False)
    opens_by_link = models.BooleanField(default=False, help_text="begun by a visitor: whoever has the link fills it in")
    proved = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        help_text="addresses a code was sent to and typed in",
    )
    links_mailed = models.PositiveSmallIntegerField(default=0)  # how often the draft's link was sent by mail
    name = models.CharField(_("单位名称"), max_length=150, blank=True)  # as typed so far, for lists
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    data = models.JSONField(default=dict, help_text="step key → {field: what was typed}; kept even when it is wrong")
    reached = models.CharField(_("进行到"), max_length=30, blank=True)  # the key of the last step saved without a fault
    created_at = models.DateTimeField(_("开始填写"), auto_now_add=True)
    saved_at = models.DateTimeField(_("最近保存"), auto_now=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("入网申请")
        ordering = ["-saved_at"]
        constraints = [
            # One application under way for a unit in a capacity; a second draft would be lost work.
            models.UniqueConstraint(
                fields=["organization", "capacity"],
                condition=Q(organization__isnull=False) & ~Q(status="approved"),
                name="application_one_under_way",
            ),
            models.UniqueConstraint(
                fields=["uscc", "capacity"], condition=Q(status="pending") & ~Q(uscc=""), name="application_one_waiting"
            ),
        ]
        indexes = [models.Index(fields=["applicant", "status"], name="application_of_person")]

    def __str__(self):
        return self.name or str(_("未命名的申请"))

    def get_absolute_url(self):
        return reverse("onboarding:application", args=[self.pk])

    @property
    def resume_url(self):
        """The link that opens the draft again."""
        return reverse("onboarding:resume", args=[self.secret])

    @property
    def is_editable(self) -> bool:
        """Whether it may be filled in now: not while it waits, nor after it took effect."""
        return self.status in (ReviewedStatus.DRAFT, ReviewedStatus.RETURNED, ReviewedStatus.WITHDRAWN)


class ApplicationDocument(models.Model):
    """A file handed in with an application; a replaced one stays in the history."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="documents", verbose_name=_("申请"))
    slot = models.CharField(
        _("材料"), max_length=40
    )  # as the registration names it; "certificates.<n>.picture" in a block
    stored = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+", verbose_name=_("文件"))
    added_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    replaced_at = models.DateTimeField(_("替换时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("入网材料")
        ordering = ["slot", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "slot"], condition=Q(replaced_at=None), name="application_document_once"
            )
        ]

    def __str__(self):
        return f"{self.slot} {self.stored}"


class CommitmentLetter(models.Model):
    """A version of the text a unit must read and promise (S1-24, S3-19, S3-86); the newest published one counts."""

    capacity = models.CharField(_("身份"), max_length=24, choices=Capacity)
    version = models.CharField(_("版本"), max_length=20)
    title = models.CharField(_("标题"), max_length=100)
    text = models.TextField(_("正文"))
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("承诺书")
        ordering = ["capacity", "-published_at"]
        constraints = [models.UniqueConstraint(fields=["capacity", "version"], name="commitment_version_once")]
        triggers = [  # units promised this text: it neither changes nor goes
            pgtrigger.Protect(
                name="published_for_good",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            )
        ]

    def __str__(self):
        return f"{self.title} {self.version}"


class RefreshReminder(models.Model):
    """That a unit was reminded so many days before its information falls due, once for each due day (S1-36)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", verbose_name=_("单位"))
    due_on = models.DateField(_("到期日"))
    days_before = models.PositiveSmallIntegerField(_("提前天数"))
    sent_at = models.DateTimeField(_("提醒时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("更新提醒")
        constraints = [
            models.UniqueConstraint(fields=["organization", "due_on", "days_before"], name="refresh_reminder_once")
        ]

    def __str__(self):
        return f"{self.organization} {self.due_on} −{self.days_before}"


class InnovationPlatformQuerySet(models.QuerySet):
    def published(self):
        """Those approved once: while a change is under way, what was approved stays public."""
        kind = ContentType.objects.get_for_model(InnovationPlatform)
        approved = Review.objects.filter(
            status=Review.Status.APPROVED, tier=F("tiers"), submission__subject_type=kind
        ).values("submission__subject_id")
        return self.filter(Q(status=ReviewedStatus.APPROVED) | Q(pk__in=approved))

    def selectable_for(self, unit):
        """Those an instrument of `unit` may belong to (S2-17)."""
        return self.published().filter(organization=unit, organization__status=Organization.Status.ACTIVE)

    def kept_or_reviewed_by(self, user):
        """Those whose work in progress one may see: as administrator of the unit, or as one who reviews it."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(
            Q(organization__in=_administered(user)) | Q(pk__in=_under_review_by(user, InnovationPlatform))
        )

    def visible_to(self, user):
        """Published ones are public; the others are seen by the unit's administrators and those who review them."""
        seen = self.published().values("pk")
        return self.filter(Q(pk__in=seen) | Q(pk__in=self.kept_or_reviewed_by(user).values("pk")))


class InnovationPlatform(models.Model):
    """An innovation platform or testing institution a unit owns; instruments may belong to one (S2-10 … S2-12, S2-17)."""

    Status = ReviewedStatus

    class Level(models.TextChoices):
        NATIONAL = "national", _("国家级")
        PROVINCIAL = "provincial", _("省部级")
        CITY = "city", _("市级")

    TYPES = (
        "国家实验室", "国家重点实验室（全国重点实验室）", "省重点实验室", "工程（技术）研究中心", "技术创新中心", "产业创新中心", "制造业创新中心",
        "新型研发机构", "企业技术中心", "临床医学研究中心", "质量检验检测中心", "野外科学观测研究站", "科技资源共享服务平台", "其他",
    )  # fmt: skip

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="platforms", verbose_name=_("依托单位"))
    status = models.CharField(_("状态"), max_length=10, choices=ReviewedStatus, default=ReviewedStatus.DRAFT)
    name = models.CharField(_("平台名称"), max_length=150)
    platform_type = models.CharField(_("平台类型"), max_length=30, choices=[(name, name) for name in TYPES])
    level = models.CharField(_("级别"), max_length=12, choices=Level)
    approved_by = models.CharField(_("批准部门"), max_length=100, blank=True)
    approval_no = models.CharField(_("批准文号"), max_length=100, blank=True)
    approved_on = models.DateField(_("批准时间"), null=True, blank=True)
    host_name = models.CharField(_("依托法人单位（组建单位）名称"), max_length=150)
    host_uscc = models.CharField(_("依托法人单位统一社会信用代码"), max_length=18)
    introduction = models.TextField(_("创新平台简介"), max_length=1000)
    subject_codes = ArrayField(
        models.CharField(max_length=3), verbose_name=_("主要学科领域"), size=4, default=list, blank=True
    )
    director = models.CharField(_("负责人"), max_length=50, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=50)
    contact_phone = models.CharField(_("联系电话"), max_length=20)
    contact_email = models.EmailField(_("联系邮箱"), max_length=100, blank=True)
    address = models.CharField(_("地址"), max_length=300, blank=True)
    approval_file = models.ForeignKey(
        "files.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批文")
    )
    created_at = models.DateTimeField(_("添加时间"), auto_now_add=True)

    objects = InnovationPlatformQuerySet.as_manager()

    class Meta:
        verbose_name = _("创新平台")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="platform_name_once",
                violation_error_message=_("本单位已有同名的创新平台。"),
            )
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("onboarding:platform", args=[self.pk])


class BindingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own requests, and those made to units one administers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(Q(person_id=user.pk) | Q(organization__in=_administered(user)))


class Binding(models.Model):
    """A person asks a unit to be taken in, or to be let go (S1-15 … S1-18); the unit decides."""

    Status = ReviewedStatus

    class Wish(models.TextChoices):
        BIND = "bind", _("绑定单位")
        RELEASE = "release", _("解除绑定")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="bindings", verbose_name=_("申请人")
    )
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="bindings", verbose_name=_("单位"))
    wish = models.CharField(_("事项"), max_length=8, choices=Wish)
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("院系/实验室")
    )
    note = models.CharField(_("说明"), max_length=200, blank=True)
    status = models.CharField(_("状态"), max_length=10, choices=ReviewedStatus, default=ReviewedStatus.DRAFT)
    created_at = models.DateTimeField(_("申请时间"), auto_now_add=True)

    objects = BindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("绑定申请")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organization"], condition=~Q(status="approved"), name="binding_one_under_way"
            )
        ]

    def __str__(self):
        return f"{self.person} {self.get_wish_display()} {self.organization}"

    def get_absolute_url(self):
        return reverse("onboarding:binding", args=[self.pk])


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(organization__in=_administered(user))

    def usable(self, now):
        return self.filter(expires_at__gt=now, revoked_at=None, uses_left__gt=0)


class Invitation(models.Model):
    """A link that takes whoever opens it into a unit, in the roles it names, as often as it says."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invitations", verbose_name=_("单位"))
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("院系/实验室")
    )
    roles = ArrayField(models.CharField(max_length=20), verbose_name=_("角色"), default=list, blank=True)
    secret = models.CharField(max_length=64, unique=True, default=new_secret, editable=False)
    email = models.EmailField(_("发给"), max_length=100, blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("邀请人"))
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    expires_at = models.DateTimeField(_("有效期至"))
    uses_left = models.PositiveIntegerField(_("剩余次数"), default=1)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("邀请")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.organization} {self.email}".strip()
