"""Showing an instrument to the public, and taking it back."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gongyi.catalog import search
from gongyi.catalog.models import Instrument
from gongyi.catalog.rules import classified, keeper, unit_active
from gongyi.organizations.models import Organization
from gongyi.organizations.workflow import OrganizationFlow
from gongyi.workflow import SYSTEM, Step, Workflow
from gongyi.workflow.forms import ReasonForm

S = Instrument.Status


class InstrumentFlow(Workflow):
    """Only published instruments are found and booked; their past stays when they are disabled."""

    model = Instrument
    title = _("仪器")
    initial = (S.DRAFT, S.PUBLISHED)
    main_path = (S.DRAFT, S.PUBLISHED)
    related = ("organization",)

    publish = Step(
        _("发布"), (S.DRAFT, S.DISABLED), S.PUBLISHED, by=keeper, needs=(classified, unit_active), tone="success"
    )
    disable = Step(_("停用"), S.PUBLISHED, S.DISABLED, by=keeper, form=ReasonForm, tell=keeper, tone="danger")
    go_with_unit = Step(_("随单位退出停用"), S.PUBLISHED, S.DISABLED, by=SYSTEM)


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
