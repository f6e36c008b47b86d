"""Batch booking of several instruments of one unit (S1-51, S1-87): the service and its page."""

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from gongyi.catalog.models import Instrument, ShortlistItem
from gongyi.ledger.models import Hold
from gongyi.reservations.models import Reservation
from gongyi.reservations.services import BATCH_LIMIT, NotAllBookable, Wish, reserve_together
from gongyi.workflow import Refused
from tests.factories import catalog
from tests.factories.organizations import organization
from tests.factories.reservations import ALWAYS, at, place, qualified, rules

pytestmark = pytest.mark.django_db


def sibling(here, name="拉曼光谱仪", level=2, **fields):
    """Another instrument of the same unit on which the same person may book."""
    made = catalog.instrument(name, unit=here.instrument.organization, managers=(here.manager,), hourly_rate=100)
    rules(made, hours=ALWAYS, **fields)
    if level:
        qualified(made, here.user, level, by=here.manager)
    return made


@pytest.fixture
def here():
    return place(balance=1000)  # 300 an hour


def wish(instrument, day=3, clock="10:00", minutes=60):
    start = at(day, clock)
    return Wish(instrument, start, start + timedelta(minutes=minutes))


def together(here, *wishes, **more):
    return reserve_together(wishes=wishes, user=here.user, actor=here.user, account=here.account, **more)


def test_each_becomes_an_ordinary_reservation_with_what_they_share(here):
    other = sibling(here)
    outcomes = together(
        here, wish(here.instrument), wish(other, clock="13:00"), purpose="形貌观察", sample_notes="薄膜 2 片"
    )
    assert [o.reservation.status for o in outcomes] == ["valid", "valid"]
    rows = Reservation.objects.order_by("pk")
    assert {row.purpose for row in rows} == {"形貌观察"}
    assert {row.sample_notes for row in rows} == {"薄膜 2 片"}
    assert sorted(hold.amount for hold in Hold.objects.all()) == [Decimal(100), Decimal(300)]


def test_all_or_nothing_says_what_each_was_told(here):
    other = sibling(here, level=0)
    with pytest.raises(NotAllBookable) as caught:
        together(here, wish(here.instrument), wish(other))
    assert "拉曼光谱仪" in str(caught.value)
    assert "能约的先约" in str(caught.value)
    fine, refused = caught.value.outcomes
    assert fine.refused is None
    assert {answer.rule for answer in refused.refused.standing} == {"qualification"}
    assert (Reservation.objects.count(), Hold.objects.count()) == (0, 0)


def test_by_choice_those_that_pass_are_booked(here):
    outcomes = together(here, wish(here.instrument), wish(sibling(here, level=0)), partial=True)
    assert [bool(o.reservation) for o in outcomes] == [True, False]
    assert Reservation.objects.count() == 1


def test_nothing_passes_nothing_is_booked_even_by_choice(here):
    with pytest.raises(NotAllBookable, match="一台都没有预约"):
        together(here, wish(sibling(here, level=0)), partial=True)


def test_the_balance_counts_what_the_same_batch_booked_before(here):
    """Money for three hours, two hours each: the second is refused, and with it both."""
    other = sibling(here)
    catalog.price(other, 300, "group", "internal", "external", "enterprise")
    with pytest.raises(NotAllBookable) as caught:
        together(here, wish(here.instrument, minutes=120), wish(other, minutes=120))
    assert {a.rule for a in caught.value.outcomes[1].refused.standing} == {"balance"}
    here.account.refresh_from_db()
    assert here.account.held == 0


def test_a_review_makes_it_pending_and_the_others_are_valid(here):
    other = sibling(here, review_senior=True)
    outcomes = together(here, wish(here.instrument), wish(other))
    assert [o.reservation.status for o in outcomes] == ["valid", "pending"]


def test_odd_batches_are_refused_with_a_sentence(here):
    stranger = catalog.instrument("别家机", unit=organization("云麓理工大学"))
    for wishes, words in (
        ((), "还没有选中"),
        ((wish(here.instrument), wish(here.instrument, clock="15:00")), "只能约一次"),
        ((wish(here.instrument), wish(stranger)), "所选仪器属于 .*云麓理工大学"),
        (tuple(wish(sibling(here, f"机{n}")) for n in range(BATCH_LIMIT + 1)), f"最多预约 {BATCH_LIMIT} 台"),
    ):
        with pytest.raises(Refused, match=words):
            together(here, *wishes)
    assert Reservation.objects.count() == 0


