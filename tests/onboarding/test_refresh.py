"""The yearly update: blocked from the 366th day, at midnight in Shanghai, until confirmed or edited; reminded before (S1-36)."""

from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.accounts.services import create_token
from gongyi.audit.queries import events_of
from gongyi.config.demo.clock import Clock, moved
from gongyi.notifications.models import Notification, TextMessage
from gongyi.onboarding.freshness import due_on, is_overdue, refused_to
from gongyi.onboarding.models import RefreshReminder
from gongyi.onboarding.services.refresh import LIAISON_MAIL, REMINDER, confirm_unchanged, remind
from gongyi.onboarding.services.unit_rules import change_unit_rules
from gongyi.onboarding.tasks import mail_liaison
from gongyi.onboarding.workflow import ApplicationFlow
from gongyi.organizations.models import ContactPerson, Membership, Organization, UnitRules
from gongyi.workflow import Refused
from tests.factories.accounts import person, platform_admin
from tests.factories.joining import approved, authority, change_of, network_draft, retype, submitted
from tests.factories.organizations import join, member, organization, reviewer, unit_admin

pytestmark = pytest.mark.django_db
BACKEND = "gongyi.accounts.backends.AnyIdentifierBackend"
CONFIRMED = "2026-03-10 15:30"


def shanghai(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(text))


@contextmanager
def at(text: str):
    with moved(Clock(shanghai(text))):
        yield


@pytest.fixture
def unit():
    """A unit whose information was last updated on 10 March 2026 at 15:30."""
    return organization("砺锋仪表有限公司", kind="enterprise", info_confirmed_at=shanghai(CONFIRMED))


@pytest.fixture
def admin(unit):
    return unit_admin(unit, "许晴")


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def page_of(unit: Organization) -> str:
    return reverse("onboarding:refresh", args=[unit.pk])


# when


@pytest.mark.parametrize(
    ("confirmed", "now", "overdue"),
    [
        (CONFIRMED, "2027-03-09 12:00", False),  # 364 days later
        (CONFIRMED, "2027-03-10 00:00", False),  # 365
        (CONFIRMED, "2027-03-10 23:59:59", False),
        (CONFIRMED, "2027-03-11 00:00", True),  # 366
        (CONFIRMED, "2027-03-11 23:59", True),
        ("2026-03-10 00:00", "2027-03-10 23:59", False),  # the day counts, not the hour
        ("2026-03-10 23:59:59", "2027-03-11 00:00", True),
        ("2027-06-01 09:00", "2028-05-31 23:59", False),  # a leap day lies between: 365 days end a day earlier
        ("2027-06-01 09:00", "2028-06-01 00:00", True),
        ("2028-02-29 10:00", "2029-02-28 23:59", False),
        ("2028-02-29 10:00", "2029-03-01 00:00", True),
        ("2028-02-28 10:00", "2029-02-27 23:59", False),
        ("2028-02-28 10:00", "2029-02-28 00:00", True),
    ],
)
def test_a_unit_is_overdue_from_midnight_in_shanghai_of_the_366th_day(unit, confirmed, now, overdue):
    Organization.objects.filter(pk=unit.pk).update(info_confirmed_at=shanghai(confirmed))
    unit.refresh_from_db()
    with at(now):
        assert is_overdue(unit) is overdue
        assert (refused_to(unit_admin(unit)) is not None) is overdue


def test_the_period_is_the_platforms_to_set(unit):
    change_unit_rules(actor=platform_admin(), refresh_after_days=180)
    assert due_on(unit, UnitRules.current()) == date(2026, 9, 6)
    with at("2026-09-07 00:00"):
        assert is_overdue(unit)


def test_units_without_the_duty_and_suspended_ones_are_never_overdue(unit):
    assert not is_overdue(organization())
    assert not is_overdue(None)
    unit.status = Organization.Status.SUSPENDED
    with at("2030-01-01 00:00"):
        assert not is_overdue(unit)


# the block


@pytest.mark.parametrize(
    "name",
    ["portal:home", "portal:instruments", "reservations:mine", "portal:desk", "ledger:accounts", "onboarding:choose"],
)
def test_people_of_an_overdue_unit_get_nowhere_else(unit, admin, name):
    for user in (admin, member(unit)):
        with at("2027-03-11 00:00"):
            answer = browser(user).get(reverse(name))
            assert (answer.status_code, answer.url) == (302, page_of(unit))
        with at("2027-03-10 23:59"):
            answer = browser(user).get(reverse(name))
            assert getattr(answer, "url", "") != page_of(unit)


def test_a_post_is_stopped_before_it_does_anything(unit, admin):
    with at("2027-03-11 09:00"):
        answer = browser(admin).post(reverse("organizations:edit_contact", args=[unit.pk]), {"address": "别处"})
    unit.refresh_from_db()
    assert (answer.status_code, answer.url, unit.address) == (302, page_of(unit), "")


