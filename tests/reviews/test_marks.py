"""What differs is marked by words and characters, and nothing a person typed becomes HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongyi.reviews.marks import marked, pieces


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("相同", "相同", "相同", "相同"),
        ("", "新填的", "", "<ins>新填的</ins>"),
        (
            "东南大学 四牌楼校区",
            "东南大学 九龙湖校区",
            "东南大学 <del>四牌楼</del>校区",
            "东南大学 <ins>九龙湖</ins>校区",
        ),
        ("¥480.00", "¥600.00", "¥<del>480.00</del>", "¥<ins>600.00</ins>"),
        ("JSM-7800F", "JSM-7900F", "<del>JSM-7800F</del>", "<ins>JSM-7900F</ins>"),
        ("<b>粗</b>", "<b>细</b>", "&lt;b&gt;<del>粗</del>&lt;/b&gt;", "&lt;b&gt;<ins>细</ins>&lt;/b&gt;"),
        ("一行\n二行", "一行\n三行", "一行<br><del>二</del>行", "一行<br><ins>三</ins>行"),
    ],
)
def test_both_sides_are_marked(old, new, before, after):
    assert marked(old, new) == (before, after)


@given(st.text("甲乙丙丁。a1 \n<&", max_size=60), st.text("甲乙丙丁。a1 \n<&", max_size=60))
def test_the_pieces_put_together_are_the_texts(old, new):
    cut = pieces(old, new)
    assert ("".join(left for left, _right in cut), "".join(right for _left, right in cut)) == (old, new)


def test_very_long_texts_are_compared_by_sentences():
    old = "这是一个很长的句子。" * 900
    assert len(pieces(old, old + "最后一句。")) == 2
