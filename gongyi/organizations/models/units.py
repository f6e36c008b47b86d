"""Organizations of every kind, what they say about themselves, their departments and laboratories."""

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.kit.pinyin import sort_key
from gongyi.regions.models import Region


def _with_key(kwargs: dict) -> dict:
    """Whoever saves only some fields, the name among them, saves its sort key too."""
    fields = kwargs.get("update_fields")
    return kwargs | {"update_fields": {*fields, "name_key"}} if fields and "name" in fields else kwargs


class OrganizationKind(models.TextChoices):
    UNIVERSITY = "university", _("高校")
    INSTITUTE = "institute", _("科研院所")
    ENTERPRISE = "enterprise", _("企业")
    TESTING = "testing_institution", _("检验检测机构")
    METROLOGY = "metrology_institute", _("计量技术机构")
    AUTHORITY = "authority", _("主管部门")
    INTERMEDIARY = "intermediary", _("中介机构")
    OTHER = "other", _("其他")


class OrganizationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Active organizations are public; a suspended one is seen by its own people and the platform administrator."""
        if getattr(user, "is_staff", False):
            return self
        own = Q(memberships__user_id=user.pk, memberships__ended_at=None) if user.pk else Q(pk=None)
        return self.filter(
            Q(pk__in=Organization.objects.filter(own).values("pk")) | Q(status=Organization.Status.ACTIVE)
        )

    def active(self):
        return self.filter(status=Organization.Status.ACTIVE)

    def open_inside_to(self, user):
        """Those whose own pages (data, certificates, attachments) `user` may read: its people, the platform, and the
        reviewers of the authorities that decide about units where it is (S2-52)."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        held = {"memberships__user_id": user.pk, "memberships__ended_at": None}
        inside = Q(pk__in=Organization.objects.filter(**held).order_by().values("pk"))
        authorities = Organization.objects.filter(**held, memberships__role="reviewer", remits__matter="units")
        for code in set(authorities.order_by().values_list("remits__region_id", flat=True)):
            inside |= Q(region__in=Region.objects.within(code))
        return self.filter(inside)


class Organization(models.Model):
    """A legal unit that shares or uses instruments, tests, verifies, or supervises (管理单位 … 主管部门)."""

    class Status(StatusChoices):
        ACTIVE = "active", _("正常"), "ok"
        SUSPENDED = "suspended", _("已停用"), "idle"
        EXITED = "exited", _("已退出"), "idle sq"

    name = models.CharField(_("单位名称"), max_length=150, unique=True)
    short_name = models.CharField(_("简称"), max_length=30, blank=True)
    name_key = models.CharField(max_length=100, editable=False, default="", db_index=True)
    code = models.CharField(_("编号前缀"), max_length=12, unique=True, help_text=_("用在仪器编号前，如 HDU"))
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, null=True, blank=True, unique=True)
    kind = models.CharField(_("单位性质"), max_length=20, choices=OrganizationKind)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.ACTIVE)
    region = models.ForeignKey(
        "regions.Region", models.PROTECT, null=True, related_name="+", verbose_name=_("所在地区")
    )
    address = models.CharField(_("地址"), max_length=200, blank=True)
    phone = models.CharField(_("联系电话"), max_length=30, blank=True)
    email = models.EmailField(_("邮箱"), blank=True)
    website = models.URLField(_("网址"), max_length=150, blank=True)
    introduction = models.TextField(_("简介"), max_length=1000, blank=True)
    cover = models.ForeignKey(
        "files.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("封面图片")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="branches", verbose_name=_("上级法人单位"),
        help_text=_("没有法人资格的分支机构填写（S3-2）。"),
    )  # fmt: skip
    joined_at = models.DateTimeField(_("入网时间"), auto_now_add=True)
    info_confirmed_at = models.DateTimeField(
        _("信息更新时间"),
        null=True,
        blank=True,
        help_text=_("入网单位每 365 天至少更新一次（S1-36）；空：没有这项义务。"),
    )
    leave_asked_at = models.DateTimeField(_("申请退出时间"), null=True, blank=True, editable=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        ordering = ["name_key", "pk"]

    def __str__(self):
        return self.short_name or self.name

    def save(self, *args, **kwargs):
        self.uscc = self.uscc or None
        self.name_key = sort_key(self.name)
        super().save(*args, **_with_key(kwargs))

    def get_absolute_url(self):
        return reverse("portal:organization", args=[self.pk])

    @property
    def manage_url(self):
        """The page of the unit's data, people and departments, for those who keep them."""
        return reverse("organizations:organization", args=[self.pk])


# The departments whose account somebody holds, with everything below them; UNION ends even where a tree were a ring.
KEPT_DEPARTMENTS = """
    WITH RECURSIVE kept(id) AS (
        SELECT department_id FROM organizations_membership
        WHERE user_id = %s AND role = 'laboratory' AND ended_at IS NULL
        UNION
        SELECT part.id FROM organizations_department part JOIN kept ON part.parent_id = kept.id
    ) SELECT id FROM kept
"""


class _AmongThese(models.Func):
    """`id = ANY (ARRAY (SELECT …))`: the keys are found once, before the rows, whatever the planner thinks of recursion."""

    arg_joiner = " = ANY (ARRAY"
    template = "%(expressions)s)"
    output_field = models.BooleanField()


class DepartmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(organization__in=Organization.objects.visible_to(user))

    def kept_by(self, user):
        """The laboratories (院系) whose account `user` holds, with their parts, and nothing else (S2-32, S2-33)."""
        return self.filter(_AmongThese(models.F("pk"), RawSQL(KEPT_DEPARTMENTS, [user.pk])))


class Department(models.Model):
    """A second-level body (院系, 二级机构) or a laboratory inside it; every instrument belongs to one (S2-13)."""

    class Level(models.TextChoices):
        DEPARTMENT = "department", _("院系/部门")
        LABORATORY = "laboratory", _("实验室")

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="departments", verbose_name=_("单位"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )
    level = models.CharField(_("层级"), max_length=10, choices=Level, default=Level.DEPARTMENT)
    name = models.CharField(_("名称"), max_length=100)
    name_key = models.CharField(max_length=100, editable=False, default="")
    location = models.CharField(_("地点"), max_length=100, blank=True)
    phone = models.CharField(_("电话"), max_length=30, blank=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("院系/实验室")
        ordering = ["name_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "parent", "name"], name="department_name_once", nulls_distinct=False
            ),
            # What the composite foreign keys of 0002 point at: a parent, and a member's department, of the same unit.
            models.UniqueConstraint(fields=["id", "organization"], name="department_of_organization"),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.name_key = sort_key(self.name)
        super().save(*args, **_with_key(kwargs))
