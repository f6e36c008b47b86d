"""A question whose words nobody wrote side by side, asked with them apart: 水质重金属检测 → 水质 重金属 检测.

All words of a question must occur, and a run of Chinese is one word; who types a whole phrase would find nothing.
"""

from collections.abc import Callable, Iterable

from gongyi.catalog.search.words import MAX_QUERY_CHARACTERS, normalize, runs

LONGEST_RUN = 10  # characters of one Chinese run that are taken apart
MOST_PIECES = 60  # tried in one statement
MOST = 8  # questions offered
SHORTEST = 2  # characters of a piece


def apart(
    text: str, count: Callable[[list[str]], list[int]], kept: Iterable[tuple[int, int]] = ()
) -> list[tuple[str, int]]:
    """Other questions made of this one's pieces that find something, the most complete first, each with how much.

    `count` says how much each of several questions finds; it is called at most twice. `kept` are parts of the normalized
    text that stay whole, such as standard numbers. A question that cannot be taken apart gives nothing.
    """
    text = text[:MAX_QUERY_CHARACTERS].strip()
    parts = _parts(text, sorted(kept))
    tried = list(dict.fromkeys(piece for part, whole in parts for piece in ([part] if whole else _pieces(part))))
    tried = tried[:MOST_PIECES]
    numbers = {piece: number for piece, number in zip(tried, count(tried), strict=True) if number} if tried else {}
    pieces = list(
        dict.fromkeys(piece for part, whole in parts for piece in ([part] if whole else _longest(part, numbers)))
    )
    pieces = [piece for piece in pieces if piece in numbers]
    if len(pieces) < 2:
        return [(piece, numbers[piece]) for piece in pieces if normalize(piece) != normalize(text)]
    together = [" ".join(pieces)]
    if len(pieces) > 2:  # noqa: PLR2004 - without one of two only the other is left
        together += [" ".join(pieces[:number] + pieces[number + 1 :]) for number in range(len(pieces))]
    found = [(said, number) for said, number in zip(together, count(together), strict=True) if number]
    if found and found[0][0] == together[0]:
        found = found[:1]
    return [*found, *((piece, numbers[piece]) for piece in sorted(pieces, key=len, reverse=True))][:MOST]


def _parts(text: str, kept: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    """The question's words in order as they were typed, and whether each stays whole: all but runs of Chinese do."""
    plain = normalize(text)
    typed = text if len(text) == len(plain) else plain
    parts: list[tuple[str, bool]] = []
    at = 0
    for start, end in [*kept, (len(plain), len(plain))]:
        parts += [(typed[at + run.starts_at : at + run.ends_at], bool(run.parts)) for run in runs(plain[at:start])]
        if typed[start:end].strip():
            parts.append((typed[start:end].strip(), True))
        at = end
    return parts


def _pieces(run: str) -> list[str]:
    """Everything that can be cut from a run of Chinese, the longest first."""
    run = run[:LONGEST_RUN]
    lengths = range(len(run), SHORTEST - 1, -1)
    return [run[start : start + length] for length in lengths for start in range(len(run) - length + 1)]


def _longest(run: str, known: dict[str, int]) -> list[str]:
    """The longest known pieces of a run that do not overlap, as they follow each other."""
    taken: list[tuple[int, int]] = []
    run = run[:LONGEST_RUN]
    for length in range(len(run), SHORTEST - 1, -1):
        for start in range(len(run) - length + 1):
            end = start + length
            if run[start:end] in known and all(end <= first or start >= last for first, last in taken):
                taken.append((start, end))
    return [run[start:end] for start, end in sorted(taken)]
