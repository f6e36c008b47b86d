"""The two kinds of lists: the annex of tests, and what an institution is authorised to measure; which columns each has."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.spreadsheets import Column, Row
from gongyi.kit.spreadsheets.columns import plain
from gongyi.offerings.importing.capabilities import LineImporter
from gongyi.offerings.importing.layout import Shape
from gongyi.offerings.models import AuthorizationCategory, Capability

Nature = Capability.Nature
_NUMBER_BEFORE = re.compile(r"\s*(\d+)\s*[.．、:：)）]?\s*(.*)", re.DOTALL)


def meant(text: str, choices: Sequence[tuple[str, Any]]) -> str | None:
    """The value of a word, of its number in the legend (from 1), of both, as in 「1.检定」, or of its code; None for else."""
    word = plain(text)
    labels = {str(label): value for value, label in choices} | {value: value for value, _label in choices}
    if word in labels:
        return labels[word]
    if match := _NUMBER_BEFORE.fullmatch(word):
        number, rest = int(match[1]), match[2]
        if 1 <= number <= len(choices):
            value, label = choices[number - 1]
            return value if rest in ("", str(label)) else None
    return None


def _known_words(choices: Sequence[tuple[str, Any]]) -> Any:
    def check(value: Any) -> str | None:
        if meant(str(value), choices) is not None:
            return None
        legend = "、".join(f"{number}.{label}" for number, (_value, label) in enumerate(choices, 1))
        return _("「%(value)s」不在可选项中，可填数字或文字：%(legend)s。") % {"value": value, "legend": legend}

    return check


class TestImporter(LineImporter):
    """The annex of a CMA or CNAS certificate, or a laboratory's price list."""

    __test__ = False
    library = "tests"
    is_test = True
    label = gettext_lazy("检测能力")
    shape = Shape(
        levels=("group_no", "domain", "category", "subject"), subject="subject", detail="parameter", heading="domain",
        heading_no="group_no", stand_in="category",
        below={"序号": "parameter_no", "名称": "parameter", "编号": "standard_no", "标准编号": "standard_no", "标准名称": "standard_name"},
        twice={"group_no": "parameter_no"},
    )  # fmt: skip

    def own_columns(self) -> Sequence[Column]:
        return (
            Column(
                "group_no",
                _("序号（大类）"),
                max_length=20,
                aliases=("序号", "大类序号", "类别序号"),
                help=_("能力附表的大类序号；CMA 证书必填。"),
                example="一",
            ),
            Column(
                "domain",
                _("领域"),
                max_length=100,
                aliases=("一级分类", "检测领域", "行业领域"),
                help=_("CMA 证书必填。"),
                example="水和废水",
            ),
            Column(
                "category",
                _("类别（产品/项目/参数）"),
                max_length=100,
                aliases=("类别", "产品类别", "group"),
                help=_("CMA 证书必填。"),
                example="水质",
            ),
            Column(
                "subject",
                _("检测对象"),
                max_length=200,
                aliases=("检测对象（产品）", "产品", "产品名称", "检测产品", "检测项目大类", "样品", "test_item"),
                help=_("没有这一列时取「类别」。"),
                example="地表水",
            ),
            Column(
                "parameter_no",
                _("序号（参数）"),
                max_length=20,
                aliases=("参数序号", "项目序号", "项目编号", "test_code"),
                help=_("如 1.1；CMA 证书必填。"),
                example="1.1",
            ),
            Column(
                "parameter",
                _("名称（产品/项目/参数）"),
                required=True,
                max_length=200,
                width=28,
                aliases=(
                    "产品/项目/参数",
                    "项目/参数",
                    "参数",
                    "项目",
                    "检测项目",
                    "参数名称",
                    "项目名称",
                    "检测参数",
                    "名称",
                    "test_condition",
                ),
                example="化学需氧量",
            ),
            Column(
                "standard_name",
                _("依据的标准（方法）名称"),
                max_length=300,
                aliases=("标准名称", "方法名称", "标准（方法）名称"),
                width=36,
                help=_("CMA、CNAS 证书必填。"),
                example="水质 化学需氧量的测定 重铬酸盐法",
            ),
            Column(
                "standard_no",
                _("标准编号（含年号）"),
                max_length=400,
                width=24,
                aliases=(
                    "标准编号",
                    "依据的标准（方法）名称及编号（含年号）",
                    "依据的标准(方法)名称及编号",
                    "检测标准（方法）",
                    "检测标准",
                    "检测依据",
                    "方法编号",
                    "标准",
                    "standard",
                ),
                help=_(
                    "CMA、CNAS 证书必填；其他证书下可空，即机构自定方法。名称和编号写在一格也行：名称用书名号，如《…》HJ 828-2017。"
                ),
                example="HJ 828-2017",
            ),
            Column("measuring_range", _("限制范围"), max_length=300, aliases=("限制说明", "限制"), example="不做海水"),
            Column("remark", _("说明"), max_length=200, aliases=("备注",)),
            Column(
                "site",
                _("所在实验场所"),
                max_length=100,
                aliases=("实验场所", "地点", "实验室", "检测场所", "lab"),
                example="环境检测室",
            ),
        )


