"""Innovation platforms: drafted, handed in, returned, published; a change leaves what was approved public (S2-10 … S2-12, S2-17)."""

import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from gongyi.files.models import StoredFile
from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.panels import platforms_panel
from gongyi.onboarding.platforms import published_version
from gongyi.onboarding.services import platforms as services
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.organizations.models import Matter, Organization, Remit
from gongyi.regions.models import Region
from gongyi.reviews.models import Submission
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.factories.organizations import finance, member, organization, reviewer, unit_admin
from tests.factories.reviews import innovation_platform

pytestmark = pytest.mark.django_db
BACKEND = "gongyi.accounts.backends.AnyIdentifierBackend"
CODE = "91110000600037341L"

OFFERED = {
    ("draft", "keeper"): ["submit", "give_up_change"],
    ("returned", "keeper"): ["submit", "give_up_change"],
    ("withdrawn", "keeper"): ["submit", "give_up_change"],
    ("pending", "keeper"): ["withdraw"],
    ("approved", "keeper"): ["reopen"],
    ("draft", "sub_user"): ["submit", "give_up_change"],
    ("pending", "sub_user"): ["withdraw"],
    ("approved", "sub_user"): ["reopen"],
    **{
        (status, who): []
        for status in ("draft", "pending", "returned", "withdrawn", "approved")
        for who in ("colleague", "accountant", "stranger", "judge")
    },
}


@pytest.fixture
def unit():
    return organization("望江大学", region=Region.objects.get(pk="330106"), uscc=CODE)


@pytest.fixture
def cast(unit):
    authority = organization("东湾省科技厅", kind="authority")
    Remit.objects.create(organization=authority, matter=Matter.PLATFORMS, region=Region.objects.get(pk="330000"))
    return {
        "keeper": unit_admin(unit, "顾明远"),
        "sub_user": member(unit, "尤书瑶", "sub_user"),
        "colleague": member(unit, "林知远"),
        "accountant": finance(unit, "许清和"),
        "stranger": unit_admin(organization("云麓理工大学"), "外人"),
        "judge": reviewer(authority, "沈知衡"),
    }


@pytest.fixture
def draft(unit):
    return innovation_platform(unit, "功能材料省重点实验室")


@pytest.fixture
def approved(draft, cast):
    return approve(draft, cast)


def approve(platform, cast):
    PlatformFlow.fire(platform, "submit", actor=cast["keeper"])
    ReviewFlow.fire(turn_open(platform), "approve", actor=cast["judge"], comment="属实")
    platform.refresh_from_db()
    return platform


def browser(user):
    client = Client()
    if user:
        client.force_login(user, backend=BACKEND)
    return client


def path(name, *args):
    return reverse(f"onboarding:{name}", args=args)


def filled(**fields):
    return {
        "name": "表面分析检测中心", "platform_type": "质量检验检测中心", "level": "provincial", "host_name": "望江大学", "host_uscc": CODE,
        "introduction": "面向社会开放。", "contact_name": "周敏", "contact_phone": "13900000001", "subject_codes": ["430", "150", "", ""],
        "approved_on": "2021-06-12",
    } | fields  # fmt: skip


def picture(name="批文.png"):
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(stream, "PNG")
    return SimpleUploadedFile(name, stream.getvalue(), content_type="image/png")


@pytest.mark.parametrize(("status", "who"), OFFERED)
def test_what_is_offered_to_whom(draft, cast, status, who):
    InnovationPlatform.objects.filter(pk=draft.pk).update(status=status)
    draft.refresh_from_db()
    assert [offer.step.name for offer in PlatformFlow.offered(draft, cast[who])] == OFFERED[status, who]


def test_the_form_begins_with_the_units_name_and_code(unit, cast):
    """S2-11, S2-47"""
    form = browser(cast["keeper"]).get(path("add_platform", unit.pk)).context["form"]
    assert (form.initial["host_name"], form.initial["host_uscc"]) == ("望江大学", CODE)
    assert [value for value, _label in form.fields["level"].choices] == ["", "national", "provincial"]


