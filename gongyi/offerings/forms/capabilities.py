"""Input about capabilities: one line of a test's or of metrology's annex, prices, and the certificate's successor."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.forms import say_what_to_choose
from gongyi.kit.money import MoneyFormField
from gongyi.offerings.lines import METROLOGY_FIELDS, TEST_FIELDS, Line, label_of, read
from gongyi.offerings.models import Capability
from gongyi.offerings.queries.capabilities import twin_of, why_not
from gongyi.organizations.certificate_numbers import regular
from gongyi.organizations.models import Certificate, Organization

LONGEST_WORKDAYS = 3650
WORKDAYS = gettext_lazy("个工作日")


class CertificateInput(forms.TextInput):
    """The number of a certificate, typed or picked in a dialog; the dialog's address stands beside it."""

    template_name = "offerings/certificate_input.html"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__({"autocomplete": "off", "class": "num", "data-certificate-input": "", **(attrs or {})})
        self.pick_url = ""

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict:
        return {**super().get_context(name, value, attrs), "pick_url": self.pick_url}


class CertificateField(forms.CharField):
    """One of the institution's own certificates by its number; one that has ended may only stay where it is."""

    widget = CertificateInput
    organization: Organization | None = None
    kept: Certificate | None = None

    def prepare_value(self, value: Any) -> Any:
        return value.number if isinstance(value, Certificate) else value

    def clean(self, value: Any) -> Certificate | None:
        number = regular(super().clean(value))
        if not number:
            return None
        rows = Certificate.objects.filter(organization=self.organization, number=number)
        found = sorted(rows, key=lambda row: (row != self.kept, row.withdrawn_at is not None))
        if not found:
            raise ValidationError(_("本机构没有编号为「%s」的证书。请点「选择」，或先在资质证书里添加。") % number)
        if found[0] != self.kept and (reason := why_not(found[0], timezone.localdate())):
            raise ValidationError(
                _("证书「%(number)s」%(reason)s，不能选用。请改选有效的证书。") % {"number": number, "reason": reason}
            )
        return found[0]


