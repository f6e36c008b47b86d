"""A stored file leaves only through the view that asks who is asking."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponseNotAllowed
from django.test import RequestFactory

from gongyi.files.models import StoredFile
from gongyi.files.services import attach, store
from gongyi.files.views import download
from tests.files.conftest import DOCX, PDF, image, upload


@pytest.fixture
def contract(li):
    return store(upload("合同.pdf", PDF), actor=li, purpose="toy_contract", max_bytes=10**6)


@pytest.fixture
def photo(li):
    return store(upload("照片.png", image("PNG")), actor=li, purpose="toy_photo", max_bytes=10**6)


def fetch(stored, user, query="", method="get", **headers):
    request = getattr(RequestFactory(), method)(f"/files/{stored.public_id}/{query}", **headers)
    request.user = user
    return download(request, public_id=stored.public_id)


def test_the_owner_and_the_administrator_fetch_a_private_file_nobody_else_does(contract, li, zhou, admin):
    for user in (li, admin):
        assert b"".join(fetch(contract, user)) == PDF
    for user in (zhou, AnonymousUser()):
        with pytest.raises(Http404):
            fetch(contract, user)


def test_files_of_a_public_purpose_are_for_anybody(photo):
    assert fetch(photo, AnonymousUser()).status_code == 200


def test_whoever_may_see_the_subject_may_fetch_its_files(li, zhou):
    report = store(upload("报告.pdf", PDF), actor=li, purpose="toy_report", max_bytes=10**6)
    with pytest.raises(Http404):
        fetch(report, zhou)
    attach(report, zhou)
    assert fetch(report, zhou).status_code == 200


def test_a_subject_of_another_purpose_opens_nothing(contract, zhou):
    attach(contract, zhou)
    assert list(StoredFile.objects.visible_to(zhou)) == []


def test_headers_keep_the_browser_from_guessing_and_name_the_file(contract, photo, li):
    answer = fetch(contract, li)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"], answer["Cache-Control"]) == (
        "application/pdf", "nosniff", "private, no-cache",
    )  # fmt: skip
    assert answer["Content-Disposition"] == "inline; filename*=utf-8''%E5%90%88%E5%90%8C.pdf"
    assert fetch(contract, li, "?download")["Content-Disposition"].startswith("attachment")
    assert fetch(photo, li)["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_kinds_the_browser_cannot_show_are_saved(li):
    document = store(upload("合同.docx", DOCX), actor=li, purpose="toy_contract", max_bytes=10**6, kinds=("docx",))
    assert fetch(document, li)["Content-Disposition"].startswith("attachment")


def test_an_unchanged_file_is_not_sent_again(contract, li, zhou):
    first = fetch(contract, li)
    again = fetch(contract, li, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    with pytest.raises(Http404):  # knowing the tag opens nothing
        fetch(contract, zhou, headers={"If-None-Match": first["ETag"]})


def test_files_are_only_read(contract, li):
    assert isinstance(fetch(contract, li, method="post"), HttpResponseNotAllowed)
