"""What was submitted, frozen as it was, and each authority's turn with it."""

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.organizations.models import Membership, Organization
from gongyi.reviews.workdays import workdays_between

MOST_TIERS = 3
NORMAL_TERM_WORKDAYS = 3  # S3-32


class ReviewedStatus(StatusChoices):
    """Where something that is published only after review stands; models with a ReviewedFlow use exactly these."""

    DRAFT = "draft", _("草稿"), "idle"
    PENDING = "pending", _("待审核"), "wait"
    RETURNED = "returned", _("退回修改"), "back"
    WITHDRAWN = "withdrawn", _("已撤回"), "idle ring"
    APPROVED = "approved", _("已通过"), "ok"


def _held_places(user, roles) -> models.QuerySet:
    """The organizations where `user` now holds one of these roles."""
    return Membership.objects.current().filter(user_id=user.pk, role__in=roles).values("organization")


class SubmissionQuerySet(models.QuerySet):
    def of(self, subject: models.Model):
        """The submissions of one object, newest first."""
        kind = ContentType.objects.get_for_model(subject)
        return self.filter(subject_type=kind, subject_id=subject.pk).order_by("-round")

    def visible_to(self, user):
        """Own ones and those of units one administers; to whoever reviews a version, that one and all before it."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        seen = Review.objects.visible_to(user).filter(
            submission__subject_type=OuterRef("subject_type"),
            submission__subject_id=OuterRef("subject_id"),
            submission__round__gte=OuterRef("round"),
        )
        return self.filter(
            Q(submitted_by_id=user.pk) | Q(organization__in=_held_places(user, Membership.ADMINISTERING)) | Exists(seen)
        )


class Submission(models.Model):
    """One version of something, frozen at the moment it was handed in; rows never change (a trigger refuses)."""

    kind = models.CharField(_("类别"), max_length=40)
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    round = models.PositiveSmallIntegerField(_("第几次提交"))
    title = models.CharField(_("事项"), max_length=200)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="submissions", verbose_name=_("单位")
    )
    region = models.ForeignKey("regions.Region", models.PROTECT, null=True, related_name="+", verbose_name=_("地区"))
    content = models.JSONField(
        help_text="list of sections: {title, fields: [{key, label, value, files: [{id, name}]}]}"
    )
    digest = models.CharField(max_length=64)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", help_text="the version the new values are compared with"
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提交人")
    )
    submitted_at = models.DateTimeField(_("提交时间"), default=timezone.now)
    # Facts of that moment which lists show of ten thousand rows without reading any content.
    is_change = models.BooleanField(_("变更"), default=False, help_text="an earlier version is in force")
    changed_fields = models.PositiveSmallIntegerField(
        _("变更项数"), null=True, help_text="null: nothing to compare with"
    )
    returned_before = models.PositiveSmallIntegerField(_("曾退回次数"), default=0)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("提交")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "round"], name="submission_round_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("reviews:submission", args=[self.pk])


class ReviewQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Turns of the bodies one decides for, and those on one's own or one's unit's submissions."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(
            self.with_body_of(user)
            | Q(submission__submitted_by_id=user.pk)
            | Q(submission__organization__in=_held_places(user, Membership.ADMINISTERING))
        )

    @staticmethod
    def with_body_of(user) -> Q:
        """Turns of the authorities one reviews for, and of the units one administers."""
        return Q(decider=Review.Decider.AUTHORITY, authority__in=_held_places(user, [Membership.Role.REVIEWER])) | Q(
            decider=Review.Decider.UNIT, authority__in=_held_places(user, Membership.ADMINISTERING)
        )

    def to_decide_by(self, user):
        """Waiting turns that `user` could take, whoever claimed them; what they handed in themselves is left out."""
        if not user.is_authenticated:
            return self.none()
        mine = self.with_body_of(user)
        if user.is_staff:
            mine |= Q(decider=Review.Decider.PLATFORM)
        return self.filter(mine, status=Review.Status.PENDING).exclude(submitted_by_id=user.pk)

    def overdue_on(self, day):
        return self.filter(status=Review.Status.PENDING, due_on__lt=day)


class Review(models.Model):
    """One body's turn with one submitted version: it waits, then is approved or returned, once, by one person."""

    class Status(StatusChoices):
        PENDING = "pending", _("待审核"), "wait"
        APPROVED = "approved", _("已通过"), "ok"
        RETURNED = "returned", _("已退回"), "back"
        WITHDRAWN = "withdrawn", _("已撤回"), "idle ring"

    class Decider(models.TextChoices):
        AUTHORITY = "authority", _("主管部门")  # its reviewers
        UNIT = "unit", _("单位")  # its administrators, about their own people
        PLATFORM = "platform", _("平台管理员")  # where no authority covers the matter

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="reviews", verbose_name=_("提交"))
    kind = models.CharField(_("类别"), max_length=40)  # as the submission's, for the desk's index
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    tier = models.PositiveSmallIntegerField(_("第几级"), default=1)
    tiers = models.PositiveSmallIntegerField(_("共几级"), default=1)
    decider = models.CharField(_("由谁审核"), max_length=10, choices=Decider)
    authority = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="reviews", verbose_name=_("审核单位")
    )
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.PENDING)
    opened_at = models.DateTimeField(_("收到时间"), default=timezone.now)
    due_on = models.DateField(_("办理期限"))
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("经办人")
    )
    claimed_at = models.DateTimeField(_("认领时间"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("审核人")
    )
    decided_at = models.DateTimeField(_("审核时间"), null=True)
    comment = models.CharField(_("审核意见"), max_length=500, blank=True)
    due_soon_told_at = models.DateTimeField(null=True, editable=False)  # its body was reminded before the due day
    overdue_told_at = models.DateTimeField(null=True, editable=False)  # and once it had passed

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("审核")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "tier"], name="review_tier_once"),
            models.UniqueConstraint(fields=["submission"], condition=Q(status="pending"), name="review_one_waiting"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("submitted_by")),
                name="review_never_ones_own",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "withdrawn"], decided_by=None)
                | Q(status__in=["approved", "returned"], decided_by__isnull=False, decided_at__isnull=False),
                name="review_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decider="platform", authority=None) | (~Q(decider="platform") & Q(authority__isnull=False)),
                name="review_has_its_body",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_at=None) | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                name="review_claimed_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(tier__gte=1, tiers__lte=MOST_TIERS, tier__lte=F("tiers")), name="review_tier_of_its_tiers"
            ),
        ]
        indexes = [
            models.Index(fields=["authority", "due_on"], condition=Q(status="pending"), name="review_waiting"),
            models.Index(fields=["kind", "due_on"], condition=Q(status="pending"), name="review_waiting_kind"),
            models.Index(fields=["-decided_at"], condition=Q(decided_by__isnull=False), name="review_decided"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="decided_for_good", operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__decided_by__isnull=False),
            )
        ]  # fmt: skip

    def __str__(self):
        return self.submission.title

    def get_absolute_url(self):
        return reverse("reviews:review", args=[self.pk])

    @property
    def body(self) -> str:
        """Who has it: the authority or unit, or the platform's administrators."""
        return str(self.authority) if self.authority_id else str(self.Decider.PLATFORM.label)

    @property
    def is_overdue(self) -> bool:
        return self.status == self.Status.PENDING and self.due_on < timezone.localdate()

    @property
    def due_words(self) -> str:
        """逾期 2 天, 今天到期, 剩 3 个工作日."""
        today = timezone.localdate()
        if self.due_on < today:
            return gettext("逾期 %s 天") % (today - self.due_on).days
        if self.due_on == today:
            return gettext("今天到期")
        return gettext("剩 %s 个工作日") % workdays_between(today, self.due_on)

    @property
    def due_tone(self) -> str:
        """Red when it is late or falls due today, amber on the last working day before."""
        today = timezone.localdate()
        return "bad" if self.due_on <= today else "wait" if workdays_between(today, self.due_on) <= 1 else "idle"


