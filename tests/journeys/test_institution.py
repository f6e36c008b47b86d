"""An institution's pages: a certificate that runs out, what is shown to the public, a suspension seen before it is done."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongyi.organizations import services
from gongyi.organizations.models import Certificate, Organization, QualificationPicture
from tests.factories.files import picture as upload
from tests.journeys.conftest import fits, picture


def files(*names: str) -> list[dict]:
    return [{"name": name, "mimeType": "image/png", "buffer": upload(name).read()} for name in names]


@pytest.fixture
def certificate(world) -> Certificate:
    """Runs out in sixty days; its institution was told this morning."""
    services.warn_of_expiring(timezone.localdate())
    return world.certificate


def test_the_institution_sees_that_its_certificate_runs_out_and_renews_it(enter, world, certificate):
    """S3-53: warned, seen, renewed; the badge and the history follow."""
    page: Page = enter("unit_admin")
    page.goto("/notifications/")
    page.get_by_text(re.compile("CNAS L2874 将于 60 天后到期")).first.click()
    page.goto(f"/organizations/manage/{world.unit.pk}/certificates/")
    card = page.get_by_role("region", name="CNAS L2874")
    expect(card.get_by_text("60 天内到期")).to_be_visible()
    picture(page, "institution-certificate-expiring")

    card.get_by_role("link", name=re.compile("^修改")).click()
    page.get_by_label("证书过期时间").fill(
        f"{timezone.localdate().replace(year=timezone.localdate().year + 6):%Y-%m-%d}"
    )
    page.keyboard.press("Escape")
    page.locator("input[name=picture]").set_input_files(files("新证书.png"))
    page.locator("input[name=scope_file]").set_input_files(files("能力附表.png"))
    page.get_by_role("button", name="保存").click()

    card = page.get_by_role("region", name="CNAS L2874")
    expect(card.get_by_text("有效", exact=True)).to_be_visible()
    card.get_by_role("link", name=re.compile("^变更记录")).click()
    expect(page.get_by_role("dialog").get_by_text("新证书.png")).to_be_visible()
    certificate.refresh_from_db()
    assert (certificate.warned_days, certificate.picture.name) == (None, "新证书.png")


def test_what_an_institution_shows_stands_on_its_public_page(enter, world):
    """S3-46 … S3-49, S3-52, S3-55 … S3-57, at a desk and on a phone."""
    desk: Page = enter("unit_admin")
    desk.goto(f"/organizations/manage/{world.unit.pk}/showcase/")
    desk.get_by_role("link", name="新增", exact=True).click()
    dialog = desk.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(files("国家CMA证书.png", "计量授权证书.png"))
    dialog.get_by_role("button", name="上传").click()
    expect(desk.get_by_text("计量授权证书")).to_be_visible()
    desk.get_by_role("button", name="把「计量授权证书」前移").click()
    captions = list(QualificationPicture.objects.filter(organization=world.unit).values_list("caption", flat=True))
    assert captions.index("计量授权证书") < captions.index("国家CMA证书")
    desk.get_by_role("link", name="新增案例").click()
    desk.get_by_label("标题").fill("风电齿轮箱扭矩溯源")
    desk.get_by_label("案例描述").fill("现场校准 36 台扭矩扳手。")
    desk.get_by_role("button", name="保存").click()
    expect(desk.get_by_text("案例「风电齿轮箱扭矩溯源」已保存。")).to_be_visible()
    picture(desk, "institution-showcase")

    phone: Page = enter(viewport={"width": 375, "height": 812})
    phone.goto(f"/organizations/{world.unit.pk}/")
    fits(phone)
    expect(phone.get_by_role("heading", name="风电齿轮箱扭矩溯源")).to_be_visible()
    phone.get_by_role("link", name=re.compile("计量授权证书")).click()
    expect(phone.locator("#gy-light-caption")).to_have_text("计量授权证书")
    phone.keyboard.press("ArrowRight")
    expect(phone.locator("#gy-light-caption")).not_to_have_text("计量授权证书")
    phone.keyboard.press("Escape")
    expect(phone.locator(".gy-light")).to_be_hidden()
    picture(phone, "institution-public-phone")


def test_what_a_suspension_does_is_seen_before_and_after(enter, world):
    """The platform reads what hangs on the unit, suspends it, and strangers find neither the unit nor its instruments."""
    admin: Page = enter("admin")
    admin.goto(f"/organizations/manage/{world.unit.pk}/")
    admin.get_by_role("main").get_by_role("link", name="停用").locator("visible=true").first.click()
    dialog = admin.get_by_role("dialog")
    expect(dialog.get_by_text("未结束的预约")).to_be_visible()
    expect(dialog.get_by_text("已发布的仪器（台）")).to_be_visible()
    picture(admin, "institution-suspension-preview")
    dialog.get_by_label("原因").fill("资质过期未整改")
    dialog.get_by_role("button", name="停用").click()
    expect(admin.get_by_text("已停用").first).to_be_visible()

    visitor: Page = enter()
    for address in (f"/organizations/{world.unit.pk}/", f"/instruments/{world.instrument.pk}/"):
        assert visitor.goto(address).status == 404
    own: Page = enter("student")
    own.goto(f"/organizations/{world.unit.pk}/")
    expect(own.get_by_text("已停用").first).to_be_visible()

    admin.goto(f"/organizations/manage/{world.unit.pk}/leave/")
    expect(admin.get_by_text("现在不能退出")).to_be_visible()
    expect(admin.get_by_role("button", name="退出平台")).to_have_count(0)
    assert Organization.objects.get(pk=world.unit.pk).status == "suspended"
