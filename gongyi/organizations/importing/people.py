"""A list of a unit's people for its administrator: accounts are opened, known people join, members get what is added."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib.auth.hashers import is_password_usable, make_password
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from gongyi.accounts import services as accounts
from gongyi.accounts.models import User
from gongyi.audit.models import AuditEvent
from gongyi.audit.services import record
from gongyi.imports.registry import Imported, Importer, Plan, Planned, Scope, Verdict, used_by
from gongyi.kit.pinyin import sort_key
from gongyi.kit.spreadsheets import Column, Row
from gongyi.kit.spreadsheets.columns import plain
from gongyi.notifications.models import Notification
from gongyi.notifications.services import notify
from gongyi.organizations.importing import checks
from gongyi.organizations.importing.places import Departments
from gongyi.organizations.models import Membership, Organization
from gongyi.organizations.rules import may_keep_accounts, may_manage
from gongyi.organizations.services import MEMBERSHIP
from gongyi.organizations.services.units import lock, still_here

Role = Membership.Role
GIVEN = (
    Role.UNIT_ADMIN,
    Role.FINANCE,
    Role.REVIEWER,
)  # the accounts of laboratories and sub-users are opened elsewhere
IDENTIFIERS = ("username", "email", "phone")


class PeopleImporter(Importer):
    """People are known again by user name, e-mail or phone, and never doubled; roles are only added, never taken."""

    name = "organizations.people"
    label = gettext_lazy("人员")
    measure = gettext_lazy("人")

    def may_use(self, user: Any, context_id: int | None) -> bool:
        unit = Organization.objects.filter(pk=context_id).first() if context_id else None
        return unit is not None and user.is_active and may_manage(user, unit)

    def context_label(self, context_id: int | None) -> str:
        return str(_unit(context_id))

    def home_url(self, context_id: int | None) -> str:
        return reverse("organizations:people", args=[context_id])

    def upload_url(self, context_id: int | None) -> str:
        return reverse("organizations:import_people", args=[context_id])

    def columns(self, context_id: int | None) -> Sequence[Column]:
        departments = Departments(_unit(context_id))
        return (
            Column("name", _("姓名"), required=True, max_length=50, example="林知远"),
            Column(
                "username", _("用户名"), required=True, max_length=50, aliases=("登录名", "工号", "学号", "工号/学号", "账号"),
                check=checks.username, help=_("如工号、学号；登录用，之后不能改。"), example="2026010001",
            ),
            Column(
                "email", _("邮箱"), max_length=100, aliases=("电子邮箱", "E-mail", "电子邮件"), check=checks.e_mail, width=26,
                help=_("新开账号必填，设置密码的邮件会发到这里。"), example="lin@example.cn",
            ),
            Column("phone", _("手机号"), max_length=20, aliases=("手机", "手机号码", "联系电话"), check=checks.mobile, example="13900001234"),
            Column(
                "department", _("院系/实验室"), max_length=200, aliases=("院系", "部门", "实验室", "所在部门"), choices=list(departments.paths),
                check=departments.fault, help=_("写全路径，如 材料学院/电镜实验室；应已在「院系与实验室」里。"), width=28, example="材料学院/电镜实验室",
            ),
            Column(
                "roles", _("角色"), kind="choices", choices={str(role.label): role.value for role in GIVEN},
                help=_("不填即为普通成员；只增加，不取消已有的角色。"), width=20, example="单位管理员",
            ),
        )  # fmt: skip

    def notes(self, context_id: int | None) -> Sequence[str]:
        return (
            _(
                "已有账号的人按用户名、邮箱或手机号认出，直接加入本单位，不会重复开户；导入后新开账号的人会收到设置密码的邮件。"
            ),
            _("院系和实验室须先建好；角色只增加，不取消。"),
        )

    def lock(self, scope: Scope) -> None:
        still_here(lock(Organization(pk=scope.context_id)))

    def prepare(self, rows: Sequence[Row], scope: Scope) -> Iterator[Plan]:
        unit = _unit(scope.context_id)
        wanted = [(row, _cleaned(row)) for row in rows]
        known = _Known(unit, [values for _row, values in wanted])
        departments = Departments(unit)
        appoints = may_keep_accounts(scope.actor, unit)
        for row, values in wanted:
            plan = self._plan(row, values, known, departments)
            if not appoints and Role.UNIT_ADMIN in values["roles"]:
                plan = Plan.wrong(plan.label, ("roles", _("子用户不能任命单位管理员，请由主账号导入。")))  # S4-74
            yield plan

    def _plan(self, row: Row, values: dict[str, Any], known: "_Known", departments: Departments) -> Plan:
        label = _("%(name)s（%(username)s）") % values
        if problems := known.said_before(row.number, values):
            return Plan(Verdict.DUPLICATE, label, problems=problems)
        user, problems = known.meant_by(values)
        if row["department"]:
            values["department"] = departments.find(row["department"])
        if user is None and not values["email"] and not problems:
            problems.append(("email", _("新开账号要有邮箱：设置密码的邮件会发到这里。")))
        if problems:
            return Plan.wrong(label, *problems)
        if user is None:
            return Plan(Verdict.NEW, label, data={"account": values}, changes=_of_account(values, departments))
        return _place(label, user, values, known.places[user.pk], departments)

    def apply(self, rows: Sequence[Planned], scope: Scope) -> Sequence[Mapping]:
        unit = _unit(scope.context_id)
        opened = _open_accounts([row for row in rows if "account" in row.data], scope)
        users = User.objects.in_bulk([row.data["user"] for row in rows if "user" in row.data])
        batch = _Batch(unit, scope.actor)
        for row in rows:
            if "account" in row.data:
                data = row.data["account"]
                batch.place(
                    row.number, opened[row.number], data["roles"], data["department"], held=(), tell=False
                )  # a mail tells them
            else:
                data = row.data
                department = data["department"] if data["department"] else data["was_in"]
                batch.place(row.number, users[data["user"]], data["roles"], department, held=data["held"], tell=True)
        made = batch.write()
        if opened:
            mails: list[Any] = [{"user_pk": user.pk, "welcome": True} for user in opened.values()]
            app.configure_task(accounts.RESET_MAIL).batch_defer(*mails)  # as accounts.queue_reset_mail, many at once
        return [_effect(row, opened, made[row.number]) for row in rows]

    def obstacles(self, rows: Sequence[Imported], scope: Scope) -> Mapping[int, str]:
        made = {pk: row.number for row in rows for pk in row.effect["memberships"]}
        memberships = Membership.objects.in_bulk(list(made))
        users = User.objects.select_for_update(no_key=True).order_by("pk").in_bulk([row.effect["user"] for row in rows])
        opened = [row.effect["user"] for row in rows if row.effect["account"]]
        # Messages are about the account, and the places are looked at one by one below.
        ours = {Membership._meta.label: Q(pk__in=list(made)), Notification._meta.label: True}
        used = used_by(User, opened, without=ours)
        used_places = used_by(Membership, list(made))
        present = _departments_of(scope.context_id, list(users))
        found: dict[int, str] = {}
        for row in rows:
            effect, user = row.effect, users.get(row.effect["user"])
            if user is None:
                found[row.number] = _("账号已不存在")
            elif effect["account"] and (user.last_login or is_password_usable(user.password)):
                found[row.number] = _("已设置密码或登录过")
            elif effect["account"] and any(getattr(user, n) != v for n, v in effect["account"].items()):
                found[row.number] = _("个人资料已修改")
            elif effect["account"] and user.pk in used:
                found[row.number] = _("已有%s") % "、".join(used[user.pk])
            elif any(pk not in memberships or memberships[pk].ended_at for pk in effect["memberships"]):
                found[row.number] = _("角色已调整或已离开单位")
            elif used_places.keys() & set(effect["memberships"]):
                found[row.number] = _("在本单位的身份已被使用")
            elif present.get(user.pk) != effect["department"]:
                found[row.number] = _("院系已调整")
        return found or self._last_administrators(rows, scope, memberships)

    def _last_administrators(
        self, rows: Sequence[Imported], scope: Scope, made: Mapping[int, Membership]
    ) -> dict[int, str]:
        """A unit is not left without an administrator who can sign in."""
        appointed = [pk for pk, membership in made.items() if membership.role == Role.UNIT_ADMIN]
        held = Membership.objects.current().filter(
            organization_id=scope.context_id, role=Role.UNIT_ADMIN, user__is_active=True
        )
        if not appointed or held.exclude(pk__in=appointed).exists():
            return {}
        row = next(row for row in rows if set(row.effect["memberships"]) & set(appointed))
        return {row.number: _("撤销后单位就没有管理员了")}

    def undo(self, rows: Sequence[Imported], scope: Scope) -> None:
        now = timezone.now()
        opened = [row.effect["user"] for row in rows if row.effect["account"]]
        made = [pk for row in rows for pk in row.effect["memberships"]]
        Membership.objects.filter(pk__in=made).exclude(user__in=opened).update(ended_at=now)
        back: defaultdict[int | None, list[int]] = defaultdict(list)
        for row in rows:
            if row.effect["department"] != row.effect["was_in"]:
                back[row.effect["was_in"]].append(row.effect["user"])
        for department, users in back.items():
            _places(scope.context_id).filter(user__in=users).update(department_id=department)
        User.objects.filter(pk__in=opened).delete()
        unit = _unit(scope.context_id)
        record(scope.actor, unit, _("撤销批量导入人员"), before={"people": len(rows), "accounts": len(opened)})


class _Known:
    """The people the list may mean, where they stand in the unit, and what was said in an earlier row."""

    def __init__(self, unit: Organization, wanted: Sequence[Mapping[str, Any]]) -> None:
        texts = {w[name] for w in wanted for name in IDENTIFIERS if w[name]}
        found = User.objects.alias(upper=Upper("username")).filter(
            Q(upper__in={t.upper() for t in texts}) | Q(email__in={t.lower() for t in texts}) | Q(phone__in=texts)
        )
        self.users: dict[str, User] = {}
        for user in found:
            for text in (user.phone, user.email, user.username):
                if text:
                    self.users.setdefault(text.lower(), user)
        self.places: defaultdict[int, list[Membership]] = defaultdict(list)
        keys = {user.pk for user in self.users.values()}
        for membership in Membership.objects.current().filter(organization=unit, user__in=keys):
            self.places[membership.user_id].append(membership)
        self.rows: dict[str, int] = {}

    def said_before(self, number: int, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        problems = []
        for name in IDENTIFIERS:
            if values[name]:
                first = self.rows.setdefault(values[name].lower(), number)
                if first != number:
                    problems.append((name, _("与第 %s 行相同，请只留一行或更正。") % first))
        return problems

    def meant_by(self, values: Mapping[str, Any]) -> tuple[User | None, list[tuple[str, str]]]:
        """The person a row is about, and what contradicts that. Of other people's accounts nothing is told."""
        found = {name: self.users.get(values[name].lower()) for name in IDENTIFIERS if values[name]}
        people = {user.pk: user for user in found.values() if user}
        if not people:
            return None, []
        if len(people) > 1:
            names = [name for name, user in found.items() if user]
            return None, [(name, _("用户名、邮箱、手机号分属不同的账号，请核对。")) for name in names[1:]]
        (user,) = people.values()
        first = next(name for name, match in found.items() if match)
        if not user.is_active:
            return user, [(first, _("这个账号已停用。请联系平台管理员启用后再导入。"))]
        if plain(user.name).replace(" ", "") != plain(values["name"]).replace(" ", ""):
            return user, [("name", _("与这个账号登记的姓名不符。请核对姓名，或更正用户名、邮箱、手机号。"))]
        problems = []
        for name in IDENTIFIERS:
            stored = getattr(user, name)
            if values[name] and stored and stored.lower() != values[name].lower():
                problems.append((name, _("与这个人已有账号登记的不同。请核对；本人可在个人资料里修改。")))
        return user, problems


