"""Certificates: kept by the unit, warned of in time, worth what their dates say (S3-21 … S3-27, S3-53)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gongyi.audit.queries import events_of
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import Notification
from gongyi.organizations import services
from gongyi.organizations.certificate_numbers import explained, regular, warning
from gongyi.organizations.consequences import _TELLERS, Act, Consequence
from gongyi.organizations.models import Certificate, Organization, UnitRules
from gongyi.organizations.tasks import warn_of_expiring
from tests.factories.files import pdf, picture

N = Certificate.Nature
St = Certificate.Standing
MEGABYTE = 1024 * 1024


def days(number):
    return timezone.localdate() + timedelta(days=number)


def certificate(unit, actor, *, left=400, nature="cma", number="211020143367", **fields):
    return services.add_certificate(
        organization=unit, actor=actor, nature=nature, grade="national", number=number, issued_on=days(-800),
        expires_on=None if left is None else days(left), picture=picture(), scope_file=pdf(), **fields,
    )  # fmt: skip


def typed(**fields):
    return {
        "nature": "cma", "grade": "provincial", "number": "211020143367", "issuer": "江苏省市场监督管理局",
        "issued_on": f"{days(-30):%Y-%m-%d}", "expires_on": f"{days(1000):%Y-%m-%d}", "remark": "", "picture": picture(),
        "scope_file": pdf(),
    } | fields  # fmt: skip


def address(name, unit, *keys):
    return reverse(f"organizations:{name}", args=[unit.pk, *keys])


# keeping them


def test_the_unit_adds_a_certificate_with_its_files(client, unit, gu):
    """S3-21 … S3-26, S3-53."""
    client.force_login(gu)
    answer = client.post(address("add_certificate", unit), typed())
    kept = Certificate.objects.get()

    assert answer.url == address("certificates", unit)
    assert (kept.organization, kept.number, kept.get_grade_display()) == (unit, "211020143367", "省中心")
    assert (kept.picture.name, kept.scope_file.name, kept.picture.subject) == ("证书.png", "能力附表.pdf", kept)
    assert [event.what for event in events_of(kept)] == ["新增证书"]


@pytest.mark.parametrize(
    ("field", "wrong", "sentence"),
    [
        ("picture", {"picture": picture(at_least_bytes=2 * MEGABYTE + 1)}, "超过上限 2"),
        ("picture", {"picture": picture("证书.webp", "WEBP")}, "不是可接受的类型"),
        ("picture", {"picture": pdf("证书.pdf")}, "请上传图片（GIF、JPG、PNG）"),
        ("picture", {"picture": picture("证书.jpg", "PNG")}, "内容与扩展名不符"),
        ("scope_file", {"scope_file": picture("附表.png", at_least_bytes=4 * MEGABYTE + 1)}, "超过上限 4"),
        ("picture", {"picture": ""}, ""),
        ("scope_file", {"scope_file": ""}, ""),
        ("expires_on", {"expires_on": ""}, "CMA、CNAS 证书都有有效期"),
        ("expires_on", {"expires_on": f"{days(-40):%Y-%m-%d}"}, "过期时间应晚于发证日期"),
        ("number", {"number": ""}, ""),
        ("remark", {"remark": "很" * 501}, "500"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(client, unit, gu, field, wrong, sentence):
    client.force_login(gu)
    answer = client.post(address("add_certificate", unit), typed(**wrong))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert sentence in str(answer.context["form"].errors[field])
    assert "江苏省市场监督管理局" in answer.content.decode()  # what was typed is kept
    assert not Certificate.objects.exists()


@pytest.mark.parametrize("bytes_", [2 * MEGABYTE - 1, 2 * MEGABYTE])
def test_a_picture_up_to_two_megabytes_is_taken(client, unit, gu, bytes_):
    client.force_login(gu)

    assert (
        client.post(address("add_certificate", unit), typed(picture=picture(at_least_bytes=bytes_))).status_code == 302
    )


def test_a_refused_form_asks_for_the_files_again(client, unit, gu):
    client.force_login(gu)
    sentence = "选过的文件浏览器不能保留，请重新选择。"
    assert sentence in client.post(address("add_certificate", unit), typed(number="")).content.decode()
    without = client.post(address("add_certificate", unit), typed(number="", picture="", scope_file=""))
    assert sentence not in without.content.decode()


def test_another_certificate_may_last_for_ever(client, unit, gu):
    client.force_login(gu)
    client.post(address("add_certificate", unit), typed(nature="other", number="(国)法计(2008)00014号", expires_on=""))

    assert Certificate.objects.get().is_valid_on(days(20_000))


def test_a_number_is_on_record_once_until_its_certificate_is_withdrawn(unit, gu):
    first = certificate(unit, gu)
    with pytest.raises(Refused, match="已有编号为 211020143367 的证书"):
        certificate(unit, gu)
    services.withdraw_certificate(certificate=first, actor=gu, reason="换发新证")
    certificate(unit, gu)

    with pytest.raises(Refused, match="已有编号"):
        services.restore_certificate(certificate=first, actor=gu)


def test_a_replaced_picture_stays_in_the_history(client, unit, gu, stranger):
    """Replaced with history: the old file is still served to whoever reads the certificate, and to nobody else."""
    kept = certificate(unit, gu)
    old = kept.picture
    client.force_login(gu)
    client.post(
        address("edit_certificate", unit, kept.pk), typed(picture=picture("新证书.png"), scope_file="", remark="换发")
    )
    kept.refresh_from_db()
    page = client.get(address("certificate_history", unit, kept.pk)).content.decode()

    assert (kept.picture.name, kept.scope_file.name) == ("新证书.png", "能力附表.pdf")
    assert old.get_absolute_url() in page
    assert "换发" in page
    assert client.get(old.get_absolute_url()).status_code == 200
    client.force_login(stranger)
    assert client.get(old.get_absolute_url()).status_code == 404
    assert client.get(kept.picture.get_absolute_url()).status_code == 404


def test_a_withdrawn_certificate_counts_no_more_and_may_be_restored(client, unit, gu):
    kept = certificate(unit, gu)
    client.force_login(gu)
    client.post(address("withdraw_certificate", unit, kept.pk), {"reason": "到期不再续"})
    assert list(Certificate.objects.valid_on(days(0))) == []
    with pytest.raises(Refused, match="已撤销，不能修改"):
        services.change_certificate(certificate=kept, actor=gu, number="x")
    with pytest.raises(Refused, match="无需重复操作"):
        services.withdraw_certificate(certificate=kept, actor=gu, reason="x")

    client.post(address("restore_certificate", unit, kept.pk))
    assert list(Certificate.objects.valid_on(days(0))) == [kept]
    assert [event.what for event in events_of(kept)] == ["恢复证书", "撤销证书", "新增证书"]


def test_withdrawing_says_what_hangs_on_it(client, unit, gu, monkeypatch):
    """The hook for capabilities: whatever an app above registers is said before and in the warning."""
    kept = certificate(unit, gu, left=30)

    def capabilities(subject, act):
        return [Consequence("检测能力", 12, "不再能被查到。")] if subject == kept else []

    monkeypatch.setitem(_TELLERS, Act.CERTIFICATE_ENDS, [capabilities])
    client.force_login(gu)
    page = client.get(address("withdraw_certificate", unit, kept.pk)).content.decode()
    services.warn_of_expiring(days(0))

    assert "检测能力" in page
    assert "不再能被查到" in page
    assert "检测能力 12：不再能被查到" in Notification.objects.get(user=gu).body


def test_people_of_the_unit_read_and_strangers_find_nothing(client, unit, gu, lin, stranger, other_unit):
    kept = certificate(unit, gu)
    theirs = certificate(other_unit, stranger, number="221919114052")
    client.force_login(lin)
    page = client.get(address("certificates", unit)).content.decode()

    assert "211020143367" in page
    assert "添加资质证书" not in page
    assert client.get(kept.picture.get_absolute_url()).status_code == 200
    for name in ("edit_certificate", "withdraw_certificate", "restore_certificate"):
        assert client.get(address(name, unit, kept.pk)).status_code == 404
    client.force_login(gu)
    assert client.get(address("edit_certificate", unit, theirs.pk)).status_code == 404
    client.force_login(stranger)
    assert client.get(address("certificates", unit)).status_code == 404


def test_a_unit_that_left_keeps_its_certificates_as_they_were(unit, gu, admin):
    kept = certificate(unit, gu)
    Organization.objects.filter(pk=unit.pk).update(status="exited")

    with pytest.raises(Refused, match="已退出平台"):
        services.withdraw_certificate(certificate=kept, actor=admin, reason="x")


# what they are worth


@pytest.mark.parametrize(
    ("left", "standing"),
    [(None, St.VALID), (91, St.VALID), (90, St.EXPIRING), (1, St.EXPIRING), (0, St.EXPIRING), (-1, St.EXPIRED)],
)
def test_its_standing_follows_its_last_day(unit, gu, left, standing):
    kept = certificate(unit, gu, left=left, nature="other")

    assert kept.standing_on(days(0), 90) == standing
    assert kept.is_valid_on(days(0)) == (standing != St.EXPIRED)
    assert (kept in Certificate.objects.valid_on(days(0))) == (standing != St.EXPIRED)


@pytest.mark.parametrize(("left", "badge"), [(400, "有效"), (90, "90 天内到期"), (0, "今天到期"), (-1, "已过期")])
def test_the_page_shows_it(client, unit, gu, left, badge):
    certificate(unit, gu, left=left)
    client.force_login(gu)

    assert badge in client.get(address("certificates", unit)).content.decode()


# warnings


def titles(user):
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


@pytest.mark.parametrize("left", [91, 400])
def test_nothing_is_said_before_ninety_days(unit, gu, left):
    certificate(unit, gu, left=left)

    assert services.warn_of_expiring(days(0)) == 0


def test_it_is_said_on_the_ninetieth_sixtieth_and_thirtieth_day_and_when_it_has_expired(unit, gu, lin):
    certificate(unit, gu, left=100)
    told = [number for number in range(110) if services.warn_of_expiring(days(number))]

    assert told == [100 - 90, 100 - 60, 100 - 30, 101]
    assert titles(gu) == [
        "CMA 211020143367 将于 90 天后到期", "CMA 211020143367 将于 60 天后到期", "CMA 211020143367 将于 30 天后到期",
        "CMA 211020143367 已过期",
    ]  # fmt: skip
    assert titles(lin) == []


def test_running_twice_says_nothing_twice(unit, gu):
    certificate(unit, gu, left=60)

    assert [services.warn_of_expiring(days(0)) for _ in range(3)] == [1, 0, 0]


def test_missed_days_are_caught_up_with_one_message(unit, gu):
    certificate(unit, gu, left=100)
    services.warn_of_expiring(days(10))

    assert services.warn_of_expiring(days(75)) == 1
    assert titles(gu)[-1] == "CMA 211020143367 将于 25 天后到期"


def test_a_renewed_certificate_is_warned_of_anew(unit, gu):
    kept = certificate(unit, gu, left=20)
    services.warn_of_expiring(days(0))
    services.change_certificate(certificate=kept, actor=gu, expires_on=days(60))

    assert services.warn_of_expiring(days(0)) == 1


@pytest.mark.parametrize("change", ["withdrawn", "left"])
def test_nobody_is_warned_of_what_counts_no_more(unit, gu, change):
    kept = certificate(unit, gu, left=10)
    if change == "withdrawn":
        services.withdraw_certificate(certificate=kept, actor=gu, reason="换发")
    else:
        Organization.objects.filter(pk=unit.pk).update(status="exited")

    assert services.warn_of_expiring(days(0)) == 0


def test_the_days_are_the_platforms(unit, gu):
    UnitRules.objects.create(certificate_warn_days=[10])
    certificate(unit, gu, left=60)

    assert services.warn_of_expiring(days(0)) == 0
    assert services.warn_of_expiring(days(50)) == 1


def test_the_morning_job_warns(unit, gu):
    certificate(unit, gu, left=30)
    warn_of_expiring(0)

    assert titles(gu) == ["CMA 211020143367 将于 30 天后到期"]


# numbers


@pytest.mark.parametrize(
    ("nature", "number"),
    [
        (N.CMA, "211020143367"), (N.CMA, " 2119 1911 4052 "), (N.CNAS, "L2874"), (N.CNAS, "CNAS L10533"), (N.CNAS, "IB0123"),
        (N.OTHER, "(国)法计(2008)00014号"), (N.OTHER, "（陕）法计（2023）0102号"), (N.OTHER, "苏质检(2021)017"),
    ],
)  # fmt: skip
def test_usual_numbers_pass(nature, number):
    assert warning(nature, number) == ""


@pytest.mark.parametrize(
    ("nature", "number", "sentence"),
    [
        (N.CMA, "21102014336", "通常是 12 位数字，现在是 11 位"),
        (N.CMA, "219920143367", "第 3–4 位（发证机关）「99」不在代码表中"),
        (N.CMA, "211099143367", "第 5–6 位（领域）「99」不在代码表中"),
        (N.CMA, "211020993367", "第 7–8 位（行业）「99」不在代码表中"),
        (N.CMA, "051020143367", "「05」早于现行编号办法"),
        (N.CNAS, "2874", "CNAS 编号通常是 L 加 4–5 位数字"),
        (N.OTHER, "国法计(2008)14", "通常写作 (国)法计(2008)00014号"),
    ],
)
def test_an_unusual_number_is_pointed_out(nature, number, sentence):
    assert sentence in warning(nature, number)


def test_an_unusual_number_is_taken_nevertheless(client, unit, gu):
    client.force_login(gu)
    page = client.post(address("add_certificate", unit), typed(number="2110201433"), follow=True).content.decode()

    assert Certificate.objects.get().number == "2110201433"
    assert page.count("通常是 12 位数字，现在是 10 位") == 2  # said once, and shown on the card


def test_what_a_number_says_is_read_from_the_tables():
    assert explained(N.CMA, "211020143367") == "2021 年 · 江苏 · 综合 · 食药"
    assert explained(N.CNAS, "L2874") == ""
    assert regular("（国）法计（2008） 00014号") == "(国)法计(2008)00014号"
