"""What an app declares to have its lists imported: columns, what would become of each row, doing it, and taking it back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from gongyi.kit.choices import StatusChoices
from gongyi.kit.spreadsheets import Column, Grid, Row, open_grid


class Verdict(StatusChoices):
    NEW = "new", _("新增"), "ok"
    CHANGED = "changed", _("更新"), "act_"
    SAME = "same", _("无变化"), "idle"
    DUPLICATE = "duplicate", _("重复"), "wait"
    WRONG = "wrong", _("有问题"), "bad"


GOOD = (Verdict.NEW, Verdict.CHANGED)  # what an import writes; SAME needs nothing, the others are left out


@dataclass(frozen=True)
class Scope:
    """Into what and for whom: the context's key (a unit, or None for the whole platform) and the person.

    `memory` is what an importer keeps from batch to batch of one check or one import; `file` is the list itself.
    """

    context_id: int | None
    actor: Any
    file: Any = None
    memory: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Plan:
    """What would become of one row.

    `problems` are (column name or "", sentence); with one, the verdict is WRONG or DUPLICATE. `notes` are the same about what
    was understood but should be looked at: they refuse nothing. `changes` are (label, before, after) for people to read.
    `data` is JSON: all that `apply` needs, and nothing else, for a plan that differs when the import begins from the one
    that was looked at is not carried out.
    """

    verdict: str
    label: str = ""
    data: Mapping = field(default_factory=dict)
    problems: Sequence[tuple[str, str]] = ()
    changes: Sequence[tuple[str, str, str]] = ()
    notes: Sequence[tuple[str, str]] = ()

    @classmethod
    def wrong(cls, label: str, *problems: tuple[str, str]) -> "Plan":
        return cls(Verdict.WRONG, label, problems=problems)


@dataclass(frozen=True)
class Planned:
    """A row to import: its number in the file, NEW or CHANGED, what it is about, and the plan's data."""

    number: int
    verdict: str
    label: str
    data: Mapping


@dataclass(frozen=True)
class Imported:
    """A row that was imported: what `apply` noted about it, to take it back by."""

    number: int
    label: str
    effect: Mapping


class Importer:
    """One kind of list. Subclass it, and register one object of the class in the app's `importing` module.

    The mechanism calls every method with a whole list or a batch, so that none needs a query per row. `prepare` must not
    write; `apply` and `undo` run inside one transaction with everything else of the run.
    """

    name: str  # "organizations.people"
    label: Any  # 人员
    measure: Any = _("条")
    row: Any = _("行")  # what people call one of them in the file
    max_rows = 5_000
    max_bytes = 10 * 1024 * 1024
    is_table = True  # a table has a template, columns to match, and gives its bad rows back to be corrected
    suffixes: tuple[str, ...] = (".xlsx", ".csv")
    formats: Any = _("Excel 或 WPS 的 .xlsx，或 .csv")
    streams = False  # whether `prepare` takes rows one by one, so that a list of any length needs the same memory

    @property
    def size_limit(self) -> str:
        """`max_bytes` for people to read."""
        return f"{self.max_bytes // 1024 // 1024} MB"

    def may_use(self, user: Any, context_id: int | None) -> bool:
        """Whether the person may import into this context, now; asked at every step."""
        raise NotImplementedError

    def context_label(self, context_id: int | None) -> str:
        """The name of the context, "" for the whole platform."""
        return ""

    def home_url(self, context_id: int | None) -> str:
        """The list that was imported into."""
        raise NotImplementedError

    def upload_url(self, context_id: int | None) -> str:
        """The page on which the corrected file is uploaded."""
        raise NotImplementedError

    def columns(self, context_id: int | None) -> Sequence[Column]:
        """The columns, with what their drop-downs offer."""
        raise NotImplementedError

    def template_columns(self, context_id: int | None) -> Sequence[Column]:
        """Those of the list to fill in; what else is understood stands in no template."""
        return self.columns(context_id)

    def notes(self, context_id: int | None) -> Sequence[str]:
        """Sentences for the upload page and the template's explanation sheet."""
        return ()

    def how(self, context_id: int | None) -> Sequence[tuple[str, str]]:
        """The steps the upload page shows, in title and sentence; those of a table when empty."""
        return ()

    def after(self, run: Any, user: Any) -> Sequence[tuple[str, str]]:
        """What there is to do once the import is done: (words, address)."""
        return ()

    def open(self, file: Any, context_id: int | None, mapping: Mapping[str, str]) -> Grid:
        """The list in the file; raises Unreadable with a sentence."""
        return open_grid(
            file, self.columns(context_id), max_rows=self.max_rows, max_bytes=self.max_bytes, mapping=mapping
        )

    def lock(self, scope: Scope) -> None:
        """Lock what the import relies on, in the order of all locks; called first in the import's and the undo's transaction."""

    def prepare(self, rows: Iterable[Row], scope: Scope) -> Iterable[Plan]:
        """Yield a plan for every row, in their order. The rows' cells are well formed; nothing is written.

        An importer that streams reads what it judges by before its first plan: while it goes on, earlier rows are written.
        """
        raise NotImplementedError

    def apply(self, rows: Sequence[Planned], scope: Scope) -> Sequence[Mapping]:
        """Write a batch; return for each row, in order, JSON that says what was created and what stood before."""
        raise NotImplementedError

    def obstacles(self, rows: Sequence[Imported], scope: Scope) -> Mapping[int, str]:
        """Why rows (by number) can't be taken back: changed or used since. Empty when all can."""
        raise NotImplementedError

    def undo(self, rows: Sequence[Imported], scope: Scope) -> None:
        """Take everything back; only called when there are no obstacles."""
        raise NotImplementedError


IMPORTERS: dict[str, Importer] = {}


def register_importer(importer: Importer) -> Importer:
    """Make a kind of list known; once per name."""
    if IMPORTERS.setdefault(importer.name, importer) is not importer:
        raise ValueError(f"an importer named {importer.name!r} is registered already")
    return importer


def used_by(
    model: type[models.Model], keys: Iterable[int], *, without: Mapping[str, Any] | None = None
) -> dict[int, list[str]]:
    """What refers to these rows, in whatever app: key → names of the kinds.

    `without` names what does not count: a model's label → a Q of its rows to leave out, or True for all of them.
    """
    wanted = list(keys)
    found: dict[int, list[str]] = {}
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or not relation.is_relation:
            continue
        if getattr(relation, "on_delete", None) is models.DO_NOTHING or relation.many_to_many:
            continue  # rows of a history remember and do not hold; the table between says what many-to-many holds
        other = relation.related_model
        skip = (without or {}).get(other._meta.label)
        if skip is True:
            continue
        name = relation.field.name
        rows = other._base_manager.filter(**{f"{name}__in": wanted})
        if skip is not None:
            rows = rows.exclude(skip)
        for key in set(rows.values_list(name, flat=True)):
            kinds = found.setdefault(key, [])
            kind = str(other._meta.verbose_name)
            if kind not in kinds:
                kinds.append(kind)
    return found
