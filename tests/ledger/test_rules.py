"""Whose price a group pays, what a use costs, and what a refusal says."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongyi.catalog.models import Instrument, Price
from gongyi.ledger.models import PaymentAccount
from gongyi.ledger.queries import price_for
from gongyi.ledger.rules import cannot_spend, estimate, may_pay_for, price_tier, terms
from gongyi.organizations.models import OrganizationKind
from gongyi.workflow import Refused
from tests.factories.ledger import payment_account
from tests.factories.organizations import department, organization


def yuan(text):
    return Decimal(text)


def lines(estimate):
    return [(line.label, str(line.amount)) for line in estimate.lines]


@pytest.fixture
def university(db):
    return organization("望江大学")


@pytest.fixture
def centre(university):
    return department(university, "分析测试中心")


@pytest.fixture
def microscope(university, centre):
    return Instrument.objects.create(organization=university, department=centre, number="WJU-0001", name="扫描电镜")


def price(instrument, tier, rate):
    return Price.objects.create(instrument=instrument, tier=tier, hourly_rate=yuan(rate))


# Whose price


def test_the_group_that_owns_the_instrument_pays_the_group_price(university, centre, microscope):
    assert price_tier(payment_account(unit=university, department=centre), microscope) == "group"


def test_another_department_of_the_unit_pays_the_internal_price(university, microscope):
    physics = department(university, "物理学院")
    assert price_tier(payment_account(unit=university, department=physics), microscope) == "internal"
    assert price_tier(payment_account(unit=university), microscope) == "internal"


def test_an_instrument_without_department_has_no_group_price(university, microscope):
    microscope.department = None
    assert price_tier(payment_account(unit=university), microscope) == "internal"


def test_another_university_pays_the_external_price_and_an_enterprise_its_own(university, centre, microscope):
    elsewhere = payment_account(unit=university, payer=organization())
    company = payment_account(unit=university, payer=organization(kind=OrganizationKind.ENTERPRISE))
    assert [price_tier(account, microscope) for account in (elsewhere, company)] == ["external", "enterprise"]


def test_an_account_of_another_unit_can_not_pay(microscope):
    other = payment_account(unit=organization("滨澜大学"))
    with pytest.raises(Refused) as refused:
        price_tier(other, microscope)
    assert refused.value.code == "wrong_unit"
    assert str(refused.value) == (
        f"付款账户「{other.name}」用于支付滨澜大学的仪器，不能支付望江大学的仪器。请选择望江大学的付款账户，或向该单位申请开户。"
    )
    assert str(may_pay_for(other, microscope)) == str(refused.value)


def test_a_tier_without_a_price_pays_the_next_dearer_one(university, centre, microscope):
    price(microscope, "internal", 100)
    price(microscope, "enterprise", 400)
    account = payment_account(unit=university, department=centre)
    abroad = payment_account(unit=university, payer=organization())
    assert price_for(account, microscope).tier == "internal"
    assert price_for(abroad, microscope).tier == "enterprise"


def test_no_group_gets_a_cheaper_price_than_its_own(university, microscope):
    price(microscope, "internal", 100)
    company = payment_account(unit=university, payer=organization(kind=OrganizationKind.ENTERPRISE))
    with pytest.raises(Refused, match="该仪器没有面向企业用户的价格。请联系仪器管理员设定价格。"):
        price_for(company, microscope)


def test_an_instrument_without_a_price_list_is_free(university, microscope):
    account = payment_account(unit=university)
    assert price_for(account, microscope) is None
    assert terms(None) == {}
    assert estimate({}, 120).total == estimate(None, 120).total == 0


def test_prefetched_prices_cost_no_query(university, microscope, django_assert_num_queries):
    price(microscope, "internal", 100)
    account = payment_account(unit=university)
    instrument = Instrument.objects.prefetch_related("prices").get(pk=microscope.pk)
    with django_assert_num_queries(0):
        price_for(account, instrument)


# What it costs

RATE = {"hourly_rate": "300.00", "startup_fee": "50.00", "minimum_fee": "200.00"}


def test_two_hours_and_the_start_up_fee():
    assert lines(estimate(RATE, 120)) == [("机时费 2.0 小时 × ¥300.00", "600.00"), ("开机费", "50.00")]
    assert estimate(RATE, 120).total == yuan("650.00")


def test_a_short_use_pays_the_minimum_fee():
    assert lines(estimate(RATE, 12)) == [
        ("机时费 0.2 小时 × ¥300.00", "60.00"),
        ("开机费", "50.00"),
        ("最低收费补足", "90.00"),
    ]


def test_minutes_count_up_to_the_billing_unit():
    assert lines(estimate({"hourly_rate": "300"}, 61, 30)) == [("机时费 1.5 小时 × ¥300.00", "450.00")]
    assert estimate({"hourly_rate": "300"}, 60, 30).total == yuan("300.00")
    assert estimate({"hourly_rate": "300"}, 1, 60).total == yuan("300.00")


def test_what_a_tenth_of_an_hour_can_not_say_is_told_in_minutes():
    assert lines(estimate({"hourly_rate": "100"}, 50)) == [("机时费 50 分钟 × ¥100.00/小时", "83.33")]


def test_half_a_cent_is_rounded_up():
    assert estimate({"hourly_rate": "0.30"}, 1).total == yuan("0.01")  # 0.005
    assert estimate({"hourly_rate": "0.10"}, 1).total == yuan("0.00")


def test_terms_keep_the_price_as_it_was(microscope):
    kept = terms(Price(instrument=microscope, tier="group", hourly_rate=yuan("300.00"), startup_fee=yuan("50.00")))
    assert kept == {"hourly_rate": "300.00", "startup_fee": "50.00", "minimum_fee": "0.00"}
    assert estimate(kept, 60).total == yuan("350.00")


money = st.decimals(0, 100_000, places=2)


@given(money, money, money, st.integers(0, 100_000), st.integers(0, 240))
def test_an_estimate_is_the_sum_of_its_lines_and_never_below_the_minimum(rate, startup, minimum, minutes, unit):
    price = {"hourly_rate": str(rate), "startup_fee": str(startup), "minimum_fee": str(minimum)}
    result = estimate(price, minutes, unit)
    assert result.total == sum(line.amount for line in result.lines)
    assert result.total >= max(minimum, startup)
    assert result.total == result.total.quantize(yuan("0.01"))
    assert estimate(price, minutes + 1, unit).total >= result.total


# Whether it can be paid


def account(**fields):
    return PaymentAccount(name="储能组", **fields)


@pytest.mark.parametrize(
    ("available", "credit_line", "amount", "sentence"),
    [
        ("100", "0", "100", None),
        ("100", "0", "220", "账户余额不足，还差 ¥120.00。请联系账户所属单位管理员充值，或改用其他付款账户。"),
        ("-1900", "2000", "100", None),
        ("-1900", "2000", "100.01", "账户余额不足，还差 ¥0.01。请联系账户所属单位管理员充值，或改用其他付款账户。"),
        ("-60", "0", "0", "账户余额不足，还差 ¥60.00。请联系账户所属单位管理员充值，或改用其他付款账户。"),
    ],
)
def test_balance_and_credit_line_less_holds_may_reach_zero_and_no_less(available, credit_line, amount, sentence):
    refusal = cannot_spend(account(available=yuan(available), credit_line=yuan(credit_line)), yuan(amount))
    assert (str(refusal) if refusal else None) == sentence


@pytest.mark.parametrize("status", ["pending", "refused", "frozen", "closed"])
def test_an_account_that_is_not_in_order_can_not_pay(status):
    refusal = cannot_spend(account(status=status, available=yuan(1000)), yuan(1))
    assert refusal.code == "account_not_active"
