"""Service plans: written, cleaned, linked, published, copied, taken down, deleted; shown to whom they may be (S3-61 … S3-63)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from gongyi.audit.models import AuditEvent
from gongyi.files.models import StoredFile
from gongyi.kit.refusal import Refused
from gongyi.offerings.models import IndustryTopic, ServicePlan
from gongyi.offerings.services import plans as services
from gongyi.offerings.workflow import PlanFlow, TopicFlow
from gongyi.organizations.models import Certificate, Organization
from tests.factories import offerings
from tests.factories.accounts import person, platform_admin
from tests.factories.files import pdf, picture
from tests.factories.organizations import member, organization, unit_admin

pytestmark = pytest.mark.django_db
P, T = ServicePlan.Status, IndustryTopic.Status
WHOLE = {
    "name": "紧固件验收套餐", "business_type": "inspection", "summary": "抗拉与硬度", "description": "<p>按批抽样</p>",
    "price_kind": "fixed", "price": Decimal(1280), "price_unit": "批", "deliverables": "报告一份", "workdays_from": 4,
    "workdays_to": 6,
}  # fmt: skip


@pytest.fixture
def unit():
    return organization("澄湖质检中心", kind="testing_institution", region_id="320508")


@pytest.fixture
def keeper(unit):
    return unit_admin(unit)


@pytest.fixture
def admin():
    return platform_admin()


@pytest.fixture
def plan(unit, keeper):
    return services.save_plan(organization=unit, actor=keeper, **WHOLE)


@pytest.fixture
def published(plan, keeper):
    return PlanFlow.fire(plan, "publish", actor=keeper)


# ---- the process -------------------------------------------------------------------------------------------------

OFFERED = {
    P.DRAFT: {"keeper": ["publish"], "admin": ["publish"]},
    P.PUBLISHED: {"keeper": ["take_down"], "admin": ["take_down"]},
    P.TAKEN_DOWN: {"keeper": ["publish"], "admin": ["publish"]},
}
TOPICS_OFFERED = {T.DRAFT: ["publish"], T.PUBLISHED: ["close"], T.CLOSED: ["publish"]}


@pytest.mark.parametrize("status", P.values)
def test_what_is_offered_to_whom_on_a_plan(plan, keeper, admin, unit, status):
    ServicePlan.objects.filter(pk=plan.pk).update(status=status)
    plan.refresh_from_db()
    cast = {
        "keeper": keeper, "admin": admin, "member": member(unit), "stranger": unit_admin(organization("别处")), "person": person(),
    }  # fmt: skip
    offered = {role: [offer.step.name for offer in PlanFlow.offered(plan, user)] for role, user in cast.items()}
    assert {role: steps for role, steps in offered.items() if steps} == OFFERED[status]


@pytest.mark.parametrize("status", T.values)
def test_topics_are_the_platform_administrator_s(keeper, admin, status):
    topic = offerings.topic(status=status)
    assert [offer.step.name for offer in TopicFlow.offered(topic, admin)] == TOPICS_OFFERED[status]
    assert TopicFlow.offered(topic, keeper) == []


@pytest.mark.parametrize(
    ("gap", "named"),
    [
        ({"price": None}, "价格"), ({"summary": ""}, "一句话介绍"), ({"description": ""}, "方案介绍"),
        ({"deliverables": ""}, "交付内容"), ({"workdays_from": None, "workdays_to": None}, "周期"),
    ],
)  # fmt: skip
def test_publishing_names_what_is_missing(unit, keeper, gap, named):
    plan = services.save_plan(organization=unit, actor=keeper, **(WHOLE | gap))
    with pytest.raises(Refused) as refused:
        PlanFlow.fire(plan, "publish", actor=keeper)
    assert f"还没有填写：{named}。" in str(refused.value)


def test_a_published_plan_stays_complete(published, keeper, unit):
    with pytest.raises(Refused, match="一句话介绍"):
        services.save_plan(organization=unit, actor=keeper, plan=published, summary="")
    published.refresh_from_db()
    assert published.summary == WHOLE["summary"]


def test_a_suspended_institution_publishes_nothing_and_shows_nothing(published, plan, keeper, client):
    Organization.objects.filter(pk=plan.organization_id).update(status="suspended")
    assert client.get(published.get_absolute_url()).status_code == 404
    PlanFlow.fire(published, "take_down", actor=keeper)
    with pytest.raises(Refused, match="停用"):
        PlanFlow.fire(published, "publish", actor=keeper)


def test_publishing_makes_a_plan_found_and_taking_down_lost(plan, keeper, client):
    """S3-61: on the list, in the search, and not after."""
    address = reverse("offerings:plans")
    found = lambda: plan.name in client.get(address, {"q": "紧固件"}).content.decode()  # noqa: E731
    assert not found()
    PlanFlow.fire(plan, "publish", actor=keeper)
    assert found()
    services.save_plan(organization=plan.organization, actor=keeper, plan=plan, name="螺纹连接副套餐")
    assert not found()
    assert "螺纹连接副套餐" in client.get(address, {"q": "螺纹"}).content.decode()
    PlanFlow.fire(plan, "take_down", actor=keeper)
    assert "螺纹连接副套餐" not in client.get(address).content.decode()


# ---- what the database never holds --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_kind": "negotiable", "price": 5}, {"status": "published", "price": None}, {"price": -1},
        {"status": "taken_down", "price_kind": "from", "price": None}, {"workdays_from": 9, "workdays_to": 3},
    ],
)  # fmt: skip
def test_the_database_refuses_a_price_that_is_none_and_days_out_of_order(plan, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        ServicePlan.objects.filter(pk=plan.pk).update(**wrong)


def test_the_database_links_no_other_institution_s_capability(plan):
    """S3-62: whoever writes."""
    foreign = offerings.capability(organization("启衡检测"))
    with pytest.raises(IntegrityError, match="its own institution"), transaction.atomic():
        plan.capabilities.add(foreign)
    own = offerings.capability(plan.organization)
    plan.capabilities.add(own)
    assert list(plan.capabilities.all()) == [own]


# ---- what it says -------------------------------------------------------------------------------------------------


def test_the_text_is_cleaned_and_keeps_pictures_of_this_institution_only(unit, keeper):
    own = services.keep_picture(organization=unit, actor=keeper, upload=picture("试验.png"))
    other = organization("启衡检测")
    foreign = services.keep_picture(organization=other, actor=unit_admin(other), upload=picture("别家.png"))
    text = "".join(f'<figure><img src="{row.get_absolute_url()}" onerror="x()"></figure>' for row in (own, foreign))
    plan = services.save_plan(
        organization=unit, actor=keeper, **(WHOLE | {"description": f"<p>好</p>{text}<script>x</script>"})
    )
    assert plan.description == f'<p>好</p><figure><img src="{own.get_absolute_url()}"></figure>'
    assert [row.stored for row in plan.pictures.all()] == [own]


def test_a_picture_is_seen_by_whoever_sees_the_plan(unit, keeper, client):
    stored = services.keep_picture(organization=unit, actor=keeper, upload=picture())
    text = f'<p>好</p><figure><img src="{stored.get_absolute_url()}"></figure>'
    plan = services.save_plan(
        organization=unit, actor=keeper, cover=picture("封面.png"), **(WHOLE | {"description": text})
    )
    addresses = [stored.get_absolute_url(), plan.cover.get_absolute_url()]
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    PlanFlow.fire(plan, "publish", actor=keeper)
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    services.save_plan(organization=unit, actor=keeper, plan=plan, description="<p>没有图了</p>", remove_cover=True)
    assert [client.get(address).status_code for address in addresses] == [404, 404]


def test_what_stood_there_before_is_on_record(published, keeper, unit):
    services.save_plan(
        organization=unit, actor=keeper, plan=published, price=Decimal(1500), cover=picture("新封面.png")
    )
    event = AuditEvent.objects.filter(object_id=published.pk, what="修改服务方案").get()
    assert event.before == {"price": "¥1,280.00/批", "cover": ""}
    assert event.after == {"price": "¥1,500.00/批", "cover": "新封面.png"}


def test_a_text_that_is_too_long_is_refused_with_its_length(unit, keeper):
    with pytest.raises(Refused, match="20007 个字符"):
        services.save_plan(organization=unit, actor=keeper, **(WHOLE | {"description": f"<p>{'长' * 20_000}</p>"}))


def test_a_name_stands_once_in_an_institution(plan, keeper, unit):
    with pytest.raises(Refused, match="同|已有名为"):
        services.save_plan(organization=unit, actor=keeper, **WHOLE)
    other = organization("启衡检测")
    assert services.save_plan(organization=other, actor=unit_admin(other), **WHOLE).name == plan.name


# ---- capabilities and topics ----------------------------------------------------------------------------------------


def test_only_what_can_be_ordered_is_linked_anew_and_what_fell_since_is_shown(plan, keeper, unit, client):
    """S3-62."""
    line = offerings.capability(unit, "高强度螺栓")
    services.save_plan(organization=unit, actor=keeper, plan=plan, capabilities=[line])
    PlanFlow.fire(plan, "publish", actor=keeper)
    page = client.get(plan.get_absolute_url()).content.decode()
    assert "1 项有效" in page
    Certificate.objects.filter(pk=line.certificate_id).update(expires_on=timezone.localdate() - timedelta(days=1))
    page = client.get(plan.get_absolute_url()).content.decode()
    assert "证书已过期" in page
    assert "1 项已失效，不能委托" in page
    services.save_plan(organization=unit, actor=keeper, plan=plan, capabilities=[line])  # it may stay
    fresh = services.copy_plan(plan=plan, actor=keeper)
    assert not fresh.capabilities.exists()
    with pytest.raises(Refused, match="高强度螺栓"):
        services.save_plan(organization=unit, actor=keeper, plan=fresh, capabilities=[line])


def test_a_closed_topic_takes_nobody_new_and_its_plans_stay(published, keeper, admin, unit, client):
    """S3-63."""
    topic = offerings.topic()
    services.save_plan(organization=unit, actor=keeper, plan=published, topics=[topic])
    assert published.name in client.get(topic.get_absolute_url()).content.decode()
    topic = TopicFlow.fire(topic, "close", actor=admin)
    assert client.get(topic.get_absolute_url()).status_code == 404
    assert topic.name not in client.get(published.get_absolute_url()).content.decode()
    services.save_plan(organization=unit, actor=keeper, plan=published, topics=[])
    assert list(published.topics.all()) == [topic]
    fresh = services.copy_plan(plan=published, actor=keeper)
    with pytest.raises(Refused, match="没有发布"):
        services.save_plan(organization=unit, actor=keeper, plan=fresh, topics=[topic])


def test_a_topic_without_introduction_is_not_published(admin):
    with pytest.raises(Refused, match="介绍"):
        TopicFlow.fire(offerings.topic(introduction="", status=T.DRAFT), "publish", actor=admin)


# ---- copying and deleting --------------------------------------------------------------------------------------------


def test_a_copy_is_a_draft_of_its_own(published, keeper, unit):
    first, second = (services.copy_plan(plan=published, actor=keeper) for _turn in range(2))
    assert [first.name, second.name] == ["紧固件验收套餐（副本）", "紧固件验收套餐（副本2）"]
    assert {first.status, second.status} == {P.DRAFT}
    services.save_plan(organization=unit, actor=keeper, plan=first, price=Decimal(1))
    published.refresh_from_db()
    assert published.price == Decimal(1280)


def test_a_copy_of_a_long_name_fits(unit, keeper):
    long = services.save_plan(organization=unit, actor=keeper, **(WHOLE | {"name": "长" * 100}))
    assert len(services.copy_plan(plan=long, actor=keeper).name) == 100


def test_only_drafts_are_deleted(published, plan, keeper):
    with pytest.raises(Refused, match="下架"):
        services.delete_draft(plan=published, actor=keeper)
    draft = services.copy_plan(plan=published, actor=keeper)
    services.delete_draft(plan=draft, actor=keeper)
    assert list(ServicePlan.objects.all()) == [published]


# ---- screens -----------------------------------------------------------------------------------------------------------

FILLED = {key: str(value) for key, value in WHOLE.items()}


@pytest.fixture
def desk(client, keeper):
    client.force_login(keeper, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return client


def test_the_form_saves_a_draft_or_publishes(desk, unit):
    address = reverse("offerings:add_plan", args=[unit.pk])
    assert desk.post(address, FILLED | {"draft": "1"}).status_code == 302
    assert ServicePlan.objects.get().status == P.DRAFT
    assert desk.post(address, FILLED | {"name": "第二个"}).status_code == 302
    assert ServicePlan.objects.get(name="第二个").status == P.PUBLISHED


def test_an_incomplete_publication_keeps_what_was_typed(desk, unit):
    answer = desk.post(reverse("offerings:add_plan", args=[unit.pk]), FILLED | {"deliverables": ""})
    assert answer.status_code == 422
    assert "还没有填写：交付内容。" in answer.content.decode()
    assert answer.context["form"].errors["deliverables"] == ["发布前请填写「交付内容」；也可以先保存草稿。"]
    assert "按批抽样" in answer.content.decode()
    assert not ServicePlan.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"price_kind": "negotiable"}, "选了「面议」就不填价格"), ({"price": "-3"}, "价格不能小于 0"), ({"price": "贵"}, "请填写金额"),
        ({"workdays_from": "9"}, "最长工作日不能少于最短工作日"), ({"workdays_to": "501"}, "不能超过 500 个工作日"), ({"name": ""}, "必填"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(desk, unit, wrong, sentence):
    answer = desk.post(reverse("offerings:add_plan", args=[unit.pk]), FILLED | {"draft": "1"} | wrong)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


def test_pictures_are_taken_in_for_those_who_keep_the_institution(desk, unit, client):
    address = reverse("offerings:plan_picture", args=[unit.pk])
    taken = desk.post(address, {"file": picture("过程.jpg", "JPEG")})
    assert taken.status_code == 201
    assert StoredFile.objects.get().get_absolute_url() == taken.json()["url"]
    for upload, sentence in (
        (pdf(), "不是可接受的类型"), (picture("大.png", at_least_bytes=2 * 1024 * 1024 + 1), "超过上限 2 MB"),
        (picture("装.gif"), "内容与扩展名不符"),
    ):  # fmt: skip
        answer = desk.post(address, {"file": upload})
        assert (answer.status_code, sentence in answer.json()["detail"]) == (422, True)
    assert desk.post(address).status_code == 422
    assert desk.post(reverse("offerings:plan_picture", args=[organization("启衡检测").pk])).status_code == 404


def test_the_picker_searches_among_many_and_says_what_fell(desk, unit):
    """S3-62: of thousands only a list's length is sent, the orderable first, the fallen with the reason."""
    for number in range(40):
        offerings.capability(unit, f"螺栓 M{number}", standard_no=f"GB/T 3098.{number}-2010")
    old = offerings.certificate(unit, expires_on=timezone.localdate() - timedelta(days=1))
    offerings.capability(unit, "旧垫圈", certificate=old)
    offerings.capability(organization("启衡检测"), "别家螺栓")
    address = reverse("offerings:find_own_capabilities", args=[unit.pk])
    assert len(desk.get(address).json()["items"]) == 30
    assert [row["text"] for row in desk.get(address, {"q": "螺栓 3098.7-"}).json()["items"]] == ["螺栓 M7 · 抗拉强度"]
    (fallen,) = desk.get(address, {"q": "垫圈"}).json()["items"]
    assert fallen["fallen"] == "证书已过期"
    assert desk.get(address, {"q": "别家"}).json()["items"] == []


