"""Who belongs to which organization, and what they do there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.organizations.models.units import Department, Organization


class MembershipQuerySet(models.QuerySet):
    def current(self):
        return self.filter(ended_at=None)

    def visible_to(self, user):
        """Own memberships, and those of the organizations one administers."""
        if user.is_staff:
            return self
        administered = Membership.objects.administering(user)
        return self.filter(Q(user=user) | Q(organization__in=administered.values("organization")))

    def administering(self, user):
        """The places in which `user` administers a unit now: its main accounts and their sub-users alike (S4-74)."""
        return self.current().filter(user_id=user.pk, role__in=Membership.ADMINISTERING)


class Membership(models.Model):
    """A person's place in an organization; one row for each role they hold there."""

    class Role(models.TextChoices):
        MEMBER = "member", _("成员")
        UNIT_ADMIN = "unit_admin", _("单位管理员")
        FINANCE = "finance", _("付款账户管理员")
        REVIEWER = "reviewer", _("审核人员")
        LABORATORY = "laboratory", _("实验室管理员")  # S2-32: one account a laboratory, which sees only its own
        SUB_USER = "sub_user", _("子用户")  # S4-74: the rights of the main account, in their own name

    ADMINISTERING = (Role.UNIT_ADMIN, Role.SUB_USER)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("人员")
    )
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships", verbose_name=_("单位"))
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, blank=True, related_name="memberships", verbose_name=_("院系/实验室")
    )
    role = models.CharField(_("角色"), max_length=20, choices=Role, default=Role.MEMBER)
    since = models.DateTimeField(_("加入时间"), auto_now_add=True)
    ended_at = models.DateTimeField(_("离开时间"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("单位成员")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organization", "role"], condition=Q(ended_at=None), name="membership_role_once"
            ),
            models.UniqueConstraint(
                fields=["department"], condition=Q(ended_at=None, role="laboratory"), name="laboratory_account_once",
                violation_error_message=_("这个实验室（院系）已有账号，只能建立 1 个。"),
            ),
            models.CheckConstraint(
                condition=~Q(role="laboratory") | Q(department__isnull=False) | Q(ended_at__isnull=False),
                name="laboratory_account_has_laboratory",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.user} · {self.organization} · {self.get_role_display()}"


class ContactPersonQuerySet(models.QuerySet):
    def current(self):
        return self.filter(until=None)

    def visible_to(self, user):
        """Whoever may read the unit's own pages; the public home page names who is asked now."""
        return self.filter(organization__in=Organization.objects.open_inside_to(user).order_by().values("pk"))


class ContactPerson(models.Model):
    """Whom to ask at a unit about one thing; the one before stays in the history (S1-93, S3-90, S3-91)."""

    class Duty(models.TextChoices):
        LIAISON = "liaison", _("协作共用联络员")
        COMPLAINTS = "complaints", _("投诉业务处理人")
        SALES = "sales", _("业务员")
        ENTRY = "entry", _("机构入驻联系人")

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="contacts", verbose_name=_("单位"))
    duty = models.CharField(_("职责"), max_length=12, choices=Duty)
    name = models.CharField(_("姓名"), max_length=50)
    phone = models.CharField(_("电话"), max_length=20, blank=True)
    email = models.EmailField(_("邮箱"), max_length=100, blank=True)
    position = models.CharField(_("职务"), max_length=50, blank=True)
    since = models.DateTimeField(_("开始时间"), default=timezone.now)
    until = models.DateTimeField(_("结束时间"), null=True, blank=True)

    objects = ContactPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("联系人")
        ordering = ["duty", "-since"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "duty"], condition=Q(until=None), name="contact_once")
        ]

    def __str__(self):
        return f"{self.get_duty_display()} {self.name}"
