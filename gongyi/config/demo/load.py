"""Loads the demo once: units, people, the real instruments through the product's own import, accounts, rules, history."""

import csv
import random
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from gongyi.accounts.models import ReportProfile, User
from gongyi.catalog.models import Instrument, InstrumentManager, Price
from gongyi.config.demo import (
    capabilities,
    fees,
    history,
    joining,
    joining_verification,
    plans,
    registering,
    shortlist,
    showcase,
)
from gongyi.config.demo.cast import CAST, PASSWORD, SUBJECTS, Person, colleague_name
from gongyi.config.demo.clock import Clock, moved
from gongyi.config.demo.world import UNITS
from gongyi.kit.pinyin import sort_key
from gongyi.ledger import services as ledger
from gongyi.ledger.models import AccountMember, DefaultAccount, PaymentAccount
from gongyi.notifications.models import Notification
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.reservations.models import BookingRules, OpeningHours, Qualification

DATA = Path(__file__).parent / "data"
COLLEAGUES = 60
SEED = 20261121
ACCOUNTS_OPENED_DAYS_AGO = 45
# The real instruments the cast's manager looks after: (word of the name, word of the model).
DESK = (
    ("场发射扫描电子显微镜", ""), ("扫描电子显微镜", "EVO"), ("核磁共振波谱仪", ""), ("X-射线衍射仪", ""), ("流式细胞分选仪", "Jazz"),
    ("同步热分析仪", ""), ("动态力学分析仪", ""), ("基因测序仪", "NovaSeq 6000"), ("基因测序仪", "MiSeq"), ("电感耦合等离子体质谱仪", ""),
    ("超高效液相色谱-质谱联用仪", ""), ("差示扫描量热仪", "DSC2000"), ("原子吸收光谱仪", ""), ("离子色谱仪", "ED50"),
)  # fmt: skip
Report = Callable[[str], None]


def is_loaded() -> bool:
    return Organization.objects.filter(code=UNITS[0].code).exists()


def is_somebodys() -> bool:
    """Whether real organizations stand here, which the demo must not mix with."""
    return Organization.objects.exists()


@transaction.atomic
def load(say: Report) -> None:
    """Fill an empty site with the demo; `say` receives one line per stage. Refuses nothing: call `is_loaded` first."""
    dice = random.Random(SEED)
    say("单位和院系")
    units, departments = _units()
    say("人员")
    people = _people(units, departments)
    say("1,260 台真实仪器（经产品自己的导入）")
    _instruments(units, people["admin"], dice)
    say("管理员、价格、规则")
    desk = _furnish(units, departments, people, dice)
    say("付款账户和资格")
    with moved(
        Clock(timezone.now() - timedelta(days=ACCOUNTS_OPENED_DAYS_AGO))
    ):  # the money is there before it is spent
        accounts = _accounts(units, departments, people, dice)
    _default_accounts(units, people, accounts)
    _qualifications(desk, people)
    say("六周的预约和使用")
    history.play(people=people, accounts=accounts, dice=dice, say=say)
    say("主管部门、管理单位和入网单位")
    joining.load(units, people)
    say("强检申请方和创新平台")
    joining_verification.load(units, people)
    say("登记完整的仪器，和在途的登记")
    registering.register(units, people)
    say("机构的证书、资质和案例")
    showcase.show(units, people["admin"])
    say("检测和计量能力")
    capabilities.offer(units, people["admin"])
    say("产业专题和服务方案")
    plans.load(units, people["admin"])
    say("预选清单")
    shortlist.put_aside(people)
    _read_old_messages()


def _units() -> tuple[dict[str, Organization], dict[tuple[str, str], Department]]:
    units, departments = {}, {}
    for unit in UNITS:
        units[unit.code] = Organization.objects.create(
            code=unit.code, name=unit.name, short_name=unit.short_name, kind=unit.kind, region_id=unit.region,
            address=unit.address, phone=unit.phone, introduction=unit.introduction,
        )  # fmt: skip
        for name in unit.departments:
            departments[unit.code, name] = Department.objects.create(organization=units[unit.code], name=name)
    return units, departments


