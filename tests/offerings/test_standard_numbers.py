"""Standard numbers as people write them: made regular, asked for their year, several in one cell (domain rules 1.3)."""

from datetime import date

import pytest

from gongyi.offerings.standard_numbers import checked, prefixes

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("GB/T 228.1-2021", ["GB/T 228.1-2021"]),
        ("ＧＢ／Ｔ　228.1—2021", ["GB/T 228.1-2021"]),
        ("GBT 19143-2017", ["GB/T 19143-2017"]),
        ("GB-T 4339-2008", ["GB/T 4339-2008"]),
        ("GB/T 19500 -2004", ["GB/T 19500-2004"]),
        ("gb 7314-87", ["GB 7314-87"]),
        ("JJG(交通) 001-2015", ["JJG(交通) 001-2015"]),
        ("JJF（粤）012-2020", ["JJF(粤) 012-2020"]),
        ("DB44T 1234-2020", ["DB44/T 1234-2020"]),
        ("T/CSTM 00012-2019", ["T/CSTM 00012-2019"]),
        ("Q/LTCS 001-2021", ["Q/LTCS 001-2021"]),
        ("ASTM E 1269-11", ["ASTM E1269-11"]),
        ("ASTM E8/E8M-22", ["ASTM E8/E8M-22"]),
        ("ISO 6892-1:2019", ["ISO 6892-1:2019"]),
        ("DIN EN ISO 6892-1:2019", ["DIN EN ISO 6892-1:2019"]),
        ("IEC 60068-2-1:2007", ["IEC 60068-2-1:2007"]),
        ("GB/T 36164-2018（高合金钢）", ["GB/T 36164-2018(高合金钢)"]),
        ("GB 5009.12-2017 第一法", ["GB 5009.12-2017 第一法"]),
        ("JY/T 0584-2020 GB/T 17359-2012", ["JY/T 0584-2020", "GB/T 17359-2012"]),
        ("HJ 776-2015；HJ 700-2014\nHJ 694-2014", ["HJ 776-2015", "HJ 700-2014", "HJ 694-2014"]),
        ("EN 71-3:2019+A1:2021", ["EN 71-3:2019+A1:2021"]),
        ("AOAC 2011.14", ["AOAC 2011.14"]),
    ],
)
def test_one_number_however_it_is_written(typed, stored):
    result = checked(typed, TODAY)
    assert result.numbers == stored
    assert result.problems == []


@pytest.mark.parametrize("typed", ["GB/T 228.1", "ASTM D 3528", "ISO 6892-1", "JJG 162", "GB/T 2039、GB/T 7314-2017"])
def test_a_number_without_its_year_is_a_problem_that_says_how_to_write_it(typed):
    (problem,) = checked(typed, TODAY).problems
    assert "没有年号" in problem
    assert "四位年号" in problem


@pytest.mark.parametrize("typed", ["GB/T 228.1-2031", "GB 228-1900"])
def test_a_year_that_cannot_be_is_a_problem(typed):
    (problem,) = checked(typed, TODAY).problems
    assert "请核对" in problem


def test_a_strange_prefix_is_pointed_out_and_kept():
    result = checked("XYZ 12-2020", TODAY)
    assert (result.numbers, result.problems) == (["XYZ 12-2020"], [])
    assert "代号不常见" in result.doubts[0]


def test_names_beside_a_number_and_methods_without_one_are_told_apart():
    both = checked("《水质 铅的测定》GB/T 7475-87", TODAY)
    assert (both.names, both.numbers) == (["水质 铅的测定"], ["GB/T 7475-87"])
    own = checked("实验室方法", TODAY)
    assert (own.numbers, own.method, own.problems) == ([], "实验室方法", [])
    book = checked("中国药典2020年版四部通则0841", TODAY)
    assert book.numbers == ["中国药典2020年版四部通则0841"]
    assert book.doubts
    assert checked("", TODAY) == checked("  ", TODAY)


def test_the_prefixes_are_data_that_cover_the_rules():
    assert {"GB", "GB/T", "GB/Z", "JJG", "JJF", "JY/T", "HJ", "YY/T", "NY/T", "SN/T"} <= set(prefixes())
