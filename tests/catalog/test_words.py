"""Words to lexemes: the same for what is stored and what is asked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongyi.catalog.search.words import Document, initials_of, lexemes, parse
from gongyi.kit.refusal import Refused


def test_chinese_becomes_overlapping_pairs_and_the_last_character():
    assert list(lexemes("扫描电镜")) == ["扫描", "描电", "电镜", "镜"]


def test_model_numbers_are_split_and_joined():
    assert list(lexemes("JSM-7800F")) == ["jsm", "7800f", "7800", "jsm7800f"]


def test_neighbouring_words_are_also_kept_joined():
    assert "jsm7800f" in lexemes("JSM 7800F")
    assert "qtof" in lexemes("6545 Q-TOF LC/MS")


def test_full_width_and_capitals_make_no_difference():
    assert list(lexemes("ＪＳＭ－７８００Ｆ")) == list(lexemes("jsm-7800f"))


def test_pinyin_initials_begin_anywhere_in_a_name():
    assert list(initials_of("扫描电镜")) == ["smdj", "mdj", "dj"]


@pytest.mark.parametrize(
    ("asked", "tsquery"),
    [
        ("扫描电镜", "'扫描' & '描电' & '电镜'"),
        ("镜", "'镜':*"),
        ("电镜 jsm", "'电镜' & 'jsm':*"),
        ("jsm 电镜", "'jsm':* & '电镜'"),
        ("JSM-7800", "('jsm7800':* | ('jsm' & '7800':*))"),
        ("a", "'a'"),
        ("！？", ""),
        ("", ""),
        ("o'brien\\", "'o' & 'brien':*"),
    ],
)
def test_questions_are_read(asked, tsquery):
    assert parse(asked).tsquery == tsquery


def test_whole_words_are_asked_for_without_open_ends():
    assert parse("质谱 lcms").whole == "'质谱' & 'lcms'"


def test_a_nul_character_is_refused_with_a_sentence():
    with pytest.raises(Refused) as refusal:
        parse("电\0镜")
    assert refusal.value.code == "nul"


def test_very_long_questions_are_cut():
    assert parse("电" * 500).tsquery.count("&") <= 100
    assert len(parse(" ".join(f"w{n}" for n in range(100))).tsquery.split("&")) <= 16


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=120))
def test_postgresql_reads_every_question_and_every_document(text):
    from django.db import connection

    document = Document()
    document.add("A", lexemes(text))
    document.add("D", initials_of(text))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector, %s::tsquery", [str(document), parse(text).tsquery])


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("扫描电镜质谱仪器联用JSM7800F-/. ab12"), min_size=1, max_size=24))
def test_what_is_written_is_found_by_its_own_words(text):
    from django.db import connection

    document = Document()
    document.add("A", lexemes(text))
    question = parse(text).tsquery
    if question:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [str(document), question])
            assert cursor.fetchone() == (True,)
