"""Sheets of labels with the code that leads a phone to the page to sign in for use (S0-40)."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.forms.labels import SHEETS, USUAL_LINES, LabelsForm, Sheet
from gongyi.catalog.models import Instrument
from gongyi.catalog.views.managed import CHOSEN, LIST, MOST_LABELS, code_of, keeps_any
from gongyi.kit.views import Action, Crumb, Page

USUAL = {"sheet": "3x8", "start": "1", "copies": "1", "outlined": ""}


@dataclass(frozen=True)
class Label:
    """One label: the code and the lines beside it, the name first."""

    code: SafeString
    name: str
    lines: tuple[str, ...]


class Labels(Page):
    """The labels of the chosen instruments as they will be printed, with what can be chosen of them beside.

    The instruments are those chosen in the list (kept in the session) or named by `pk`; of them those in one's care.
    """

    title = gettext_lazy("二维码标签")
    template_name = "catalog/labels.html"
    crumbs = (LIST, Crumb(gettext_lazy("二维码标签")))

    def allowed(self):
        return keeps_any(self.request)

    def get_fact(self):
        return _("%(labels)s 枚，%(sheets)s 张 A4") % {
            "labels": len(self.instruments) * self.copies, "sheets": len(self.pages),
        }  # fmt: skip

    def get_actions(self):
        return [Action(_("回到列表"), reverse("catalog:list"), "arrow-left", "quiet")]

    @cached_property
    def asked(self) -> QueryDict:
        """What the address asks for, the usual where it says nothing."""
        params = self.request.GET.copy()
        if "sheet" not in params:
            params.setlist("lines", USUAL_LINES)
        for name, value in USUAL.items():
            params.setdefault(name, value)
        return params

    @cached_property
    def form(self) -> LabelsForm:
        return LabelsForm(self.asked)

    @cached_property
    def chosen(self) -> dict[str, Any]:
        return (
            self.form.cleaned_data
            if self.form.is_valid()
            else {"sheet": "3x8", "start": 1, "copies": 1, "lines": USUAL_LINES}
        )

    @property
    def sheet(self) -> Sheet:
        return SHEETS[self.chosen["sheet"]]

    @property
    def copies(self) -> int:
        return self.chosen["copies"]

    @cached_property
    def keys(self) -> list[int]:
        named = [int(pk) for pk in self.request.GET.getlist("pk") if pk.isdecimal() and len(pk) < 19]
        return (named or self.request.session.get(CHOSEN, []))[:MOST_LABELS]

    @cached_property
    def instruments(self) -> list[Instrument]:
        """In the order of the list they were chosen from."""
        managed = Instrument.objects.managed_by(self.request.user).select_related("organization").only(
            "name", "model", "number", "internal_no", "location", "floor", "contact_name", "contact_phone", "organization__name"
        )  # fmt: skip
        found = managed.in_bulk(self.keys)
        return [found[pk] for pk in self.keys if pk in found]

    @cached_property
    def pages(self) -> list[list[Label | None]]:
        """The places of each sheet in order; None is one that stays empty."""
        labels = [self.label(i) for i in self.instruments for _copy in range(self.copies)]
        places: list[Label | None] = [*[None] * (self.chosen["start"] - 1 if labels else 0), *labels]
        size = self.sheet.places
        return [places[at : at + size] for at in range(0, len(places), size)]

    def label(self, instrument: Instrument) -> Label:
        lines = self.chosen["lines"]
        contact = f"{instrument.contact_name} {instrument.contact_phone}".strip()
        texts = {
            "model": instrument.model, "number": instrument.number, "internal_no": instrument.internal_no,
            "location": f"{instrument.location} {instrument.floor}".strip(), "contact": contact,
            "unit": instrument.organization.name,
        }  # fmt: skip
        svg = code_of(instrument).svg_inline(border=0, omitsize=True)
        return Label(
            mark_safe(svg),
            instrument.name if "name" in lines else "",
            tuple(texts[name] for name in texts if name in lines and texts[name]),
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            form=self.form, pages=self.pages, sheet=self.sheet, named=self.request.GET.getlist("pk"),
            outlined=bool(self.chosen.get("outlined")), **kwargs,
        )  # fmt: skip
