"""The public home page of an institution, and finding one (S3-45 … S3-57, S1-48)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gongyi.organizations.models import (
    Certificate,
    ContactPerson,
    Organization,
    Participation,
    QualificationPicture,
    SuccessCase,
    UnitProfile,
)
from tests.factories import catalog
from tests.factories.organizations import member, organization, stored_file
from tests.factories.reviews import innovation_platform

pytestmark = pytest.mark.django_db
LIST = "/organizations/"


@pytest.fixture
def unit():
    return organization(
        "澄湖产品质量检验中心", kind="testing_institution", region_id="320508", phone="0512-68704400", address="干将西路 77 号",
        introduction="第三方产品质量检验。" * 30,
    )  # fmt: skip


def page(client, unit):
    return client.get(unit.get_absolute_url()).content.decode()


def test_it_shows_name_phone_address_and_a_long_introduction_folded(client, unit):
    """S3-55."""
    shown = page(client, unit)

    for words in ("澄湖产品质量检验中心", "0512-68704400", "干将西路 77 号", "查看更多"):
        assert words in shown
    assert unit.introduction in shown


def test_a_short_introduction_is_not_folded(client):
    assert "查看更多" not in page(client, organization(introduction="一句话。"))


def test_it_shows_the_cover_the_qualifications_and_the_cases(client, unit):
    """S3-49, S3-52, S3-57."""
    cover, picture = stored_file("楼.png"), stored_file("营业执照副本.png")
    Organization.objects.filter(pk=unit.pk).update(cover=cover)
    QualificationPicture.objects.create(organization=unit, stored=picture, caption="营业执照副本")
    SuccessCase.objects.create(organization=unit, title="螺栓失效分析", description="断口形貌")
    shown = page(client, unit)

    for words in (cover.get_absolute_url(), picture.get_absolute_url(), "营业执照副本", "螺栓失效分析", "断口形貌"):
        assert words in shown


def test_it_names_the_certificates_valid_today_and_shows_no_files(client, unit):
    """S3-53: not for display."""
    today, files = timezone.localdate(), [stored_file(f"{n}.png") for n in range(3)]
    for number, left, withdrawn, file in (
        ("L0001", 0, None, files[0]),
        ("L0002", -1, None, files[1]),
        ("L0003", 90, timezone.now(), files[2]),
    ):
        Certificate.objects.create(
            organization=unit, nature="cnas", grade="national", number=number, expires_on=today + timedelta(days=left),
            withdrawn_at=withdrawn, picture=file,
        )  # fmt: skip
    shown = page(client, unit)

    assert [number in shown for number in ("L0001", "L0002", "L0003")] == [True, False, False]
    assert all(file.get_absolute_url() not in shown for file in files)
    assert client.get(files[0].get_absolute_url()).status_code == 404


def test_it_names_whom_to_ask_now(client, unit):
    """S3-90, S3-91."""
    now = timezone.now()
    for duty, name, until in (("sales", "唐可心", None), ("complaints", "沈若谷", now), ("complaints", "陆一帆", None)):
        ContactPerson.objects.create(organization=unit, duty=duty, name=name, phone="13812345678", until=until)
    shown = page(client, unit)

    assert "唐可心" in shown
    assert "陆一帆" in shown
    assert "沈若谷" not in shown


def test_what_there_is_none_of_has_no_place(client, unit):
    shown = page(client, unit).partition("<main")[2].partition("</main>")[0]

    for heading in ("机构资质", "有效的资质证书", "成功案例", "创新平台", "开放的仪器", "服务方案", "检测能力"):
        assert heading not in shown


def test_published_innovation_platforms_are_shown(client, unit):
    innovation_platform(unit, "紧固件失效分析重点实验室", status="draft")

    assert "紧固件失效分析重点实验室" not in page(client, unit)


@pytest.mark.parametrize("status", ["suspended", "exited"])
def test_a_unit_that_is_not_in_use_does_not_exist_for_strangers(client, unit, status):
    instrument = catalog.instrument(unit=unit)
    own = member(unit)
    Organization.objects.filter(pk=unit.pk).update(status=status)

    for address in (unit.get_absolute_url(), instrument.get_absolute_url()):
        assert client.get(address).status_code == 404
    client.force_login(own)
    assert client.get(unit.get_absolute_url()).status_code == 200


# finding one


def test_the_list_is_narrowed_by_name_region_business_type_and_capacity(client, unit):
    UnitProfile.objects.create(organization=unit, business_types=["inspection", "standards"])
    Participation.objects.create(organization=unit, capacity="service_institution", since=timezone.now())
    organization("望江大学", region_id="330106")

    def found(**query):
        text = client.get(LIST, query).content.decode()
        return [name for name in ("澄湖产品质量检验中心", "望江大学") if f'<b class="ell">{name}</b>' in text]

    assert found(q="质量") == ["澄湖产品质量检验中心"]
    assert found(region="320000") == ["澄湖产品质量检验中心"]
    assert found(region="330000") == ["望江大学"]
    assert found(type="standards") == ["澄湖产品质量检验中心"]
    assert found(type="metrology") == []
    assert found(capacity="service_institution") == ["澄湖产品质量检验中心"]
    assert found(capacity="network_unit") == []
    assert len(found(region="999999", type="x", capacity="?")) == 2  # what nobody offered narrows nothing


def test_an_ended_participation_is_not_found(client, unit):
    now = timezone.now()
    Participation.objects.create(organization=unit, capacity="network_unit", since=now, ended_at=now)

    assert unit.name not in client.get(LIST, {"capacity": "network_unit"}).content.decode()


def test_without_a_hit_the_way_back_is_shown(client, unit):
    text = client.get(LIST, {"q": "没有这家"}).content.decode()

    assert "没有符合条件的单位" in text
    assert reverse("portal:organizations") in text