def _people(units, departments) -> dict[str, User]:
    password = make_password(PASSWORD)
    now = timezone.now()
    everyone = list(CAST) + list(_colleagues())
    users = User.objects.bulk_create(
        User(
            username=person.username,
            name=person.name,
            name_key=sort_key(person.name),
            password=password,
            email=f"{person.username}@example.com",
            phone=f"139{zlib.crc32(person.username.encode()) % 10**8:08d}",
            title=person.title,
            is_staff=person.is_staff,
            profile_confirmed_at=None if person.username == "newcomer" else now,
        )
        for person in everyone
    )
    people = {user.username: user for user in users}
    for person in everyone:
        Membership.objects.bulk_create(
            Membership(
                user=people[person.username],
                organization=units[person.organization],
                department=departments.get((person.organization, person.department)),
                role=role,
            )
            for role in person.roles
        )
    ReportProfile.objects.bulk_create(
        ReportProfile(
            user=people[person.username],
            project_name=f"{person.department or '本单位'}平台测试",
            project_funding="2" if person.organization == "WJU" else "15",
            project_no=f"2026{index:04d}",
            subject_codes=[SUBJECTS.get(person.department, "430")],
            service_purpose="135",
            service_target="120" if person.organization == "WJU" else "130",
            applicant_unit=units[person.organization].name,
        )
        for index, person in enumerate(everyone)
        if person.organization and person.username != "newcomer"
    )
    return people


def _colleagues() -> Iterator[Person]:
    """People of every unit: managers of its instruments (`m-…`), group leaders (`p-…`) and users (`u-…`)."""
    number = 0
    for unit in UNITS:
        if not unit.share:
            continue
        for department in unit.departments:
            kinds = ("m", "p", "u", "u") if unit.code == "WJU" else ("m", "p", "u")
            for kind in kinds:
                roles = (
                    ("member", "unit_admin", "finance")
                    if (kind == "m" and department == unit.departments[0] and unit.code != "WJU")
                    else ("member",)
                )
                yield Person(
                    f"{kind}-{unit.code.lower()}-{number}", colleague_name(number), "", unit.code, department, roles,
                    {"m": "工程师", "p": "教授", "u": ""}[kind],
                )  # fmt: skip
                number += 1


def _instruments(units, admin, dice) -> None:
    from gongyi.catalog.services import import_instruments

    with (DATA / "instruments_real.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    owners = dice.choices(
        [units[unit.code] for unit in UNITS if unit.share],
        weights=[unit.share for unit in UNITS if unit.share],
        k=len(rows),
    )
    home = units[UNITS[0].code]
    owner = {row["id"]: unit for row, unit in zip(rows, owners, strict=True)}
    for name, model in DESK:
        row = next((row for row in rows if name in row["name"] and model in row["model"]), None)
        if row:
            owner[row["id"]] = home
    import_instruments(rows=rows, organization_for=lambda row: owner[row["id"]], actor=admin)


def _furnish(units, departments, people, dice) -> list[Instrument]:
    """Give every instrument a department, place, manager, contact and prices; return those of the cast's manager."""
    links, prices = [], []
    changed = []
    managers = {}
    for membership in Membership.objects.filter(user__username__startswith="m-", role="member").select_related("user"):
        managers[membership.department_id] = membership.user
    own = {}
    for (code, _name), department in departments.items():
        own.setdefault(units[code].pk, []).append(department)
    center = departments["WJU", "分析测试中心"]
    desk = list(_of_the_manager(units["WJU"]))
    for instrument in Instrument.objects.select_related("organization").order_by("pk"):
        department = own[instrument.organization_id][
            zlib.crc32(instrument.name.encode()) % len(own[instrument.organization_id])
        ]
        if instrument in desk:
            department = center
        instrument.department = department
        manager = people["manager"] if instrument in desk else managers[department.pk]
        links.append(InstrumentManager(instrument=instrument, user=manager))
        instrument.region_id = instrument.organization.region_id
        instrument.location = f"{department.name} {dice.choice('ABCD')}{dice.randint(1, 6)}{dice.randint(1, 28):02d}"
        instrument.contact_name = manager.name
        instrument.contact_phone = instrument.organization.phone
        instrument.user_notice = instrument.user_notice or (
            "首次使用须经管理员培训并授权。请提前 5 分钟到达，用完清理台面并登记。样品须注明成分与危险特性，易燃、有毒、强磁样品请先与管理员联系。"
        )
        instrument.sample_requirements = (
            instrument.sample_requirements or "样品量与形态请先与管理员确认；粉末须干燥，液体须密封并标明溶剂。"
        )
        instrument.featured = instrument in desk
        prices += fees.prices_of(instrument)
        changed.append(instrument)
    Instrument.objects.bulk_update(
        changed,
        [
            "department",
            "region",
            "location",
            "contact_name",
            "contact_phone",
            "user_notice",
            "sample_requirements",
            "featured",
        ],
        batch_size=500,
    )
    InstrumentManager.objects.bulk_create(links)
    Price.objects.bulk_create(prices)
    _rules(units, desk)
    from gongyi.catalog.services import index

    index(Instrument.objects.all())
    return desk


