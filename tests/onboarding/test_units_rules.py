"""What the platform keeps about units: thresholds with their history, letters, units by due day (S1-24, S1-31, S1-36)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongyi.audit.queries import events_of
from gongyi.onboarding.letters import current_letter
from gongyi.onboarding.models import CommitmentLetter
from gongyi.onboarding.services.letters import change_letter, discard_letter, draft_letter, publish_letter
from gongyi.onboarding.services.unit_rules import change_unit_rules
from gongyi.organizations.models import Capacity, UnitRules
from gongyi.regions.models import Region
from gongyi.workflow import Refused
from tests.factories.accounts import person, platform_admin
from tests.factories.joining import approved, authority, network_draft
from tests.factories.organizations import organization, reviewer, unit_admin

pytestmark = pytest.mark.django_db
BACKEND = "gongyi.accounts.backends.AnyIdentifierBackend"
NEW = {"capacity": Capacity.NETWORK, "version": "2.0", "title": "入网承诺书", "text": "第一段\n\n第二段"}
TYPED = {
    "refresh_after_days": "365", "remind_before_days": "30、7、1", "voucher_province": "330000", "voucher_most_employees": "300",
    "voucher_most_revenue_wan": "20000", "certificate_warn_days": "90 60 30",
}  # fmt: skip


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def admin():
    return platform_admin()


# thresholds


def test_a_change_of_thresholds_holds_at_once_and_is_on_record(admin):
    answer = browser(admin).post(reverse("onboarding:unit_rules"), TYPED)
    assert answer.status_code == 302
    rules = UnitRules.current()
    assert (rules.voucher_most_employees, rules.voucher_province, rules.certificate_warn_days) == (
        300, Region.objects.get(pk="330000"), [90, 60, 30],
    )  # fmt: skip
    event = events_of(rules).first()
    assert (event.before["创新券：人数上限（含）"], event.after["创新券：人数上限（含）"]) == ("500", "300")
    assert event.actor == admin
    assert "500 → 300" in browser(admin).get(reverse("onboarding:unit_rules")).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("refresh_after_days", "0", "1 到 3650"),
        ("refresh_after_days", "3651", "1 到 3650"),
        ("remind_before_days", "", "必填"),
        ("remind_before_days", "很早", "至少一个天数"),
        ("remind_before_days", "0", "1 到 3650"),
        ("remind_before_days", "365、7", "小于更新周期"),
        ("remind_before_days", "1 2 3 4 5 6 7", "最多 6 个"),
        ("voucher_most_revenue_wan", "1.234", "小数"),
        ("voucher_province", "330100", "选"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused_and_what_was_typed_stays(admin, field, value, words):
    answer = browser(admin).post(reverse("onboarding:unit_rules"), TYPED | {field: value})
    form = answer.context["form"]
    assert answer.status_code == 422
    assert words in " ".join(form.errors[field]) or field == "remind_before_days" and not value
    assert form["voucher_most_employees"].value() == "300"
    assert UnitRules.current().voucher_most_employees == 500


def test_reminders_are_typed_in_any_order_and_kept_from_large_to_small(admin):
    browser(admin).post(reverse("onboarding:unit_rules"), TYPED | {"remind_before_days": "1, 60;7，7"})
    assert UnitRules.current().remind_before_days == [60, 7, 1]


def test_only_the_platform_changes_thresholds():
    with pytest.raises(Refused, match="平台管理员"):
        change_unit_rules(actor=unit_admin(organization()), refresh_after_days=30)


# letters


def test_every_capacity_that_promises_on_line_has_a_first_letter_marked_as_an_example():
    letter = current_letter(Capacity.NETWORK)
    assert (letter.version, "示例文本" in letter.title) == ("1.0", True)


def test_a_draft_changes_nothing_until_it_is_published(admin):
    letter = draft_letter(actor=admin, **NEW)
    assert current_letter(Capacity.NETWORK).version == "1.0"
    publish_letter(letter=letter, actor=admin)
    assert current_letter(Capacity.NETWORK) == letter
    assert [event.what for event in events_of(letter)] == ["发布承诺书", "起草承诺书"]


def test_a_published_letter_is_neither_changed_nor_deleted_nor_published_again(admin):
    letter = current_letter(Capacity.NETWORK)
    for attempt in (
        lambda: change_letter(letter=letter, actor=admin, text="别的"),
        lambda: discard_letter(letter=letter, actor=admin),
        lambda: publish_letter(letter=letter, actor=admin),
    ):
        with pytest.raises(Refused, match="已发布"):
            attempt()
    page = browser(admin)
    assert page.get(reverse("onboarding:edit_letter", args=[letter.pk])).url == reverse(
        "onboarding:letter", args=[letter.pk]
    )
    page.post(reverse("onboarding:edit_letter", args=[letter.pk]), NEW | {"version": "1.0"})
    before = letter.text
    letter.refresh_from_db()
    assert letter.text == before


def test_a_version_exists_once(admin):
    draft_letter(actor=admin, **NEW)
    with pytest.raises(Refused, match="已有 2.0 版"):
        draft_letter(actor=admin, **NEW)
    answer = browser(admin).post(reverse("onboarding:add_letter"), NEW)
    assert answer.status_code == 422
    assert "第二段" in answer.content.decode()  # what was typed stays


def test_a_new_version_starts_from_the_old_text(admin):
    old = current_letter(Capacity.NETWORK)
    page = browser(admin).get(f"{reverse('onboarding:add_letter')}?from={old.pk}")
    assert page.context["form"]["text"].value() == old.text


def test_it_is_written_published_and_seen_on_the_pages(admin):
    page = browser(admin)
    address = page.post(reverse("onboarding:add_letter"), NEW).url
    letter = CommitmentLetter.objects.get(version="2.0")
    assert "草稿" in page.get(address).content.decode()
    page.post(reverse("onboarding:publish_letter", args=[letter.pk]))
    assert "使用中" in page.get(address).content.decode()
    assert "已被新版替代" in page.get(reverse("onboarding:letters")).content.decode()


def test_the_units_of_each_version_are_listed(admin):
    judge = authority()
    first = approved(network_draft(), judge)
    publish_letter(letter=draft_letter(actor=admin, **NEW), actor=admin)
    second = approved(network_draft(), judge)
    listed = {}
    for letter in CommitmentLetter.objects.filter(capacity=Capacity.NETWORK):
        page = browser(admin).get(reverse("onboarding:letter_units", args=[letter.pk]))
        listed[letter.version] = [row.record for row in page.context["table"].page.object_list]
    assert listed == {"1.0": [first], "2.0": [second]}
    counts = [
        row.record.counted
        for row in browser(admin).get(reverse("onboarding:letters")).context["table"].page.object_list
        if row.record.capacity == "network_unit"
    ]
    assert counts == [1, 1]


# units by due day


def ago(days: int):
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def units():
    """Three units in Hangzhou and Suzhou: overdue, due soon, and fine."""
    hangzhou, suzhou = Region.objects.get(pk="330106"), Region.objects.get(pk="320506")
    return [
        organization("逾期的单位", region=hangzhou, info_confirmed_at=ago(400)),
        organization("快到期的单位", region=hangzhou, info_confirmed_at=ago(360)),
        organization("苏州的单位", region=suzhou, info_confirmed_at=ago(10)),
        organization("没有义务的单位", region=hangzhou),
    ]


def listed(user, query="") -> list[str]:
    page = browser(user).get(f"{reverse('onboarding:due_units')}{query}")
    return [row.record.name for row in page.context["table"].page.object_list]


def test_the_platform_sees_all_units_with_the_duty_overdue_ones_first(admin, units):
    assert listed(admin) == ["逾期的单位", "快到期的单位", "苏州的单位"]
    assert listed(admin, "?state=overdue") == ["逾期的单位"]
    assert listed(admin, "?state=soon") == ["快到期的单位"]
    assert listed(admin, "?state=fine") == ["苏州的单位"]
    assert listed(admin, "?q=苏州") == ["苏州的单位"]
    page = browser(admin).get(reverse("onboarding:due_units")).content.decode()
    assert "已逾期 35 天" in page
    assert "还有 5 天" in page


def test_a_reviewer_sees_the_units_of_their_authoritys_regions(units):
    assert listed(authority("330100", "杭州市科技局")) == ["逾期的单位", "快到期的单位"]
    assert listed(authority("320000", "江苏省科技厅")) == ["苏州的单位"]


@pytest.mark.parametrize("who", ["person", "unit_admin", "reviewer_elsewhere"])
def test_for_others_there_is_no_such_list(who, units):
    people = {
        "person": person, "unit_admin": lambda: unit_admin(units[0]),
        "reviewer_elsewhere": lambda: reviewer(organization("没有职责的部门", kind="authority")),
    }  # fmt: skip
    user = people[who]()
    answer = browser(user).get(reverse("onboarding:due_units"))
    assert answer.status_code == (
        302 if who == "unit_admin" else 404
    )  # the administrator of the overdue one is stopped first
