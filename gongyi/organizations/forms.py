"""Input about units, their people and departments."""

from collections.abc import Collection

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE, UniqueIdentifiers, say_what_to_choose
from gongyi.accounts.models import PHONE, User
from gongyi.organizations import uscc
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.organizations.queries import department_tree, inside
from gongyi.regions.forms import RegionField

CODE = RegexValidator(r"^[A-Z][A-Z0-9]{1,11}$", _("编号前缀用 2–12 位大写字母和数字，以字母开头，如 HDU。"))
Role = Membership.Role
GIVEN_ROLES = [(role.value, role.label) for role in Role if role != Role.MEMBER]


class ContactForm(forms.ModelForm):
    """What a unit says about itself; its own administrator keeps it."""

    wide = ("address",)
    narrow = ("email", "website")
    website = forms.URLField(label=_("网址"), max_length=150, required=False, assume_scheme="https")

    class Meta:
        model = Organization
        fields = ["address", "phone", "email", "website", "introduction"]
        widgets = {"introduction": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].validators = [*self.fields["phone"].validators, LANDLINE]


class OrganizationForm(ContactForm):
    """All data of a unit, for the platform administrator."""

    wide = ("name", "address", "region")
    narrow = ("email", "website")
    region = RegionField()
    uscc = forms.CharField(
        label=_("统一社会信用代码"),
        required=False,
        max_length=40,
        help_text=_("18 位；没有的单位留空。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta(ContactForm.Meta):
        fields = ["name", "short_name", "code", "uscc", "kind", "region", *ContactForm.Meta.fields]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        say_what_to_choose(self.fields["kind"])
        self.fields["short_name"].help_text = _("显示在页头和列表里。")

    def clean_code(self):
        code = uscc.normalised(self.cleaned_data["code"])
        CODE(code)
        return code

    def clean_uscc(self):
        code = uscc.normalised(self.cleaned_data["uscc"])
        if code and (sentence := uscc.fault(code)):
            raise ValidationError(sentence)
        return code or None


class PlaceForm(forms.Form):
    """Where in the unit somebody belongs and what they do there; a member they are in any case."""

    roles = forms.MultipleChoiceField(
        label=_("角色"), choices=GIVEN_ROLES, required=False, widget=forms.CheckboxSelectMultiple(),
        help_text=_("不勾选即为普通成员。单位管理员维护人员、院系和单位资料；付款账户管理员开户、充值、对账；审核人员办理审核。"),
    )  # fmt: skip
    department = forms.ModelChoiceField(label=_("院系/实验室"), queryset=Department.objects.none(), required=False)

    def __init__(self, *args, organization: Organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.organization = organization
        limit_to_unit(self.fields["department"], organization, empty=_("不指定"))


class AddPersonForm(PlaceForm):
    """Somebody who has an account already, named by what they sign in with."""

    identifier = forms.CharField(
        label=_("用户名、邮箱或手机号"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    field_order = ["identifier", "department", "roles"]
    wide = ("identifier",)

    def clean_identifier(self):
        user = User.objects.by_identifier(self.cleaned_data["identifier"])
        if user is None or not user.is_active:
            raise ValidationError(_("没有找到这个账号。请核对输入，或用「新建账号」为其开通。"))
        self.cleaned_data["user"] = user
        return self.cleaned_data["identifier"]


class NewPersonForm(UniqueIdentifiers, PlaceForm):
    """Somebody without an account: it is opened, and they set a password by mail."""

    name = forms.CharField(label=_("姓名"), max_length=50)
    username = forms.CharField(
        label=_("用户名"), max_length=50, validators=User._meta.get_field("username").validators,
        help_text=_("如工号、学号；登录用，之后不能改。"),
    )  # fmt: skip
    email = forms.EmailField(label=_("邮箱"), max_length=100, help_text=_("设置密码的邮件会发到这里。"))
    phone = forms.CharField(label=_("手机号"), max_length=11, required=False, validators=[PHONE])
    field_order = ["name", "username", "email", "phone", "department", "roles"]
    narrow = ("email",)


class DepartmentForm(forms.ModelForm):
    """A department or laboratory; choosing another superior moves it with everything below."""

    class Meta:
        model = Department
        fields = ["level", "name", "parent", "location", "phone"]

    def __init__(self, *args, organization: Organization, **kwargs):
        super().__init__(*args, **kwargs)
        below = inside(self.instance.pk) if self.instance.pk else set()
        limit_to_unit(self.fields["parent"], organization, empty=_("直属单位"), without=below, superior=True)
        self.fields["phone"].validators = [*self.fields["phone"].validators, LANDLINE]
        if self.instance.pk:
            self.fields["parent"].help_text = _("改选上级即移动，下属的一并移动。")


def limit_to_unit(field, organization: Organization, *, empty, without: Collection[int] = (), superior: bool = False):
    """Let a form's field offer the departments of one unit."""
    offered = tree_choices(organization, without=without, superior=superior)
    field.queryset = Department.objects.filter(pk__in=[key for key, _label in offered])
    field.choices = [("", empty), *offered]


def tree_choices(
    organization: Organization, *, without: Collection[int] = (), superior: bool = False
) -> list[tuple[int, str]]:
    """The departments of a unit drawn as a tree; `superior` leaves out laboratories, which have no parts."""
    return [
        (branch.department.pk, "　" * branch.depth + branch.department.name)
        for branch in department_tree(organization)
        if branch.department.pk not in without
        and not (superior and branch.department.level == Department.Level.LABORATORY)
    ]