def test_a_draft_needs_a_name_only_and_handing_in_needs_the_rest(unit, cast):
    """S2-12"""
    page = browser(cast["keeper"])
    saved = page.post(path("add_platform", unit.pk), {"name": "新平台", "draft": "1"})
    platform = InnovationPlatform.objects.get()
    assert (saved.status_code, platform.status) == (302, "draft")
    with pytest.raises(Refused, match="还没有填写：平台类型、级别"):
        PlatformFlow.fire(platform, "submit", actor=cast["keeper"])
    wrong = page.post(path("edit_platform", platform.pk), {"name": "新平台"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {
        "platform_type", "level", "host_name", "host_uscc", "introduction", "contact_name", "contact_phone",
    }  # fmt: skip


def test_handing_in_sends_it_to_the_authority_of_the_region(unit, cast):
    """S2-12"""
    answer = browser(cast["keeper"]).post(path("add_platform", unit.pk), filled(approval=picture()))
    platform = InnovationPlatform.objects.get()
    assert (answer.status_code, platform.status, platform.subject_codes) == (302, "pending", ["430", "150"])
    assert turn_open(platform).authority.name == "东湾省科技厅"
    assert platform.approval_file.subject == platform
    assert browser(cast["judge"]).get(platform.get_absolute_url()).status_code == 200
    assert browser(cast["judge"]).get(platform.approval_file.get_absolute_url()).status_code == 200
    assert browser(cast["stranger"]).get(platform.approval_file.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"host_uscc": "91110000600037341X"}, "host_uscc", "校验码不符"),
        ({"host_uscc": "9111"}, "host_uscc", "18 位"),
        ({"subject_codes": ["430", "150", "180", "140", "610"]}, "subject_codes", "最多选 4 个"),
        ({"level": "city"}, "level", ""),
        ({"contact_email": "nobody"}, "contact_email", ""),
        ({"approved_on": "2021-13-40"}, "approved_on", ""),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(unit, cast, fields, field, sentence):
    answer = browser(cast["keeper"]).post(path("add_platform", unit.pk), filled(**fields))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert sentence in str(answer.context["form"].errors[field])
    assert not InnovationPlatform.objects.exists()


def test_a_file_that_came_with_a_mistake_need_not_be_chosen_again(unit, cast):
    page = browser(cast["keeper"])
    wrong = page.post(path("add_platform", unit.pk), filled(host_uscc="9111", approval=picture()))
    kept = wrong.context["form"]["kept"].value()
    assert "批文.png" in wrong.content.decode()
    page.post(path("add_platform", unit.pk), filled(kept=kept))
    assert InnovationPlatform.objects.get().approval_file.name == "批文.png"


def test_somebody_elses_file_cannot_be_claimed(unit, cast):
    foreign = services.keep_upload(picture(), actor=cast["stranger"])
    browser(cast["keeper"]).post(path("add_platform", unit.pk), filled(kept=str(foreign.public_id)))
    assert InnovationPlatform.objects.get().approval_file is None
    assert StoredFile.objects.get().subject is None


def test_two_platforms_of_a_unit_have_two_names(unit, cast, draft):
    answer = browser(cast["keeper"]).post(path("add_platform", unit.pk), filled(name=draft.name))
    assert (answer.status_code, "同名" in answer.content.decode()) == (422, True)
    with pytest.raises(Refused, match="本单位已有名为"):
        services.add_platform(organization=unit, actor=cast["keeper"], name=draft.name)


def test_returned_it_is_corrected_and_handed_in_again(draft, cast):
    PlatformFlow.fire(draft, "submit", actor=cast["keeper"])
    ReviewFlow.fire(turn_open(draft), "send_back", actor=cast["judge"], reason="批文缺失")
    page = browser(cast["keeper"])
    shown = page.get(path("edit_platform", draft.pk)).content.decode()
    assert "批文缺失" in shown
    answer = page.post(path("edit_platform", draft.pk), filled(name=draft.name, approval=picture()))
    draft.refresh_from_db()
    assert (answer.status_code, draft.status, Submission.objects.of(draft).count()) == (302, "pending", 2)


def test_under_review_it_is_not_changed_until_it_is_withdrawn(draft, cast):
    PlatformFlow.fire(draft, "submit", actor=cast["keeper"])
    assert browser(cast["keeper"]).get(path("edit_platform", draft.pk)).status_code == 404
    with pytest.raises(Refused, match="正在审核"):
        services.change_platform(platform=draft, actor=cast["keeper"], name="改名")
    PlatformFlow.fire(draft, "withdraw", actor=cast["keeper"])
    services.change_platform(platform=draft, actor=cast["keeper"], name="改名")
    assert InnovationPlatform.objects.get().name == "改名"


def test_a_draft_is_seen_by_its_unit_and_approved_by_everybody(draft, cast):
    visitor = AnonymousUser()
    seen = {who: draft in InnovationPlatform.objects.visible_to(user) for who, user in cast.items()}
    assert seen == {
        "keeper": True, "sub_user": True, "colleague": False, "accountant": False, "stranger": False, "judge": False,
    }  # fmt: skip
    assert browser(None).get(path("public_platform", draft.pk)).status_code == 404
    approve(draft, cast)
    assert draft in InnovationPlatform.objects.visible_to(visitor)
    assert "功能材料省重点实验室" in browser(None).get(path("public_platform", draft.pk)).content.decode()
    assert browser(cast["stranger"]).get(draft.get_absolute_url()).status_code == 404


def test_an_approved_one_stays_published_as_it_was_while_a_change_is_under_way(approved, cast, unit):
    """S2-12, S2-17"""
    services.change_platform(platform=approved, actor=cast["keeper"], name="改了名的实验室", introduction="新简介")
    approved.refresh_from_db()
    assert (approved.status, published_version(approved).name) == ("draft", "功能材料省重点实验室")
    assert list(InnovationPlatform.objects.selectable_for(unit)) == [approved]
    page = browser(None).get(path("public_platform", approved.pk)).content.decode()
    assert "功能材料省重点实验室" in page
    assert "改了名的实验室" not in page
    approve(approved, cast)
    assert published_version(approved).name == "改了名的实验室"


def test_giving_up_a_change_brings_back_every_field_of_the_approved_version(unit, cast):
    browser(cast["keeper"]).post(path("add_platform", unit.pk), filled(approval=picture(), director="李明远"))
    platform = InnovationPlatform.objects.get()
    ReviewFlow.fire(turn_open(platform), "approve", actor=cast["judge"])
    before = InnovationPlatform.objects.values().get()
    services.change_platform(
        platform=platform, actor=cast["keeper"], name="改", level="national", subject_codes=[], approved_on=None, director="",
        approval_file=services.keep_upload(picture("另一份.png"), actor=cast["keeper"]),
    )  # fmt: skip
    platform.refresh_from_db()
    PlatformFlow.fire(platform, "give_up_change", actor=cast["keeper"])
    assert InnovationPlatform.objects.values().get() == before


def test_what_was_never_approved_has_nothing_to_go_back_to(draft, cast):
    with pytest.raises(Refused, match="没有可恢复的"):
        PlatformFlow.fire(draft, "give_up_change", actor=cast["keeper"])


def test_only_published_platforms_of_an_active_unit_can_be_chosen(unit, cast, approved):
    """S2-17"""
    innovation_platform(unit, "草稿")
    assert list(InnovationPlatform.objects.selectable_for(unit)) == [approved]
    assert list(InnovationPlatform.objects.selectable_for(organization("别校"))) == []
    Organization.objects.filter(pk=unit.pk).update(status="suspended")
    assert list(InnovationPlatform.objects.selectable_for(unit)) == []


def test_a_draft_is_discarded_and_what_was_handed_in_is_not(draft, cast):
    page = browser(cast["keeper"])
    assert browser(cast["stranger"]).post(path("discard_platform", draft.pk)).status_code == 404
    assert page.post(path("discard_platform", draft.pk)).status_code == 302
    assert not InnovationPlatform.objects.exists()
    other = innovation_platform(draft.organization)
    PlatformFlow.fire(other, "submit", actor=cast["keeper"])
    PlatformFlow.fire(other, "withdraw", actor=cast["keeper"])
    assert page.post(path("discard_platform", other.pk)).status_code == 409
    assert InnovationPlatform.objects.filter(pk=other.pk).exists()


def test_the_units_public_page_lists_what_is_published(unit, cast, approved):
    innovation_platform(unit, "草稿")
    panel = platforms_panel(unit)
    assert [row.name for row in panel.context["platforms"]] == ["功能材料省重点实验室"]
    assert platforms_panel(organization("别校")) is None


def test_nobody_else_writes_down_platforms_of_a_unit(unit, cast):
    for who in ("colleague", "stranger", "judge"):
        assert browser(cast[who]).get(path("platforms", unit.pk)).status_code == 404
        assert browser(cast[who]).get(path("add_platform", unit.pk)).status_code == 404
        with pytest.raises(Refused, match="只有单位管理员"):
            services.add_platform(organization=unit, actor=cast[who], name="甲")