class Phrase(models.Model):
    """A sentence a reviewer often writes, offered beside the comment (常用意见); everybody keeps their own."""

    class Use(models.TextChoices):
        APPROVE = "approve", _("通过时")
        SEND_BACK = "send_back", _("退回时")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("审核人员"))
    use = models.CharField(_("用于"), max_length=10, choices=Use)
    text = models.CharField(_("常用意见"), max_length=200)

    class Meta:
        verbose_name = _("常用意见")
        ordering = ["use", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "use", "text"], name="phrase_once", violation_error_message=_("已有这条常用意见。")
            )
        ]

    def __str__(self):
        return self.text


class ReviewPolicy(models.Model):
    """How a kind of submission is reviewed here: over how many tiers, in how many working days. Kept by the platform."""

    kind = models.CharField(_("类别"), max_length=40, primary_key=True)
    tiers = models.PositiveSmallIntegerField(
        _("审核级数"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_TIERS)]
    )
    term_workdays = models.PositiveSmallIntegerField(
        _("办理期限（工作日）"), default=NORMAL_TERM_WORKDAYS, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )

    class Meta:
        verbose_name = _("审核设置")
        constraints = [
            models.CheckConstraint(condition=Q(tiers__gte=1, tiers__lte=MOST_TIERS), name="policy_one_to_three_tiers")
        ]

    def __str__(self):
        return self.kind
