"""One line added, changed, copied, priced and moved; what a certificate's end means; the screens of those who keep the library."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongyi.audit.queries import events_of, history_of
from gongyi.kit.refusal import Refused
from gongyi.offerings.models import Capability
from gongyi.offerings.queries.capabilities import counts
from gongyi.offerings.services import capabilities as services
from gongyi.organizations.consequences import Act, consequences_of
from gongyi.organizations.services import withdraw_certificate
from tests.factories import offerings
from tests.factories.organizations import organization

pytestmark = pytest.mark.django_db
OWN = {"nature": "test", "subject": "金属材料", "parameter": "抗拉强度", "standard_no": "GBT 228.1—2021"}
FULL = OWN | {
    "group_no": "一", "domain": "材料", "category": "金属", "parameter_no": "1.1", "standard_name": "金属材料 拉伸试验",
}  # fmt: skip
METROLOGY = {
    "nature": "calibration", "subject": "电子天平", "measuring_range": "30 kg", "accuracy": "U=1 mg", "standard_no": "JJF 1847-2020",
    "authorized_area": "全国", "authorization_category": "special",
}  # fmt: skip


@pytest.fixture
def add(lab, keeper):
    return lambda certificate, **fields: services.add_capability(
        organization=lab, certificate=certificate, actor=keeper, **fields
    )


@pytest.fixture
def desk(keeper):
    browser = Client()
    browser.force_login(keeper, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return browser


def today():
    return timezone.localdate()


def test_a_line_is_written_regularly_recorded_and_found(add, other, keeper):
    line = add(other, **OWN, price=Decimal(200), lead_days=5)
    assert (line.standard_no, line.price, line.lead_days) == ("GB/T 228.1-2021", Decimal(200), 5)
    assert [(record.label, record.actor) for record in history_of(line)] == [("新增", keeper)]
    line.refresh_from_db()
    assert "gbt228.1" in line.tsv
    assert Capability.objects.orderable_on(today()).get() == line


def test_what_a_certificate_asks_of_a_line(add, cma, cnas, other):
    """S3-39: every column of the annex under CMA, the standard under CNAS, a method of one's own under others."""
    with pytest.raises(Refused, match="CMA 证书下的能力须填写"):
        add(cma, **OWN)
    assert add(cma, **FULL).pk
    with pytest.raises(Refused, match="CNAS 证书下的能力须填写"):
        add(cnas, **OWN | {"standard_no": ""})
    with pytest.raises(Refused, match="不是标准编号"):
        add(cnas, **OWN | {"standard_no": "实验室方法"})
    own = add(other, **OWN | {"standard_no": "实验室方法"})
    assert (own.standard_no, own.standard) == ("", "机构自定方法 实验室方法")
    for certificate in (cma, cnas, other):
        with pytest.raises(Refused, match="没有年号"):
            add(certificate, **FULL | {"standard_no": "GB/T 228.1", "parameter": "屈服强度"})


def test_metrology_names_its_rule_range_accuracy_area_and_quality(add, other):
    """S3-58 … S3-60."""
    assert add(other, **METROLOGY).nature == "calibration"
    for name in ("standard_no", "measuring_range", "accuracy", "authorized_area", "authorization_category"):
        with pytest.raises(Refused, match="必填"):
            add(other, **METROLOGY | {name: "", "subject": "砝码"})


def test_no_line_twice_however_it_is_typed_but_under_another_certificate(add, other, cnas, lab):
    """S3-38."""
    first = add(other, **OWN)
    with pytest.raises(Refused, match="请勿重复添加") as refusal:
        add(other, **OWN | {"subject": "金 属材料", "standard_no": "GB/T228.1-2021"})
    assert refusal.value.url == first.kept_url
    assert add(cnas, **OWN, standard_name="金属材料 拉伸试验").pk
    with pytest.raises(IntegrityError, match="capability_once"), transaction.atomic():
        Capability.objects.create(organization=lab, certificate=other, **OWN | {"standard_no": "GB/T 228.1-2021"})


def test_only_valid_certificates_of_ones_own_carry_lines(add, lab, expired, keeper):
    """S3-40."""
    with pytest.raises(Refused, match="已过期或已撤销"):
        add(expired, **FULL)
    foreign = offerings.certificate(organization("启衡检测"))
    with pytest.raises(Refused, match="只能选择本机构的证书"):
        add(foreign, **FULL)
    with pytest.raises(IntegrityError, match="capability_own_certificate"), transaction.atomic():
        Capability.objects.create(organization=lab, certificate=foreign, **OWN)


