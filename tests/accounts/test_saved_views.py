"""Saved views of lists and saved searches of finders (issue 4; S1-37): one's own only, named once, one a list opens with."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from gongyi.accounts import saving
from gongyi.accounts.models import SavedView
from gongyi.kit.refusal import Refused
from gongyi.kit.saved import normal
from tests.factories.accounts import person

pytestmark = pytest.mark.django_db
TOKENS = "/accounts/tokens/"
LOGINS = "/accounts/logins/"


@pytest.fixture
def owner():
    return person()


@pytest.fixture
def browser(owner):
    browser = Client()
    browser.force_login(owner, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return browser


def save(browser, path=LOGINS, query="q=10.0&sort=at", name="内网", **more):
    return browser.post(
        f"{reverse('accounts:save_view')}?{'&'.join([f'path={path}', 'query=' + query.replace('&', '%26')])}",
        {"name": name, **more},
    )


def test_a_view_keeps_conditions_sorting_columns_and_page_size_but_not_the_page():
    kept = normal("?page=3&q=x&sort=-at&per=50&cols=at,ip&export=xlsx&view=all&empty=")
    assert kept == "cols=at%2Cip&per=50&q=x&sort=-at"
    assert normal("b=2&a=1&b=1") == normal("a=1&b=2&b=1")


def test_what_the_list_shows_is_offered_to_be_saved_with_its_columns(browser):
    shown = browser.get(f"{LOGINS}?q=10.0&cols=at,ip&page=2")
    assert shown.context["page"].state == "cols=at%2Cip&q=10.0"
    assert "path=%2Faccounts%2Flogins%2F" in shown.content.decode()


def test_a_saved_view_stands_in_the_menu_of_its_own_list_and_in_my_saved(browser, owner):
    response = save(browser)
    assert response.status_code == 302
    assert response["Location"] == f"{LOGINS}?q=10.0&sort=at"
    assert "内网" in browser.get(LOGINS).content.decode()
    assert "内网" not in browser.get(TOKENS).content.decode()
    listed = browser.get(reverse("accounts:saved_views")).content.decode()
    assert f'href="{LOGINS}?q=10.0&amp;sort=at"' in listed


def test_a_name_is_used_once_on_a_page(browser, owner):
    save(browser)
    again = save(browser, query="q=other")
    assert again.status_code == 422
    assert "已有名为「内网」" in again.content.decode()
    assert save(browser, path=TOKENS).status_code == 302
    other = SavedView.objects.get(page="accounts:tokens")
    saving.rename_view(view=other, name="内网 2")
    mine = saving.save_view(user=owner, path=LOGINS, query="", name="全部")
    refused = browser.post(reverse("accounts:rename_view", args=[mine.pk]), {"name": "内网"})
    assert refused.status_code == 422
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.create(user=owner, page="accounts:logins", name="内网")


def test_a_list_opens_with_its_default_and_all_is_one_click_away(browser):
    save(browser, is_default="on")
    opened = browser.get(LOGINS)
    assert opened["Location"] == f"{LOGINS}?q=10.0&sort=at"
    everything = browser.get(f"{LOGINS}?view=all")
    assert everything.status_code == 200
    assert everything.context["page"].clear_url == f"{LOGINS}?view=all"


def test_one_view_a_list_opens_with(browser, owner):
    save(browser, is_default="on")
    save(browser, name="外网", query="q=1", is_default="on")
    assert list(SavedView.objects.filter(is_default=True).values_list("name", flat=True)) == ["外网"]
    first = SavedView.objects.get(name="内网")
    browser.post(reverse("accounts:default_view", args=[first.pk]))
    assert list(SavedView.objects.filter(is_default=True).values_list("name", flat=True)) == ["内网"]
    browser.post(reverse("accounts:default_view", args=[first.pk]), {"off": "1"})
    assert browser.get(LOGINS).status_code == 200
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.filter(user=owner).update(is_default=True)


def test_a_finder_keeps_searches_and_never_opens_with_one(browser, owner):
    asked = browser.get(f"{reverse('accounts:save_view')}?path={reverse('portal:instruments')}")
    assert "is_default" not in asked.context["form"].fields
    kept = saving.save_view(user=owner, path="/instruments/", query="q=电镜", name="电镜", is_default=True)
    assert not kept.is_default
    with pytest.raises(Refused):
        saving.open_with(view=kept, is_default=True)


@pytest.mark.parametrize(
    ("query", "name"), [("q%3D电镜%26class%3D010102", "电镜"), ("class%3D010102", ""), ("q%3D" + "长" * 60, "长" * 40)]
)
def test_what_was_searched_is_offered_as_the_name_of_a_search(browser, query, name):
    asked = browser.get(f"{reverse('accounts:save_view')}?path={reverse('portal:instruments')}&query={query}")
    assert asked.context["form"]["name"].value() == name


@pytest.mark.parametrize("way", ["rename_view", "default_view", "remove_view"])
def test_views_of_others_do_not_exist(way, browser, owner):
    theirs = saving.save_view(user=person(), path=LOGINS, query="q=1", name="别人的")
    response = browser.post(reverse(f"accounts:{way}", args=[theirs.pk]), {"name": "我的"})
    assert response.status_code == 404
    theirs.refresh_from_db()
    assert (theirs.name, theirs.is_default) == ("别人的", False)
    assert "别人的" not in browser.get(LOGINS).content.decode()
    assert "别人的" not in browser.get(reverse("accounts:saved_views")).content.decode()


def test_views_belong_to_the_unit_whose_page_it_was(browser, owner):
    from gongyi.organizations.models import Membership
    from tests.factories.organizations import join, organization

    one, other = organization(), organization()
    for unit in (one, other):
        join(owner, unit, Membership.Role.UNIT_ADMIN)
    here, there = (reverse("organizations:people", args=[unit.pk]) for unit in (one, other))
    save(browser, path=here, query="q=张", name="姓张的")
    assert "姓张的" in browser.get(here).content.decode()
    assert "姓张的" not in browser.get(there).content.decode()


def test_renaming_and_removing_lead_back_to_the_list(browser, owner):
    kept = saving.save_view(user=owner, path=LOGINS, query="q=1", name="旧名")
    renamed = browser.post(f"{reverse('accounts:rename_view', args=[kept.pk])}?next={LOGINS}", {"name": "新名"})
    assert renamed["Location"] == LOGINS
    assert "删除「新名」" in browser.get(reverse("accounts:remove_view", args=[kept.pk])).content.decode()
    removed = browser.post(reverse("accounts:remove_view", args=[kept.pk]), {"next": "https://evil.example/"})
    assert removed["Location"] == reverse("accounts:saved_views")
    assert not SavedView.objects.exists()


def test_what_is_no_page_or_too_much_is_refused(browser, owner, monkeypatch):
    assert save(browser, path="/no/such/page/").status_code == 404
    assert save(browser, path="https://evil.example/").status_code == 404
    assert save(browser, query="q=" + "x" * 5000).status_code == 422
    monkeypatch.setattr(saving, "VIEWS_PER_PAGE", 1)
    save(browser)
    full = save(browser, name="第二个")
    assert full.status_code == 422
    assert "最多保存 1 个" in full.content.decode()


def test_the_finder_of_instruments_offers_its_searches_without_a_form_inside_its_form(browser, owner):
    saving.save_view(user=owner, path="/instruments/", query="q=电镜", name="电镜类")
    page = browser.get("/instruments/?q=质谱").content.decode()
    menu = page[page.index('id="gy-views"') : page.index("</details>", page.index('id="gy-views"'))]
    assert "电镜类" in menu
    assert "q%3D%25E8%25B4%25A8%25E8%25B0%25B1" in menu  # the present search, to be saved
    assert "<form" not in menu


def test_a_visitor_is_led_to_sign_in(client):
    assert client.get(f"{reverse('accounts:save_view')}?path={LOGINS}").status_code == 302
