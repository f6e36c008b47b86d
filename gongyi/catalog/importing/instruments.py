"""A list of one unit's instruments: new ones become drafts (or are published, where the platform's administrator imports),
known ones get what is filled in (S1-42)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.importing import storing
from gongyi.catalog.importing.classes import ClassGuesser
from gongyi.catalog.importing.cleaning import Cleaned, Cleaner
from gongyi.catalog.importing.columns import EXTRA, template
from gongyi.catalog.importing.known import Known
from gongyi.catalog.models import Instrument
from gongyi.imports.registry import Imported, Importer, Plan, Planned, Scope, Verdict, used_by
from gongyi.kit.spreadsheets import Column, Row
from gongyi.onboarding.models import InnovationPlatform
from gongyi.organizations.importing.places import Departments, Regions
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import may_manage
from gongyi.organizations.services.units import lock, still_here

BATCH = 500
S = Instrument.Status
# What a keeper may not change by a list: it is being looked at, or it is over.
LOCKED = {
    S.PENDING: gettext_lazy("这台仪器正在审核，不能修改。请先撤回，或等审核结束。"),
    S.SCRAPPED: gettext_lazy("这台仪器已报废，不能修改。请先撤销报废，或删去这一行。"),
}


class InstrumentImporter(Importer):
    """Instruments are known again by their number in the unit, else by name, model and serial number, and never doubled.

    What a list leaves open stays as it is. A unit's own list makes drafts, to be completed and submitted; the platform
    administrator's is itself the review and publishes at once.
    """

    name = "catalog.instruments"
    label = gettext_lazy("仪器")
    measure = gettext_lazy("台")
    max_rows = 50_000
    max_bytes = 60 * 1024 * 1024
    streams = True

    def may_use(self, user: Any, context_id: int | None) -> bool:
        unit = Organization.objects.filter(pk=context_id).first() if context_id else None
        return unit is not None and user.is_active and may_manage(user, unit)

    def context_label(self, context_id: int | None) -> str:
        return str(_unit(context_id))

    def home_url(self, context_id: int | None) -> str:
        return f"{reverse('catalog:list')}?organization={context_id}"

    def upload_url(self, context_id: int | None) -> str:
        return reverse("catalog:import_into", args=[context_id])

    def columns(self, context_id: int | None) -> Sequence[Column]:
        return (*template(_unit(context_id)), *EXTRA)

    def template_columns(self, context_id: int | None) -> Sequence[Column]:
        return template(_unit(context_id))

    def notes(self, context_id: int | None) -> Sequence[str]:
        return (
            _("已有的仪器按所在单位仪器编号认出，没有编号的按名称、型号和出厂编号；填了的更新，空着的保持原样。"),
            _("写不准的可以留空，导入后再补；看得懂但要核对的会逐行逐列提示，看不懂的不会导入。"),
            _("由单位导入的新仪器先存为草稿，补全后提交审核；由平台管理员导入的即视为已审核，直接发布。"),
            _("图片导入后再上传：可以打成一个 ZIP，按所在单位仪器编号命名。"),
        )

    def after(self, run: Any, user: Any) -> Sequence[tuple[str, str]]:
        unit = run.context_id
        return (
            (_("上传照片"), reverse("catalog:import_photos", args=[unit])),
            (_("补全并提交审核"), f"{reverse('catalog:drafts')}?run={run.pk}"),
        )

    def lock(self, scope: Scope) -> None:
        still_here(lock(Organization(pk=scope.context_id)))

    # what would become of each row

    def prepare(self, rows: Iterable[Row], scope: Scope) -> Iterator[Plan]:
        unit = _unit(scope.context_id)
        selectable = InnovationPlatform.objects.selectable_for(unit)
        platforms = dict(selectable.values_list("name", "pk"))
        departments = Departments(unit)
        cleaner = Cleaner(ClassGuesser(), Regions(), departments, platforms)
        known = Known(unit)
        words = storing.Words(cleaner.guesser, cleaner.regions, departments, platforms)
        stream = iter(rows)
        while batch := [cleaner.clean(row, row.number) for row in islice(stream, BATCH)]:
            yield from self._plans(batch, known, words)

    def _plans(self, batch: list[Cleaned], known: Known, words: "storing.Words") -> Iterator[Plan]:
        meant: list[tuple[Cleaned, int | None, list[tuple[str, str]]]] = []
        for row in batch:
            faults: list[tuple[str, str]] = []
            match = None
            if not row.problems:
                faults = known.said_before(row)
                if not faults:
                    match = known.find(row)
            meant.append((row, match, faults))
        states = storing.states([match for _row, match, _faults in meant if match])
        for row, match, faults in meant:
            label = _label(row)
            if row.problems:
                yield Plan(Verdict.WRONG, label, problems=row.problems, notes=row.notes)
            elif faults:
                yield Plan(Verdict.DUPLICATE, label, problems=faults, notes=row.notes)
            elif match is None:
                yield Plan(Verdict.NEW, label, data=storing.as_new(row), notes=row.notes)
            else:
                yield self._change(row, label, states[match], words)

    def _change(self, row: Cleaned, label: str, state: "storing.State", words: "storing.Words") -> Plan:
        was, now = storing.differences(row, state)
        if not now:
            return Plan(Verdict.SAME, label, data={"pk": state.pk})
        if state.status in LOCKED:
            return Plan.wrong(label, ("", str(LOCKED[S(state.status)])))
        changes = [(words.title(key), words.of(key, was[key]), words.of(key, now[key])) for key in now]
        data = {"pk": state.pk, "was": was, "now": now}
        return Plan(Verdict.CHANGED, label, data=data, changes=changes, notes=row.notes)

    # doing it, and taking it back

    def apply(self, rows: Sequence[Planned], scope: Scope) -> Sequence[Mapping]:
        batch = scope.memory.get("storing")
        if batch is None:
            publish = scope.memory.get("publish", scope.actor is not None and scope.actor.is_staff)
            batch = scope.memory["storing"] = storing.Storing(_unit(scope.context_id), scope.actor, publish=publish)
        return batch.write(rows)

    def obstacles(self, rows: Sequence[Imported], scope: Scope) -> Mapping[int, str]:
        created = [row.effect["pk"] for row in rows if "at" in row.effect]
        used = used_by(Instrument, created, without=storing.OWN)
        found: dict[int, str] = {}
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            keys = [row.effect["pk"] for row in some]
            locked = Instrument.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys)
            stamps = dict(locked.order_by("pk").values_list("pk", "updated_at"))
            states = storing.states(keys)
            for row in some:
                if fault := _obstacle(row.effect, states.get(row.effect["pk"]), stamps, used):
                    found[row.number] = fault
        return found

    def undo(self, rows: Sequence[Imported], scope: Scope) -> None:
        created = [row.effect["pk"] for row in rows if "at" in row.effect]
        storing.delete(created)
        writer = storing.Storing(_unit(scope.context_id), scope.actor, publish=False)
        back = [row.effect for row in rows if "was" in row.effect]
        for start in range(0, len(back), BATCH):
            some = back[start : start + BATCH]
            back_again = [{"pk": e["pk"], "was": e["now"], "now": e["was"], "stamp": e["stamp"]} for e in some]
            writer.change(back_again, what=_("撤销批量导入"))


def _obstacle(effect: Mapping, state: "storing.State | None", stamps: Mapping, used: Mapping) -> str:
    if state is None:
        return _("已不存在")
    if "at" in effect:
        if state.status != effect["status"]:
            return _("已%s") % S(state.status).label if state.status != S.DRAFT else _("状态已变")
        if stamps[state.pk].isoformat() != effect["at"]:
            return _("资料已修改")
        if storing.plain_prices(state.prices) != effect["prices"]:
            return _("价格已修改")
        return _("已有%s") % "、".join(used[state.pk]) if state.pk in used else ""
    altered = [storing.title(key) for key, value in effect["now"].items() if state.plain(key) != value]
    return _("%s 已修改") % "、".join(altered) if altered else ""


def _label(row: Cleaned) -> str:
    name, model = row.values.get("name", ""), row.values.get("model", "")
    number = row.values.get("internal_no", "")
    return " ".join(filter(None, (name, model, f"（{number}）" if number else "")))


def _unit(context_id: int | None) -> Organization:
    return Organization.objects.get(pk=context_id or 0)