def test_a_change_keeps_what_stood_before_and_a_cancelled_line_is_not_changed(add, other, keeper):
    line = add(other, **OWN)
    changed = services.change_capability(capability=line, actor=keeper, price=Decimal(260))
    assert changed.price == Decimal(260)
    (event,) = events_of(line)
    assert (event.before, event.after) == ({"参考价格": ""}, {"参考价格": "¥260.00"})
    services.change_capability(capability=line, actor=keeper, price=Decimal(260))
    assert events_of(line).count() == 1
    Capability.objects.filter(pk=line.pk).update(status="cancelled")
    with pytest.raises(Refused, match="已取消"):
        services.change_capability(capability=line, actor=keeper, price=None)


def test_a_line_under_an_expired_certificate_may_still_be_mended(add, other, keeper):
    line = add(other, **OWN)
    other.expires_on = today() - timedelta(days=1)
    other.save()
    assert services.change_capability(capability=line, actor=keeper, site="二楼").site == "二楼"


def test_one_price_for_many(add, other, keeper):
    lines = [add(other, **OWN | {"parameter": f"参数{n}"}) for n in range(3)]
    Capability.objects.filter(pk=lines[0].pk).update(status="cancelled")
    assert services.set_price(capabilities=lines, actor=keeper, price=Decimal(90), lead_days=4) == 2
    assert Capability.objects.filter(price=90, lead_days=4).count() == 2


def test_the_lines_of_an_old_certificate_move_to_its_successor_in_one_step(add, lab, other, keeper):
    line, twin = add(other, **OWN), add(other, **OWN | {"parameter": "屈服强度"})
    new = offerings.certificate(lab, "苏质检(2026)001", nature="other")
    held = add(new, **OWN | {"parameter": "屈服强度"})
    withdraw_certificate(certificate=other, actor=keeper, reason="换发新证")
    assert services.move_capabilities(source=other, target=new, actor=keeper) == (1, 1)
    line.refresh_from_db()
    assert line.certificate == new
    assert [event.what for event in events_of(line)] == ["换证"]
    assert events_of(new).first().what.startswith("能力项由")
    assert set(Capability.objects.orderable_on(today())) == {line, held}
    assert Capability.objects.get(pk=twin.pk).certificate == other
    with pytest.raises(Refused, match="请选择有效的证书"):
        services.move_capabilities(source=new, target=other, actor=keeper)


def test_what_a_withdrawn_certificate_brings_down_is_said_before_and_shown_after(add, lab, other, keeper):
    line = add(other, **OWN)
    add(other, **METROLOGY)
    offerings.plan(lab, lines=(line,))
    told = {item.label: (item.count, str(item.what_happens)) for item in consequences_of(other, Act.CERTIFICATE_ENDS)}
    assert told["能力项"][0] == 2
    assert told["能力项"][1].startswith("其中 2 项现在可以订购。")
    assert told["已发布的服务方案"][0] == 1
    withdraw_certificate(certificate=other, actor=keeper, reason="不再持有")
    line = Capability.objects.select_related("certificate").get(pk=line.pk)
    assert line.standing_on(today()) == Capability.Standing.WITHDRAWN
    assert not Capability.objects.orderable_on(today()).exists()
    assert counts(Capability.objects.all(), today()) == {"withdrawn": 2}


@pytest.mark.parametrize("standing", Capability.Standing)
def test_a_list_by_standing_finds_what_each_line_says_of_itself(lab, other, expired, standing):
    yesterday = today() - timedelta(days=1)
    gone = offerings.certificate(lab, "W1", withdrawn_at=timezone.now(), withdrawn_reason="换发")
    offerings.capability(lab, "甲", certificate=other)
    offerings.capability(lab, "乙", certificate=other, status="suspended")
    offerings.capability(lab, "丙", certificate=expired, status="suspended")
    offerings.capability(lab, "丁", certificate=gone)
    offerings.capability(lab, "戊", certificate=other, valid_until=yesterday, status="suspended")
    offerings.capability(lab, "己", certificate=expired, status="cancelled")
    rows = Capability.objects.select_related("certificate")
    assert {r.pk for r in rows.standing(standing, today())} == {
        r.pk for r in rows if r.standing_on(today()) == standing
    }
    assert counts(rows, today())[standing] == 1