class _Batch:
    """Places of many people in the unit, written together."""

    def __init__(self, unit: Organization, actor: User) -> None:
        self.unit, self.actor = unit, actor
        self.memberships: list[tuple[int, Membership]] = []
        self.moved: defaultdict[int | None, list[int]] = defaultdict(list)
        self.events: list[AuditEvent] = []
        self.told: defaultdict[tuple[str, ...], list[User]] = defaultdict(list)
        self.numbers: list[int] = []

    def place(
        self, number: int, user: User, roles: Sequence[str], department: int | None, *, held: Sequence[str], tell: bool
    ) -> None:
        self.numbers.append(number)
        missing = [role for role in dict.fromkeys([Role.MEMBER.value, *roles]) if role not in held]
        for role in missing:
            membership = Membership(user=user, organization=self.unit, role=role, department_id=department)
            self.memberships.append((number, membership))
        if held:
            self.moved[department].append(user.pk)
        before, after = _labels(held), _labels({*held, *missing})
        self.events.append(
            AuditEvent(
                content_type=ContentType.objects.get_for_model(Organization), object_id=self.unit.pk, actor=self.actor,
                actor_name=str(self.actor)[:50], object_label=str(self.unit)[:200],
                what=_("调整角色") if held else _("加入单位"), before=_words(user, before), after=_words(user, after),
            )
        )  # fmt: skip
        if tell:
            self.told[tuple(after)].append(user)

    def write(self) -> dict[int, list[int]]:
        """Write everything; the keys of the memberships made, by row number."""
        Membership.objects.bulk_create([membership for _number, membership in self.memberships])
        for department, users in self.moved.items():
            _places(self.unit.pk).filter(user__in=users).update(department_id=department)
        AuditEvent.objects.bulk_create(self.events)
        for labels, people in self.told.items():
            notify(
                [user for user in people if user.pk != self.actor.pk],
                title=_("%(unit)s：批量导入") % {"unit": self.unit.name},
                body=_("%(who)s：您现在的角色：%(roles)s。") % {"who": self.actor, "roles": "、".join(labels)},
                url=self.unit.get_absolute_url(),
                kind=MEMBERSHIP,
            )
        made: dict[int, list[int]] = {number: [] for number in self.numbers}
        for number, membership in self.memberships:
            made[number].append(membership.pk)
        return made


