"""The words of templates: badges, icons, tiles, scales, masks, links."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone

from gongyi.kit import icons, signals
from gongyi.kit.parts import Tone
from gongyi.kit.scale import DayScale
from gongyi.organizations.models import Organization

SOURCES = Path(__file__).resolve().parents[2] / "gongyi"


def render(text, **context):
    return engines["django"].from_string(text).render(context, RequestFactory().get(context.get("path", "/")))


def test_the_badge_of_a_field_takes_word_and_tone_from_its_status_choices():
    unit = Organization(status="suspended")
    assert render('{% st unit "status" %}', unit=unit) == '<span class="st idle">已停用</span>'
    assert render('{% st unit "status" "plain" %}', unit=unit) == '<span class="st idle plain">已停用</span>'


def test_a_badge_can_be_made_from_a_member_or_a_word():
    assert render("{% st_value tone %}", tone=Tone.OFFLINE) == '<span class="st idle ring">离线</span>'
    assert render('{% st_value "已满" "wait" %}') == '<span class="st wait">已满</span>'


def test_what_people_wrote_is_escaped_in_a_badge():
    assert "&lt;b&gt;" in render("{% st_value word %}", word="<b>")


def test_every_icon_named_anywhere_exists():
    named = set()
    for path in SOURCES.rglob("*.html"):
        named |= set(re.findall(r"{%\s*icon [\"']([\w-]+)[\"']", path.read_text()))
        named |= set(re.findall(r"<c-(?:button|alert|file)[^>]*? icon=\"([\w-]+)\"", path.read_text()))
    for path in SOURCES.rglob("*.py"):
        named |= set(
            re.findall(r"\bicon=\"([a-z0-9-]+)\"|\bicon\(\"([a-z0-9-]+)\"\)", path.read_text())
            and [
                name
                for pair in re.findall(r"\bicon=\"([a-z0-9-]+)\"|\bicon\(\"([a-z0-9-]+)\"\)", path.read_text())
                for name in pair
                if name
            ]
        )
    assert {name for name in named if not (icons.folder() / f"{name}.svg").is_file()} == set()


def test_an_icon_says_nothing_to_a_screen_reader_and_takes_classes():
    drawn = icons.icon("calendar", "icon-sm")
    assert drawn.startswith('<svg class="icon icon-sm"')
    assert 'aria-hidden="true"' in drawn


@pytest.mark.parametrize("name", ["../../secret", "no-such-icon"])
def test_an_unknown_icon_is_a_square_in_production_and_an_error_while_developing(name, settings):
    icons._strokes.cache_clear()
    assert "M4 4h16v16H4z" in icons.icon(name)
    icons._strokes.cache_clear()
    settings.DEBUG = True
    with pytest.raises(LookupError):
        icons.icon(name)
    icons._strokes.cache_clear()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("010101", "diffraction"),
        ("010102", "terrain"),
        ("010502", "chromatogram"),
        ("020101", "stress"),
        ("990000", "powder"),
        ("高分辨质谱仪", "sticks"),
        ("", "powder"),
    ],
)
def test_a_tile_follows_the_class(key, kind):
    assert signals.kind_for(key) == kind


def test_a_tile_is_the_same_for_the_same_number_and_another_for_another():
    assert signals.signal_tile("0102", "A-1") == signals.signal_tile("0102", "A-1")
    assert signals.signal_tile("0102", "A-1") != signals.signal_tile("0102", "A-2")


@pytest.mark.parametrize("kind", signals.KINDS)
def test_every_kind_of_tile_is_drawn_inside_its_frame(kind):
    drawn = signals.tile(kind, 3)
    assert drawn.startswith("<svg")
    assert len(drawn) < 20_000
    assert "nan" not in drawn


def test_the_scale_tells_its_free_hours_in_words_and_hatches_what_is_closed():
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)

    def hour(h):
        return start + timedelta(hours=h)

    scale = DayScale(start.date(), [(hour(9), hour(17))], [(hour(9), hour(10)), (hour(15), hour(17))], now=hour(14))
    assert [round(left) for left, _width in scale.closed] == [0, 64]
    assert scale.free_hours == 3
    drawn = render("{% day_scale scale %}", scale=scale)
    assert "空闲 9:00–10:00、15:00–17:00" in drawn
    assert drawn.count("<s ") == 2
    assert 'class="now"' in drawn


def test_the_scale_leaves_out_what_lies_outside_its_hours():
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    night = (start + timedelta(hours=2), start + timedelta(hours=5))
    scale = DayScale(start.date(), [night], [night], now=start + timedelta(hours=3))
    assert (scale.free, scale.now_at) == ([], None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{{ "林知远"|masked_name }}', "林＊"),
        ('{{ ""|masked_name }}', ""),
        ('{{ "13812346021"|masked_phone }}', "138 **** 6021"),
        ('{{ ""|masked_phone }}', "—"),
        ('{{ ""|dash }}', "—"),
        ("{{ 421888|filesize_zh }}", "412 KB"),
        ("{{ 1887437|filesize_zh }}", "1.8 MB"),
        ("{{ 2097152|filesize_zh }}", "2 MB"),
        ("{{ 2097153|filesize_zh }}", "2.0 MB"),
        ("{{ 1862|number }}", "1,862"),
        ("{{ 88|duration }}", "1 小时 28 分"),
        ("{% qualification 1 %}", '<span class="ql q1"><i aria-hidden="true"><b></b><b></b></i>普通</span>'),
        ('{% qualification "senior" %}', '<span class="ql q2"><i aria-hidden="true"><b></b><b></b></i>资深</span>'),
        ('{% avatar "林知远" %}', '<span class="gy-av " aria-hidden="true">林</span>'),
    ],
)
def test_small_words(text, shown):
    assert render(text) == shown


def test_links_keep_the_query_and_start_at_the_first_page_again():
    path = "/?q=%E7%94%B5&page=3&tag=a&tag=b"
    assert render('{% query sort="name" %}', path=path) == "?q=%E7%94%B5&amp;tag=a&amp;tag=b&amp;sort=name"
    assert render("{% query page=4 %}", path=path) == "?q=%E7%94%B5&amp;page=4&amp;tag=a&amp;tag=b"
    assert render('{% query_without "tag" "a" %}', path=path) == "?q=%E7%94%B5&amp;tag=b"
    assert render('{% sort_link "name" %}', path="/?sort=name") == "?sort=-name"