# ── the page ──


def batch_address(*instruments, **more) -> str:
    return "/reservations/batch/?" + urlencode({"id": [i.pk for i in instruments]} | more, doseq=True)


def form_of(page: str) -> dict:
    """What a browser would send: ticked boxes, hidden fields, chosen options, texts."""
    form = page[page.index('id="batch-form"') :]
    form = form[: form.index("</form>")]
    data: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag):
            data.setdefault(name[1], []).append(value[1] if value else "")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        values = re.findall(r'<option value="([^"]*)"( selected)?', options)
        data[name] = [value for value, selected in values if selected]
    for name, words in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        data[name] = [words.strip()]
    return data


@pytest.fixture
def page(client, here):
    client.force_login(here.user)
    return client


def test_the_page_opens_at_the_nearest_time_all_are_free(page, here):
    other = sibling(here)
    data = form_of(page.get(batch_address(here.instrument, other)).content.decode())
    assert data[f"start-{here.instrument.pk}"] == data[f"start-{other.pk}"]
    assert data["id"] == [str(here.instrument.pk), str(other.pk)]
    assert page.post("/reservations/batch/", data | {"do": "book"}).url == "/reservations/batch/done/"
    assert Reservation.objects.count() == 2
    done = page.get("/reservations/batch/done/").content.decode()
    assert "预约成功 2 台" in done
    for row in Reservation.objects.all():
        assert row.get_absolute_url() in done
        assert row.number in done


def test_refusals_of_every_instrument_stand_together_and_nothing_typed_is_lost(page, here):
    other, third = sibling(here, level=0), sibling(here, "质谱仪", level=0)
    data = form_of(page.get(batch_address(here.instrument, other, third)).content.decode())
    data |= {"do": "book", "purpose": "合金析出相", "sample_notes": "块体 3 件"}
    answer = page.post("/reservations/batch/", data)
    words = answer.content.decode()
    assert answer.status_code == 422
    assert words.count("bk-bad") >= 2
    assert "2 台仪器约不上（拉曼光谱仪、质谱仪）" in words
    kept = form_of(words)
    assert (kept["purpose"], kept["sample_notes"]) == (["合金析出相"], ["块体 3 件"])
    for instrument in (here.instrument, other, third):
        assert kept[f"start-{instrument.pk}"] == data[f"start-{instrument.pk}"]
    assert Reservation.objects.count() == 0
    answer = page.post("/reservations/batch/", kept | {"do": "partial"})
    assert answer.url == "/reservations/batch/done/"
    done = page.get(answer.url).content.decode()
    assert "预约成功 1 台" in done
    assert "2 台没有约上" in done
    assert f"id={other.pk}&amp;id={third.pk}" in done


def test_one_time_for_all_and_a_time_of_its_own(page, here):
    other = sibling(here)
    data = form_of(page.get(batch_address(here.instrument, other)).content.decode())
    first, last = at(4, "15:00"), at(4, "17:00")
    moment = "%Y-%m-%dT%H:%M"
    same = {
        "do": "same",
        "day-all": first.date().isoformat(),
        "start-all": first.strftime(moment),
        "end-all": last.strftime(moment),
        "was-all": first.strftime(moment),
    }
    data = form_of(page.post("/reservations/batch/", data | same).content.decode())
    own = {f"day-{other.pk}": at(5).date().isoformat()}
    data = form_of(page.post("/reservations/batch/", data | own | {"do": "check"}).content.decode())
    page.post("/reservations/batch/", data | {"do": "book"})
    mine, others = (Reservation.objects.get(instrument=i) for i in (here.instrument, other))
    assert (mine.starts_at, mine.ends_at) == (first, last)
    assert (others.starts_at, others.ends_at) == (at(5, "15:00"), at(5, "17:00"))