def _open_accounts(rows: Sequence[Planned], scope: Scope) -> dict[int, User]:
    """Accounts without a password for new people, as accounts.create_person opens them, many at once."""
    users = {}
    for row in rows:
        data = row.data["account"]
        users[row.number] = User(
            name=data["name"], name_key=sort_key(data["name"]), username=data["username"], email=data["email"],
            phone=data["phone"], password=make_password(None),
        )  # fmt: skip
    User.objects.bulk_create(users.values())
    kind = ContentType.objects.get_for_model(User)
    AuditEvent.objects.bulk_create(
        AuditEvent(
            content_type=kind, object_id=user.pk, actor=scope.actor, actor_name=str(scope.actor)[:50],
            object_label=str(user)[:200], what=_("开通账号"), after={"username": user.username, "name": user.name},
        )
        for user in users.values()
    )  # fmt: skip
    return users


def _of_account(values: Mapping[str, Any], departments: Departments) -> list[tuple[str, str, str]]:
    """What opening an account means, for people to read."""
    changes = [(_("账号"), "", _("新开，设置密码的邮件发到 %s") % values["email"])]
    if values["department"]:
        changes.append((_("院系/实验室"), "", departments.names[values["department"]]))
    if values["roles"]:
        changes.append((_("角色"), "", "、".join(_labels(values["roles"]))))
    return changes