def _of_the_manager(unit: Organization) -> Iterator[Instrument]:
    """One instrument of the unit for each entry of DESK, as far as the import made one."""
    for name, model in DESK:
        found = (
            Instrument.objects.filter(organization=unit, name__contains=name, model__contains=model)
            .order_by("pk")
            .first()
        )
        if found:
            yield found


def _rules(units, desk) -> None:
    """The cast's university opens Monday to Saturday; a few of its instruments have rules of their own."""
    unit_rules, _created = BookingRules.objects.update_or_create(
        organization=units["WJU"],
        defaults={
            "cancel_deadline_minutes": 360,
            "late_cancel_percent": 50,
            "min_notice_minutes": 30,
            "review_normal": True,
        },
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(rules=unit_rules, weekday=weekday, opens_minute=8 * 60, closes_minute=22 * 60)
        for weekday in range(1, 7)
    )
    for instrument, buffer, longest in zip(desk, (30, 15, 0, 30, 0, 15), (240, 480, 240, 360, 480, 240), strict=False):
        BookingRules.objects.create(
            instrument=instrument, buffer_after_minutes=buffer, max_minutes=longest, person_hours_per_week=Decimal(12)
        )


def _accounts(units, departments, people, dice) -> list[PaymentAccount]:
    """Payment accounts of every owning unit: for its own groups, and at the cast's unit for groups from outside."""
    accounts: list[PaymentAccount] = []

    def open_account(name, owner, payer, department, leader, members, amount, credit="2000.00"):
        account = PaymentAccount.objects.create(
            code=f"FK{len(accounts) + 1:04d}", name=name, organization=owner, payer=payer, department=department,
            leader=leader, credit_line=Decimal(credit),
        )  # fmt: skip
        AccountMember.objects.create(account=account, user=leader, role="leader")
        AccountMember.objects.bulk_create(
            AccountMember(account=account, user=user, role=role) for user, role in members
        )
        if amount:
            ledger.top_up(
                account=account, amount=Decimal(amount), voucher_no=f"PZ202610{len(accounts) + 1:04d}", actor=people["finance"],
                note="首次充值",
            )  # fmt: skip
        accounts.append(account)
        return account

    home = units["WJU"]
    open_account(
        "先进储能材料课题组", home, home, departments["WJU", "材料学院"], people["leader"],
        [(people["group-manager"], "manager"), (people["senior"], "member"), (people["student"], "member")], "60000.00", "5000.00",
    )  # fmt: skip
    open_account(
        "本科生创新实验组", home, home, departments["WJU", "材料学院"], people["leader"],
        [(people["student"], "member"), (people["newcomer"], "member")], "800.00",
    )  # fmt: skip
    in_department = {}
    for membership in Membership.objects.filter(role="member").select_related("user").order_by("pk"):
        in_department.setdefault(membership.department_id, []).append(membership.user)
    for (code, name), department in departments.items():
        leader = next((user for user in in_department.get(department.pk, []) if user.username.startswith("p-")), None)
        if leader is None:
            continue
        members = [(user, "member") for user in in_department[department.pk] if user.username.startswith("u-")]
        group = f"{leader.name}课题组"
        open_account(
            f"{group}（{name}）", units[code], units[code], department, leader, members, f"{dice.randint(20, 90)}000.00"
        )
        if code != "WJU" and name == UNITS[[u.code for u in UNITS].index(code)].departments[0]:
            open_account(
                f"{group}（{units[code].short_name}，校外）",
                home,
                units[code],
                None,
                leader,
                members,
                f"{dice.randint(30, 80)}000.00",
            )
    return accounts


def _read_old_messages() -> None:
    """Everybody read what is older than two days, and nothing of the past is mailed to anybody."""
    now = timezone.now()
    Notification.objects.filter(dispatched_at=None).update(dispatched_at=now)
    Notification.objects.filter(created_at__lt=now - timedelta(days=2)).update(read_at=now)


def _default_accounts(units, people, accounts) -> None:
    """People of two groups pay with the research group's account unless they say otherwise (S0-82)."""
    DefaultAccount.objects.create(user=people["student"], organization=units["WJU"], account=accounts[0])


def _qualifications(desk, people) -> None:
    """On the cast manager's instruments: `senior` is 资深, `student` is 普通, `newcomer` has none; colleagues vary."""
    next_year = timezone.localdate() + timedelta(days=300)
    rows = []
    for position, instrument in enumerate(desk):
        rows.append((instrument, people["senior"], Qualification.Level.SENIOR, next_year))
        if position < 10:
            rows.append((instrument, people["student"], Qualification.Level.NORMAL, next_year))
    Qualification.objects.bulk_create(
        Qualification(
            instrument=i, user=u, level=level, granted_by=people["manager"], expires_on=until, note="培训考核合格"
        )
        for i, u, level, until in rows
    )
