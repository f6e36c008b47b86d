"""Input about the people of a unit and its departments."""

from collections.abc import Collection

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE, UniqueIdentifiers
from gongyi.accounts.models import PHONE, User
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.organizations.queries import department_tree, inside

Role = Membership.Role
# The accounts of laboratories and sub-users are opened on their own screens.
GIVEN_ROLES = [(role.value, role.label) for role in (Role.UNIT_ADMIN, Role.FINANCE, Role.REVIEWER)]


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
