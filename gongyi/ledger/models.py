"""Who pays and what they paid: payment accounts with members, holds on them, and an append-only double-entry ledger."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.kit.money import MoneyField
from gongyi.organizations.models import Membership


class PaymentAccountQuerySet(models.QuerySet):
    def usable_by(self, user):
        """Accounts a person may pay with: those they lead, manage or belong to, while in order (S0-79)."""
        own = AccountMember.objects.filter(user_id=user.pk)
        return self.filter(status=PaymentAccount.Status.ACTIVE, pk__in=own.values("account"))

    def visible_to(self, user):
        """Members see their accounts; the owning unit's account administrators see all of their unit (S0-102)."""
        if getattr(user, "is_staff", False):
            return self
        if user.pk is None:
            return self.none()
        unit = Q(
            organization__in=user.memberships.filter(
                ended_at=None, role__in=("finance", *Membership.ADMINISTERING)
            ).values("organization")
        )
        return self.filter(unit | Q(pk__in=AccountMember.objects.filter(user_id=user.pk).values("account")))


class PaymentAccount(models.Model):
    """A payment-account group (付款账户课题组, S0-5 … S0-7, S0-66): who settles the fees of one unit's instruments.

    `organization` is the unit whose instruments it pays for and whose administrator tops it up (S0-56, S0-71);
    `payer` is the organization the group belongs to and decides the price tier.
    """

    class Status(StatusChoices):
        PENDING = "pending", _("待确认"), "wait"
        REFUSED = "refused", _("未通过"), "bad"
        ACTIVE = "active", _("正常"), "ok"
        FROZEN = "frozen", _("已冻结"), "wait"
        CLOSED = "closed", _("已停用"), "idle"

    code = models.CharField(_("账户编号"), max_length=20, unique=True)
    name = models.CharField(_("账户名称"), max_length=100)
    name_key = models.CharField(max_length=100, editable=False, default="")
    organization = models.ForeignKey(
        "organizations.Organization", models.PROTECT, related_name="payment_accounts", verbose_name=_("所属单位")
    )
    payer = models.ForeignKey(
        "organizations.Organization", models.PROTECT, related_name="+", verbose_name=_("付款单位")
    )
    department = models.ForeignKey(
        "organizations.Department",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("院系/实验室"),
    )
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="led_accounts", verbose_name=_("课题组负责人")
    )
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.ACTIVE)
    credit_line = MoneyField(_("信用额度"), default=Decimal("2000.00"))
    purpose = models.CharField(_("用途说明"), max_length=200, blank=True)
    available = MoneyField(
        _("可用余额"), default=0, editable=False, help_text="kept by the trigger on Entry; never written"
    )
    held = MoneyField(_("冻结金额"), default=0, editable=False, help_text="kept by the trigger on Entry; never written")
    created_at = models.DateTimeField(_("开户时间"), auto_now_add=True)

    objects = PaymentAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("付款账户")
        verbose_name_plural = _("付款账户")
        ordering = ["name_key", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(credit_line__gte=0), name="credit_line_not_negative"),
            models.CheckConstraint(condition=Q(held__gte=0), name="held_not_negative"),
        ]
        indexes = [models.Index("organization", "name_key", name="account_by_unit")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        from gongyi.kit.pinyin import sort_key

        self.name_key = sort_key(self.name)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "name_key"}
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("ledger:account", args=[self.pk])

    @property
    def balance(self):
        """The money on the account (账户余额), what is set aside for bookings included."""
        return self.available + self.held

    @property
    def spendable(self):
        """What a new booking may still hold (可用额度): balance less holds (`available`) plus the credit line."""
        return self.available + self.credit_line


