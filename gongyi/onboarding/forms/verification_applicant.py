"""What an applicant of verification fills in: the unit as its licence says it, and whom to reach (S4-1 … S4-5)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE
from gongyi.accounts.models import PHONE
from gongyi.onboarding.forms.identity import EMPTY_CHOICE, AboutUnit, clean_uscc, code_field
from gongyi.organizations.models import OrganizationKind
from gongyi.regions.forms import RegionField

KINDS = tuple(
    (kind.value, kind.label)
    for kind in (
        OrganizationKind.ENTERPRISE, OrganizationKind.UNIVERSITY, OrganizationKind.INSTITUTE, OrganizationKind.TESTING,
        OrganizationKind.INTERMEDIARY, OrganizationKind.OTHER,
    )
)  # fmt: skip


class ApplicantUnitForm(AboutUnit):
    """申请方 (S4-5): name, code and address must equal the licence; the region goes down to the district, whose institute
    reviews it (S4-6)."""

    identity = ("name", "code", "kind")
    wide = ("name", "address", "region", "as_licence")

    name = forms.CharField(
        label=_("申请方名称"), max_length=150, help_text=_("与营业执照或统一社会信用代码证上的名称逐字一致，不用简称。")
    )
    code = code_field(label=_("统一社会信用代码"))
    kind = forms.ChoiceField(label=_("单位性质"), choices=(EMPTY_CHOICE, *KINDS))
    region = RegionField(help_text=_("选到区县；由当地区（县）或市的法定计量检定机构审核。"))
    address = forms.CharField(
        label=_("详细地址"), max_length=200, help_text=_("与证照上的住所一致，检定预约和上门服务以此为准。")
    )
    as_licence = forms.BooleanField(
        label=_("已核对：名称和详细地址与证照一致"),
        error_messages={"required": _("请对照证照核对名称和地址，一致后勾选；不一致的不予通过。")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("code"):
            try:
                data["code"] = clean_uscc(data["code"])
            except forms.ValidationError as problem:
                self.add_error("code", problem)
        self.refuse_another(name=data.get("name", ""), code=data.get("code", ""))
        return data


class ApplicantContactForm(forms.Form):
    """Who applies for the unit: the person the legal representative authorizes (S4-4, S4-89)."""

    legal_representative = forms.CharField(label=_("法定代表人"), max_length=50, help_text=_("由其在授权书上签字。"))
    name = forms.CharField(label=_("联系人（被授权人）"), max_length=50)
    mobile = forms.CharField(
        label=_("手机"), max_length=11, validators=[PHONE], widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    office_phone = forms.CharField(label=_("办公电话"), max_length=20, required=False, validators=[LANDLINE])
    email = forms.EmailField(label=_("电子邮箱"), max_length=100)
    narrow = ("email",)

    def __init__(self, *args: Any, application: Any, **kwargs: Any) -> None:
        self.application = application
        super().__init__(*args, **kwargs)