class MetrologyImporter(LineImporter):
    """What an institution is authorised to verify, calibrate, inspect or evaluate (S3-58 … S3-60)."""

    library = "metrology"
    is_test = False
    label = gettext_lazy("计量能力")
    shape = Shape(levels=("nature", "subject"), subject="subject", detail="measuring_range")

    natures: ClassVar = [c for c in Nature.choices if c[0] in Capability.METROLOGY]

    def own_columns(self) -> Sequence[Column]:
        natures, kinds = self.natures, AuthorizationCategory.choices
        return (
            Column(
                "nature",
                _("项目类型"),
                required=True,
                choices=[str(label) for _value, label in natures],
                check=_known_words(natures),
                aliases=("类型", "计量类别", "能力类型"),
                help=_("检定、校准、检验、评价，或 1–4。"),
                example="检定",
            ),
            Column(
                "subject",
                _("项目名称"),
                required=True,
                max_length=100,
                aliases=("授权检定项目名称", "授权项目名称", "计量器具名称", "测量仪器名称", "器具名称", "名称"),
                width=24,
                example="电子天平",
            ),
            Column(
                "measuring_range",
                _("测量范围"),
                required=True,
                max_length=300,
                aliases=("范围",),
                width=24,
                example="1 mg～30 kg",
            ),
            Column(
                "accuracy",
                _("准确度等级/不确定度"),
                required=True,
                max_length=200,
                aliases=(
                    "准确度等级或不确定度",
                    "准确度等级",
                    "不确定度",
                    "测量不确定度",
                    "扩展不确定度",
                    "准确度等级/不确定度/最大允许误差",
                ),
                width=22,
                example="Ⅰ级及以下",
            ),
            Column(
                "standard_no",
                _("依据检定规程编号"),
                required=True,
                max_length=400,
                aliases=("依据检定规程", "检定规程", "规程编号", "依据规程", "校准规范", "依据的技术规范", "标准编号"),
                width=20,
                help=_("含年号。"),
                example="JJG 1036-2022",
            ),
            Column(
                "authorized_area",
                _("授权区域"),
                required=True,
                max_length=100,
                aliases=("授权范围", "区域"),
                example="广东省",
            ),
            Column(
                "authorization_category",
                _("类别"),
                required=True,
                choices=[str(label) for _value, label in kinds],
                check=_known_words(kinds),
                aliases=("机构类别", "授权类别"),
                width=20,
                help=_("法定计量检定机构、专业计量站、专项授权机构、企业内部，或 1–4。"),
                example="法定计量检定机构",
            ),
            Column(
                "valid_until",
                _("有效期"),
                kind="day",
                aliases=("有效期至", "授权有效期", "有效日期"),
                help=_("授权项目自身的有效期；随证书的留空。"),
            ),
            Column("remark", _("备注"), max_length=200, aliases=("说明",)),
        )

    def said(self, row: Row) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        fields, notes = super().said(row)
        fields["authorization_category"] = meant(row["authorization_category"], AuthorizationCategory.choices)
        return fields, notes

    def nature_of(self, row: Row) -> str:
        return meant(row["nature"], self.natures) or Nature.VERIFICATION
