"""Writing many instruments at once: new ones by COPY with their search entries, changes by one statement for a batch."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.subjects import subject_names
from gongyi.audit.models import AuditEvent
from gongyi.catalog import search
from gongyi.catalog.importing.classes import ClassGuesser
from gongyi.catalog.importing.cleaning import Cleaned
from gongyi.catalog.importing.columns import HEADERS
from gongyi.catalog.importing.words import LISTS
from gongyi.catalog.models import Instrument, InstrumentClass, Price
from gongyi.catalog.search.documents import LISTED_TIERS, Thesaurus, document, facets_of
from gongyi.catalog.services.numbers import Numbers
from gongyi.imports.copying import copy_rows, new_keys
from gongyi.imports.registry import Planned, Verdict
from gongyi.kit.pinyin import sort_key
from gongyi.organizations.importing.places import Departments, Regions
from gongyi.organizations.models import Department, Organization

FIELDS, PLATFORMS, PRICE = "service_fields", "innovation_platforms", "price_"
SERVED = Instrument.service_fields.through
BELONGS = Instrument.innovation_platforms.through
# What an import itself writes beside an instrument does not keep it from being taken back.
OWN: dict[str, Any] = {model._meta.label: True for model in (Price, SERVED, BELONGS)}
DELETED_WITH = ((Price, "instrument"), (SERVED, "instrument"), (BELONGS, "instrument"))


@dataclass
class State:
    """An instrument as it stands, as far as lists can change it."""

    pk: int
    status: str
    values: dict[str, Any]
    prices: dict[str, Decimal] = field(default_factory=dict)
    service_fields: list[int] = field(default_factory=list)
    platforms: list[int] = field(default_factory=list)

    def plain(self, key: str) -> Any:
        """The present value of what `differences` calls so, as JSON."""
        if key == FIELDS:
            return sorted(self.service_fields)
        if key == PLATFORMS:
            return sorted(self.platforms)
        if key.startswith(PRICE):
            return plain(self.prices.get(key.removeprefix(PRICE)))
        return plain(self.values[key])


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def plain_prices(prices: Mapping[str, Decimal]) -> dict[str, str]:
    return {tier: f"{rate:.2f}" for tier, rate in sorted(prices.items())}


def typed(name: str, value: Any) -> Any:
    """A value of JSON as the field takes it."""
    kind: Any = Instrument._meta.get_field(name)
    return kind.to_python(value) if value is not None else None


NOT_READ = {"id", "tsv", "facets", "name_key", "created_at", "updated_at", "listed_rate", "last_heartbeat_at"}
READ = [f.attname for f in Instrument._meta.concrete_fields if f.name not in NOT_READ]


def states(keys: Sequence[int]) -> dict[int, State]:
    """The instruments as they stand, in four queries."""
    if not keys:
        return {}
    found = {
        row["pk"]: State(row["pk"], row["status"], row)
        for row in Instrument.objects.filter(pk__in=keys).values("pk", *READ)
    }
    for pk, tier, rate in Price.objects.filter(instrument__in=keys).values_list("instrument", "tier", "hourly_rate"):
        found[pk].prices[tier] = rate
    for pk, chosen in SERVED.objects.filter(instrument__in=keys).values_list("instrument", "servicefield"):
        found[pk].service_fields.append(chosen)
    for pk, chosen in BELONGS.objects.filter(instrument__in=keys).values_list("instrument", "innovationplatform"):
        found[pk].platforms.append(chosen)
    return found


def as_new(row: Cleaned) -> dict[str, Any]:
    """All that is needed to add the row as an instrument."""
    values = row.guessed | {name: value for name, value in row.values.items() if value not in (None, "")}
    return {
        "values": {name: plain(value) for name, value in values.items()},
        "prices": {tier: f"{rate:.2f}" for tier, rate in row.prices.items()},
        FIELDS: sorted(row.guessed_fields if row.service_fields is None else set(row.service_fields)),
        PLATFORMS: sorted(set(row.platforms or ())),
    }


def differences(row: Cleaned, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands before and after, of what the row fills in; a guess fills only what is empty."""
    wanted = {name: value for name, value in row.guessed.items() if not state.values[name]}
    wanted |= {name: value for name, value in row.values.items() if value not in (None, "")}
    was, now = {}, {}
    for name, value in wanted.items():
        if state.values[name] != value:
            was[name], now[name] = plain(state.values[name]), plain(value)
    for tier, rate in row.prices.items():
        if state.prices.get(tier) != rate:
            was[PRICE + tier], now[PRICE + tier] = state.plain(PRICE + tier), f"{rate:.2f}"
    for key, chosen in ((FIELDS, row.service_fields), (PLATFORMS, row.platforms)):
        if chosen is not None and sorted(set(chosen)) != state.plain(key):
            was[key], now[key] = state.plain(key), sorted(set(chosen))
    return was, now


