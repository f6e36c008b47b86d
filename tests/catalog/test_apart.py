"""A phrase nobody wrote is asked again with its words apart (issue 4: nothing found offers the nearest; S1-49, S3-45)."""

from gongyi.catalog.search.apart import MOST, MOST_PIECES, apart


def finding(**known: int):
    """Counts as a store would that holds these words, each by itself; several together find the least of them."""
    asked: list[list[str]] = []

    def count(words: list[str]) -> list[int]:
        asked.append(words)
        return [min((known.get(part, 0) for part in word.split()), default=0) for word in words]

    return count, asked


def test_the_longest_known_pieces_are_asked_together_first_then_each():
    count, asked = finding(水质=3, 重金属=2, 金属=9, 检测=5)
    assert apart("水质重金属检测", count) == [("水质 重金属 检测", 2), ("重金属", 2), ("水质", 3), ("检测", 5)]
    assert len(asked) == 2


def test_when_all_pieces_together_find_nothing_one_is_left_out_by_turns():
    known = {"水质": 3, "重金属": 2, "检测": 5, "水质 重金属": 1}

    def count(words):
        return [known.get(word, 0) for word in words]

    assert apart("水质重金属检测", count)[0] == ("水质 重金属", 1)


def test_a_standard_number_is_never_taken_apart():
    count, asked = finding(**{"金属": 4, "拉伸试验": 2, "GB/T": 9, "228.1": 9})
    text = "金属拉伸试验 GB/T 228.1"
    apart(text, count, [(7, len(text))])
    assert "GB/T 228.1" in asked[0]
    assert not {"GB/T", "228.1"} & set(asked[0])


def test_what_has_no_known_piece_or_cannot_be_parted_offers_nothing_new():
    count, _asked = finding(电镜=1)
    assert apart("火箭", count) == []
    assert apart("电镜", count) == []
    assert apart("", count) == []


def test_however_long_a_question_is_what_is_tried_and_offered_stays_bounded():
    count, asked = finding(**{chr(0x4E00 + n) + chr(0x4E01 + n): 1 for n in range(90)})
    offered = apart("".join(chr(0x4E00 + n) for n in range(90)), count)
    assert len(asked[0]) <= MOST_PIECES
    assert 0 < len(offered) <= MOST
