"""Input of the steps on a payment account and of opening one; shape only."""

import re
import uuid
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.money import MoneyFormField
from gongyi.ledger.models import AccountMember, PaymentAccount
from gongyi.ledger.rules import administrator, leader
from gongyi.organizations.models import Department, Organization
from gongyi.workflow.forms import StepForm

MOST_PEOPLE_AT_ONCE = 50
Role = AccountMember.Role


class TopUpForm(forms.Form):
    amount = MoneyFormField(label=gettext_lazy("充值金额"), min_value=0.01)
    voucher_no = forms.CharField(
        label=gettext_lazy("财务凭证号"), max_length=60, help_text=gettext_lazy("同一张凭证对同一账户只能登记一次。")
    )
    note = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)


class AdjustForm(forms.Form):
    """`token` makes two clicks one adjustment."""

    amount = MoneyFormField(
        label=gettext_lazy("更正金额"), help_text=gettext_lazy("增加余额填正数，减少余额填负数，如 −60.00。")
    )
    reason = forms.CharField(
        label=gettext_lazy("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("课题组在金额记录里会看到。"),
    )  # fmt: skip
    token = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False, initial=lambda: str(uuid.uuid4()))


class ConfirmForm(StepForm):
    credit_line = MoneyFormField(
        label=gettext_lazy("初始信用额度"), min_value=0, help_text=gettext_lazy("余额用完后还可以透支预约的金额。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credit_line"].initial = self.obj.credit_line


class CreditLineForm(ConfirmForm):
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credit_line"].label = _("信用额度")


class DetailsForm(forms.ModelForm):
    class Meta:
        model = PaymentAccount
        fields = ["name", "purpose"]


class PeopleField(forms.CharField):
    """People named by user name, phone or e-mail, one on each line; becomes a list of users who may sign in."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list:
        names = list(dict.fromkeys(re.split(r"[\s,，、;；]+", super().clean(value).strip())))
        if names == [""]:
            return []
        if len(names) > MOST_PEOPLE_AT_ONCE:
            raise forms.ValidationError(_("一次最多添加 %s 人。") % MOST_PEOPLE_AT_ONCE)
        lower = [name.lower() for name in names]
        users = (
            get_user_model()
            .objects.filter(Q(username__in=names) | Q(phone__in=names) | Q(email__in=lower), is_active=True)
            .order_by("pk")
        )
        known = {key for user in users for key in (user.username, user.phone, user.email)}
        if missing := [name for name in names if name not in known and name.lower() not in known]:
            raise forms.ValidationError(
                _("没有找到 %s。请核对用户名、手机号或邮箱；对方须先注册。") % "、".join(missing[:5]),
                code="unknown_person",
            )
        return list(users)


class AddMembersForm(StepForm):
    people = PeopleField(label=gettext_lazy("人员"), help_text=gettext_lazy("填用户名、手机号或邮箱，多人时每行一个。"))
    role = forms.ChoiceField(
        label=gettext_lazy("角色"), choices=[(Role.MEMBER, Role.MEMBER.label), (Role.MANAGER, Role.MANAGER.label)],
        initial=Role.MEMBER,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_appoint(self.obj, self.actor):
            self.fields["role"].choices = [(Role.MEMBER, Role.MEMBER.label)]

    def clean_people(self) -> list:
        people = self.cleaned_data["people"]
        own = set(self.obj.members.filter(user__in=people).values_list("user_id", flat=True))
        if already := [str(user) for user in people if user.pk in own]:
            raise forms.ValidationError(_("%s已在课题组中。") % "、".join(already))
        return people


class MemberChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, member: Any) -> str:
        return f"{member.user}（{member.get_role_display()}）"


class MemberForm(StepForm):
    """One of the group's people, of those this step is about."""

    roles: tuple[str, ...] = (Role.MEMBER, Role.MANAGER)
    member = MemberChoiceField(label=gettext_lazy("成员"), queryset=AccountMember.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = self.roles if may_appoint(self.obj, self.actor) else (Role.MEMBER,)
        self.fields["member"].queryset = (
            self.obj.members.filter(role__in=roles).select_related("user").order_by("user__name_key", "pk")
        )


class OrdinaryMemberForm(MemberForm):
    roles = (Role.MEMBER,)


class GroupManagerForm(MemberForm):
    roles = (Role.MANAGER,)


class HandOverForm(StepForm):
    people = PeopleField(
        label=gettext_lazy("新负责人"), help_text=gettext_lazy("填用户名、手机号或邮箱。"), widget=forms.TextInput
    )
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_people(self) -> list:
        people = self.cleaned_data["people"]
        if len(people) != 1:
            raise forms.ValidationError(_("负责人只能是一位。"))
        if people[0].pk == self.obj.leader_id:
            raise forms.ValidationError(_("%s已是负责人。") % people[0])
        return people


def may_appoint(account: PaymentAccount, user: Any) -> bool:
    """Only the leader and the unit's administrator name and dismiss group managers (S0-73, S0-77)."""
    return (leader | administrator).test(account, user)


class ApplyForm(forms.ModelForm):
    """A leader asks for an account at a unit (S0-75); the unit's administrator confirms it (S0-8)."""

    class Meta:
        model = PaymentAccount
        fields = ["name", "organization", "payer", "department", "purpose"]
        widgets = {"purpose": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "name": gettext_lazy("课题组成员付款时看到的名称，如「储能材料课题组」。"),
            "organization": gettext_lazy("使用哪个单位的仪器，就向哪个单位申请；由该单位管理员确认和充值。"),
            "payer": gettext_lazy("费用由谁承担；决定按校内、校外还是企业价格计费。"),
            "department": gettext_lazy("与仪器同一院系的课题组按组内价格计费。"),
        }

    def __init__(self, *args: Any, payers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        payers = list(payers)
        self.fields["organization"].queryset = (
            Organization.objects.active().filter(instruments__isnull=False).distinct()
        )
        self.fields["payer"].queryset = Organization.objects.filter(pk__in=[payer.pk for payer in payers])
        self.fields["department"].queryset = (
            Department.objects.filter(organization__in=payers)
            .select_related("organization")
            .order_by("organization", "name_key")
        )
        self.fields["purpose"].required = True
        if len(payers) == 1:
            self.fields["payer"].initial = payers[0]
            self.fields["payer"].empty_label = None

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        department, payer = data.get("department"), data.get("payer")
        if department and payer and department.organization_id != payer.pk:
            self.add_error(
                "department", _("「%(department)s」不属于%(payer)s。") % {"department": department, "payer": payer}
            )
        return data


class OpenForm(ApplyForm):
    """The unit's administrator opens an account at once (S0-8), with its initial credit line (S0-67)."""

    person = PeopleField(
        label=gettext_lazy("课题组负责人"), help_text=gettext_lazy("填用户名、手机号或邮箱。"), widget=forms.TextInput
    )

    class Meta(ApplyForm.Meta):
        fields = ["organization", "name", "payer", "department", "credit_line", "purpose"]

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, payers=(), **kwargs)
        self.fields["organization"].queryset = Organization.objects.filter(pk__in=units)
        self.fields["organization"].help_text = ""
        self.fields["payer"].queryset = Organization.objects.active()
        self.fields["department"].queryset = Department.objects.filter(organization__in=units).order_by("name_key")
        self.fields["purpose"].required = False
        if len(units) == 1:
            self.fields["organization"].initial = self.fields["payer"].initial = units[0]
            self.fields["organization"].empty_label = None

    def clean_person(self) -> Any:
        people = self.cleaned_data["person"]
        if len(people) != 1:
            raise forms.ValidationError(_("负责人只能是一位。"))
        return people[0]
