"""Qualification pictures and success cases (S3-46 … S3-49, S3-56, S3-57)."""

import pytest
from django.urls import reverse

from gongyi.organizations import services
from gongyi.organizations.forms.showcase import MOST_PICTURES_AT_ONCE, MOST_PICTURES_OF_A_CASE
from gongyi.organizations.models import Organization, QualificationPicture, SuccessCase
from tests.factories.files import pdf, picture

MEGABYTE = 1024 * 1024


def address(name, unit, *keys):
    return reverse(f"organizations:{name}", args=[unit.pk, *keys])


def captions(unit):
    return list(QualificationPicture.objects.filter(organization=unit).values_list("caption", flat=True))


@pytest.fixture
def three(unit, gu):
    uploads = [picture("营业执照副本.png"), picture("国家CMA证书.jpg", "JPEG"), picture("CNAS证书.gif", "GIF")]
    return services.add_pictures(organization=unit, actor=gu, pictures=uploads)


def test_several_pictures_at_once_and_each_files_name_is_its_caption(client, unit, gu):
    """S3-46, S3-47."""
    client.force_login(gu)
    uploads = [picture("营业执照副本.jpg", "JPEG"), picture("国家CMA证书.png"), picture("CNAS证书.gif", "GIF")]
    answer = client.post(address("add_pictures", unit), {"pictures": uploads})

    assert answer.url == address("showcase", unit)
    assert captions(unit) == ["营业执照副本", "国家CMA证书", "CNAS证书"]


@pytest.mark.parametrize(
    ("uploads", "sentence"),
    [
        ([picture("好的.png"), picture("太大.png", at_least_bytes=2 * MEGABYTE + 1)], "太大.png"),
        ([pdf("附表.pdf")], "图片（GIF、JPG、PNG）"),
        ([picture("新.webp", "WEBP")], "图片（GIF、JPG、PNG）"),
        ([picture(f"{n}.png") for n in range(MOST_PICTURES_AT_ONCE + 1)], f"一次最多 {MOST_PICTURES_AT_ONCE} 张"),
        ([], "请选择图片"),
    ],
)
def test_all_or_none_are_taken(client, unit, gu, uploads, sentence):
    """S3-48."""
    client.force_login(gu)
    answer = client.post(address("add_pictures", unit), {"pictures": uploads})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert captions(unit) == []


def test_every_picture_that_is_wrong_is_named(client, unit, gu):
    client.force_login(gu)
    page = client.post(
        address("add_pictures", unit), {"pictures": [pdf("一.pdf"), picture("二.webp", "WEBP")]}
    ).content.decode()

    assert "一.pdf" in page
    assert "二.webp" in page


def test_pictures_change_places(client, unit, gu, three):
    client.force_login(gu)
    client.post(address("move_picture", unit, three[2].pk, "earlier"))
    assert captions(unit) == ["营业执照副本", "CNAS证书", "国家CMA证书"]
    client.post(address("move_picture", unit, three[0].pk, "later"))
    assert captions(unit) == ["CNAS证书", "营业执照副本", "国家CMA证书"]
    client.post(address("move_picture", unit, three[1].pk, "later"))  # at the end it stays

    assert captions(unit) == ["CNAS证书", "营业执照副本", "国家CMA证书"]
    assert client.post(address("move_picture", unit, three[1].pk, "sideways")).status_code == 404


def test_a_caption_is_changed_and_a_picture_removed(client, unit, gu, three):
    client.force_login(gu)
    client.post(address("rename_picture", unit, three[0].pk), {"caption": "营业执照"})
    client.post(address("remove_picture", unit, three[1].pk))

    assert captions(unit) == ["营业执照", "CNAS证书"]
    assert client.post(address("remove_picture", unit, three[1].pk)).status_code == 404


def test_only_who_keeps_the_unit_changes_what_it_shows(client, unit, gu, lin, stranger, three):
    case = services.save_case(organization=unit, actor=gu, title="案例", description="说明", order_value=1)
    for user in (lin, stranger):
        client.force_login(user)
        for name, keys in (
            ("move_picture", (three[0].pk, "later")), ("remove_picture", (three[0].pk,)), ("rename_picture", (three[0].pk,)),
            ("add_pictures", ()), ("delete_case", (case.pk,)), ("edit_case", (case.pk,)), ("add_case", ()),
        ):  # fmt: skip
            assert client.post(address(name, unit, *keys), {}).status_code == 404
    client.force_login(lin)
    assert "删除" not in client.get(address("showcase", unit)).content.decode().split("gy-main")[1]
    assert captions(unit) == ["营业执照副本", "国家CMA证书", "CNAS证书"]


def test_pictures_are_seen_as_long_as_the_unit_is(client, unit, gu, three):
    """The files themselves too: a suspended unit shows nothing."""
    url = three[0].stored.get_absolute_url()
    assert client.get(url).status_code == 200
    Organization.objects.filter(pk=unit.pk).update(status="suspended")

    assert client.get(url).status_code == 404
    client.force_login(gu)
    assert client.get(url).status_code == 200


# cases


def typed(**fields):
    return {
        "title": "螺栓失效分析",
        "order_value": "10",
        "description": "断口\n说明",
        "pictures": [picture("现场.png")],
    } | fields


def test_a_case_is_told_changed_and_deleted(client, unit, gu):
    """S3-56."""
    client.force_login(gu)
    client.post(address("add_case", unit), typed())
    case = SuccessCase.objects.get()
    first = case.pictures.get()
    client.post(
        address("edit_case", unit, case.pk),
        typed(title="螺栓氢脆分析", remove=[str(first.pk)], pictures=[picture("断口.png"), picture("金相.png")]),
    )
    case.refresh_from_db()

    assert case.title == "螺栓氢脆分析"
    assert [shown.stored.name for shown in case.pictures.all()] == ["断口.png", "金相.png"]
    assert "断口.png" in client.get(address("preview_case", unit, case.pk)).content.decode()
    client.post(address("delete_case", unit, case.pk))
    assert not SuccessCase.objects.exists()


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", {"title": ""}), ("title", {"title": "长" * 101}), ("description", {"description": ""}),
        ("order_value", {"order_value": "-1"}), ("order_value", {"order_value": "甲"}), ("pictures", {"pictures": [pdf()]}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_case_is_said(client, unit, gu, field, wrong):
    client.force_login(gu)
    answer = client.post(address("add_case", unit), typed(**wrong))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not SuccessCase.objects.exists()


def test_a_case_has_no_more_pictures_than_fit(client, unit, gu):
    client.force_login(gu)
    client.post(
        address("add_case", unit), typed(pictures=[picture(f"{n}.png") for n in range(MOST_PICTURES_OF_A_CASE)])
    )
    case = SuccessCase.objects.get()
    more = client.post(address("edit_case", unit, case.pk), typed())

    assert more.status_code == 422
    assert f"最多 {MOST_PICTURES_OF_A_CASE} 张" in more.content.decode()
    assert case.pictures.count() == MOST_PICTURES_OF_A_CASE


def test_cases_stand_in_ascending_order_of_their_value(client, unit, gu):
    """S3-57: 由小到大, on the home page and where they are kept."""
    for value, title in ((30, "丙"), (5, "甲"), (20, "乙")):
        services.save_case(organization=unit, actor=gu, title=f"案例{title}", description="说明", order_value=value)
    client.force_login(gu)

    for url in (unit.get_absolute_url(), address("showcase", unit)):
        page = client.get(url).content.decode()
        assert page.index("案例甲") < page.index("案例乙") < page.index("案例丙")
