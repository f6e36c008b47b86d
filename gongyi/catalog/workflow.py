"""Showing an instrument to the public, and taking it back."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gongyi.catalog import search
from gongyi.catalog.models import Instrument
from gongyi.catalog.rules import classified, keeper, unit_active
from gongyi.organizations.models import Matter, Organization
from gongyi.organizations.workflow import OrganizationFlow
from gongyi.reviews.kinds import ReviewKind, entry, register_kind, section
from gongyi.reviews.workflow import ReviewedFlow
from gongyi.workflow import SYSTEM, Step
from gongyi.workflow.forms import ReasonForm

S = Instrument.Status
INSTRUMENT = "instrument"


class InstrumentFlow(ReviewedFlow):
    """An instrument is reviewed once, when it joins; what its keepers change later needs no review (S1-39 … S1-41).

    Only published instruments are found and booked; their past stays when they are disabled or scrapped.
    """

    model = Instrument
    title = _("仪器")
    initial = (S.DRAFT, S.PUBLISHED)
    main_path = (S.DRAFT, S.PENDING, S.PUBLISHED)
    related = ("organization",)
    review_kind = INSTRUMENT
    submitter = keeper
    complete = (classified, unit_active)

    disable = Step(_("停用"), S.PUBLISHED, S.DISABLED, by=keeper, form=ReasonForm, tell=keeper, tone="danger")
    enable = Step(_("启用"), S.DISABLED, S.PUBLISHED, by=keeper, needs=(classified, unit_active), tone="success")
    scrap = Step(
        _("报废"), (S.PUBLISHED, S.DISABLED), S.SCRAPPED, by=keeper, form=ReasonForm, tell=keeper, tone="danger"
    )
    restore = Step(_("撤销报废"), S.SCRAPPED, S.DISABLED, by=keeper, form=ReasonForm, tell=keeper)
    go_with_unit = Step(_("随单位退出停用"), S.PUBLISHED, S.DISABLED, by=SYSTEM)


@InstrumentFlow.approve.then
@InstrumentFlow.disable.then
@InstrumentFlow.enable.then
@InstrumentFlow.scrap.then
def find_it_accordingly(instrument: Instrument, *, actor: Any, **data: Any) -> None:
    """Only what is published is found."""
    search.index([instrument.pk])


@OrganizationFlow.leave.then
def disable_its_instruments(organization: Organization, *, actor: Any, **data: Any) -> None:
    """Every published instrument of a unit that leaves is disabled, each with its own record."""
    for instrument in Instrument.objects.published().filter(organization=organization).order_by("pk"):
        InstrumentFlow.fire(instrument, "go_with_unit", actor=SYSTEM)


@OrganizationFlow.suspend.then
@OrganizationFlow.leave.then
@OrganizationFlow.resume.then
@OrganizationFlow.edit.then
def find_them_accordingly(organization: Organization, *, actor: Any, **data: Any) -> None:
    """A suspended unit's instruments are found no more, a resumed one's again, a renamed one's by its new name."""
    instruments = Instrument.objects.filter(organization=organization)
    transaction.on_commit(lambda: search.index(instruments.values_list("pk", flat=True)))


def freeze(instrument: Instrument) -> list[dict]:
    """What a reviewer reads of an instrument."""
    texts = ("name", "name_en", "model", "manufacturer", "technical_specs", "functions", "reference_fee")
    fields = [entry(name, Instrument._meta.get_field(name).verbose_name, getattr(instrument, name)) for name in texts]
    return [section(_("基本信息"), *fields)]


register_kind(
    ReviewKind(
        INSTRUMENT,
        _("仪器入网"),
        freeze=freeze,
        matter=Matter.INSTRUMENTS,
        organization=lambda instrument: instrument.organization,
        region=lambda instrument: instrument.region or instrument.organization.region,
        title=lambda instrument: f"{instrument} · {instrument.number}",
        icon="microscope",
    )
)