def test_a_dialog_leaves_for_the_page_of_the_update(unit, admin):
    with at("2027-03-11 09:00"):
        answer = browser(admin).get(reverse("reservations:mine"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, page_of(unit))


def test_the_administrator_is_asked_to_confirm_or_edit_the_others_learn_whom_to_ask(unit, admin):
    with at("2027-03-11 09:00"):
        own = browser(admin).get(page_of(unit)).content.decode()
        others = browser(member(unit)).get(page_of(unit)).content.decode()
    assert "信息无变化，确认更新" in own
    assert "编辑单位信息" in own
    assert "信息无变化，确认更新" not in others
    assert "请联系单位管理员更新：<b>许晴</b>" in others


def test_own_account_signing_out_and_other_units_stay_possible(unit, admin):
    fine = join(admin, organization("望江大学"))
    with at("2027-03-11 09:00"):
        client = browser(fine)
        assert client.get(reverse("accounts:profile")).status_code == 200
        assert client.get(reverse("accounts:change_password")).status_code == 200
        assert client.get(reverse("notifications:list")).status_code == 200
        other = Organization.objects.get(name="望江大学")
        client.post(reverse("organizations:act_for"), {"organization": other.pk, "next": "/"})
        assert client.get(reverse("reservations:mine")).status_code == 200
        client.post(reverse("organizations:act_for"), {"organization": unit.pk, "next": "/"})
        assert client.get(reverse("reservations:mine")).url == page_of(unit)
        assert client.post(reverse("accounts:sign_out")).status_code == 302
        assert client.get(reverse("portal:home")).status_code == 200


def test_platform_administrators_are_never_stopped(unit):
    both = platform_admin()
    join(both, unit, Membership.Role.UNIT_ADMIN)
    with at("2027-03-11 09:00"):
        assert browser(both).get(reverse("organizations:list")).status_code == 200


def test_who_keeps_a_unit_that_is_not_in_the_network_learns_why_they_are_at_its_registration():
    """S1-22"""
    client = browser(unit_admin(organization("未入网研究院"), "孔安"))

    said = client.get(reverse("onboarding:my_unit"), follow=True).content.decode()
    assert "「未入网研究院」还没有登记为入网单位" in said
    assert "开始填写" in said


def test_strangers_do_not_see_the_page(unit, admin):
    other = unit_admin(organization())
    assert browser(other).get(page_of(unit)).status_code == 404
    assert browser(other).post(reverse("onboarding:confirm_unchanged", args=[unit.pk])).status_code == 404
    unit.refresh_from_db()
    assert unit.info_confirmed_at == shanghai(CONFIRMED)


def test_units_without_the_duty_cost_no_query_more():
    free = member(organization("望江大学"))
    client = browser(free)
    client.get(reverse("accounts:profile"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("notifications:list"))
    assert not [query for query in queries if "unitrules" in query["sql"]]


# lifting it


def test_confirming_begins_a_new_year_and_is_on_record(unit, admin):
    with at("2027-03-20 10:00"):
        client = browser(admin)
        answer = client.post(reverse("onboarding:confirm_unchanged", args=[unit.pk]))
        assert answer.url == page_of(unit)
        assert client.get(reverse("reservations:mine")).status_code == 200
        unit.refresh_from_db()
        assert due_on(unit, UnitRules.current()) == date(2028, 3, 19)
    event = events_of(unit).first()
    assert (event.what, event.actor) == ("确认单位信息无变化", admin)
    assert (event.before["info_confirmed_at"][:10], event.after["info_confirmed_at"][:10]) == (
        "2026-03-10",
        "2027-03-20",
    )


def test_only_the_units_administrators_confirm(unit, admin):
    for user in (member(unit), reviewer(unit), platform_admin(), unit_admin(organization())):
        with pytest.raises(Refused, match="单位管理员"):
            confirm_unchanged(organization=unit, actor=user)
    free = organization()
    with pytest.raises(Refused, match="不需要定期更新"):
        confirm_unchanged(organization=free, actor=unit_admin(free))


def test_a_change_lifts_it_at_once_or_when_it_is_handed_in_for_review():
    judge = authority()
    with at(CONFIRMED):
        applicant = person("许晴")
        unit = approved(network_draft(applicant), judge)
        other = approved(network_draft(applicant), judge)
    with at("2027-03-20 10:00"):
        small = retype(change_of(unit, applicant), "unit", address="创新大道 8 号")
        ApplicationFlow.fire(small, "take_effect", actor=applicant)
        large = retype(change_of(other, applicant), "unit", employee_count="121")
        assert is_overdue(other)
        submitted(large)
        for row in (unit, other):
            row.refresh_from_db()
            assert not is_overdue(row)
            assert timezone.localdate(row.info_confirmed_at) == date(2027, 3, 20)


def test_the_way_to_the_update_is_open_while_everything_else_is_not(unit):
    judge = authority()
    with at(CONFIRMED):
        applicant = person("许晴")
        joined = approved(network_draft(applicant), judge)
    with at("2027-03-20 10:00"):
        client = browser(applicant)
        change = reverse("onboarding:change", args=[joined.pk, "network_unit"])
        assert client.get(change).status_code == 200
        draft = client.post(change).url
        page = client.get(draft, follow=True)
        assert (page.status_code, page.resolver_match.view_name) == (200, "onboarding:part")
        assert client.get(reverse("onboarding:mine")).url == page_of(joined)


# programs


def test_a_program_reads_but_does_not_write_for_an_overdue_unit(unit, admin):
    _token, raw = create_token(admin, "脚本")
    headers = {"Authorization": f"Bearer {raw}"}
    with at("2027-03-11 00:00"):
        write = Client().post("/api/v1/reservations", {}, content_type="application/json", headers=headers)
        read = Client().get("/api/v1/reservations", headers=headers)
    assert (write.status_code, write.json()["code"], read.status_code) == (409, "update_first", 200)
    assert "砺锋仪表有限公司" in write.json()["detail"]
    assert "365 天" in write.json()["detail"]
    with at("2027-03-10 23:59"):
        write = Client().post("/api/v1/reservations", {}, content_type="application/json", headers=headers)
    assert write.status_code == 422


def test_a_session_is_held_to_the_same(unit, admin):
    with at("2027-03-11 00:00"):
        answer = browser(admin).post("/api/v1/reservations", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "update_first")


def test_who_also_belongs_to_a_unit_that_is_up_to_date_may_write(unit, admin):
    join(admin, organization("望江大学"))
    with at("2027-03-11 00:00"):
        assert refused_to(admin) is None


# reminders


def reminded() -> list[tuple[int, str]]:
    rows = RefreshReminder.objects.order_by("-days_before").values_list("days_before", "due_on")
    return [(days, str(due)) for days, due in rows]


def messages(user) -> list[str]:
    return list(Notification.objects.filter(user=user, kind=REMINDER).order_by("pk").values_list("title", flat=True))


@pytest.fixture
def liaison(unit):
    return ContactPerson.objects.create(organization=unit, duty="liaison", name="何芳", phone="13805710007")


def test_a_year_of_days_brings_three_reminders(unit, admin, liaison):
    day = date(2027, 2, 1)
    while day <= date(2027, 3, 12):
        remind(day)
        remind(day)  # hourly, and by two workers
        day += timedelta(days=1)
    assert reminded() == [(30, "2027-03-10"), (7, "2027-03-10"), (1, "2027-03-10")]
    assert [title.split("单位信息")[1][:4] for title in messages(admin)] == ["30 天", "7 天后", "1 天后"]
    assert TextMessage.objects.filter(phone="13805710007").count() == 3
    assert "许晴" in TextMessage.objects.filter(phone="13805710007").first().body


@pytest.mark.parametrize(
    ("day", "count"),
    [("2027-02-07", 0), ("2027-02-08", 1), ("2027-03-02", 1), ("2027-03-10", 1), ("2027-03-11", 0)],
)
def test_the_first_reminder_comes_thirty_days_before_and_none_when_it_is_over(unit, admin, day, count):
    assert remind(date.fromisoformat(day)) == count


def test_missed_days_are_made_up_for_once_with_the_days_really_left(unit, admin):
    assert remind(date(2027, 3, 5)) == 1  # down since February: thirty and seven fell due
    assert reminded() == [(30, "2027-03-10"), (7, "2027-03-10")]
    assert len(messages(admin)) == 1
    assert "5 天后" in messages(admin)[0]
    assert remind(date(2027, 3, 5)) == 0
    assert remind(date(2027, 3, 10)) == 1
    assert "今天到期" in messages(admin)[1]


def test_an_update_ends_the_reminders_of_its_year_and_the_next_year_has_its_own(unit, admin):
    remind(date(2027, 2, 10))
    with at("2027-02-11 09:00"):
        confirm_unchanged(organization=unit, actor=admin)
    assert remind(date(2027, 3, 9)) == 0
    assert remind(date(2028, 1, 20)) == 1
    assert reminded() == [(30, "2027-03-10"), (30, "2028-02-11")]


def test_a_liaison_who_is_the_administrator_is_told_once(unit, admin, liaison):
    ContactPerson.objects.filter(pk=liaison.pk).update(phone=admin.phone)
    remind(date(2027, 2, 10))
    assert len(messages(admin)) == 1
    assert not TextMessage.objects.exists()


def test_a_liaison_without_a_mobile_phone_is_mailed(unit, admin, liaison, mailoutbox):
    ContactPerson.objects.filter(pk=liaison.pk).update(phone="0571-87950000", email="he@example.cn")
    remind(date(2027, 2, 10))
    job = ProcrastinateJob.objects.get(task_name=LIAISON_MAIL)
    mail_liaison(**job.args)
    assert [mail.to for mail in mailoutbox] == [["he@example.cn"]]
    assert "许晴" in mailoutbox[0].body
    assert not TextMessage.objects.exists()


def test_units_without_the_duty_and_suspended_ones_are_not_reminded(unit, admin):
    Organization.objects.filter(pk=unit.pk).update(status="suspended")
    organization("望江大学")
    assert remind(date(2027, 2, 10)) == 0