def title(key: str) -> str:
    """What people call what `differences` calls so."""
    return HEADERS.get(key) or HEADERS.get(key.removesuffix("_id")) or _("无所属创新平台")


class Words:
    """Values as people read them."""

    def __init__(
        self, guesser: ClassGuesser, regions: Regions, departments: Departments, platforms: Mapping[str, int]
    ) -> None:
        self._names: dict[str, Mapping[Any, str]] = {
            "region_id": regions.labels, "department_id": departments.names, FIELDS: {pk: name for name, pk in guesser.fields.items()},
            PLATFORMS: {pk: name for name, pk in platforms.items()},
            "funding_sources": {value: str(label) for value, label in LISTS["funding_sources"].choices.choices},
        }  # fmt: skip
        self._guesser = guesser

    def title(self, key: str) -> str:
        return title(key)

    def of(self, key: str, value: Any) -> str:
        if value in (None, "", []):
            return ""
        if key == "instrument_class_id":
            return self._guesser.name(value)
        if key == "subject_codes":
            return "、".join(subject_names(value))
        if names := self._names.get(key):
            return (
                "、".join(names.get(v, str(v)) for v in value) if isinstance(value, list) else names.get(value, value)
            )
        if isinstance(value, bool):
            return _("是") if value else _("否")
        choices = getattr(Instrument._meta.get_field(key), "choices", None) if not key.startswith(PRICE) else None
        return str(dict(choices or ()).get(value, value))