def _place(
    label: str, user: User, values: Mapping[str, Any], places: Sequence[Membership], departments: Departments
) -> Plan:
    """What becomes of somebody who has an account."""
    held = sorted(place.role for place in places)
    was_in = next((place.department_id for place in places if place.role != Role.LABORATORY), None)
    added = [role for role in values["roles"] if role not in held]
    moves = values["department"] is not None and values["department"] != was_in
    data = {
        "user": user.pk, "held": held, "was_in": was_in, "roles": added, "department": values["department"] if moves else None,
    }  # fmt: skip
    changes = []
    if not held:
        changes.append((_("账号"), _("已有账号"), _("加入本单位")))
    if added:
        changes.append((_("角色"), "、".join(_labels(held)), "、".join(_labels({*held, *added}))))
    if moves:
        changes.append(
            (_("院系/实验室"), departments.names.get(was_in or 0, ""), departments.names[values["department"]])
        )
    if not changes:
        return Plan(Verdict.SAME, label)
    return Plan(Verdict.CHANGED if held else Verdict.NEW, label, data=data, changes=changes)


def _effect(row: Planned, opened: Mapping[int, User], memberships: list[int]) -> Mapping:
    if "account" in row.data:
        data = row.data["account"]
        account = {name: data[name] for name in ("name", "username", "email", "phone")}
        return {
            "user": opened[row.number].pk, "account": account, "memberships": memberships, "department": data["department"],
            "was_in": data["department"],
        }  # fmt: skip
    department = row.data["department"] or row.data["was_in"]
    return {
        "user": row.data["user"], "account": None, "memberships": memberships, "department": department,
        "was_in": row.data["was_in"] if row.data["held"] else department,
    }  # fmt: skip


def _unit(context_id: int | None) -> Organization:
    return Organization.objects.get(pk=context_id or 0)


def _places(unit_pk: int | None) -> Any:
    """Current places whose department may be set here: that of a laboratory's account is its laboratory."""
    return Membership.objects.current().filter(organization_id=unit_pk).exclude(role=Role.LABORATORY)


def _departments_of(unit_pk: int | None, users: Sequence[int]) -> dict[int, int | None]:
    rows = _places(unit_pk).filter(user__in=users).order_by("-pk")
    return dict(rows.values_list("user", "department"))


def _cleaned(row: Row) -> dict[str, Any]:
    return {
        "name": row["name"],
        "username": plain(row["username"]),
        "email": plain(row["email"]).lower() or None,
        "phone": plain(row["phone"]) or None,
        "department": None,
        "roles": row["roles"],
    }


def _labels(roles: Any) -> list[str]:
    return [str(role.label) for role in Role if role in roles]


def _words(user: User, labels: list[str]) -> dict:
    return {"person": user.name, "username": user.username, "roles": labels}
