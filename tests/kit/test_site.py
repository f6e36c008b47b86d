"""What surrounds every page: policy, NUL, errors, theme, front-end files."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from gongyi.kit.finders import VENDOR, VendorStorage


def body(response) -> str:
    return response.content.decode()


def test_every_answer_allows_scripts_from_this_site_only(client, db):
    policy = client.get("/kit/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy


def test_no_page_carries_a_script_or_a_handler_of_its_own(signed_in, admin):
    for address in ("/kit/", "/toy/", "/toy/new/", f"/toy/{admin.pk}/", "/toy/desk/"):
        page = body(signed_in.get(address))
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
        assert re.findall(r"<[^>]+\son[a-z]+=", page) == []


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.get("/kit/?q=%00"),
        lambda client: client.get("/kit/%00"),
        lambda client: client.post("/kit/theme", "next=a%00b", content_type="application/x-www-form-urlencoded"),
        lambda client: client.post("/kit/theme", b'{"a":"\\u0000"}', content_type="application/json"),
        lambda client: client.get("/kit/", HTTP_COOKIE='sessionid="a\\000b"'),
    ],
)
def test_a_nul_character_is_refused_with_a_sentence(client, db, send):
    response = send(client)
    assert response.status_code == 400
    assert "不可见字符" in body(response)


def test_an_escaped_backslash_before_u0000_is_no_nul(client, db):
    assert client.post("/kit/theme", b'{"a":"\\\\u0000"}', content_type="application/json").status_code == 302


def test_a_nul_that_reaches_the_database_is_refused_too(client, db):
    assert client.get("/toy/nul/").status_code == 400


def test_an_upload_is_left_to_the_view(client, db):
    response = client.post("/kit/theme", {"next": "/kit/", "theme": "dark"})  # multipart
    assert response.cookies["theme"].value == "dark"


def test_errors_are_told_in_words_with_what_to_do(client, db):
    missing = client.get("/nothing/here")
    assert missing.status_code == 404
    assert "没有找到这个页面" in body(missing)
    assert "回到首页" in body(missing)


def test_an_unexpected_error_has_a_number_to_quote(db):
    client = Client(raise_request_exception=False)
    response = client.get("/toy/broken/")
    assert response.status_code == 500
    assert re.search(rf"错误编号 [2-9A-Z]{{4}}-{timezone.localtime():%Y%m%d}-\d{{4}}", body(response))
    assert "on purpose" not in body(response)
    assert re.search(r"编号 [2-9A-Z]{4}-", body(client.get("/toy/broken/", HTTP_HX_REQUEST="true")))


def test_a_form_without_its_token_says_how_to_go_on(db):
    response = Client(enforce_csrf_checks=True).post("/kit/theme", {"theme": "dark"})
    assert response.status_code == 403
    assert "页面已过期，请重新提交" in body(response)


def test_the_chosen_theme_is_rendered_by_the_server(client, db):
    assert "data-bs-theme" not in body(client.get("/kit/")).split(">")[1]
    client.post("/kit/theme", {"theme": "dark", "next": "/kit/"})
    assert '<html lang="zh-Hans" data-bs-theme="dark">' in body(client.get("/kit/"))


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_choosing_a_theme_never_leads_away(client, db, elsewhere):
    assert client.post("/kit/theme", {"theme": "dark", "next": elsewhere})["Location"] == "/"


def test_a_forged_theme_is_ignored(client, db):
    client.cookies["theme"] = 'dark"><script>'
    assert "<script>" not in body(client.get("/kit/"))


def test_header_shows_only_links_that_lead_somewhere(signed_in):
    page = body(signed_in.get("/kit/"))
    for address in set(re.findall(r'<a class="gy-[^"]*" href="([^"#]+)"', page)):
        assert signed_in.get(address).status_code in {200, 302}


@pytest.mark.parametrize("name", VENDOR)
def test_every_listed_front_end_file_is_found(name):
    assert finders.find(name)


def test_only_listed_front_end_files_are_served():
    storage = VendorStorage()
    assert not finders.find("vendor/../package.json")
    assert not storage.exists("axe-core/axe.min.js")
    with pytest.raises(ValueError, match="not in the list"):
        storage.path("../package.json")


def test_the_files_can_be_hashed_for_production(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    style = next((tmp_path / "static" / "kit").glob("gongyi.*.css")).read_text()
    assert re.search(r"\.\./vendor/inter-latin\.[0-9a-f]{12}\.woff2", style)
    assert b"sourceMappingURL" not in next((tmp_path / "static" / "vendor").glob("tabler.min.*.css")).read_bytes()
