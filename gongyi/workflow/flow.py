"""The one door: a status changes only in `Workflow.fire()`, which locks, checks, acts, records and announces at once."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.db import models, transaction
from django.forms import BaseForm, Field
from django.forms.models import BaseModelForm
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.models import FlowRecord
from gongyi.audit.queries import last_record
from gongyi.audit.services import record_step
from gongyi.kit.refusal import Refused
from gongyi.kit.when import format_when
from gongyi.notifications.services import notify, register_kind
from gongyi.workflow.forms import StepForm


class Role:
    """Who stands to an object in a certain way ("the booker"); `a | b` is anyone who is either.

    `test(obj, user)` decides for one person; `people(obj)` lists them, which only roles that are told need.
    """

    def __init__(self, label: Any, test: Callable[[Any, Any], bool], people: Callable[[Any], Iterable] | None = None):
        self.label = label
        self.parts: tuple[Role, ...] = (self,)
        self._test, self._people = test, people

    def __or__(self, other: Role) -> Role:
        both = Role(format_lazy("{}{}{}", self.label, gettext_lazy("或"), other.label), self._test)
        both.parts = self.parts + other.parts
        return both

    def test(self, obj: Any, user: Any) -> bool:
        if user is None:  # the clock
            return SYSTEM in self.parts
        return bool(user.is_authenticated) and any(part._test(obj, user) for part in self.parts)

    @property
    def lists_people(self) -> bool:
        return all(part._people for part in self.parts)

    def people(self, obj: Any) -> list:
        """Everyone in this role, once each."""
        found = {user.pk: user for part in self.parts if part._people for user in part._people(obj) if user}
        return list(found.values())


SYSTEM = Role(gettext_lazy("系统"), lambda obj, user: False, people=lambda obj: ())

Need = Callable[..., "str | Refused | None"]


class Step:
    """One row of a process: from which statuses to which, by whom, with what input, if what holds, and who is told.

    Without a target the status stays, so editing is a step too. The label is the verb on the button.
    """

    name: str

    def __init__(
        self,
        label: Any,
        source: Any,
        target: Any = None,
        *,
        by: Role,
        form: type[BaseForm] | None = None,
        needs: Need | tuple[Need, ...] = (),
        tell: Role | None = None,
        tone: str = "",
        confirm: Any = "",
    ) -> None:
        self.label, self.by, self.form, self.tell, self.tone, self.confirm = label, by, form, tell, tone, confirm
        self.sources = tuple(source) if isinstance(source, tuple | list | set | frozenset) else (source,)
        self.target = target
        self.needs: tuple[Need, ...] = (needs,) if callable(needs) else tuple(needs)
        self.effects: list[Callable] = []
        self.followers: list[Callable] = []

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<Step {self.name}>"

    @property
    def fields(self) -> dict[str, Field]:
        """The input fields by name, as declared."""
        return getattr(self.form, "base_fields", {})

    def does(self, effect: Callable) -> Callable:
        """Run `effect(obj, *, actor, **data)` inside the step, row locked, before the status changes.

        What it sets on `obj` is saved with the status; what it returns (a dict) stands in the record; it may raise
        Refused; it makes no network calls. The clock acts as `actor=None`.
        """
        self.effects.append(effect)
        return effect

    def then(self, follower: Callable) -> Callable:
        """Run `follower(obj, *, actor, **data)` in the same transaction after the step: for apps above this one."""
        self.followers.append(follower)
        return follower

    def bind(self, obj: Any, actor: Any, data: Any = None, files: Any = None) -> BaseForm | None:
        """The form of this step about `obj`, on a copy, so that refused input leaves the object alone."""
        if self.form is None:
            return None
        extra: dict[str, Any] = {"instance": copy.copy(obj)} if issubclass(self.form, BaseModelForm) else {}
        if issubclass(self.form, StepForm):
            extra |= {"obj": obj, "actor": actor}
        return self.form(data, files, **extra)


@dataclass(frozen=True)
class Offer:
    """A step this person may see now; `refusal` greys it and says why."""

    step: Step
    refusal: Refused | None = None


WORKFLOWS: dict[str, type[Workflow]] = {}


class Workflow:
    """A process: the table of its steps. Never instantiated."""

    model: ClassVar[type[models.Model]]
    field: ClassVar[str] = "status"
    name: ClassVar[str] = ""  # "reservations.reservation"; a second table over the same model must name itself
    title: ClassVar[Any] = ""  # what people call it; the model's name unless given
    initial: ClassVar[tuple] = ()  # statuses an object may be created in; the field's default unless given
    main_path: ClassVar[tuple] = ()  # statuses of the step bar; derived unless given
    related: ClassVar[tuple[str, ...]] = ()  # relations the checks and effects read, fetched with the row
    steps: ClassVar[dict[str, Step]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.steps = {}
        for owner in reversed(cls.__mro__):
            cls.steps |= {name: value for name, value in vars(owner).items() if isinstance(value, Step)}
        if clash := [name for name in cls.steps if hasattr(Workflow, name)]:
            raise TypeError(f"{cls.__name__}: a step may not be called {clash[0]!r}")
        if "model" not in vars(cls) and not hasattr(cls, "model"):
            return  # a table others build on
        if "name" not in vars(cls):
            cls.name = cls.model._meta.label_lower
        if WORKFLOWS.setdefault(cls.name, cls) is not cls:
            raise TypeError(f"{cls.__name__}: {WORKFLOWS[cls.name].__name__} is already called {cls.name!r}; set name=")
        cls.title = cls.title or cls.model._meta.verbose_name
        default = cls.status_field().get_default()
        cls.initial = cls.initial or ((default,) if default else ())
        register_kind(cls.name, cls.title)

    @staticmethod
    def applies(obj: Any) -> bool:
        """Whether this table governs the object; for models with several tables."""
        return True

    @classmethod
    def status_field(cls) -> models.Field:
        return cast(models.Field, cls.model._meta.get_field(cls.field))

    @classmethod
    def status_label(cls, value: Any) -> str:
        return str(dict(cls.status_field().flatchoices).get(value, value))

    @classmethod
    def path(cls) -> tuple:
        """The statuses of the step bar: `main_path`, else from the first one always along the first step that leads on."""
        if cls.main_path or not cls.initial:
            return cls.main_path
        path = [cls.initial[0]]
        while ahead := [
            step.target
            for step in cls.steps.values()
            if path[-1] in step.sources
            and step.target is not None
            and step.target not in path
            and step.by is not SYSTEM
        ]:
            path.append(ahead[0])
        return tuple(path)

    @classmethod
    def fire(cls, obj: Any, name: str, /, *, actor: Any, acting_for: Any = None, **data: Any) -> Any:
        """Take the step `name` for `actor` (SYSTEM for the clock) and return the object as it now stands.

        All or nothing: the row is read again under a lock, everything is checked on what it says then, and the effects,
        the new status, the record and the messages are one transaction. Raises Refused with a sentence; of many
        simultaneous clicks one is done and the others are refused. `data` is the cleaned input of the step's form.
        """
        step = cls.step(name)
        who = None if actor is SYSTEM else actor
        with transaction.atomic():
            row = cls._lock(obj)
            if refusal := cls.refusal(row, step, who) or cls._incomplete(step, data):
                raise refusal
            before = _values(row)
            if step.form and issubclass(step.form, BaseModelForm):
                for field_name in step.fields.keys() & data.keys():
                    row._meta.get_field(field_name).save_form_data(row, data[field_name])
            facts: dict[str, Any] = {}
            for effect in step.effects:
                facts |= effect(row, actor=who, **data) or {}
            source = getattr(row, cls.field)
            if step.target is not None:
                setattr(row, cls.field, getattr(step.target, "value", step.target))
            _save_changes(row, before)
            comment = str(data.get("reason") or data.get("comment") or "")
            cls._record(row, step.name, step.label, source, who, acting_for, comment, facts)
            cls._tell(row, step.tell, step.label, who, comment)
            for follower in step.followers:
                follower(row, actor=who, **data)
        for field in row._meta.concrete_fields:
            setattr(obj, field.attname, getattr(row, field.attname))
        return row

    @classmethod
    def opened(
        cls,
        obj: Any,
        label: Any,
        *,
        actor: Any,
        acting_for: Any = None,
        tell: Role | None = None,
        comment: str = "",
        **facts: Any,
    ) -> None:
        """Record (and announce) that `obj` was just created in its present status; call it in that transaction."""
        who = None if actor is SYSTEM else actor
        cls._record(obj, "", label, "", who, acting_for, comment, facts)
        cls._tell(obj, tell, label, who, comment)

    @classmethod
    def offered(cls, obj: Any, user: Any) -> list[Offer]:
        """The steps `user` may see on `obj` now, in table order; those that must wait carry the refusal."""
        if not cls.applies(obj) or user is None:
            return []
        roles: dict[Role, bool] = {}
        offers = []
        for step in cls.steps.values():
            if getattr(obj, cls.field) not in step.sources:
                continue
            if step.by not in roles:
                roles[step.by] = step.by.test(obj, user)
            if roles[step.by]:
                offers.append(Offer(step, cls._unmet(obj, step, user)))
        return offers

    @classmethod
    def step(cls, name: str) -> Step:
        try:
            return cls.steps[name]
        except KeyError:
            raise Refused(_("没有名为「%s」的操作。") % name, code="unknown_step") from None

    @classmethod
    def refusal(cls, obj: Any, step: Step, user: Any) -> Refused | None:
        """Why `user` (None: the clock) may not take `step` on `obj` as it stands, or None."""
        if not cls.applies(obj):
            return Refused(_("这项操作不适用于该%s。") % cls.title, code="not_applicable")
        if getattr(obj, cls.field) not in step.sources:
            return cls._stale(obj, step)
        if not step.by.test(obj, user):
            return Refused(
                _("只有%(role)s可以%(step)s。") % {"role": step.by.label, "step": step.label}, code="not_allowed"
            )
        return cls._unmet(obj, step, user)

    @classmethod
    def _unmet(cls, obj: Any, step: Step, user: Any) -> Refused | None:
        for need in step.needs:
            if answer := need(obj, actor=user):
                return answer if isinstance(answer, Refused) else Refused(answer, code=need.__name__)
        return None

    @classmethod
    def _stale(cls, obj: Any, step: Step) -> Refused:
        """Say what happened meanwhile: the usual reason is that somebody else clicked first."""
        last = last_record(obj, cls.name)
        words = {
            "object": cls.title,
            "step": step.label,
            "status": cls.status_label(getattr(obj, cls.field)),
            "who": last.who if last else "",
            "when": format_when(last.at) if last else "",
            "last": last.label if last else "",
        }
        if last and last.step == step.name:
            return Refused(
                _("该%(object)s已由%(who)s于 %(when)s %(step)s，无需重复操作。") % words, code="already_done"
            )
        if last and last.step:
            sentence = _("该%(object)s已由%(who)s于 %(when)s %(last)s，现为「%(status)s」，不能再%(step)s。")
        else:
            sentence = _("该%(object)s现为「%(status)s」，不能%(step)s。")
        return Refused(sentence % words, code="wrong_status")

    @classmethod
    def _incomplete(cls, step: Step, data: dict[str, Any]) -> Refused | None:
        """Callers that bypass the form may not bypass what it requires."""
        for name, field in step.fields.items():
            if field.required and data.get(name) in field.empty_values:
                return Refused(_("请填写「%s」。") % (field.label or name), code="invalid")
        return None

    @classmethod
    def _lock(cls, obj: Any) -> Any:
        rows = cls.model._base_manager.filter(pk=obj.pk)
        row = rows.select_for_update(of=("self",), no_key=True).first()
        if row is None:
            raise Refused(_("该%s已不存在。") % cls.title, code="gone")
        # Joined in a second statement: under the lock, in the first, they could belong to the row's older version.
        return rows.select_related(*cls.related).get() if cls.related else row

    @classmethod
    def _record(
        cls, row: Any, step: str, label: Any, source: str, actor: Any, acting_for: Any, comment: str, facts: dict
    ) -> FlowRecord:
        return record_step(
            row, flow=cls.name, step=step, label=str(label), from_status=source, to_status=getattr(row, cls.field),
            actor=actor, acting_for=acting_for, comment=comment, data=facts, at=timezone.now(),
        )  # fmt: skip

    @classmethod
    def _tell(cls, row: Any, role: Role | None, label: Any, actor: Any, comment: str) -> None:
        if role is None:
            return
        users = [user for user in role.people(row) if actor is None or user.pk != actor.pk]
        title, body = cls.message(row, label, actor, comment)
        notify(users, title=title, body=body, url=row.get_absolute_url(), kind=cls.name)

    @classmethod
    def message(cls, obj: Any, label: Any, actor: Any, comment: str) -> tuple[str, str]:
        """Title and body of what the people of `tell=` read; a process may phrase its own."""
        title = f"{cls.title} {obj}：{cls.status_label(getattr(obj, cls.field))}"
        body = _("%(who)s：%(label)s") % {"who": actor or SYSTEM.label, "label": label}
        return title, f"{body}。{comment}" if comment else body


def flows_of(obj: Any) -> list[type[Workflow]]:
    """The tables that govern this object, in the order they were declared."""
    return [flow for flow in WORKFLOWS.values() if isinstance(obj, flow.model) and flow.applies(obj)]


def _values(row: models.Model) -> dict[str, Any]:
    return {field.attname: copy.deepcopy(getattr(row, field.attname)) for field in _stored(row)}


def _stored(row: models.Model) -> list[models.Field]:
    return [field for field in row._meta.concrete_fields if not field.generated and not field.primary_key]


def _save_changes(row: models.Model, before: dict[str, Any]) -> None:
    """Write only what changed, so that columns an effect updated by query are not overwritten with old values."""
    changed = {field.name for field in _stored(row) if getattr(row, field.attname) != before[field.attname]}
    if changed:
        touched = {field.name for field in _stored(row) if getattr(field, "auto_now", False)}
        row.save(update_fields=changed | touched)