def test_unticked_ones_stay_on_the_page_and_are_not_booked(page, here):
    other = sibling(here)
    data = form_of(page.get(batch_address(here.instrument, other)).content.decode())
    data["id"] = [str(other.pk)]
    words = page.post("/reservations/batch/", data | {"do": "check"}, headers={"HX-Request": "true"}).content.decode()
    assert "这次不约" in words
    assert 'id="batch-aside" hx-swap-oob="true"' in words
    page.post("/reservations/batch/", data | {"do": "book"})
    assert Reservation.objects.get().instrument == other
    data["id"] = []
    answer = page.post("/reservations/batch/", data | {"do": "book"})
    assert answer.status_code == 422
    assert "还没有选中要预约的仪器" in answer.content.decode()


def test_the_nearest_free_time_of_one_is_taken_with_a_button(page, here):
    other = sibling(here)
    start = at(3, "10:00")
    here.reserve(start, 60)
    query = {"start": start.strftime("%Y-%m-%dT%H:%M"), "end": at(3, "11:00").strftime("%Y-%m-%dT%H:%M")}
    words = page.get(batch_address(here.instrument, other, **query)).content.decode()
    assert "1 项未通过" in words
    button = re.search(r'name="do" value="(use:[^"]+)"', words)[1]
    after = form_of(page.post("/reservations/batch/", form_of(words) | {"do": button}).content.decode())
    assert after[f"start-{here.instrument.pk}"] == [at(3, "11:00").strftime("%Y-%m-%dT%H:%M")]
    assert after[f"start-{other.pk}"] == [start.strftime("%Y-%m-%dT%H:%M")]
    common = form_of(page.post("/reservations/batch/", form_of(words) | {"do": "common"}).content.decode())
    assert (
        common[f"start-{here.instrument.pk}"]
        == common[f"start-{other.pk}"]
        == [at(3, "11:00").strftime("%Y-%m-%dT%H:%M")]
    )


def test_two_units_are_refused_naming_them_and_one_is_offered(page, here):
    stranger = catalog.instrument("别家机", unit=organization("云麓理工大学"))
    answer = page.get(batch_address(here.instrument, stranger))
    words = answer.content.decode()
    assert answer.status_code == 409
    assert "一批只能预约同一家单位的仪器" in words
    assert "云麓理工大学" in words
    assert f'href="?id={here.instrument.pk}"' in words
    assert f'href="?id={stranger.pk}"' in words


def test_what_may_not_be_seen_is_left_out_and_said(page, here):
    hidden = sibling(here, "停用机")
    Instrument.objects.filter(pk=hidden.pk).update(status="disabled")
    words = page.get(batch_address(here.instrument, hidden)).content.decode()
    assert "有 1 台仪器已不再公开" in words
    words = page.get(batch_address(hidden)).content.decode()
    assert "有 1 台仪器已不再公开" in words
    assert "停用机" not in words


def test_too_many_begin_with_the_first(page, here):
    many = [sibling(here, f"机{n:02d}") for n in range(BATCH_LIMIT + 1)]
    words = page.get(batch_address(*many)).content.decode()
    assert f"先列出前 {BATCH_LIMIT} 台，其余 1 台" in words
    assert len(form_of(words)["id"]) == BATCH_LIMIT


def test_booked_ones_leave_the_shortlist_if_wanted(page, here):
    other = sibling(here)
    for leave, left in ((["1"], 0), ([], 2)):
        for made in (here.instrument, other):
            ShortlistItem.objects.get_or_create(user=here.user, instrument=made)
        data = form_of(page.get(batch_address(here.instrument, other)).content.decode())
        assert data["leave"] == ["1"]  # ticked unless one takes it off
        page.post("/reservations/batch/", data | {"do": "book", "leave": leave})
        assert here.user.shortlist.count() == left


def test_an_account_of_somebody_else_is_not_taken(page, here):
    foreign = place().account
    data = form_of(page.get(batch_address(here.instrument)).content.decode())
    answer = page.post("/reservations/batch/", data | {"do": "book", "account": str(foreign.pk)})
    assert answer.status_code == 422
    assert Reservation.objects.count() == 0


def test_nonsense_is_answered(page, here):
    assert "还没有选要预约的仪器" in page.get("/reservations/batch/").content.decode()
    assert page.get("/reservations/batch/?id=x&id=-1&id=" + "9" * 30).status_code == 200
    odd = {"among": [str(here.instrument.pk)], "do": "use:x/y/z", f"start-{here.instrument.pk}": "nie"}
    assert page.post("/reservations/batch/", odd).status_code == 200
    assert page.get("/reservations/batch/done/").url == "/reservations/"
