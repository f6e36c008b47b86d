"""The instruments a person looks after, as a duty somebody else takes over when they go."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import Instrument, InstrumentManager
from gongyi.catalog.services import add_manager, remove_manager
from gongyi.organizations.duties import Thing, register_duty


def instruments_of(user: Any, organization: Any) -> list[Thing]:
    """Those of the unit that name the person as their manager."""
    return [
        Thing(one.name, reverse("catalog:instrument", args=[one.pk]), one.number) for one in _rows(user, organization)
    ]


def give_instruments(user: Any, organization: Any, *, to: Any, actor: Any) -> None:
    """Let `to` look after each of them instead; one who does already keeps it."""
    rows = list(_rows(user, organization))
    already = set(InstrumentManager.objects.filter(user=to, instrument__in=rows).values_list("instrument", flat=True))
    for one in rows:
        if one.pk not in already:
            add_manager(instrument=one, user=to, actor=actor)
        remove_manager(instrument=one, user=user, actor=actor)


def _rows(user: Any, organization: Any) -> Any:
    mine = InstrumentManager.objects.filter(user=user, instrument__organization=organization)
    rows = Instrument.objects.filter(pk__in=mine.values("instrument")).select_related("organization")
    return rows.only("name", "number", "organization").order_by("name_key", "pk")


register_duty(
    "instruments", _("负责的仪器"), measure=_("台"), of=instruments_of, hand_over=give_instruments,
    note=_("接手人成为这些仪器的管理员，办理审核、停机和资格。"),
)  # fmt: skip
