"""平台申请书 (S2-7, S2-38 … S2-48): filled in from an application, or empty to be filled in by hand."""

from collections.abc import Mapping

from gongyi.onboarding.documents.paper import Paper
from gongyi.onboarding.forms.identity import NATURES

TITLE = "大型科学仪器设备共享服务平台申请书"
DATE = "年      月      日"
YES, NO = "☑", "□"
OTHER_NATURE = "其他"


def application_form(answers: Mapping[str, str]) -> bytes:
    """The form with `answers` in words by "part.field" ("unit.name"); what is not there stays blank to be written in."""
    unit = _of(answers, "unit")
    platform = _of(answers, "platform")
    person = _of(answers, "administrator")
    paper = Paper(TITLE)
    paper.line(f"申请单位（盖章）：{unit('name')}", before=6)
    paper.line(f"填报日期：        {DATE}")
    paper.heading("一、单位情况")
    paper.table(
        [
            [("单位名称", unit("name"))],
            [("法人单位统一信用代码/组织机构代码", unit("code"))],
            [("单位性质", natures(unit("kind")))],
            [("所在地区", unit("region"))],
            [("仪器管理部门", unit("instrument_department")), ("联系人", unit("contact_name"))],
            [("联系电话", unit("contact_phone")), ("传真", unit("fax"))],
            [("电子邮箱", unit("contact_email"))],
        ]
    )
    paper.box("加入平台理由、拟开展的工作\n（500 字以内）", unit("join_reason"), height_cm=7.0)
    paper.heading("二、创新平台（没有的不填）")
    paper.table(
        [
            [("平台名称", platform("platform_name"))],
            [("依托法人单位名称/组建单位名称", platform("host_name"))],
            [("依托法人单位统一信用代码", platform("host_uscc"))],
        ]
    )
    paper.box("创新平台简介", platform("introduction"), height_cm=4.0)
    paper.heading("三、共享平台管理员情况表")
    paper.table(
        [
            [("注册账号", person("username")), ("姓名", person("name"))],
            [("性别", person("gender")), ("学历", person("education"))],
            [("职务", person("position")), ("职称", person("title"))],
            [("手机", person("mobile")), ("办公电话", person("office_phone"))],
            [("电子邮箱", person("email"))],
        ]
    )
    paper.heading("四、审核")
    paper.box(
        "申请单位意见",
        "本单位申请加入平台，所填内容真实、准确，同意按平台规定开放共享仪器设备。",
        height_cm=4.0,
        sign=("", "法人代表（签字）：                ", "（单位公章）            ", DATE),
    )
    paper.box("主管部门审核意见", "", height_cm=4.0, sign=("", "（公章）            ", DATE))
    return paper.bytes()


def natures(chosen: str) -> str:
    """All natures of a unit with a box before each, the chosen one ticked; one the manual does not list is 其他."""
    labels = [str(label) for _value, label in NATURES]
    if chosen and chosen not in labels:
        chosen = OTHER_NATURE
    return "  ".join(f"{YES if label == chosen else NO}{label}" for label in labels)


def _of(answers: Mapping[str, str], part: str):
    return lambda field: answers.get(f"{part}.{field}", "")
