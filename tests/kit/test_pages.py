"""The five pages, as people use them through the browser and HTMX."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import load_workbook

from gongyi.accounts.models import User
from gongyi.kit.paging import CappedPaginator
from tests.factories import accounts as people

HTMX = {"HTTP_HX_REQUEST": "true"}
FRAGMENT = {**HTMX, "HTTP_HX_TARGET": "gy-list"}


def body(response) -> str:
    return response.content.decode()


@pytest.fixture
def crowd(admin):
    return [people.person(f"人{number:03d}", username=f"u{number:03d}", title="工程师") for number in range(44)]


def test_a_visitor_is_sent_to_the_sign_in_page_and_back(client, db):
    assert client.get("/toy/?q=a")["Location"] == "/sign-in/?next=/toy/%3Fq%3Da"
    assert client.get("/toy/", **HTMX)["HX-Redirect"] == "/sign-in/"


def test_a_page_not_for_this_person_does_not_exist(client, signed_in, stranger):
    assert signed_in.get("/toy/secret/").status_code == 200
    client.force_login(stranger)
    assert client.get("/toy/secret/").status_code == 404


def test_the_list_says_which_rows_it_shows_of_how_many(signed_in, crowd):
    assert "第 1–20 人，共 45 人" in body(signed_in.get("/toy/"))
    assert "第 21–40 人，共 45 人" in body(signed_in.get("/toy/?page=2"))
    assert "第 1–45 人，共 45 人" in body(signed_in.get("/toy/?per=50"))


@pytest.mark.parametrize(
    "query", ["page=abc", "page=-3", "page=99999999999", "per=7", "sort=nothing", "joined_min=x", "cols=zzz"]
)
def test_an_address_nobody_would_type_shows_the_list_all_the_same(signed_in, crowd, query):
    assert signed_in.get(f"/toy/?{query}").status_code == 200


def test_only_rows_visible_to_the_person_are_listed(client, crowd, stranger):
    client.force_login(stranger)
    page = body(client.get("/toy/"))
    assert "共 1 人" in page
    assert "人001" not in page


def test_the_list_takes_as_many_queries_for_thirty_rows_as_for_one(signed_in, admin):
    signed_in.get("/toy/")
    with CaptureQueriesContext(connection) as few:
        signed_in.get("/toy/?per=50")
    for number in range(30):
        people.person(f"人{number}")
    with CaptureQueriesContext(connection) as many:
        signed_in.get("/toy/?per=50")
    assert len(many) == len(few)


def test_filters_and_order_live_in_the_address(signed_in, crowd):
    page = body(signed_in.get("/toy/?q=u00&sort=-username"))
    assert "第 1–10 人，共 10 人" in page
    assert page.index("u009") < page.index("u000")
    assert 'aria-sort="descending"' in page
    assert "?q=u00&amp;sort=username" in page


def test_rows_with_equal_keys_keep_their_order_between_pages(signed_in, crowd):
    User.objects.update(name="同名", name_key="tong ming")
    seen = []
    for page in (1, 2, 3):
        seen += [row.record.pk for row in signed_in.get(f"/toy/?page={page}").context["rows_page"]]
    assert len(set(seen)) == 45


def test_htmx_gets_the_list_alone_and_history_gets_the_page(signed_in, crowd):
    fragment = body(signed_in.get("/toy/?q=u00", **FRAGMENT))
    assert fragment.lstrip().startswith('<div id="gy-list"')
    assert 'role="status">第 1–10 人，共 10 人' in fragment
    assert "<html" in body(signed_in.get("/toy/", **FRAGMENT, HTTP_HX_HISTORY_RESTORE_REQUEST="true"))


def test_an_empty_list_says_what_would_be_here_or_which_filter_to_drop(signed_in):
    page = body(signed_in.get("/toy/?q=nobody"))
    assert "没有符合条件的人员" in page
    assert "搜索：nobody" in page
    assert "清除全部条件" in page


def test_counting_and_paging_stop_at_a_limit(crowd):
    paginator = CappedPaginator(User.objects.order_by("pk"), 20, limit=30)
    assert (paginator.count, paginator.num_pages, paginator.count_text) == (30, 2, "30+")
    assert paginator.is_capped
    with CaptureQueriesContext(connection) as queries:
        assert CappedPaginator(User.objects.order_by("pk"), 20, limit=30).count == 30
    assert "LIMIT 31" in queries[0]["sql"]


def test_the_list_never_counts_beyond_the_limit(signed_in, crowd):
    with CaptureQueriesContext(connection) as queries:
        signed_in.get("/toy/")
    counts = [q["sql"] for q in queries if "COUNT(" in q["sql"] and "accounts_user" in q["sql"]]
    assert len(counts) == 1
    assert "LIMIT 10001" in counts[0]


def test_the_chosen_columns_are_kept_for_the_person(signed_in, crowd):
    response = signed_in.post("/toy/", {"columns": ["username", "name", "phone_number"]}, **FRAGMENT)
    heads = [column.name for column in response.context["table"].columns]
    assert heads == ["select", "username", "name", "phone_number", "actions"]
    again = signed_in.get("/toy/").context["table"]
    assert [column.name for column in again.columns] == heads
    signed_in.post("/toy/", {"reset-columns": "1"})
    back = signed_in.get("/toy/").context["table"]
    assert [c.name for c in back.columns] == ["select", "name", "username", "is_staff", "pk", "joined_at", "actions"]


def test_the_column_that_names_the_row_cannot_be_hidden(signed_in, crowd):
    response = signed_in.post("/toy/", {"columns": ["username"]}, **FRAGMENT)
    assert "name" in [column.name for column in response.context["table"].columns]


def test_columns_named_in_the_address_win(signed_in, crowd):
    table = signed_in.get("/toy/?cols=name,pk").context["table"]
    assert [column.name for column in table.columns] == ["select", "name", "pk", "actions"]


def test_the_export_holds_the_current_query_with_the_current_columns(signed_in, crowd):
    response = signed_in.get("/toy/?q=u00&sort=username&cols=name,username,pk,joined_at&export=xlsx")
    assert "attachment" in response["Content-Disposition"]
    rows = load_workbook(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["姓名", "用户名", "金额", "注册时间"]
    assert len(rows) == 11
    assert rows[1][1] == "u000"
    assert isinstance(rows[1][2], float)
    assert rows[1][3].year >= 2024


def test_too_long_an_export_is_refused_with_a_sentence(signed_in, crowd, monkeypatch):
    monkeypatch.setattr("gongyi.kit.views.listing.EXPORT_LIMIT", 10)
    page = body(signed_in.get("/toy/?export=xlsx", follow=True))
    assert "符合条件的超过 10 人，请用条件缩小范围后再导出。" in page


def test_selected_rows_are_done_at_once_and_refusals_are_said(signed_in, crowd, admin):
    page = body(signed_in.post("/toy/", {"action": "praise", "pk": [admin.pk, crowd[0].pk]}, follow=True))
    assert "已表扬 1 人。" in page
    assert "1 人没有表扬。人000：不是管理员。请先设为管理员。" in page


def test_a_destructive_action_asks_once_naming_count_and_effect(signed_in, crowd):
    selection = {"action": "dismiss", "pk": [p.pk for p in crowd[:3]]}
    asked = signed_in.post("/toy/", selection, **HTMX)
    assert "停用 3 人" in body(asked)
    assert "停用后不能登录。" in body(asked)
    assert not User.objects.filter(title="离职").exists()
    wrong = signed_in.post("/toy/", {**selection, "confirmed": "1"}, **HTMX)
    assert wrong.status_code == 422
    assert "请填写这一项。" in body(wrong)
    done = signed_in.post("/toy/", {**selection, "confirmed": "1", "reason": "离职"}, **HTMX)
    assert done["HX-Redirect"] == "/toy/"
    assert User.objects.filter(title="离职").count() == 3


def test_all_rows_of_the_query_can_be_selected_beyond_the_page(signed_in, crowd):
    signed_in.post("/toy/?q=u0", {"action": "dismiss", "all": "1", "confirmed": "1", "reason": "毕业"})
    assert User.objects.filter(title="毕业").count() == 44


def test_a_selection_never_reaches_rows_the_person_may_not_see(client, crowd, stranger):
    client.force_login(stranger)
    client.post("/toy/", {"action": "dismiss", "pk": [crowd[0].pk], "confirmed": "1", "reason": "离职"})
    assert not User.objects.filter(title="离职").exists()


def test_nothing_selected_and_unknown_actions_are_answered(signed_in, crowd):
    assert "还没有选中任何人员" in body(signed_in.post("/toy/", {"action": "praise"}, follow=True))
    assert signed_in.post("/toy/", {"action": "drop-tables", "pk": ["1"]}).status_code == 400


def test_too_many_rows_at_once_are_refused_with_a_sentence(signed_in, crowd, monkeypatch):
    monkeypatch.setattr("gongyi.kit.views.listing.BULK_LIMIT", 10)
    assert "一次最多处理 10 人" in body(signed_in.post("/toy/", {"action": "praise", "all": "1"}, follow=True))


def test_a_wrong_form_comes_back_with_what_was_typed_and_where_to_look(signed_in):
    response = signed_in.post("/toy/new/", {"name": "机时", "price": "abc"})
    page = body(response)
    assert response.status_code == 422
    assert 'value="机时"' in page
    assert 'value="abc"' in page
    assert "有 1 处需要修改，已填内容都保留着。" in page
    assert 'href="#id_price"' in page
    assert 'aria-invalid="true" aria-describedby="id_price_error"' in page
    assert "1 处" in page


def test_a_refusal_while_saving_stands_in_the_form(signed_in):
    response = signed_in.post("/toy/new/", {"name": "重名", "price": "1"})
    assert response.status_code == 422
    assert "已有同名单价。请换一个名称。" in body(response)


def test_a_saved_form_leads_on_and_says_so(signed_in):
    assert "已登记。" in body(signed_in.post("/toy/new/", {"name": "机时", "price": "300"}, follow=True))


def test_a_form_opens_as_a_dialog_for_htmx(signed_in):
    opened = body(signed_in.get("/toy/new/", **HTMX))
    assert opened.lstrip().startswith('<div class="dlg-h">')
    wrong = signed_in.post("/toy/new/", {"name": ""}, **HTMX)
    assert wrong.status_code == 422
    done = signed_in.post("/toy/new/", {"name": "机时", "price": "300"}, **HTMX)
    assert done["HX-Redirect"] == "/toy/"


def test_a_form_for_something_invisible_is_not_found(client, stranger, admin):
    client.force_login(stranger)
    assert client.get(f"/toy/{admin.pk}/edit/").status_code == 404
    assert client.post(f"/toy/{admin.pk}/edit/", {"name": "x"}).status_code == 404
    assert client.get(f"/toy/{stranger.pk}/edit/").status_code == 200


def test_an_existing_object_is_changed(signed_in, admin):
    signed_in.post(f"/toy/{admin.pk}/edit/", {"name": "唐颖之", "title": "处长"})
    admin.refresh_from_db()
    assert (admin.name, admin.title) == ("唐颖之", "处长")


def test_a_process_page_shows_facts_steps_progress_and_record(signed_in, admin):
    page = body(signed_in.get(f"/toy/{admin.pk}/"))
    assert "<dt>职务</dt><dd>—</dd>" in page
    assert (
        page.count('<a class="btn btn-primary"') == 2
    )  # the one button of the head, and the same one at a phone's foot
    assert 'aria-disabled="true"' in page
    assert "11-24 起可签到。" in page
    assert "第 2 步，共 3 步" in page
    assert "下一步：已完成" in page
    assert "第一次" in page


def test_an_object_that_is_not_visible_has_no_page(client, stranger, admin):
    client.force_login(stranger)
    assert client.get(f"/toy/{admin.pk}/").status_code == 404


def test_a_desk_shows_its_figures_and_cards(signed_in):
    page = body(signed_in.get("/toy/desk/"))
    assert '<span class="st plain wait">待审核</span><b>3</b>' in page
    assert "顾文清" in page
