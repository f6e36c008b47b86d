"""What the disabling or scrapping of an instrument means for everything that hangs on it, said before it is done (S1-89, S0-50).

Each app says its part, as with units and certificates (`organizations.consequences`): a higher app writes

    @register_ending(Ending.DISABLE, Ending.SCRAP)
    def bookings(instrument, act):
        yield Consequence(_("未结束的预约"), count, _("全部取消并通知预约人。"))

and follows the step (`InstrumentFlow.disable.then`) to do what it said. What `blocks` keeps the step from being taken.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.models import Instrument, ShortlistItem
from gongyi.kit.refusal import Refused
from gongyi.organizations.consequences import Consequence


class Ending(models.TextChoices):
    """How an instrument goes out of use: for a while, or for good."""

    DISABLE = "disable", gettext_lazy("停用")
    SCRAP = "scrap", gettext_lazy("报废")


Teller = Callable[[Instrument, Ending], Iterable[Consequence]]
_TELLERS: dict[Ending, list[Teller]] = {act: [] for act in Ending}


def register_ending(*acts: Ending) -> Callable[[Teller], Teller]:
    """Let `teller(instrument, act)` be asked about these acts."""

    def register(teller: Teller) -> Teller:
        for act in acts:
            _TELLERS[act].append(teller)
        return teller

    return register


def endings_of(instrument: Instrument, act: Ending) -> list[Consequence]:
    """Everything concerned, what stands in the way first; kinds of which there are none are left out."""
    told = [item for teller in _TELLERS[act] for item in teller(instrument, act) if item.count]
    return sorted(told, key=lambda item: not item.blocks)


def in_the_way(act: Ending) -> Callable[..., Refused | None]:
    """A need of the step: refuses with everything that must be settled first. Asked under the instrument's lock."""

    def nothing_in_the_way(instrument: Instrument, *, actor: Any) -> Refused | None:
        """Nobody uses the instrument, nor does anything else stand in the way."""
        standing = [item for item in endings_of(instrument, act) if item.blocks]
        if not standing:
            return None
        words = "；".join(f"{item.label} {item.count}：{str(item.what_happens).rstrip('。')}" for item in standing)
        return Refused(
            _("现在不能%(act)s。%(words)s。") % {"act": act.label, "words": words}, code="nothing_in_the_way"
        )

    return nothing_in_the_way


def what_becomes(act: Ending) -> Callable[[Instrument], str]:
    """The same in one paragraph, for dialogs and programs."""

    def told(instrument: Instrument) -> str:
        lines = [str(_MEANING[act])]
        lines += [
            f"{item.label} {item.count}：{str(item.what_happens).rstrip('。')}。"
            for item in endings_of(instrument, act)
        ]
        return "".join(lines)

    return told


_MEANING = {
    Ending.DISABLE: gettext_lazy("停用后仪器不再能被查到和预约，以前的记录保留；可以随时重新启用。"),
    Ending.SCRAP: gettext_lazy(
        "报废后仪器不再能被查到、预约和修改，以前的记录保留；报废有误可以撤销，撤销后为已停用。"
    ),
}


def meaning_of(act: Ending) -> str:
    return str(_MEANING[act])


@register_ending(Ending.DISABLE, Ending.SCRAP)
def wishes(instrument: Instrument, act: Ending) -> Iterable[Consequence]:
    """Those who put it aside see that it can no longer be booked (S1-89)."""
    kept = ShortlistItem.objects.filter(instrument=instrument).count()
    yield Consequence(_("预选清单"), kept, _("清单中标为不可预约，可一键清除。"))
    yield Consequence(_("收藏"), instrument.favourites.count(), _("保留，列表中不再显示。"))