class Storing:
    """Writes the batches of one import into one unit."""

    def __init__(self, unit: Organization, actor: Any, *, publish: bool) -> None:
        self.unit, self.actor, self.publish = unit, actor, publish
        self._numbers = Numbers()
        self._thesaurus = Thesaurus() if publish else None
        self._classes = InstrumentClass.objects.in_bulk() if publish else {}
        self._departments = Department.objects.filter(organization=unit).in_bulk() if publish else {}
        self._kind = ContentType.objects.get_for_model(Instrument).pk
        self._columns, self._defaults = _defaults()
        self._place = {name: place for place, name in enumerate(self._columns)}

    def write(self, rows: Sequence[Planned]) -> list[Mapping]:
        """Add and change; what each row did, to take it back by."""
        added = iter(self.add([row.data for row in rows if row.verdict == Verdict.NEW]))
        stamps = self.change([row.data for row in rows if row.verdict == Verdict.CHANGED], what=_("批量导入"))
        return [
            next(added) if row.verdict == Verdict.NEW else {**row.data, "stamp": stamps[row.data["pk"]].isoformat()}
            for row in rows
        ]

    def add(self, items: Sequence[Mapping]) -> list[Mapping]:
        """New instruments under the next numbers of the unit, as drafts or published."""
        if not items:
            return []
        now = timezone.now()
        keys = new_keys(Instrument, len(items))
        status = Instrument.Status.PUBLISHED if self.publish else Instrument.Status.DRAFT
        lines, events = [], []
        for pk, item in zip(keys, items, strict=True):
            values = {name: typed(name, value) for name, value in item["values"].items()}
            code = values.get("instrument_class_id")
            values |= {
                "id": pk, "organization_id": self.unit.pk, "number": self._numbers.next(self.unit, code), "status": status.value,
                "name_key": sort_key(values["name"])[:100], "created_at": now, "updated_at": now, "listed_rate": _listed(item["prices"]),
            }  # fmt: skip
            values.setdefault("region_id", self.unit.region_id)
            if self.publish and self.unit.status == "active":
                values |= self._entry(values, item[FIELDS])
            line = list(self._defaults)
            for name, value in values.items():
                line[self._place[name]] = value
            lines.append(line)
            events.append((pk, values["name"], None, {"编号": values["number"]}))
        copy_rows(Instrument, self._columns, lines)
        self._beside(keys, items)
        self._record(events, _("批量导入"), now)
        at = now.isoformat()
        return [
            {"pk": pk, "at": at, "status": status.value, "prices": dict(sorted(item["prices"].items()))}
            for pk, item in zip(keys, items, strict=True)
        ]

    def _entry(self, values: Mapping[str, Any], fields: Sequence[int]) -> dict[str, Any]:
        """What the search index holds of it; the same that indexing it later would write."""
        names = {name: value for name, value in values.items() if name not in ("tsv", "facets")}
        instrument = Instrument(**names)
        instrument.organization = self.unit
        instrument.department = self._departments.get(values.get("department_id"))
        instrument.instrument_class = self._classes.get(values.get("instrument_class_id"))
        assert self._thesaurus is not None
        return {
            "tsv": str(document(instrument, self._thesaurus)),
            "facets": facets_of(instrument, values["listed_rate"], fields),
        }

    def _beside(self, keys: Sequence[int], items: Sequence[Mapping]) -> None:
        pairs = list(zip(keys, items, strict=True))
        copy_rows(
            Price, ("instrument_id", "tier", "hourly_rate", "startup_fee", "minimum_fee"),
            [(pk, tier, rate, 0, 0) for pk, item in pairs for tier, rate in item["prices"].items()],
        )  # fmt: skip
        copy_rows(SERVED, ("instrument_id", "servicefield_id"), [(pk, f) for pk, item in pairs for f in item[FIELDS]])
        copy_rows(
            BELONGS,
            ("instrument_id", "innovationplatform_id"),
            [(pk, p) for pk, item in pairs for p in item[PLATFORMS]],
        )

    def change(self, items: Sequence[Mapping], *, what: str) -> dict[int, datetime]:
        """Set what each item names as `now`, what stood before is noted beside it; when each was changed last before.

        An item with a `stamp` is a change taken back: it was last changed then.
        """
        if not items:
            return {}
        now = timezone.now()
        instruments = Instrument.objects.defer("tsv", "facets").in_bulk([item["pk"] for item in items])
        names: set[str] = set()
        events, stamps = [], {}
        for item in items:
            instrument = instruments[item["pk"]]
            stamps[instrument.pk] = instrument.updated_at
            for name, value in item["now"].items():
                if name not in (FIELDS, PLATFORMS) and not name.startswith(PRICE):
                    setattr(instrument, name, typed(name, value))
                    names.add(name.removesuffix("_id"))
            instrument.name_key = sort_key(instrument.name)[:100]
            instrument.updated_at = datetime.fromisoformat(item["stamp"]) if "stamp" in item else now
            words = {side: {title(key): value for key, value in item[side].items()} for side in ("was", "now")}
            events.append((instrument.pk, instrument.name, words["was"], words["now"]))
        Instrument.objects.bulk_update(instruments.values(), [*sorted(names), "name_key", "updated_at"])
        self._change_beside(items)
        self._record(events, what, now)
        search.index(list(instruments))
        return stamps

    def _change_beside(self, items: Sequence[Mapping]) -> None:
        for through, key, column in (
            (SERVED, FIELDS, "servicefield_id"),
            (BELONGS, PLATFORMS, "innovationplatform_id"),
        ):
            touched = {item["pk"]: item["now"][key] for item in items if key in item["now"]}
            through.objects.filter(instrument__in=list(touched)).delete()
            copy_rows(through, ("instrument_id", column), [(pk, v) for pk, chosen in touched.items() for v in chosen])
        gone: defaultdict[str, list[int]] = defaultdict(list)
        rates = []
        for item in items:
            for name, rate in item["now"].items():
                if name.startswith(PRICE) and rate is None:
                    gone[name.removeprefix(PRICE)].append(item["pk"])
                elif name.startswith(PRICE):
                    rates.append(Price(instrument_id=item["pk"], tier=name.removeprefix(PRICE), hourly_rate=rate))
        for tier, keys in gone.items():
            Price.objects.filter(instrument__in=keys, tier=tier).delete()
        Price.objects.bulk_create(
            rates, update_conflicts=True, unique_fields=["instrument", "tier"], update_fields=["hourly_rate"]
        )

    def _record(self, events: Iterable[tuple[int, str, Any, Any]], what: str, at: datetime) -> None:
        encode = DjangoJSONEncoder(ensure_ascii=False).encode
        who, name = getattr(self.actor, "pk", None), str(self.actor or "")[:50]
        copy_rows(
            AuditEvent,
            (
                "content_type_id", "object_id", "actor_id", "actor_name", "at", "object_label", "what", "before", "after", "reason",
            ),
            [
                (self._kind, pk, who, name, at, label[:200], what, None if old is None else encode(old), encode(new), "")
                for pk, label, old, new in events
            ],
        )  # fmt: skip


def delete(keys: Sequence[int]) -> None:
    """Take away instruments nothing refers to; what does makes the database refuse."""
    for model, name in DELETED_WITH:
        rows = model._base_manager.filter(**{f"{name}__in": keys})
        rows._raw_delete(rows.db)
    gone = Instrument._base_manager.filter(pk__in=keys)
    gone._raw_delete(gone.db)


def _defaults() -> tuple[list[str], list[Any]]:
    """The columns of the table, and what stands in each of an instrument of which nothing is known."""
    fresh = Instrument()
    fields = Instrument._meta.concrete_fields
    values = [f.get_db_prep_save(getattr(fresh, f.attname), connection) for f in fields]
    return [str(f.column) for f in fields], values


def _listed(prices: Mapping[str, str]) -> Decimal | None:
    """The rate shown and sorted by, as indexing would find it."""
    rate = next((prices[tier.value] for tier in LISTED_TIERS if tier.value in prices), None)
    return Decimal(rate) if rate is not None else None
