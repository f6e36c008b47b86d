"""The four conditions for innovation vouchers, at each boundary (S1-31)."""

from decimal import Decimal

import pytest

from gongyi.onboarding.vouchers import conditions, fulfilled, sentence
from gongyi.organizations.models import UnitRules
from gongyi.regions.models import Region

pytestmark = pytest.mark.django_db


def found(*, kind="enterprise", region="330106", employees=500, revenue="20000.00", province="330000"):
    rules = UnitRules(voucher_province=Region.objects.get(pk=province) if province else None)
    return conditions(
        kind=kind,
        region=Region.objects.get(pk=region) if region else None,
        employees=employees,
        revenue_wan=Decimal(revenue) if revenue is not None else None,
        rules=rules,
    )


def failing(**facts):
    return [condition.name for condition in found(**facts) if condition.state == "bad"]


def missing(**facts):
    return [condition.name for condition in found(**facts) if condition.state == "wait"]


def test_all_four_hold_up_to_and_including_the_limits():
    rows = found()
    assert [row.name for row in rows] == ["province", "employees", "revenue", "enterprise"]
    assert (fulfilled(rows), sentence(rows)) == (True, "")


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        ({"employees": 499}, []),
        ({"employees": 500}, []),
        ({"employees": 501}, ["employees"]),
        ({"revenue": "19999.99"}, []),
        ({"revenue": "20000"}, []),
        ({"revenue": "20000.01"}, ["revenue"]),
        ({"revenue": "0"}, []),
        ({"region": "320102"}, ["province"]),
        ({"region": "330782"}, []),
        ({"kind": "university"}, ["enterprise"]),
        ({"kind": "institute", "employees": 501, "revenue": "20000.01", "region": "110101"},
         ["province", "employees", "revenue", "enterprise"]),
    ],
)  # fmt: skip
def test_each_condition_fails_just_beyond_its_limit(facts, names):
    assert failing(**facts) == names


def test_the_sentence_names_what_fails_with_the_value_and_the_limit():
    words = sentence(found(employees=501, revenue="20000.01", region="320102"))
    assert "江苏省南京市玄武区" in words
    assert "企业人数 501 人，超过 500 人" in words
    assert "上年营业收入 20,000.01 万元，超过 20,000 万元" in words


def test_what_is_not_filled_in_yet_waits_and_does_not_fail():
    rows = {"employees": None, "revenue": None, "region": None, "kind": ""}
    assert (failing(**rows), missing(**rows)) == ([], ["province", "employees", "revenue", "enterprise"])
    assert sentence(found(**rows)).startswith("不能申请创新券：请先选择所在地区")


def test_without_a_province_in_the_rules_any_place_will_do():
    assert failing(province=None, region="540102") == []
    assert missing(province=None, region=None) == []