class AccountMember(models.Model):
    """A person of a payment-account group: its leader, an administrator of the group, or an ordinary member."""

    class Role(models.TextChoices):
        LEADER = "leader", _("课题组负责人")
        MANAGER = "manager", _("课题组管理员")
        MEMBER = "member", _("普通成员")

    account = models.ForeignKey(PaymentAccount, models.CASCADE, related_name="members", verbose_name=_("付款账户"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="account_memberships", verbose_name=_("姓名")
    )
    role = models.CharField(_("角色"), max_length=10, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(_("加入时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("课题组成员")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], name="account_member_once"),
            models.UniqueConstraint(fields=["account"], condition=Q(role="leader"), name="account_leader_once"),
        ]

    def __str__(self):
        return f"{self.user} · {self.account}"


class DefaultAccount(models.Model):
    """The account a person pays with by default at one unit (S0-82)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="default_accounts")
    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    account = models.ForeignKey(PaymentAccount, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organization"], name="default_account_once")]

    def __str__(self):
        return f"{self.user} · {self.organization} · {self.account}"


class TransactionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(account__in=PaymentAccount.objects.visible_to(user))


class Transaction(models.Model):
    """One booking of money on one account: two or more entries whose sum is zero.

    Never changed, only followed by another; triggers refuse UPDATE, DELETE and TRUNCATE and check the sum at commit.
    """

    class Kind(models.TextChoices):
        HOLD = "hold", _("预约冻结")
        RELEASE = "release", _("解冻")
        CAPTURE = "capture", _("结算扣款")
        TOP_UP = "top_up", _("充值")
        CORRECTION = "correction", _("更正")
        CANCELLATION_FEE = "cancellation_fee", _("取消费")

    account = models.ForeignKey(
        PaymentAccount, models.PROTECT, related_name="transactions", verbose_name=_("付款账户"), db_index=False
    )
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    key = models.CharField(max_length=80, unique=True, help_text="makes the same booking happen once")
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("经办人"), db_index=False
    )
    source = models.CharField(_("来源"), max_length=60, blank=True, help_text="what it is for: reservation:123")
    voucher_no = models.CharField(_("财务凭证号"), max_length=60, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = TransactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("金额记录")
        verbose_name_plural = _("金额记录")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index("source", name="transaction_by_source", condition=~Q(source="")),
            models.Index("account", F("at").desc(), F("id").desc(), name="transaction_by_account"),
            models.Index(F("at").desc(), F("id").desc(), name="transaction_by_time"),
            models.Index(
                F("at").desc(),
                F("id").desc(),
                name="transaction_by_hand",
                condition=Q(kind__in=("top_up", "correction")),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"


class Book(models.TextChoices):
    AVAILABLE = "available", _("可用余额")
    HELD = "held", _("冻结")
    REVENUE = "revenue", _("服务收入")
    CASH = "cash", _("收款")


class EntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(account__in=PaymentAccount.objects.visible_to(user))


class Entry(models.Model):
    """One line of a transaction: an amount on one book of one payment account; money into a book is positive."""

    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="entries", verbose_name=_("记账"))
    account = models.ForeignKey(
        PaymentAccount, models.PROTECT, related_name="entries", verbose_name=_("付款账户"), db_index=False
    )
    book = models.CharField(_("账簿"), max_length=10, choices=Book)
    amount = MoneyField(_("金额"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("金额记录")
        ordering = ["-pk"]
        indexes = [models.Index("account", F("id").desc(), name="entry_by_account")]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="entry_not_zero")]

    def __str__(self):
        return f"{self.account} {self.get_book_display()} {self.amount}"


class HoldQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(account__in=PaymentAccount.objects.visible_to(user))

    def open(self):
        return self.filter(settled_at=None)


class Hold(models.Model):
    """Money set aside on an account for one source until it is captured or released; of 0.00 where nothing is due."""

    account = models.ForeignKey(
        PaymentAccount, models.PROTECT, related_name="holds", verbose_name=_("付款账户"), db_index=False
    )
    source = models.CharField(_("来源"), max_length=60, unique=True)
    amount = MoneyField(_("冻结金额"))
    captured = MoneyField(_("实际扣款"), null=True, blank=True)
    created_at = models.DateTimeField(_("冻结时间"), auto_now_add=True)
    settled_at = models.DateTimeField(_("结清时间"), null=True, blank=True)
    revision = models.PositiveSmallIntegerField(
        default=0, help_text="how often its amount was changed; part of those keys"
    )

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("冻结")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="hold_not_negative"),
            models.CheckConstraint(
                condition=Q(captured=None) | Q(captured__gte=0, settled_at__isnull=False),
                name="hold_captured_is_settled",
            ),
        ]
        indexes = [models.Index("account", name="hold_open", condition=Q(settled_at=None))]

    def __str__(self):
        return f"{self.source} {self.amount}"
