"""Papers to download, fill in, sign and stamp (S2-7): read back as text, and who gets which."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document

from gongyi.files.sniffing import DOCX, media_type_of
from gongyi.onboarding.documents.application_form import application_form
from gongyi.onboarding.documents.letters import commitment_letter
from gongyi.onboarding.letters import current_letter
from gongyi.onboarding.views.units_documents import PAPERS
from tests.factories.accounts import person
from tests.factories.joining import management_draft, network_draft
from tests.factories.organizations import member, organization, unit_admin

pytestmark = pytest.mark.django_db
BACKEND = "gongyi.accounts.backends.AnyIdentifierBackend"
PLATFORM = {
    "has_platform": "on", "platform_name": "功能材料省重点实验室", "host_name": "衡山科学研究院", "host_uscc": "91110000600037341L",
    "introduction": "面向功能材料的开放平台。",
}  # fmt: skip


def lines_of(content: bytes) -> list[str]:
    """The document from top to bottom: paragraphs, and rows of tables with a bar between their cells."""
    document = Document(io.BytesIO(content))
    lines = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            for row in block.rows:
                cells = list(dict.fromkeys(cell._tc for cell in row.cells))
                texts = {cell._tc: cell.text for cell in row.cells}
                lines.append(" | ".join(texts[cell] for cell in cells))
        else:
            lines.append(block.text)
    return lines


def browser(user=None) -> Client:
    client = Client()
    if user:
        client.force_login(user, backend=BACKEND)
    return client


def filled_form(application, user) -> list[str]:
    answer = browser(user).get(reverse("onboarding:application_form", args=[application.secret]))
    assert answer.headers["Content-Type"] == DOCX
    return lines_of(answer.content)


def test_the_form_carries_everything_that_was_filled_in():
    applicant = person("沈南", username="shennan")
    application = management_draft(applicant, name="衡山科学研究院", platform=PLATFORM)
    lines = filled_form(application, applicant)
    assert lines[0] == "大型科学仪器设备共享服务平台申请书"
    assert "申请单位（盖章）：衡山科学研究院" in lines
    assert "单位名称 | 衡山科学研究院" in lines
    assert f"法人单位统一信用代码/组织机构代码 | {application.uscc}" in lines
    assert "单位性质 | □高校  ☑科研院所  □企业  □中介机构  □其他" in lines
    assert "所在地区 | 浙江省杭州市西湖区" in lines
    assert "仪器管理部门 | 条件保障处 | 联系人 | 沈南" in lines
    assert "联系电话 | 0571-87951234 | 传真 | 0571-87951235" in lines
    assert "电子邮箱 | lab@example.cn" in lines
    assert any("拥有 50 万元以上仪器 42 台，拟全部对外开放。" in line for line in lines)
    assert "平台名称 | 功能材料省重点实验室" in lines
    assert "依托法人单位统一信用代码 | 91110000600037341L" in lines
    assert "注册账号 | shennan | 姓名 | 沈南" in lines
    assert "性别 | 女 | 学历 | 硕士" in lines
    assert "手机 | 13805710009 | 办公电话 | 0571-87951234" in lines
    assert any("（单位公章）" in line and "年      月      日" in line for line in lines)


def test_the_empty_form_has_every_label_and_no_answer():
    lines = lines_of(application_form({}))
    labels = (
        "单位名称", "法人单位统一信用代码/组织机构代码", "所在地区", "电子邮箱", "平台名称", "依托法人单位统一信用代码",
    )  # fmt: skip
    for label in labels:
        assert f"{label} | " in lines
    assert "单位性质 | □高校  □科研院所  □企业  □中介机构  □其他" in lines
    assert "仪器管理部门 |  | 联系人 | " in lines
    assert not any(word in line for line in lines for word in ("QQ", "微信", "出生"))  # nothing that nobody needs


def test_it_is_drawn_up_before_everything_is_right():
    applicant = person("沈南")
    application = management_draft(applicant, name="", code="写错的", stamped=False)
    assert "法人单位统一信用代码/组织机构代码 | 写错的" in filled_form(application, applicant)


def test_characters_no_document_holds_are_left_out():
    reason = "第一行\n第二行 <b>&\x0b\x07\ufffe 完"
    text = "\n".join(lines_of(application_form({"unit.join_reason": reason})))
    assert "第一行\n第二行 <b>& 完" in text


def test_a_letter_has_its_text_its_version_and_the_lines_to_sign():
    letter = current_letter("service_institution")
    lines = lines_of(commitment_letter(letter, unit="启衡检测技术有限公司"))
    assert lines[0] == letter.title
    assert sum(line.startswith(tuple("一二三四五六")) and line[1] == "、" for line in lines) == 6  # S3-86
    assert "单位名称（盖章）：启衡检测技术有限公司" in lines
    assert any(line.startswith("法定代表人（签字）") for line in lines)
    assert f"承诺书版本：{letter.version}" in lines


# who gets what


def test_the_application_form_is_the_third_paper_of_the_public_list():
    page = browser().get(reverse("onboarding:downloads")).content.decode()
    assert [paper.slug for paper in PAPERS].index("application-form") == 2  # S2-7
    assert page.index("入网承诺书") < page.index("平台申请书") < page.index("法人授权书")


@pytest.mark.parametrize("slug", [paper.slug for paper in PAPERS])
def test_everybody_gets_every_paper_as_a_word_document(slug):
    answer = browser().get(reverse("onboarding:download", args=[slug]))
    assert answer.status_code == 200
    assert media_type_of(io.BytesIO(answer.content)) == DOCX
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_paper_that_does_not_exist_is_not_found():
    assert browser().get(reverse("onboarding:download", args=["anything"])).status_code == 404


def test_templates_of_lists_are_offered_to_those_who_may_import_them():
    unit = organization()
    shown = {
        user: browser(user).get(reverse("onboarding:downloads")).content.decode()
        for user in (unit_admin(unit), member(unit))
    }
    assert ["人员导入模板" in page for page in shown.values()] == [True, False]


def test_another_persons_application_form_does_not_exist():
    application = management_draft(person())
    address = reverse("onboarding:application_form", args=[application.secret])
    assert browser(person()).get(address).status_code == 404
    assert browser().get(address).status_code == 404


def test_other_ways_in_have_no_application_form():
    applicant = person()
    application = network_draft(applicant)
    address = reverse("onboarding:application_form", args=[application.secret])
    assert browser(applicant).get(address).status_code == 404