class LineForm(forms.ModelForm):
    """What tests and metrology share: the certificate, the judgement of the whole line, and no line twice."""

    certificate = CertificateField(label=gettext_lazy("证书编号"), max_length=60)
    price = MoneyFormField(
        label=gettext_lazy("参考价格"), required=False, min_value=0, help_text=gettext_lazy("留空显示为面议。")
    )
    lead_days = forms.IntegerField(
        label=gettext_lazy("周期"), required=False, min_value=1, max_value=LONGEST_WORKDAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "num"}),
    )  # fmt: skip

    def __init__(self, *args: Any, organization: Organization, pick_url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        field = self.fields["certificate"]
        field.organization, field.widget.pick_url = organization, pick_url
        if self.instance.pk:
            field.kept = self.instance.certificate
            self.initial["certificate"] = self.instance.certificate
        field.help_text = _("点「选择」从本机构的证书里选，双击即填入；也可以直接输入编号。")
        self.fields["lead_days"].widget.suffix = WORKDAYS
        nature = self.nature
        for name, each in self.fields.items():
            if name not in ("certificate", "price", "lead_days"):
                each.label = label_of(name, nature)
        self.doubts: list[str] = []

    @property
    def nature(self) -> str:
        raise NotImplementedError

    def clean(self) -> dict:
        data = super().clean() or {}
        line = self.judged(data)
        for name, sentence in line.problems:
            if name not in self.errors:
                self.add_error(name, sentence)
        self.doubts = [sentence for _name, sentence in line.doubts]
        data |= {name: line.fields[name] for name in self.fields if name in line.fields and name != "certificate"}
        if not self.errors:
            self._once(data)
        return data

    def judged(self, data: dict) -> Line:
        said = {name: data.get(name) for name in self.fields if name != "certificate"}
        return read({"nature": self.nature, **said}, certificate=data.get("certificate"), today=timezone.localdate())

    def _once(self, data: dict) -> None:
        """S3-38: what is there already is not added again, and the way to it is shown."""
        wanted = Capability(
            pk=self.instance.pk, organization=self.organization, **{k: v for k, v in data.items() if v is not None}
        )
        if there := twin_of(wanted):
            self.add_error(
                None,
                format_html(
                    '{} <a href="{}" target="_blank">{}</a>', _("这项能力已在能力库中，请勿重复添加："),
                    there.kept_url, there,
                ),
            )  # fmt: skip

    def _post_clean(self) -> None:
        """Nothing is copied onto the instance: the service writes it, and the database guards it."""


class TestForm(LineForm):
    """A line of the annex of a CMA or CNAS certificate, or of another one (S3-39)."""

    __test__ = False
    wide = ("certificate",)
    narrow = (
        "domain",
        "category",
        "subject",
        "parameter",
        "standard_no",
        "standard_name",
        "measuring_range",
        "remark",
        "site",
    )

    class Meta:
        model = Capability
        fields = ["certificate", *TEST_FIELDS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        helps = {
            "group_no": _("CMA 证书下必填，能力附表的大类序号，如 一。"),
            "parameter_no": _("CMA 证书下必填，如 1.1；取消后序号保留。"),
            "standard_no": _("含年号，如 GB/T 228.1-2021；几个标准用「、」隔开。其他证书下可留空，即机构自定方法。"),
            "standard_name": _("CMA、CNAS 证书下必填，写全称。"),
            "measuring_range": _("附表写明「不做…」「只做…」的，照写。"),
            "category": _("CMA 证书下必填，照能力附表。"),
            "domain": _("CMA 证书下必填，如 水和废水。"),
        }
        for name, words in helps.items():
            self.fields[name].help_text = words
        for name in ("subject", "parameter"):
            self.fields[name].required = True

    @property
    def nature(self) -> str:
        return Capability.Nature.TEST


class MetrologyForm(LineForm):
    """A line of what an institution is authorised to verify, calibrate, inspect or evaluate (S3-58 … S3-60)."""

    wide = ("certificate",)
    narrow = ("subject", "measuring_range", "accuracy", "standard_no", "authorized_area", "remark")

    class Meta:
        model = Capability
        fields = ["certificate", *METROLOGY_FIELDS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nature: Any = self.fields["nature"]
        nature.choices = [(value, label) for value, label in Capability.Nature.choices if value in Capability.METROLOGY]
        nature.initial = Capability.Nature.VERIFICATION
        if self.initial.get("nature") == Capability.Nature.TEST:
            self.initial["nature"] = Capability.Nature.VERIFICATION
        say_what_to_choose(self.fields["authorization_category"])
        for name in (
            "subject",
            "measuring_range",
            "accuracy",
            "standard_no",
            "authorized_area",
            "authorization_category",
        ):
            self.fields[name].required = True
        self.fields["standard_no"].help_text = _("含年号，如 JJG 162-2019、JJF 1059.1-2012。")
        self.fields["authorized_area"].help_text = _("如 全国、广东省、深圳市。")
        self.fields["accuracy"].help_text = _("如 0.02 级、U=0.3 μm (k=2)。")
        self.fields["valid_until"].help_text = _("授权项目自身的有效期；随证书的留空。")

    @property
    def nature(self) -> str:
        return (self.data.get("nature") if self.is_bound else "") or Capability.Nature.VERIFICATION


class PriceForm(forms.Form):
    """One price and time for the chosen lines."""

    price = MoneyFormField(
        label=gettext_lazy("参考价格"), required=False, min_value=0, help_text=gettext_lazy("留空显示为面议。")
    )
    lead_days = forms.IntegerField(
        label=gettext_lazy("周期（工作日）"), required=False, min_value=1, max_value=LONGEST_WORKDAYS
    )


class MoveForm(forms.Form):
    """From which certificate, to which; a target must be valid today."""

    source = forms.ModelChoiceField(label=gettext_lazy("原证书"), queryset=Certificate.objects.none())
    target = forms.ModelChoiceField(label=gettext_lazy("换到"), queryset=Certificate.objects.none())

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own: Any = Certificate.objects.filter(organization=organization)
        source: Any = self.fields["source"]
        target: Any = self.fields["target"]
        source.queryset = own.filter(
            capabilities__in=Capability.objects.exclude(status=Capability.Status.CANCELLED)
        ).distinct()
        target.queryset = own.valid_on(timezone.localdate())
        source.empty_label = target.empty_label = _("请选择证书")

    def clean(self) -> dict:
        data = super().clean() or {}
        source, target = data.get("source"), data.get("target")
        if source and source == target:
            self.add_error("target", _("请选择另一张证书。"))
        elif source and target and source.nature != target.nature:
            words = {"source": source.get_nature_display(), "target": target.get_nature_display()}
            self.add_error(
                "target",
                _("原证书是 %(source)s，这张是 %(target)s。只能换到同一性质的证书；性质不同的请逐项修改。") % words,
            )
        return data
