"""What people type about themselves: signing in, their data, passwords, keys."""

from datetime import datetime, time, timedelta

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from gongyi.accounts import codes, lockout
from gongyi.accounts.code_field import CodeField, ProvesAddresses
from gongyi.accounts.models import PHONE, ReportProfile, User
from gongyi.accounts.subjects import subject_choices
from gongyi.kit.refusal import Refused

LANDLINE = RegexValidator(
    r"^(0\d{2,3}[- ]?\d{3,4} ?\d{4}(-\d{1,6})?|1[3-9]\d{9}|[48]00[- ]?\d{3}[- ]?\d{4})$",
    _("电话应为手机号，或区号加号码，如 0571-87951234、0571-87951234-802。"),
)
SUBJECTS_AT_MOST = 4
CHOSEN_USERNAME = RegexValidator(
    r"^[A-Za-z][A-Za-z0-9._-]{3,29}$", _("用户名为 4–30 个字符，以字母开头，只用字母、数字和 . _ -。")
)
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
        self.fields["email"].help_text = _("接收通知和重置密码的邮件。")
        self.fields["phone"].widget.attrs |= {"inputmode": "tel", "autocomplete": "tel"}
        self.fields["email"].widget.attrs |= {"autocomplete": "email"}
        if "name" in self.fields:
            self.fields["office_phone"].validators = [*self.fields["office_phone"].validators, LANDLINE]
            self.fields["name"].widget.attrs |= {"autocomplete": "name"}


class OwnDataForm(ProvesAddresses, PersonalDataForm):
    """One's own data: a new e-mail address or phone is proved by a code, and only then said to be somebody else's."""

    email_code = CodeField(proves="email", purpose=codes.CHANGE, label=_("新邮箱的验证码"), required=False)
    phone_code = CodeField(proves="phone", purpose=codes.CHANGE, label=_("新手机号的验证码"), required=False)

    def owned_addresses(self):
        return {self.instance.email or "", self.instance.phone or ""}

    def clean_email(self):
        return codes.normalised(self.cleaned_data.get("email") or "") or None

    def clean_phone(self):
        return self.cleaned_data.get("phone") or None

    def clean(self):
        data = super().clean()
        for name, check in (("email", super().clean_email), ("phone", super().clean_phone)):
            if name in data and not self.has_error(f"{name}_code"):
                try:
                    check()
                except ValidationError as problem:
                    self.add_error(name, problem)
        return data

    def validate_unique(self):
        """Asked in `clean`, once the address is proved."""


class ConfirmForm(OwnDataForm):
    """The check of e-mail and phone at the first sign-in (S0-9): both must be there."""

    field_order = ["email", "email_code", "phone", "phone_code"]

    class Meta(PersonalDataForm.Meta):
        fields = ["email", "phone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = self.fields["phone"].required = True
        self.fields["email"].help_text = _("接收审核结果、提醒和重置密码的邮件。")
        self.fields["phone"].help_text = _("仪器临时停机等急事时，管理员会打这个电话。")


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


class AsksPassword:
    """The current password of whoever sits there; wrong ones count like wrong sign-ins, since a session left open must
    not be a place to guess."""

    def clean_old_password(self):
        user = self.request.user
        if lockout.locked_until(user.username):
            raise ValidationError(lockout.lock_sentence(user.username))
        password = self.cleaned_data["old_password"]
        if authenticate(self.request, username=user.username, password=password) is None:
            raise ValidationError(
                _("当前密码不正确，还可以再试 %(left)s 次。忘记了可以退出后用邮箱或手机号重置。"),
                params={"left": lockout.tries_left(user.username)},
            )
        return password


def _current_password(label):
    return forms.CharField(
        label=label,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ChangePasswordForm(AsksPassword, NewPasswordForm):
    old_password = _current_password(_("当前密码"))
    field_order = ["old_password", "new_password", "repeated"]

    def __init__(self, *args, request, **kwargs):
        self.request = request
        super().__init__(*args, user=request.user, **kwargs)


class CloseAccountForm(AsksPassword, forms.Form):
    """The password, and a tick under what will happen (S4-7)."""

    old_password = _current_password(_("登录密码"))
    understood = forms.BooleanField(
        label=_("我已了解以上后果，确认注销"), error_messages={"required": _("请先确认已了解注销的后果。")}
    )

    def __init__(self, *args, request, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)


class SignUpForm(ProvesAddresses, NewPasswordForm):
    """注册 (S2-1 … S2-4): who one is, an address that is proved by a code, a password of one's own."""

    name = forms.CharField(
        label=_("姓名"),
        max_length=50,
        help_text=_("请填真实姓名，单位审核时要用。"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    username = forms.CharField(
        label=_("用户名"),
        max_length=30,
        validators=[CHOSEN_USERNAME],
        help_text=_("4–30 个字符，以字母开头，只用字母、数字和 . _ -。登录用，之后不能改。"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    address = forms.CharField(
        label=_("手机号或邮箱"),
        max_length=100,
        help_text=_("也可用来登录和找回密码。"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    code = CodeField(proves="address", purpose=codes.SIGN_UP)
    agreed = forms.BooleanField(
        label=_("我已阅读并同意用户协议"), error_messages={"required": _("请阅读并同意用户协议。")}
    )
    field_order = ["name", "username", "address", "code", "new_password", "repeated", "agreed"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, user=None, **kwargs)
        self.fields["new_password"].label = _("密码")
        self.fields["repeated"].label = _("再输一次密码")
        self.fields["agreed"].help_text = format_html(
            '<a href="{}" target="_blank" rel="noopener">{}</a>', reverse("accounts:agreement"), _("阅读用户协议")
        )

    def clean_username(self):
        username = self.cleaned_data["username"]
        if User.objects.by_identifier(username):
            raise ValidationError(_("这个用户名已被使用。请换一个。"))
        return username

    def clean_address(self):
        address = codes.normalised(self.cleaned_data["address"])
        try:
            codes.check_address(address)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return address

    def clean_new_password(self):
        data = self.cleaned_data
        self.user = User(username=data.get("username", ""), name=data.get("name", ""), email=data.get("address", ""))
        return super().clean_new_password()

    def clean(self):
        """Whoever proved to read the address may know that it has an account; nobody else learns it."""
        data = super().clean()
        if "address" in data and not self.has_error("code"):
            known = User.objects.by_address(data["address"])
            if known is not None:
                sentence = _("这个联系方式已注册，用户名是 %s。请直接登录，忘记密码可以找回。")
                self.add_error("address", sentence % known.username)
        return data


class RecoverForm(ProvesAddresses, forms.Form):
    """The phone of an account and a fresh code sent to it."""

    remembers = False
    phone = forms.CharField(
        label=_("账号登记的手机号"),
        max_length=11,
        validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    code = CodeField(proves="phone", purpose=codes.RECOVER)


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


class SavedNameForm(forms.Form):
    """What a kept view or search is called."""

    name = forms.CharField(
        label=_("名称"),
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": _("如：待补照片的仪器"), "autocomplete": "off"}),
    )
    wide = ("name",)


class SaveViewForm(SavedNameForm):
    """…and whether its list opens with it from now on."""

    is_default = forms.BooleanField(label=_("以后打开这个列表先用它"), required=False)
    wide = ("name", "is_default")

    def __init__(self, *args, may_open: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_open:
            del self.fields["is_default"]


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
