"""Input about the accounts a unit opens: its laboratories' and its sub-users'."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE, UniqueIdentifiers
from gongyi.accounts.models import PHONE, User
from gongyi.organizations.forms.people import tree_choices
from gongyi.organizations.models import Department, Membership, Organization

LABORATORY = Membership.Role.LABORATORY


class LaboratoryAccountForm(UniqueIdentifiers, forms.Form):
    """The account of one laboratory that has none: which, and whose (S2-36)."""

    department = forms.ModelChoiceField(label=_("实验室（院系）"), queryset=Department.objects.none())
    name = forms.CharField(label=_("姓名"), max_length=50)
    username = forms.CharField(
        label=_("用户名"), max_length=50, validators=User._meta.get_field("username").validators,
        help_text=_("登录用，之后不能改。"), widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    email = forms.EmailField(label=_("邮箱"), max_length=100, help_text=_("设置和重置密码的邮件会发到这里。"))
    phone = forms.CharField(
        label=_("手机号"), max_length=11, required=False, validators=[PHONE], help_text=_("填写后，也用短信通知。")
    )
    wide = ("department",)
    narrow = ("email",)

    def __init__(self, *args, organization: Organization, **kwargs):
        super().__init__(*args, **kwargs)
        taken = set(
            Membership.objects.current()
            .filter(organization=organization, role=LABORATORY)
            .values_list("department", flat=True)
        )
        offered = tree_choices(organization, without=taken)
        field = self.fields["department"]
        field.queryset = Department.objects.filter(pk__in=[key for key, _label in offered])
        field.choices = [("", _("请选择")), *offered]
        field.help_text = _("只列出还没有账号的；每个实验室（院系）只能建立 1 个账号。")
        field.error_messages["invalid_choice"] = _("这个实验室（院系）已有账号或不属于本单位，请重新选择。")


class HandOverForm(forms.Form):
    """Who gets a laboratory's account: somebody of the unit, named by what they sign in with."""

    identifier = forms.CharField(
        label=_("移交给"), max_length=100, help_text=_("本单位人员的用户名、邮箱或手机号。还没有账号的，先在「人员与角色」中新建。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    wide = ("identifier",)

    def __init__(self, *args, organization: Organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.organization = organization

    def clean_identifier(self):
        user = User.objects.by_identifier(self.cleaned_data["identifier"])
        own = Membership.objects.current().filter(organization=self.organization)
        if user is None or not own.filter(user=user).exists():
            raise ValidationError(_("本单位没有这个人员。请核对输入，或先在「人员与角色」中加入。"))
        self.cleaned_data["user"] = user
        return self.cleaned_data["identifier"]


class LaboratoryDataForm(forms.ModelForm):
    """What a laboratory's own account keeps of it; its name and place in the tree are the unit's."""

    wide = ("location",)

    class Meta:
        model = Department
        fields = ["location", "phone"]
        help_texts = {"location": _("写到楼和层，如 材料楼 B1 层。")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].validators = [*self.fields["phone"].validators, LANDLINE]


class SubUserForm(forms.Form):
    """A sub-user, who signs in with the mobile number (S4-74)."""

    name = forms.CharField(label=_("姓名"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(
        label=_("手机号"), max_length=11, validators=[PHONE], help_text=_("用它登录；设置密码的短信会发到这里。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
