"""People: who they are, how they sign in, when they did, and what they report to national platforms by default."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.kit.pinyin import sort_key
from gongyi.kit.saved import WITHOUT_VIEW

PHONE = RegexValidator(r"^1[3-9]\d{9}$", _("手机号应为 11 位数字，以 13–19 开头。"))
USERNAME = RegexValidator(r"^[\w.@+-]+$", _("用户名只能用字母、数字和 . _ - + @。"))


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The platform administrator sees everyone; anybody else sees themselves."""
        if user.is_staff:
            return self
        return self.filter(pk=user.pk)

    def by_identifier(self, text: str):
        """The person who signs in as `text`: a user name, an e-mail address or a phone number, in this order; or None."""
        text = (text or "").strip()
        if not text or len(text) > 100:
            return None
        found = self.filter(Q(username__iexact=text) | Q(email=text.lower()) | Q(phone=text))
        by_name = sorted(found, key=lambda user: user.username.lower() != text.lower())
        return by_name[0] if by_name else None

    def by_address(self, address: str, *, active: bool = False):
        """The person whose e-mail address or phone this is, or None; with `active` only one who may sign in."""
        found = self.filter(email=address.lower()) if "@" in address else self.filter(phone=address)
        return (found.filter(is_active=True) if active else found).first()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, username, password=None, **fields):
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username, password=None, **fields):
        return self.create_user(
            username, password, **{"name": username, "is_staff": True, "is_superuser": True, **fields}
        )

    def get_by_natural_key(self, username):
        return self.get(username=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person; may belong to several organizations and acts for one of them at a time."""

    username = models.CharField(_("用户名"), max_length=50, unique=True, validators=[USERNAME])
    name = models.CharField(_("姓名"), max_length=50)
    name_key = models.CharField(max_length=100, editable=False, default="", db_index=True)
    email = models.EmailField(_("邮箱"), max_length=100, null=True, blank=True, unique=True)
    phone = models.CharField(_("手机号"), max_length=11, null=True, blank=True, unique=True, validators=[PHONE])
    office_phone = models.CharField(_("办公电话"), max_length=30, blank=True)
    title = models.CharField(_("职务/职称"), max_length=50, blank=True)
    is_active = models.BooleanField(_("可登录"), default=True)
    is_staff = models.BooleanField(_("平台管理员"), default=False)
    joined_at = models.DateTimeField(_("注册时间"), auto_now_add=True)
    profile_confirmed_at = models.DateTimeField(_("资料核对时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("注销时间"), null=True, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    acting_for = None  # the Organization this person works for in the current request; set by organizations.middleware
    objects = UserManager()

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        ordering = ["name_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                Upper("username"), name="user_username_once", violation_error_message=_("已有同名用户。")
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(is_active=False, email=None, phone=None, is_staff=False),
                name="user_closed_left_no_address",
            ),
        ]

    def __str__(self):
        return self.name or self.username

    def save(self, *args, **kwargs):
        self.email = self.email.strip().lower() if self.email else None
        self.phone = self.phone or None
        self.name_key = sort_key(self.name)
        if (fields := kwargs.get("update_fields")) and "name" in fields:
            kwargs["update_fields"] = {*fields, "name_key"}
        super().save(*args, **kwargs)

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name

    @cached_property
    def report_profile_or_empty(self):
        return ReportProfile.objects.filter(user=self).first() or ReportProfile(user=self)


class ProjectFunding(models.TextChoices):
    """Sources of project money as the national exchange numbers them (dictionaries: project_funding_source)."""

    MAJOR_SPECIAL = "1", _("国家重大科技专项")
    NATURAL_SCIENCE = "2", _("国家自然科学基金")
    PLAN_863 = "3", _("863计划")
    SUPPORT = "4", _("国家科技支撑（攻关）计划")
    TORCH = "5", _("火炬计划")
    SPARK = "6", _("星火计划")
    PLAN_973 = "7", _("973计划")
    PROJECT_211 = "8", _("211工程")
    PROJECT_985 = "9", _("985工程")
    PUBLIC_WELFARE = "10", _("公益性行业科研专项")
    SOCIAL_SCIENCE = "11", _("国家社会科学基金")
    BASIC_WORK = "12", _("国家科技基础性工作专项")
    PLATFORM = "13", _("科技基础条件平台专项")
    OTHER_CENTRAL = "14", _("除上述计划外由中央政府部门下达")
    LOCAL = "15", _("地方科技计划项目")
    OTHER = "16", _("其他")
    NONE = "17", _("无")


class ServicePurpose(models.TextChoices):
    RESEARCH = "135", _("科学研究")
    DEVELOPMENT = "136", _("科技开发")
    TEACHING = "137", _("教学")
    OTHER = "138", _("其他")


class ServiceTarget(models.TextChoices):
    INTERNAL = "120", _("内部用户")
    EXTERNAL = "130", _("外部用户")


class ReportProfile(models.Model):
    """My reporting information (上报信息, S0-63 … S0-65): prefilled in every booking form, changeable there."""

    FIELDS = (
        "project_name", "project_funding", "project_no", "subject_codes", "service_purpose", "service_target",
        "applicant_unit", "project_content",
    )  # fmt: skip

    user = models.OneToOneField(User, models.CASCADE, related_name="report_profile", verbose_name=_("用户"))
    project_name = models.CharField(_("项目名称"), max_length=200)
    project_funding = models.CharField(_("经费来源"), max_length=2, choices=ProjectFunding)
    project_no = models.CharField(_("项目编号"), max_length=50, blank=True)
    subject_codes = ArrayField(models.CharField(max_length=3), verbose_name=_("主要学科领域"), size=4, default=list)
    service_purpose = models.CharField(_("服务类型"), max_length=3, choices=ServicePurpose)
    service_target = models.CharField(_("服务对象"), max_length=3, choices=ServiceTarget)
    applicant_unit = models.CharField(_("申请人单位"), max_length=150)
    project_content = models.CharField(_("研究内容"), max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("上报信息")

    def __str__(self):
        return self.project_name


class LoginRecordQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.is_staff else self.filter(user=user)


class LoginRecord(models.Model):
    """One attempt to sign in: when, from which address and device (S0-51, S0-53)."""

    class Outcome(StatusChoices):
        PASSWORD = "password", _("登录成功"), "ok"
        DEMO = "demo", _("一键登录"), "ok"
        SIGN_UP = "sign_up", _("注册并登录"), "ok"
        ACTIVATED = "activated", _("激活并登录"), "ok"
        WRONG_PASSWORD = "wrong_password", _("密码不正确"), "bad"
        WRONG_CAPTCHA = "wrong_captcha", _("验证码不正确"), "bad"
        LOCKED = "locked", _("已锁定，未验证"), "bad"
        INACTIVE = "inactive", _("账号已停用"), "bad"
        RESET_ASKED = "reset_asked", _("申请重置密码"), "wait"

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="login_records", verbose_name=_("用户"))
    identifier = models.CharField(_("登录名"), max_length=100)
    at = models.DateTimeField(_("登录时间"), auto_now_add=True)
    ip = models.GenericIPAddressField(_("登录 IP"), null=True)
    device = models.CharField(_("设备"), max_length=100, blank=True)
    succeeded = models.BooleanField(_("成功"))
    outcome = models.CharField(_("结果"), max_length=20, choices=Outcome, default=Outcome.PASSWORD)

    objects = LoginRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("登录记录")
        ordering = ["-at"]
        indexes = [
            models.Index("user", models.F("at").desc(), name="login_by_user"),
            models.Index(fields=["ip", "at"], name="login_by_address"),
        ]

    def __str__(self):
        return f"{self.identifier} {self.at:%Y-%m-%d %H:%M}"


class Captcha(models.Model):
    """A picture somebody was asked to read; a row, so that of many answers at once only one can use it up."""

    answer = models.CharField(max_length=8)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return str(self.pk)


class VerificationCode(models.Model):
    """Six digits sent to an address, to prove that somebody reads it (S3-31).

    The digits are not here: they are derived from `seed` with the site's secret key, so that a copy of this table tells
    nobody a code. `client` is the network address that asked for it.
    """

    address = models.CharField(_("手机号或邮箱"), max_length=100)
    purpose = models.CharField(_("用途"), max_length=40)
    seed = models.CharField(max_length=40)
    client = models.GenericIPAddressField(_("网络地址"), null=True)
    created_at = models.DateTimeField(_("发送时间"), db_index=True)
    expires_at = models.DateTimeField(_("有效期至"))
    tries_left = models.PositiveSmallIntegerField(_("还可尝试"))
    used_at = models.DateTimeField(_("使用时间"), null=True)

    class Meta:
        verbose_name = _("验证码")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["address", "purpose", "-id"], name="code_of_address"),
            models.Index(fields=["client", "created_at"], name="code_by_client"),
        ]

    def __str__(self):
        return f"{self.purpose} → {self.address}"


class ApiTokenQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user=user)

    def usable(self, now):
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None, user__is_active=True)


class ApiToken(models.Model):
    """A personal key for the API; only its digest is kept, so it is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("用户"))
    name = models.CharField(_("用途"), max_length=50)
    prefix = models.CharField(_("开头"), max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    expires_at = models.DateTimeField(_("有效期至"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("访问令牌")
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.name} {self.prefix}…"


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user=user)


class SavedView(models.Model):
    """A query of a list or a finder that a person gave a name: conditions, sorting, columns, page size."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_views", verbose_name=_("用户"))
    page = models.CharField(_("页面"), max_length=100, help_text="the name of its address")
    args = models.JSONField(default=dict, help_text="what the address names besides, such as the unit")
    title = models.CharField(_("页面名称"), max_length=60, blank=True)
    name = models.CharField(_("名称"), max_length=40)
    query = models.TextField(_("条件"), max_length=4000, blank=True)
    is_default = models.BooleanField(_("打开时用"), default=False)
    created_at = models.DateTimeField(_("保存时间"), auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("保存的视图")
        ordering = ["page", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "args", "name"], name="saved_view_name_once"),
            models.UniqueConstraint(
                fields=["user", "page", "args"], condition=Q(is_default=True), name="saved_view_one_default"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """Where it was saved, with its query; empty when the site has no such page any more."""
        try:
            address = reverse(self.page, kwargs=self.args)
        except NoReverseMatch:
            return ""
        return f"{address}?{self.query or WITHOUT_VIEW}"
