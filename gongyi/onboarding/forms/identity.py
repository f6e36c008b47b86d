"""Which unit an application is about: its name, its code, and whether it is on the platform already."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.onboarding.models import Application
from gongyi.organizations import uscc
from gongyi.organizations.models import Organization, OrganizationKind
from gongyi.organizations.rules import is_unit_admin

# 单位性质 as the manuals offer them (S2-45); institutions for testing and verification register as such.
NATURES = tuple(
    (kind.value, kind.label)
    for kind in (
        OrganizationKind.UNIVERSITY, OrganizationKind.INSTITUTE, OrganizationKind.ENTERPRISE, OrganizationKind.INTERMEDIARY,
        OrganizationKind.OTHER,
    )
)  # fmt: skip
ORG_CODE = re.compile(r"^[0-9A-Z]{8}[0-9X]$")
ORG_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
EMPTY_CHOICE = ("", gettext_lazy("请选择"))


def nature_field(**kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=gettext_lazy("单位性质"), choices=(EMPTY_CHOICE, *NATURES), **kwargs)


def code_field(**kwargs: Any) -> forms.CharField:
    """Any spelling of a code: blanks, hyphens, lower case and full width are taken as meant."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"})
    return forms.CharField(max_length=40, widget=widget, **kwargs)


def clean_uscc(text: str) -> str:
    """The code made regular; ValidationError with what is wrong with it."""
    code = uscc.normalised(text)
    if code and (sentence := uscc.fault(code)):
        raise ValidationError(sentence)
    return code


def clean_org_code(text: str) -> str:
    """组织机构代码 (GB 11714): nine characters; its check digit only warns, because old codes break it."""
    code = uscc.normalised(text)
    if code and not ORG_CODE.match(code):
        raise ValidationError(_("组织机构代码应为 9 位：前 8 位是数字或大写字母，最后一位是数字或 X，如 40001234-5。"))
    return code


def org_code_looks_wrong(code: str) -> bool:
    """Whether the last character of a well-formed 组织机构代码 is not the one the standard computes."""
    values = (int(c, 36) for c in code[:8])
    check = 11 - sum(v * w for v, w in zip(values, ORG_CODE_WEIGHTS, strict=True)) % 11
    return code[-1] != {10: "X", 11: "0"}.get(check, str(check))


class AboutUnit(forms.Form):
    """A form about the unit of `application`; a change may not turn it into another unit.

    What was handed in is read again at every decision and must read the same then. So what depends on the rest of the
    world is asked only of a `live` form: the page's, and the one read when the application is handed in.
    """

    identity: tuple[str, ...] = ("name", "code")
    live = False

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        self.application = application
        super().__init__(*args, **kwargs)
        if application.is_change and application.organization is not None:
            for name in self.identity:
                if name in self.fields and self.initial.get(name):  # what is not known yet may be completed
                    self.fields[name].disabled = True
            own = application.organization
            if own.kind not in dict(NATURES):
                kind: Any = self.fields["kind"]
                kind.choices = [*kind.choices, (own.kind, own.get_kind_display())]
            self.fields[self.identity[0]].help_text = _(
                "名称、代码和性质已经审核。有变更时，请凭证明联系平台管理员修改。"
            )

    def refuse_another(self, *, name: str, code: str) -> None:
        """Add an error when the name or code belongs to a unit that is on the platform and not the applicant's."""
        unit = unit_meant(self.application, name=name, code=code) if self.live else None
        if unit is None or unit == self.application.organization:
            return
        if self.application.applicant is not None and is_unit_admin(self.application.applicant, unit):
            return
        field, same = ("name", _("名称")) if unit.name == name else ("code", _("代码"))
        self.add_error(
            field,
            _(
                "平台上已有这个%(same)s的单位「%(unit)s」。您是该单位人员时，请申请绑定该单位；信息有误请联系平台管理员。"
            )
            % {"same": same, "unit": unit.name},
        )


def unit_meant(application: Application, *, name: str, code: str) -> Organization | None:
    """The unit on the platform that has this name or code already: the application's own first."""
    if application.organization is not None:
        return application.organization
    by_code = Organization.objects.filter(uscc=code).first() if code else None
    return by_code or (Organization.objects.filter(name=name).first() if name else None)
