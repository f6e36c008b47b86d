"""What people type about themselves: signing in, their data, passwords, keys."""

from datetime import datetime, time, timedelta

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.accounts import lockout
from gongyi.accounts.models import PHONE, ReportProfile, User
from gongyi.accounts.subjects import subject_choices

LANDLINE = RegexValidator(
    r"^(0\d{2,3}[- ]?\d{3,4} ?\d{4}(-\d{1,6})?|1[3-9]\d{9}|[48]00[- ]?\d{3}[- ]?\d{4})$",
    _("电话应为手机号，或区号加号码，如 0571-87951234、0571-87951234-802。"),
)
SUBJECTS_AT_MOST = 4
TOKEN_DAYS = ((30, _("30 天")), (90, _("90 天")), (365, _("一年")), (0, _("不过期")))


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("用户名、邮箱或手机号"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("密码"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CaptchaForm(forms.Form):
    """The picture's characters; shape only, whether they are right is asked of `captcha.redeem` once."""

    captcha = forms.CharField(
        label=_("验证码"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("请输入图中的 4 个字符。")},
    )


class UniqueIdentifiers:
    """Refuses an e-mail address, phone or user name by which somebody else could be meant at sign-in."""

    def _taken(self, text: str | None) -> bool:
        if not text:
            return False
        other = User.objects.by_identifier(text)
        return other is not None and other.pk != getattr(getattr(self, "instance", None), "pk", None)

    def clean_email(self):
        email = (self.cleaned_data.get("email") or "").strip().lower()
        if self._taken(email):
            raise ValidationError(_("这个邮箱已被其他账号使用。请换一个，或联系平台管理员合并账号。"))
        return email or None

    def clean_phone(self):
        phone = self.cleaned_data.get("phone")
        if self._taken(phone):
            raise ValidationError(_("这个手机号已被其他账号使用。请换一个，或联系平台管理员合并账号。"))
        return phone or None

    def clean_username(self):
        username = self.cleaned_data.get("username")
        if self._taken(username):
            raise ValidationError(_("这个用户名已被使用。请换一个。"))
        return username


class PersonalDataForm(UniqueIdentifiers, forms.ModelForm):
    """我的基本信息 (S0-52)."""

    narrow = ("email",)

    class Meta:
        model = User
        fields = ["name", "title", "email", "phone", "office_phone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["office_phone"].validators = [*self.fields["office_phone"].validators, LANDLINE]
        self.fields["email"].help_text = _("接收通知和重置密码的邮件。")
        self.fields["phone"].widget.attrs |= {"inputmode": "tel", "autocomplete": "tel"}
        self.fields["email"].widget.attrs |= {"autocomplete": "email"}
        self.fields["name"].widget.attrs |= {"autocomplete": "name"}


class ConfirmForm(PersonalDataForm):
    """The check of e-mail and phone at the first sign-in (S0-9): both must be there."""

    class Meta(PersonalDataForm.Meta):
        fields = ["email", "phone"]

    def __init__(self, *args, **kwargs):
        forms.ModelForm.__init__(self, *args, **kwargs)
        self.fields["email"].required = self.fields["phone"].required = True
        self.fields["email"].help_text = _("接收审核结果、提醒和重置密码的邮件。")
        self.fields["phone"].help_text = _("仪器临时停机等急事时，管理员会打这个电话。")
        self.fields["phone"].widget.attrs |= {"inputmode": "tel", "autocomplete": "tel"}
        self.fields["email"].widget.attrs |= {"autocomplete": "email"}


def say_what_to_choose(field: forms.ChoiceField) -> None:
    """Words instead of Django's row of hyphens where nothing is chosen yet."""
    field.choices = [(value, label if value else _("请选择")) for value, label in field.choices]


class SubjectsSelect(forms.SelectMultiple):
    """Four ordinary selects of one name: usable by keyboard, on the phone and without script."""

    template_name = "accounts/subjects_select.html"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        chosen = [str(code) for code in value or []][:SUBJECTS_AT_MOST]
        context["widget"]["chosen"] = chosen + [""] * (SUBJECTS_AT_MOST - len(chosen))
        context["widget"]["choices"] = list(self.choices)
        return context

    def value_from_datadict(self, data, files, name):
        return list(dict.fromkeys(code for code in super().value_from_datadict(data, files, name) or [] if code))


class ReportProfileForm(forms.ModelForm):
    """我的上报信息 (S0-10, S0-63): what national and provincial platforms want to know about each use."""

    wide = ("subject_codes", "project_name", "project_content")
    narrow = ("applicant_unit",)

    subject_codes = forms.TypedMultipleChoiceField(
        label=_("主要学科领域"),
        choices=subject_choices,
        help_text=_("1 至 4 个，按 GB/T 13745 一级学科。"),
        widget=SubjectsSelect(),
    )

    class Meta:
        model = ReportProfile
        fields = list(ReportProfile.FIELDS)
        widgets = {"project_content": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("project_funding", "service_purpose", "service_target"):
            say_what_to_choose(self.fields[name])

    def clean_subject_codes(self):
        codes = self.cleaned_data["subject_codes"]
        if len(codes) > SUBJECTS_AT_MOST:
            raise ValidationError(
                _("最多选 %(most)s 个学科，现在选了 %(chosen)s 个。"),
                params={"most": SUBJECTS_AT_MOST, "chosen": len(codes)},
            )
        return codes


class NewPasswordForm(forms.Form):
    """A new password, twice; what is asked of it stands above the field before anything is typed."""

    new_password = forms.CharField(
        label=_("新密码"),
        strip=False,
        max_length=200,
        help_text=_("至少 8 个字符，不能全是数字，不能与用户名、邮箱相近，也不能是常见密码。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("再输一次新密码"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, user, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_new_password(self):
        password = self.cleaned_data["new_password"]
        password_validation.validate_password(password, self.user)
        return password

    def clean(self):
        data = super().clean()
        if data.get("new_password") and data.get("repeated") and data["new_password"] != data["repeated"]:
            self.add_error("repeated", _("两次输入的密码不一样，请重新输入。"))
        return data


class ChangePasswordForm(NewPasswordForm):
    old_password = forms.CharField(
        label=_("当前密码"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["old_password", "new_password", "repeated"]

    def __init__(self, *args, request, **kwargs):
        self.request = request
        super().__init__(*args, user=request.user, **kwargs)

    def clean_old_password(self):
        """Wrong ones count like wrong sign-ins: a session left open must not be a place to guess."""
        if lockout.locked_until(self.user.username):
            raise ValidationError(lockout.lock_sentence(self.user.username))
        password = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.username, password=password) is None:
            raise ValidationError(
                _("当前密码不正确，还可以再试 %(left)s 次。忘记了可以退出后用邮箱重置。"),
                params={"left": lockout.tries_left(self.user.username)},
            )
        return password


class AskResetForm(forms.Form):
    identifier = forms.CharField(
        label=_("用户名、邮箱或手机号"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


class TokenForm(forms.Form):
    """What a key is for and how long it lasts."""

    name = forms.CharField(
        label=_("用途"), max_length=50, widget=forms.TextInput(attrs={"placeholder": _("如：机时统计脚本")})
    )
    days = forms.TypedChoiceField(label=_("有效期"), coerce=int, choices=TOKEN_DAYS, initial=90)

    @property
    def expires_at(self) -> datetime | None:
        """The end of the last day, so that a key lasts at least as many days as were chosen."""
        if not (days := self.cleaned_data["days"]):
            return None
        day = timezone.localdate() + timedelta(days=days + 1)
        return timezone.make_aware(datetime.combine(day, time.min))


class NewPersonForm(UniqueIdentifiers, forms.Form):
    """A new account; it starts without a password, and a link to set one goes to the address."""

    name = forms.CharField(label=_("姓名"), max_length=50)
    username = forms.CharField(
        label=_("用户名"),
        max_length=50,
        validators=User._meta.get_field("username").validators,
        help_text=_("如工号、学号；登录用，之后不能改。"),
    )
    email = forms.EmailField(label=_("邮箱"), max_length=100, help_text=_("设置密码的邮件会发到这里。"))
    phone = forms.CharField(label=_("手机号"), max_length=11, required=False, validators=[PHONE])
    narrow = ("email",)
