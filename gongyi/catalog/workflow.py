"""An instrument from its draft through the one review to its being disabled or scrapped."""

from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gongyi.catalog import search
from gongyi.catalog.endings import Ending, in_the_way, what_becomes
from gongyi.catalog.models import Instrument, RunningStatus
from gongyi.catalog.registration import PARTS, files_of, sections
from gongyi.catalog.rules import classified, keeper, registered, unit_active
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
    complete = (unit_active, registered)
    next_steps: ClassVar[dict[str, Any]] = ReviewedFlow.next_steps | {
        S.PUBLISHED: _("仪器已公开，可以被查到；请设置价格和预约规则。以后修改资料不需要再审核。"),
    }

    disable = Step(
        _("停用"), S.PUBLISHED, S.DISABLED, by=keeper, form=ReasonForm, needs=in_the_way(Ending.DISABLE), tell=keeper,
        tone="danger", confirm=what_becomes(Ending.DISABLE),
    )  # fmt: skip
    enable = Step(_("启用"), S.DISABLED, S.PUBLISHED, by=keeper, needs=(classified, unit_active), tone="success")
    scrap = Step(
        _("报废"), (S.PUBLISHED, S.DISABLED), S.SCRAPPED, by=keeper, form=ReasonForm, needs=in_the_way(Ending.SCRAP),
        tell=keeper, tone="danger", confirm=what_becomes(Ending.SCRAP),
    )  # fmt: skip
    restore = Step(_("撤销报废"), S.SCRAPPED, S.DISABLED, by=keeper, form=ReasonForm, tell=keeper)
    go_with_unit = Step(_("随单位退出停用"), S.PUBLISHED, S.DISABLED, by=SYSTEM)


@InstrumentFlow.scrap.does
def note_that_it_is_gone(instrument: Instrument, *, actor: Any, **data: Any) -> None:
    """Among the running states it counts as 报废 from now on (S0-50)."""
    instrument.running_status = RunningStatus.SCRAPPED


@InstrumentFlow.restore.does
def let_it_run_again(instrument: Instrument, *, actor: Any, **data: Any) -> None:
    """Scrapped by mistake: it stands there as before; an app above knows whether it was broken."""
    instrument.running_status = RunningStatus.ONLINE


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
    """What a reviewer reads of an instrument: every part of its registration in words, with its pictures and papers."""
    parts = [
        section(part.title, *(entry(name, label, text) for name, label, text in rows))
        for part, rows in sections(instrument)
    ]
    uploads = [entry(key, label, text, files=files) for key, label, text, files in files_of(instrument)]
    return [*parts, section(PARTS[-1].title, *uploads)]


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