def test_the_form_adds_a_line_and_shows_the_way_to_the_one_that_is_there(desk, lab, other):
    address = reverse("offerings:add_test", args=[lab.pk])
    sent = OWN | {"certificate": f" {other.number} "}
    assert desk.post(address, sent).status_code == 302
    line = Capability.objects.get()
    answer = desk.post(address, sent)
    assert answer.status_code == 422
    assert f'<a href="{line.kept_url}" target="_blank">' in answer.content.decode()
    answer = desk.post(address, sent | {"standard_no": "GB/T 228.1", "parameter": "屈服强度"})
    assert "没有年号" in answer.content.decode()
    copy = desk.get(address, {"copy": line.pk}).content.decode()
    assert "抗拉强度" in copy
    assert other.number in copy
    answer = desk.post(address, OWN | {"certificate": "没有的证书"})
    assert "本机构没有编号为" in answer.content.decode()


def test_the_certificates_dialog_offers_valid_ones_greys_the_others_and_leads_to_where_they_are_added(
    desk, lab, expired
):
    """S3-40, S3-41."""
    address = reverse("offerings:pick_certificate", args=[lab.pk])
    page = desk.get(address).content.decode()
    assert reverse("organizations:add_certificate", args=[lab.pk]) in page
    assert "都已过期或撤销" in page
    assert f'data-pick="{expired.number}"' not in page
    valid = offerings.certificate(lab, "L2874", nature="cnas")
    page = desk.get(address).content.decode()
    assert f'data-pick="{valid.number}"' in page
    assert "已于" in page
    assert "都已过期或撤销" not in page


def test_the_library_says_how_many_fell_and_filters_by_it(desk, lab, other, expired):
    offerings.capability(lab, "甲", certificate=other)
    offerings.capability(lab, "乙", certificate=expired)
    address = reverse("offerings:tests", args=[lab.pk])
    page = desk.get(address).content.decode()
    assert "1 项能力的证书已过期或撤销" in page
    assert reverse("offerings:move_capabilities", args=[lab.pk]) in page
    fallen = desk.get(address, {"standing": "fallen"}).content.decode()
    assert "乙" in fallen
    assert ">甲<" not in fallen
    assert desk.get(address, {"export": "xlsx"}).status_code == 200


def test_bulk_steps_and_prices_from_the_list(desk, lab, other):
    lines = [offerings.capability(lab, f"料{n}", certificate=other) for n in range(3)]
    address = reverse("offerings:tests", args=[lab.pk])
    keys = [line.pk for line in lines]
    desk.post(address, {"action": "suspend", "confirmed": "1", "pk": keys[:2], "reason": "送检"})
    assert Capability.objects.filter(status="suspended").count() == 2
    desk.post(address, {"action": "resume", "confirmed": "1", "pk": keys[:1]})
    desk.post(address, {"action": "price", "confirmed": "1", "all": "1", "price": "88", "lead_days": "3"})
    assert Capability.objects.filter(price=88).count() == 3
    desk.post(address, {"action": "cancel", "confirmed": "1", "pk": keys[2:], "reason": "不做了"})
    assert sorted(Capability.objects.values_list("status", flat=True)) == ["cancelled", "suspended", "valid"]


def test_metrology_is_kept_apart_by_its_four_classes(desk, lab, other):
    """S3-59."""
    for nature in Capability.METROLOGY:
        offerings.capability(lab, f"{nature}天平", certificate=other, nature=nature, standard_no="JJG 1036-2022")
    offerings.capability(lab, "钢", certificate=other)
    address = reverse("offerings:metrology", args=[lab.pk])
    page = desk.get(address).content.decode()
    assert "calibration天平" in page
    assert ">钢<" not in page
    one = desk.get(address, {"nature": "inspection"}).content.decode()
    assert "inspection天平" in one
    assert "calibration天平" not in one


def test_moving_from_the_page_offers_the_successor_of_the_same_nature(desk, lab, expired):
    line = offerings.capability(lab, certificate=expired)
    new = offerings.certificate(lab, "261020140001")
    cnas = offerings.certificate(lab, "L1", nature="cnas")
    address = reverse("offerings:move_capabilities", args=[lab.pk])
    page = desk.get(address).content.decode()
    assert f'<option value="{new.pk}" selected>' in page
    assert desk.post(address, {"source": expired.pk, "target": cnas.pk}).status_code == 422
    assert desk.post(address, {"source": expired.pk, "target": new.pk}).status_code == 302
    line.refresh_from_db()
    assert line.certificate == new


def test_a_colleague_reads_the_library_and_changes_nothing(colleague, lab, other):
    line = offerings.capability(lab, certificate=other)
    browser = Client()
    browser.force_login(colleague, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    page = browser.get(reverse("offerings:tests", args=[lab.pk]))
    assert page.status_code == 200
    assert "批量导入" not in page.content.decode()
    assert browser.get(reverse("offerings:edit_capability", args=[line.pk])).status_code == 404
    assert browser.get(line.kept_url).status_code == 404
