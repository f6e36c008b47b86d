"""Who plays in the demo: one person for every role, and colleagues who fill the calendars. All invented."""

from dataclasses import dataclass, field

PASSWORD = "gongyi-demo"


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    role: str
    organization: str | None = None
    department: str | None = None
    roles: tuple[str, ...] = ("member",)
    title: str = ""
    is_staff: bool = False
    report: dict = field(default_factory=dict)


CAST = (
    Person("admin", "管宁", "平台管理员：管理单位、用户和全站设置", None, None, (), "平台管理员", True),
    Person("reviewer", "沈知衡", "省级主管部门审核人员", "DWK", None, ("reviewer",), "主任科员"),
    Person(
        "city-reviewer", "柏景行", "市级主管部门审核人员：先于省级审核本市的单位", "HKJ", None, ("reviewer",), "科长"
    ),
    Person("applicant", "窦清扬", "申请入网的人：草稿、待审核、退回、即将到期的单位", roles=()),
    Person("overdue-admin", "云若谷", "信息逾期未更新的单位的管理员：须先更新", roles=()),
    Person(
        "unit-admin",
        "顾明远",
        "望江大学单位管理员：人员、院系、仪器",
        "WJU",
        "分析测试中心",
        ("member", "unit_admin"),
        "设备处副处长",
    ),
    Person(
        "manager", "周敏", "仪器管理员：审核预约、登记使用、管理资格", "WJU", "分析测试中心", ("member",), "高级工程师"
    ),
    Person(
        "finance", "许清和", "付款账户管理员：开户、充值、对账", "WJU", "分析测试中心", ("member", "finance"), "会计师"
    ),
    Person("leader", "李明远", "课题组负责人：账单、成员、子课题组", "WJU", "材料学院", ("member",), "教授"),
    Person("group-manager", "陈可", "课题组管理员：维护普通成员", "WJU", "材料学院", ("member",), "实验师"),
    Person("senior", "赵一鸣", "资深用户：预约免审核", "WJU", "材料学院", ("member",), "博士后"),
    Person("student", "林知远", "普通用户：预约需审核", "WJU", "材料学院", ("member",), "硕士生"),
    Person(
        "lab-admin",
        "秦听澜",
        "实验室管理员：只管材料学院的资料、人员、仪器",
        "WJU",
        "材料学院",
        ("laboratory",),
        "实验师",
    ),
    Person("sub-user", "尤书瑶", "子用户：与望江大学主账号权限相同，用手机号登录", "WJU", None, ("sub_user",), "科员"),
    Person("metro-reviewer", "裴正衡", "法定计量检定机构审核人员：强检申请方", "NPJ", None, ("reviewer",), "业务主管"),
    Person("newcomer", "何晓", "未授权用户：先联系管理员授权", "WJU", "化学学院", ("member",), "本科生"),
)

_FAMILY = "陈林王吴郑冯蒋韩杨朱秦尤许何吕施孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭鲁韦马苗方俞任袁柳"
_GIVEN = (
    "知行", "书瑶", "子墨", "思齐", "景行", "若谷", "致远", "怀瑾", "亦航", "嘉禾", "云舒", "清扬", "沐阳", "以宁", "修远", "望舒",
    "晓岚", "予安", "承宇", "雨辰", "乐之", "文博", "千帆", "逸飞", "明澈", "星河", "听澜", "疏影", "牧之", "初晴",
)  # fmt: skip


def colleague_name(index: int) -> str:
    """Return the invented name of the `index`-th colleague; the first 1,300 are all different."""
    return _FAMILY[(index * 7) % len(_FAMILY)] + _GIVEN[(index * 11 + index // len(_FAMILY)) % len(_GIVEN)]


SUBJECTS = {"材料学院": "430", "化学学院": "150", "生命科学学院": "180", "物理学院": "140", "环境学院": "610"}
