"""The filter row above a list: a search box, short selects, the rest folded under 「更多条件」; every choice in the URL."""

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongyi.kit.when import format_days

SEARCH = _("搜索")


class FilterSet(django_filters.FilterSet):
    """Base of every list's filters. `Meta.main` names the filters shown at once; the others open with 「更多条件」."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.form.fields.items():
            widget = field.widget
            if isinstance(widget, forms.Select) and not isinstance(widget, forms.SelectMultiple):
                every = _("全部%s") % (field.label or "")
                if isinstance(field, forms.ModelChoiceField):
                    field.empty_label = every
                else:
                    widget.choices = [(v, every if v == "" else label) for v, label in widget.choices]
            small = "form-select-sm" if isinstance(widget, forms.Select) else "form-control-sm"
            for part in getattr(widget, "widgets", [widget]):
                part.attrs.setdefault("aria-label", str(field.label or name))
            if not isinstance(widget, forms.CheckboxInput):  # a widget of several hands its class down to its parts
                widget.attrs["class"] = f"{widget.attrs.get('class', '')} {small}".strip()

    @property
    def main_names(self) -> list[str]:
        names = list(self.form.fields)
        main = getattr(type(self).Meta, "main", None) if hasattr(type(self), "Meta") else None
        return list(main) if main is not None else names[:4]

    @property
    def main_fields(self) -> list:
        return [self.form[name] for name in self.main_names if name in self.form.fields]

    @property
    def more_fields(self) -> list:
        return [self.form[name] for name in self.form.fields if name not in self.main_names]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The filters in force as (name, words), for the empty state and the chips."""
        found = []
        data = getattr(self.form, "cleaned_data", {}) if self.form.is_valid() else {}
        for name, field in self.form.fields.items():
            value = data.get(name)
            if value in (None, "", [], ()) or (hasattr(value, "exists") and not value):
                continue
            found.append((name, f"{field.label}：{_words(field, value)}"))
        return found

    @property
    def more_count(self) -> int:
        return sum(name not in self.main_names for name, _words in self.chosen)


def _words(field, value) -> str:
    if isinstance(value, slice):
        first, last = value.start, value.stop
        if hasattr(first or last, "year"):
            return format_days(first and first.date(), last and last.date())
        return f"{first if first is not None else ''}–{last if last is not None else ''}"
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    names = {str(v): str(label) for v, label in getattr(field, "choices", []) if not isinstance(label, list | tuple)}
    if isinstance(value, list | tuple):
        return "、".join(names.get(str(v), str(v)) for v in value)
    return names.get(str(value), str(value))


class SearchFilter(django_filters.CharFilter):
    """A search box: `q = SearchFilter(fields=["code", "name"], placeholder=_("名称、编号"))`; every word must occur."""

    def __init__(self, *, fields=(), placeholder=SEARCH, **kwargs):
        self.fields = fields
        kwargs.setdefault("label", SEARCH)
        kwargs.setdefault("max_length", 100)
        super().__init__(
            widget=forms.TextInput(attrs={"type": "search", "placeholder": placeholder, "autocomplete": "off"}),
            **kwargs,
        )

    def filter(self, qs, value):
        if not value:
            return qs
        if self.method:
            return super().filter(qs, value)
        for word in value.split()[:6]:
            condition = Q()
            for field in self.fields:
                condition |= Q(**{f"{field}__icontains": word})
            qs = qs.filter(condition)
        return qs


class PeriodFilter(django_filters.DateFromToRangeFilter):
    """Two days, both included, on a moment or a day."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("widget", PeriodInput())
        super().__init__(*args, **kwargs)


class AmountFilter(django_filters.RangeFilter):
    """From one number to another, both included."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("widget", AmountInput())
        super().__init__(*args, **kwargs)


class AmountInput(django_filters.widgets.RangeWidget):
    template_name = "kit/forms/period.html"

    def __init__(self, attrs=None):
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "class": "num", **(attrs or {})})
        for widget, words in zip(self.widgets, (_("最低"), _("最高")), strict=True):
            widget.attrs |= {"placeholder": words, "aria-label": words}


class PeriodInput(django_filters.widgets.DateRangeWidget):
    template_name = "kit/forms/period.html"

    def __init__(self, attrs=None):
        super().__init__({"data-picker": "day", "autocomplete": "off", **(attrs or {})})
        for widget, words in zip(self.widgets, (_("起始日期"), _("截止日期")), strict=True):
            widget.attrs |= {"placeholder": words, "aria-label": words}
