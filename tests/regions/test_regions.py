"""The divisions of China, and choosing one however deep they go."""

import pytest
from django import forms
from django.http import QueryDict
from django.urls import reverse

from gongyi.regions import reference
from gongyi.regions.forms import RegionField
from gongyi.regions.models import Region
from gongyi.regions.queries import children_of, ladder

pytestmark = pytest.mark.django_db
COUNTS = {"province": 34, "city": 342, "district": 2849}


class HomeForm(forms.Form):
    region = RegionField()


class AnyForm(forms.Form):
    region = RegionField(leaf=False, required=False)


def chosen(*codes):
    data = QueryDict(mutable=True)
    data.setlist("region", codes)
    return data


def test_all_divisions_are_loaded_once_and_again_changes_nothing():
    assert {level: Region.objects.filter(level=level).count() for level in COUNTS} == COUNTS
    assert reference.load(Region.objects.all()) == 0


def test_loading_mends_what_differs_from_the_file():
    Region.objects.filter(pk="330106").update(name="西湖")
    assert (reference.load(Region.objects.all()), Region.objects.get(pk="330106").name) == (1, "西湖区")


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("330106", "浙江省杭州市西湖区"),
        ("110101", "北京市东城区"),
        ("419001", "河南省济源市"),
        ("500229", "重庆市城口县"),
        ("441900", "广东省东莞市"),
        ("710000", "台湾省"),
    ],
)
def test_labels_read_as_people_write_them(code, label):
    assert str(Region.objects.get(pk=code)) == label


def test_what_lies_within_a_region_is_told_by_the_code():
    assert Region.objects.within("330100").filter(pk="330106").exists()
    assert not Region.objects.within("330100").filter(pk="330200").exists()
    assert Region.objects.within("330000").filter(level="city").count() == 11
    assert Region.objects.within("330106").count() == 1


def test_parts_come_in_the_order_of_their_codes(client):
    answer = client.get(reverse("regions:children"), {"parent": "330000"}).json()["regions"]
    assert (answer[0], len(answer)) == ({"code": "330100", "name": "杭州市"}, 11)
    assert client.get(reverse("regions:children")).json()["regions"][0] == {"code": "110000", "name": "北京市"}
    assert client.get(reverse("regions:children"), {"parent": "999999"}).json() == {"regions": []}
    assert children_of("441900") == []


@pytest.mark.parametrize("codes", [["330000", "330100", "330106"], ["440000", "441900", ""], ["710000"], ["330106"]])
def test_the_deepest_choice_counts_and_may_end_early_where_the_divisions_do(codes):
    form = HomeForm(chosen(*codes))
    assert form.is_valid()
    assert form.cleaned_data["region"].pk == [code for code in codes if code][-1]


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        (["330000", ""], "请继续选择浙江省下的市。"),
        (["330000", "330100", ""], "请继续选择浙江省杭州市下的区县。"),
        (["999999"], "没有这个地区，请重新选择。"),
        (["330000; DROP TABLE"], "没有这个地区，请重新选择。"),
    ],
)
def test_an_unfinished_or_unknown_choice_is_refused(codes, sentence):
    assert HomeForm(chosen(*codes)).errors == {"region": [sentence]}


def test_a_filter_may_stop_at_a_province_or_choose_nothing():
    assert AnyForm(chosen("330000", "")).is_valid()
    assert AnyForm(chosen("")).is_valid()


def test_an_existing_choice_is_drawn_with_its_whole_ladder():
    assert [(pick, len(options) > 0) for pick, options in ladder("330106")] == [
        ("330000", True), ("330100", True), ("330106", True),
    ]  # fmt: skip
    assert [pick for pick, _options in ladder("441900")] == ["440000", "441900"]
    assert [pick for pick, _options in ladder("")] == [""]
    html = str(HomeForm(initial={"region": "330106"})["region"])
    assert html.count("selected") == 3
    assert str(HomeForm()["region"]).count("<select") == 3


def test_every_select_has_a_name_to_be_read_aloud():
    html = str(HomeForm()["region"])
    assert [label in html for label in ('aria-label="省"', 'aria-label="市"', 'aria-label="区县"')] == [True] * 3
