"""Messages to people: the row in their centre is also the outbox from which other channels are served."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices


class NotificationQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()

    def unread(self):
        return self.filter(read_at=None)


class Notification(models.Model):
    """One message to one person. Until `dispatched_at` is set, no other channel has been considered for it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", verbose_name=_("收件人")
    )
    kind = models.CharField(_("类别"), max_length=80, blank=True)
    title = models.CharField(_("标题"), max_length=200)
    body = models.TextField(_("内容"), blank=True)
    url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(_("时间"), default=timezone.now)
    read_at = models.DateTimeField(_("阅读时间"), null=True)
    dispatched_at = models.DateTimeField(null=True, editable=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("通知")
        ordering = ["-pk"]
        indexes = [
            models.Index("user", models.F("id").desc(), name="notification_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["id"], condition=Q(dispatched_at=None), name="notification_outbox"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("notifications:open", args=[self.pk])


class Outgoing(models.Model):
    """Something on its way out of the site: when it is due next, how often it was tried, and what became of it."""

    class Status(StatusChoices):
        QUEUED = "queued", _("待发送"), "wait"
        SENDING = "sending", _("发送中"), "act_"
        SENT = "sent", _("已发送"), "done"
        FAILED = "failed", _("发送失败"), "bad"

    state = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    due_at = models.DateTimeField(_("下次尝试"), default=timezone.now)
    last_error = models.TextField(_("最近错误"), blank=True)
    sent_at = models.DateTimeField(_("发送时间"), null=True)

    class Meta:
        abstract = True


class Delivery(Outgoing):
    """One message on its way through one channel, and what became of it."""

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries", verbose_name=_("通知"))
    channel = models.CharField(_("渠道"), max_length=20)
    address = models.CharField(_("地址"), max_length=200)

    class Meta:
        verbose_name = _("发送记录")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once_per_channel")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=["queued", "sending"]), name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.channel} → {self.address}"


class TextMessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The platform administrator sees what was sent and what was not; nobody else does."""
        return self if user.is_authenticated and user.is_staff else self.none()

    def waiting(self):
        return self.filter(state__in=[Outgoing.Status.QUEUED, Outgoing.Status.SENDING])


class TextMessage(Outgoing):
    """A short message to a mobile phone: written with what it is about, handed to the gateway after commit.

    `secret` ones (codes, links that open an account) lose their text as soon as it is of no more use here.
    """

    phone = models.CharField(_("手机号"), max_length=20)
    body = models.CharField(_("内容"), max_length=500, blank=True)
    purpose = models.CharField(_("用途"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("时间"), default=timezone.now)
    useless_after = models.DateTimeField(_("失效时间"), null=True)
    secret = models.BooleanField(_("机密"), default=False)
    key = models.CharField(max_length=80, null=True, unique=True, editable=False)

    objects = TextMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("短信")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["queued", "sending"]), name="text_due"),
            models.Index(fields=["state"], condition=Q(secret=True) & ~Q(body=""), name="text_secret"),
            models.Index(fields=["created_at"], condition=~Q(body=""), name="text_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} → {self.phone}"


class Choice(models.Model):
    """Whether a person wants messages of one kind through one channel; without a row the channel's own default holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("用户"))
    channel = models.CharField(_("渠道"), max_length=20)
    kind = models.CharField(_("类别"), max_length=80)
    wanted = models.BooleanField(_("接收"), default=False)

    class Meta:
        verbose_name = _("接收方式")
        constraints = [models.UniqueConstraint(fields=["user", "channel", "kind"], name="choice_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.channel} {self.kind} {self.wanted}"