def test_plans_are_published_taken_down_and_deleted_together(desk, unit, plan, published):
    services.copy_plan(plan=published, actor=unit_admin(unit))
    address = reverse("offerings:kept_plans", args=[unit.pk])
    desk.post(address, {"action": "take_down", "all": "1", "confirmed": "1"})
    assert sorted(ServicePlan.objects.values_list("status", flat=True)) == [P.DRAFT, P.TAKEN_DOWN]
    desk.post(address, {"action": "publish", "all": "1", "confirmed": "1"})
    assert set(ServicePlan.objects.values_list("status", flat=True)) == {P.PUBLISHED}
    ServicePlan.objects.exclude(pk=published.pk).update(status=P.DRAFT)
    desk.post(address, {"action": "delete", "all": "1", "confirmed": "1"})
    assert list(ServicePlan.objects.all()) == [published]


def test_a_draft_is_previewed_by_its_keepers_only(desk, plan, client):
    page = desk.get(plan.get_absolute_url())
    assert (page.status_code, "未发布" in page.content.decode()) == (200, True)
    assert "noindex" in page.content.decode()
    client.logout()
    assert client.get(plan.get_absolute_url()).status_code == 404


def test_service_counts_are_not_shown_while_there_are_none(published, client):
    assert "已服务" not in client.get(published.get_absolute_url()).content.decode()
    ServicePlan.objects.update(service_count=7)
    assert "7 次" in client.get(published.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "query", ["min=abc", "max=-", "topic=99999", "sort=x", "region=1", "page=999", "page=x", "type=zz", "q=%EF%BC%8C"]
)
def test_a_list_asked_for_nonsense_still_answers(published, client, query):
    assert client.get(f"{reverse('offerings:plans')}?{query}").status_code == 200
