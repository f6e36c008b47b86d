"""Input of the manager's screens: levels, bans, closures, faults, rules and opening hours."""

import re
import unicodedata
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from gongyi.catalog.models import Instrument
from gongyi.kit.when import WEEKDAYS
from gongyi.organizations.models import Organization
from gongyi.reservations.models import BookingRules, Closure, Qualification
from gongyi.reservations.rules import EffectiveRules
from gongyi.reservations.rules.effective import RULE_FIELDS

Hours = tuple[int, int, int]
DAY_MINUTES = 24 * 60
LEVELS = [(level.value, level.label) for level in Qualification.Level if level]
SOURCES = {"instrument": _l("本仪器"), "organization": _l("单位"), "site": _l("全站"), "default": _l("系统默认")}


class PersonInput(forms.Widget):
    """Finds a person by name, user name or phone; works without script for whoever was chosen before."""

    template_name = "reservations/person_input.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict:
        context = super().get_context(name, value, attrs)
        known = str(value or "")
        people = get_user_model().objects.filter(pk=known) if known.isdecimal() and len(known) < 19 else []
        context["widget"]["chosen"] = next(iter(people), None)
        return context

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_search" if id_ else id_


class PersonField(forms.ModelChoiceField):
    widget = PersonInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _l("人员"))
        kwargs.setdefault(
            "error_messages",
            {"required": _l("请先查找并选中一个人。"), "invalid_choice": _l("没有这个人，或账号已停用。")},
        )
        super().__init__(queryset=get_user_model().objects.filter(is_active=True), **kwargs)


def _future(day: Any) -> Any:
    if day is not None and day < timezone.localdate():
        raise ValidationError(_("有效期不能早于今天。"))
    return day


