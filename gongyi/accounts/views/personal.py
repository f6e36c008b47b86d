"""个人中心: one's own data, reporting information, sign-ins; and the check of them at the first sign-in."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.shortcuts import resolve_url
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _

from gongyi.accounts import queries, services
from gongyi.accounts.filters import LoginFilter
from gongyi.accounts.forms import ConfirmForm, OwnDataForm, ReportProfileForm
from gongyi.accounts.models import LoginRecord, User
from gongyi.accounts.subjects import subject_names
from gongyi.accounts.tables import LoginTable
from gongyi.kit.refusal import Refused
from gongyi.kit.templatetags.gongyi import masked_phone
from gongyi.kit.views import Action, Crumb, DashboardPage, Field, FormPage, ListPage, Panel, Section

HOME = Crumb(_("个人中心"), reverse_lazy("accounts:profile"))


class Profile(DashboardPage):
    title = _("个人中心")

    def get_panels(self):
        user = self.request.user
        tokens = user.api_tokens.filter(revoked_at=None).count()
        return [
            Panel(
                _("我的基本信息"),
                "accounts/facts.html",
                {"facts": personal_facts(user), "unconfirmed": user.profile_confirmed_at is None},
                link=(_("修改"), reverse("accounts:edit_profile")),
            ),
            Panel(
                _("我的上报信息"),
                "accounts/report.html",
                {"facts": report_facts(user), "missing": user.report_profile_or_empty.pk is None},
                note=_("预约时自动带入，可在每次预约中修改"),
                link=(_("修改"), reverse("accounts:edit_report")),
            ),
            Panel(
                _("最近登录日志"),
                "accounts/recent_logins.html",
                {"logins": queries.recent_logins(user)},
                link=(_("全部"), reverse("accounts:logins")),
                side=True,
                bare=True,
            ),
            Panel(_("登录与安全"), "accounts/security.html", {"user": user, "tokens": tokens}, side=True, bare=True),
        ]


def personal_facts(user) -> list[Field]:
    return [
        Field(_("姓名"), user.name),
        Field(_("用户名"), user.username),
        Field(_("邮箱"), user.email or ""),
        Field(_("手机号"), masked_phone(user.phone)),
        Field(_("办公电话"), user.office_phone),
        Field(_("职务/职称"), user.title),
    ]


def report_facts(user) -> list[Field]:
    profile = user.report_profile_or_empty
    return [
        Field(_("项目名称"), profile.project_name, wide=True),
        Field(_("经费来源"), profile.get_project_funding_display()),
        Field(_("项目编号"), profile.project_no),
        Field(_("学科领域"), "、".join(subject_names(profile.subject_codes))),
        Field(_("服务类型"), profile.get_service_purpose_display()),
        Field(_("服务对象"), profile.get_service_target_display()),
        Field(_("申请人单位"), profile.applicant_unit),
        Field(_("研究内容"), profile.project_content, wide=True),
    ]


class EditProfile(FormPage):
    """S0-52."""

    title = _("我的基本信息")
    crumbs = (HOME, Crumb(_("我的基本信息")))
    form_class = OwnDataForm
    sections = (
        Section(_("身份"), ["name", "title"]),
        Section(_("联系方式"), ["email", "email_code", "phone", "phone_code", "office_phone"]),
    )
    success_message = _("基本信息已保存。")
    cancel_url = reverse_lazy("accounts:profile")

    def get_object(self):
        return User.objects.get(pk=self.request.user.pk)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request}

    def save(self, form):
        before = {address for address in (self.request.user.email, self.request.user.phone) if address}
        try:
            with transaction.atomic():
                user = form.save()
                services.tell_of_new_address(user, before=before)
        except IntegrityError as collision:
            raise Refused(_("邮箱或手机号刚刚被其他账号使用，请换一个。"), code="taken") from collision
        if user.email and user.phone:
            services.confirm_profile(user)
        return user

    def get_success_url(self, saved):
        return reverse("accounts:profile")


class ComesBack:
    """Goes on to `next`, the page somebody was on the way to when they were asked something."""

    @property
    def next_url(self) -> str:
        wanted = self.request.GET.get("next", "")
        safe = url_has_allowed_host_and_scheme(
            wanted, {self.request.get_host()}, require_https=self.request.is_secure()
        )
        return wanted if safe else ""

    @property
    def later_url(self) -> str:
        return self.next_url or resolve_url(settings.LOGIN_REDIRECT_URL)


class Confirm(ComesBack, EditProfile):
    """The first sign-in: are e-mail and phone right (S0-9)? May be put off; it is asked again next time."""

    template_name = "accounts/confirm.html"
    layout = "public"
    title = _("请核对联系方式")
    crumbs = ()
    form_class = ConfirmForm
    sections = (Section("", ["email", "email_code", "phone", "phone_code"]),)
    submit_label = _("核对无误，继续")
    success_message = _("联系方式已核对。")
    cancel_url = ""

    def get_cancel_url(self):
        return ""

    def get_success_url(self, saved):
        if saved.report_profile_or_empty.pk is None:
            return f"{reverse('accounts:edit_report')}?{urlencode({'next': self.later_url, 'first': 1})}"
        return self.later_url


class EditReport(ComesBack, FormPage):
    """我的上报信息 (S0-10, S0-63)."""

    template_name = "accounts/edit_report.html"
    title = _("我的上报信息")
    crumbs = (HOME, Crumb(_("我的上报信息")))
    form_class = ReportProfileForm
    sections = (
        Section(_("项目"), ["project_name", "project_funding", "project_no", "project_content"]),
        Section(_("服务"), ["subject_codes", "service_purpose", "service_target", "applicant_unit"]),
    )
    submit_label = _("保存")
    success_message = _("上报信息已保存，之后每次预约会自动带入。")

    @property
    def is_first(self) -> bool:
        return "first" in self.request.GET

    def get_cancel_url(self):
        return "" if self.is_first else reverse("accounts:profile")

    def get_object(self):
        return self.request.user.report_profile_or_empty

    def get_initial(self):
        unit = getattr(self.request.user, "acting_for", None)
        return {"applicant_unit": unit.name} if unit and self.object.pk is None else {}

    def save(self, form):
        return services.save_report_profile(self.request.user, **form.cleaned_data)

    def get_success_url(self, saved):
        return self.next_url or reverse("accounts:profile")


class Logins(ListPage):
    """查看个人登录日志 (S0-53)."""

    title = _("我的登录日志")
    crumbs = (HOME, Crumb(_("我的登录日志")))
    model = LoginRecord
    table_class = LoginTable
    filter_class = LoginFilter
    noun = _("登录记录")
    empty_text = _("您的每次登录和登录失败都会记在这里。")

    def get_queryset(self):
        return LoginRecord.objects.filter(user=self.request.user)

    def get_actions(self):
        return [Action(_("修改密码"), reverse("accounts:change_password"), icon="lock")]
