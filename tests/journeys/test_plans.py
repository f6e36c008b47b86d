"""A service plan from the keeper's desk to the public: written with text and a picture, linked, published, found, taken down."""

import re

import pytest
from playwright.sync_api import Page, expect

from gongyi.offerings.models import IndustryTopic, ServicePlan
from tests.factories import offerings
from tests.factories.files import picture as upload
from tests.journeys.conftest import fits, picture

WORD = (
    '<p class="MsoNormal" style="color:red" onclick="alert(1)">粘贴的<b>要点</b><img src="https://evil.example/x.png"></p>'
    "<script>alert(1)</script>"
)


@pytest.fixture
def lines(world):
    return [
        offerings.capability(world.unit, f"高强度螺栓 M{size}", certificate=world.certificate) for size in (8, 12, 16)
    ]


def paste(page: Page, html: str) -> None:
    """Paste what a word processor put on the clipboard."""
    page.locator("trix-editor").evaluate(
        """(editor, html) => {
            const data = new DataTransfer();
            data.setData("text/html", html);
            const given = { inputType: "insertFromPaste", dataTransfer: data, bubbles: true, cancelable: true };
            editor.dispatchEvent(new InputEvent("beforeinput", given));
        }""",
        html,
    )


def test_a_plan_is_written_published_found_and_taken_down(enter, world, lines):
    """S3-55, S3-61 … S3-63."""
    page: Page = enter("unit_admin")
    page.goto(f"/institutions/{world.unit.pk}/plans/")
    page.get_by_role("link", name="新增").first.click()
    page.get_by_label("服务方案名称").fill("紧固件批量验收")
    page.get_by_label("业务类型").select_option("inspection")
    page.get_by_label("一句话介绍").fill("抗拉与硬度一次做完")
    page.locator("input[name=cover]").set_input_files(
        [{"name": "封面.png", "mimeType": "image/png", "buffer": upload("封面.png").read()}]
    )
    expect(page.locator(".pl-preview")).to_be_visible()

    editor = page.locator("trix-editor")
    editor.click()
    page.keyboard.type("按批抽样，两天出结果。")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="小标题").press("Enter")
    editor.focus()
    page.keyboard.type("包含项目")
    page.keyboard.press("Enter")
    paste(page, WORD)
    expect(editor.get_by_text("粘贴的")).to_be_visible()
    expect(page.get_by_text("粘贴的内容里有别处的图片")).to_be_visible()
    page.get_by_role("button", name="关闭提示").click()
    with page.expect_response(re.compile("/plans/pictures/")) as sent:
        page.locator("[data-rich-file]").set_input_files(
            [{"name": "过程.png", "mimeType": "image/png", "buffer": upload("过程.png").read()}]
        )
    assert sent.value.status == 201
    expect(editor.locator("img")).to_have_attribute("src", re.compile("^/files/"))

    page.get_by_text("面议", exact=True).click()
    expect(page.get_by_label("套餐费用")).to_be_hidden()
    page.get_by_text("起价", exact=True).click()
    page.get_by_label("套餐费用").fill("1280")
    page.get_by_label("计价单位").fill("批")
    page.get_by_label("最短工作日").fill("2")
    page.get_by_label("最长工作日").fill("4")
    finder = page.locator(".ts-control input")
    finder.fill("螺栓 M12")
    page.get_by_role("option", name=re.compile("M12")).click()
    page.keyboard.press("Escape")
    page.get_by_label(world.topic.name).check()
    picture(page, "plan-form")
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_text("还没有填写：交付内容。").first).to_be_visible()

    expect(page.locator("trix-editor").get_by_text("按批抽样")).to_be_visible()
    page.get_by_label("交付内容").fill("检测报告一份\n断口照片")
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_text("服务方案「紧固件批量验收」已发布。")).to_be_visible()
    plan = ServicePlan.objects.get(name="紧固件批量验收")
    assert list(plan.capabilities.all()) == [lines[1]]
    assert plan.pictures.count() == 1
    assert not re.search("script|evil|onclick", plan.description)

    visitor: Page = enter(None, viewport={"width": 375, "height": 812})
    for address in (
        "/plans/?q=紧固件",
        "/plans/?q=螺栓",
        world.topic.get_absolute_url(),
        world.unit.get_absolute_url(),
    ):
        visitor.goto(address)
        expect(visitor.get_by_text("紧固件批量验收").first).to_be_visible()
        fits(visitor)
    visitor.get_by_text("紧固件批量验收").first.click()
    expect(visitor.get_by_role("heading", name="紧固件批量验收", level=1)).to_be_visible()
    expect(visitor.get_by_text("¥1,280.00/批 起")).to_be_visible()
    expect(visitor.get_by_text("1 项有效").first).to_be_visible()
    expect(visitor.get_by_text("断口照片")).to_be_visible()
    shown = visitor.get_by_role("region", name="方案介绍").locator("img")
    assert shown.evaluate("image => image.complete && image.naturalWidth") == 40
    fits(visitor)
    picture(visitor, "plan-page")

    page.get_by_role("link", name="下架").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("公众在机构主页、产业专题和搜索中都看不到这个方案")).to_be_visible()
    dialog.get_by_role("button", name="下架").click()
    expect(page.get_by_text("方案已下架，只有本机构管理员能看到")).to_be_visible()
    assert visitor.goto(plan.get_absolute_url()).status == 404
    visitor.goto("/plans/?q=紧固件")
    expect(visitor.get_by_text("没有符合条件的服务方案")).to_be_visible()


def test_what_is_written_comes_back_as_it_was(enter, world):
    """S3-61: opened and saved again, a description is the same, its picture and caption too."""
    text = "<p>第一段</p><h3>小标题</h3><ul><li>甲</li><li>乙</li></ul><p><strong>粗</strong>与<em>斜</em></p>"
    ServicePlan.objects.filter(pk=world.plan.pk).update(
        description=text, summary="介绍", deliverables="报告", workdays_from=1
    )
    page: Page = enter("unit_admin")
    page.goto(f"/plans/{world.plan.pk}/edit/")
    page.get_by_label("一句话介绍").fill("新的介绍")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    world.plan.refresh_from_db()
    assert (world.plan.summary, world.plan.description) == ("新的介绍", text)


def test_the_platform_gathers_plans_under_a_topic_and_closes_it(enter, world):
    """S3-63."""
    page: Page = enter("admin")
    page.goto("/topics/manage/")
    page.get_by_role("link", name="新增").first.click()
    page.get_by_label("专题名称").fill("集成电路")
    page.get_by_label("介绍", exact=True).fill("封装可靠性与失效分析")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("link", name="发布", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="发布").click()
    expect(page.get_by_role("region", name="专题管理").get_by_text("已发布")).to_be_visible()
    visitor: Page = enter(None)
    visitor.goto("/topics/")
    visitor.get_by_text("集成电路").click()
    expect(visitor.get_by_text("专题下还没有方案")).to_be_visible()
    page.get_by_role("link", name="下线", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="下线").click()
    expect(page.get_by_text("专题已下线，专题下的方案照常展示")).to_be_visible()
    assert visitor.reload().status == 404
    assert IndustryTopic.objects.get(name="集成电路").status == "closed"