class GrantForm(forms.Form):
    """Give somebody a level on an instrument (授权)."""

    instrument = forms.ModelChoiceField(Instrument.objects.none(), label=_l("仪器"), empty_label=_l("请选择"))
    user = PersonField()
    level = forms.TypedChoiceField(label=_l("资格"), choices=LEVELS, coerce=int, widget=forms.RadioSelect, initial=1)
    expires_on = forms.DateField(label=_l("有效期至"), required=False, help_text=_l("不填为长期有效。"))
    note = forms.CharField(label=_l("说明"), max_length=200, required=False, help_text=_l("如：2026-11 培训考核合格。"))

    def __init__(self, *args: Any, managed: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instrument"].queryset = managed

    def clean_expires_on(self) -> Any:
        return _future(self.cleaned_data["expires_on"])


class ExtendForm(forms.Form):
    """Another end, or another level."""

    level = forms.TypedChoiceField(label=_l("资格"), choices=LEVELS, coerce=int)
    expires_on = forms.DateField(label=_l("有效期至"), required=False, help_text=_l("不填为长期有效。"))
    note = forms.CharField(label=_l("说明"), max_length=200, required=False)

    def clean_expires_on(self) -> Any:
        return _future(self.cleaned_data["expires_on"])


class ExtendManyForm(forms.Form):
    expires_on = forms.DateField(label=_l("有效期至"), required=False, help_text=_l("不填为长期有效。"))

    def clean_expires_on(self) -> Any:
        return _future(self.cleaned_data["expires_on"])


class ShortReasonForm(forms.Form):
    """A reason the person concerned will read."""

    reason = forms.CharField(label=_l("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class BanForm(forms.Form):
    """Put somebody on a unit's blacklist (S0-61)."""

    organization = forms.ModelChoiceField(Organization.objects.none(), label=_l("单位"), empty_label=None)
    user = PersonField()
    reason = forms.CharField(label=_l("原因"), max_length=200, help_text=_l("本人会看到。"))
    until = forms.DateField(label=_l("截止日期"), required=False, help_text=_l("含当天；不填为人工解除之前一直有效。"))

    def __init__(self, *args: Any, organizations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations

    def clean_until(self) -> datetime | None:
        day = _future(self.cleaned_data["until"])
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time())) if day else None


class ClosureForm(forms.Form):
    """Close an instrument for a time (登记停机)."""

    instrument = forms.ModelChoiceField(Instrument.objects.none(), label=_l("仪器"), empty_label=_l("请选择"))
    kind = forms.ChoiceField(label=_l("类型"), choices=Closure.Kind.choices)
    starts_at = forms.DateTimeField(label=_l("开始"))
    ends_at = forms.DateTimeField(label=_l("结束"))
    reason = forms.CharField(label=_l("原因"), max_length=200, help_text=_l("会显示在日历上，并发给被取消的预约人。"))

    def __init__(self, *args: Any, managed: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instrument"].queryset = managed

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("结束时间要晚于开始时间。"))
        elif end and end <= timezone.now():
            self.add_error("ends_at", _("停机时段已经过去，请选择现在以后的结束时间。"))
        return data


class FaultForm(forms.Form):
    """What is wrong with an instrument."""

    description = forms.CharField(label=_l("故障现象"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    disabling = forms.BooleanField(
        label=_l("仪器不能使用"), required=False, initial=True, help_text=_l("勾选后状态变为「故障」，暂停预约和签到。")
    )
    expected_on = forms.DateField(label=_l("预计恢复"), required=False)
    close_until = forms.DateTimeField(
        label=_l("停机到"),
        required=False,
        help_text=_l("填写后从现在停机到该时间，其间的预约自动取消并通知本人，不收费。"),
    )

    def __init__(self, *args: Any, manages: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not manages:
            del self.fields["close_until"], self.fields["expected_on"]

    def clean_expected_on(self) -> Any:
        day = self.cleaned_data["expected_on"]
        if day is not None and day < timezone.localdate():
            raise ValidationError(_("预计恢复日期不能早于今天。"))
        return day


class ResolveForm(forms.Form):
    resolution = forms.CharField(label=_l("处理结果"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class RulesForm(forms.ModelForm):
    """The booking rules of one scope; an empty field inherits, and its placeholder says what and from where."""

    class Meta:
        model = BookingRules
        fields = RULE_FIELDS

    def __init__(self, *args: Any, inherited: EffectiveRules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inherited = inherited
        for name, field in self.fields.items():
            words = self.inherited_words(name)
            if isinstance(field.widget, forms.NullBooleanSelect):
                self.fields[name] = forms.TypedChoiceField(
                    label=field.label, required=False, empty_value=None, coerce=lambda v: v == "true",
                    choices=[("", _("沿用：%s") % words), ("true", _("是")), ("false", _("否"))],
                )  # fmt: skip
                value = getattr(self.instance, name)
                self.initial[name] = "" if value is None else str(value).lower()
            else:
                field.widget = forms.TextInput(
                    attrs={"inputmode": "decimal", "class": "num", "placeholder": _("沿用：%s") % words}
                )

    def inherited_words(self, name: str) -> str:
        """`30（单位）`, `不限（系统默认）`."""
        value, source = getattr(self.inherited, name), self.inherited.sources.get(name, "default")
        if value is None:
            text = _("不限")
        elif isinstance(value, bool):
            text = _("是") if value else _("否")
        else:
            text = f"{value:f}".rstrip("0").rstrip(".") if hasattr(value, "as_tuple") else str(value)
        return f"{text}（{SOURCES[source]}）"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}

        def holds(name: str) -> Any:
            value = data.get(name)
            return getattr(self.inherited, name) if value is None else value

        if holds("slot_minutes") < 1 or DAY_MINUTES % holds("slot_minutes"):
            self.add_error("slot_minutes", _("时间格应能整除一天，如 10、15、30、60 分钟。"))
        if holds("min_minutes") < 1:
            self.add_error("min_minutes", _("单次最短应大于 0。"))
        elif holds("min_minutes") > holds("max_minutes"):
            self.add_error(
                "max_minutes" if data.get("max_minutes") is not None else "min_minutes", _("单次最长不能短于单次最短。")
            )
        if (data.get("late_cancel_percent") or 0) > 100:
            self.add_error("late_cancel_percent", _("最多 100%。"))
        return data


_RANGE = re.compile(r"^(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?$")


class HoursForm(forms.Form):
    """Opening hours, one line a day: `8:00–12:00、14:00–22:00`; an empty line is a closed day."""

    def __init__(self, *args: Any, hours: list[Hours], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, name in enumerate(WEEKDAYS, start=1):
            spans = [(opens, closes) for weekday, opens, closes in hours if weekday == day]
            self.fields[f"day{day}"] = forms.CharField(
                label=name, max_length=100, required=False, initial=write_spans(spans),
                widget=forms.TextInput(attrs={"placeholder": _("不开放"), "autocomplete": "off", "class": "num", "data-hours": ""}),
            )  # fmt: skip

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.hours: list[Hours] = []
        for day in range(1, 8):
            try:
                self.hours += [(day, opens, closes) for opens, closes in read_spans(data.get(f"day{day}", ""))]
            except ValidationError as error:
                self.add_error(f"day{day}", error)
        if not self.errors and not self.hours:
            raise ValidationError(_("至少填写一天的开放时间；要停止开放，请登记停机或停用仪器。"))
        return data


def write_spans(spans: list[tuple[int, int]]) -> str:
    """`8:00–12:00、14:00–22:00`."""

    def clock(minute: int) -> str:
        return f"{minute // 60}:{minute % 60:02d}"

    return "、".join(f"{clock(opens)}–{clock(closes)}" for opens, closes in spans)


def read_spans(text: str) -> list[tuple[int, int]]:
    """The periods a person typed for a day, in minutes; several ways of writing dashes and commas are understood."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text in ("全天", "24小时", "24 小时"):
        return [(0, DAY_MINUTES)]
    text = re.sub(r"\s*[-–—~～至到]+\s*", "-", text)
    spans = []
    for part in filter(None, re.split(r"[、,;\s]+", text)):
        match = _RANGE.match(part)
        if not match:
            raise ValidationError(_("「%s」看不懂。请写成 8:00–12:00、14:00–22:00。") % part)
        a, b, c, d = (int(group or 0) for group in match.groups())
        opens, closes = a * 60 + b, c * 60 + d
        if b > 59 or d > 59 or closes > DAY_MINUTES:
            raise ValidationError(_("「%s」不是有效的时间。最晚写到 24:00。") % part)
        if closes <= opens:
            raise ValidationError(_("「%s」结束要晚于开始；过夜请写成 20:00–24:00，第二天再写 0:00–8:00。") % part)
        spans.append((opens, closes))
    spans.sort()
    for (_opens, closes), (opens, _closes) in zip(spans, spans[1:], strict=False):
        if opens < closes:
            raise ValidationError(_("同一天的时段有重叠，请合并。"))
    return spans
