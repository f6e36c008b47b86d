"""Signal tiles: where an instrument has no photo, the kind of data its class yields, drawn from its number (DESIGN §6)."""

import math
import random
from collections.abc import Callable
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 160, 120
BASE, TOP = HEIGHT - 18, 22

_BY_CODE = {
    "010101": "diffraction",
    "010102": "terrain",
    "0101": "diffraction",
    "0102": "sticks",
    "0103": "powder",
    "0104": "waves",
    "0105": "chromatogram",
    "0106": "decay",
    "0107": "voltammogram",
    "0108": "cells",
    "0109": "thermal",
    "0110": "lanes",
    "0111": "steps",
    "0112": "steps",
    "01": "waves",
    "0201": "stress",
    "0202": "contour",
    "0203": "fringes",
    "0204": "spectrum",
    "0205": "particles",
    "0206": "echo",
    "02": "stress",
    "0302": "thermal",
    "0304": "phasor",
    "0305": "phasor",
    "0306": "spectrum",
    "0307": "fringes",
    "0308": "scatter",
    "0309": "phasor",
    "03": "ruler",
    "0405": "wafer",
    "04": "phasor",
    "05": "contour",
    "0605": "echo",
    "06": "contour",
    "07": "contour",
    "08": "orbit",
    "0901": "scatter",
    "0902": "cells",
    "0903": "heartbeat",
    "09": "heartbeat",
    "10": "scatter",
    "1101": "fringes",
    "1102": "echo",
    "11": "echo",
    "1203": "wafer",
    "12": "steps",
    "13": "lanes",
    "14": "fringes",
}
_BY_WORD = (
    (("透射", "衍射电子"), "diffraction"),
    (("扫描电", "双束", "聚焦离子", "原子力", "探针"), "terrain"),
    (("质谱",), "sticks"),
    (("X射线", "X 射线", "衍射"), "powder"),
    (("色谱",), "chromatogram"),
    (("核磁", "波谱", "顺磁"), "decay"),
    (("光谱", "分光", "红外", "拉曼"), "waves"),
    (("测序", "PCR", "电泳", "核酸", "基因"), "lanes"),
    (("流式", "粒度", "颗粒"), "scatter"),
    (("显微", "细胞", "共聚焦"), "cells"),
    (("电化学",), "voltammogram"),
    (("热", "温度", "箱"), "thermal"),
    (("力学", "试验机", "硬度", "拉伸", "万能"), "stress"),
    (("示波", "信号", "网络分析", "电测"), "phasor"),
    (("超声", "探伤", "地震"), "echo"),
    (("声", "振动"), "spectrum"),
    (("激光", "干涉", "光学"), "fringes"),
    (("长度", "坐标", "计量", "量具", "天平"), "ruler"),
    (("望远", "天文"), "orbit"),
    (("心", "脑电", "诊察"), "heartbeat"),
    (("晶圆", "光刻", "芯片", "集成电路"), "wafer"),
)


def kind_for(key: str) -> str:
    """Return which drawing stands for a class: by its national code (longest prefix first), else by words in its name."""
    key = str(key or "").strip()
    if key[:2].isdigit():
        for length in (6, 4, 2):
            if kind := _BY_CODE.get(key[:length]):
                return kind
    for words, kind in _BY_WORD:
        if any(word in key for word in words):
            return kind
    return "powder"


def signal_tile(key: str, seed: object = 1) -> SafeString:
    """Return the SVG of a tile; the same class and number always give the same picture."""
    return tile(kind_for(key), str(seed))


@lru_cache(maxsize=4096)
def tile(kind: str, seed: object) -> SafeString:
    """Return the tile of one of KINDS."""
    draw, ruler = _KINDS[kind]
    strokes = draw(random.Random(f"{kind}/{seed}"))
    ticks = _TICKS if ruler else ""
    return mark_safe(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice" fill="none" stroke="currentColor" '
        f'stroke-width="1" stroke-linejoin="round" aria-hidden="true" focusable="false">{ticks}{strokes}</svg>'
    )


_TICKS = '<path stroke-opacity=".45" d="{}"/>'.format(
    "".join(f"M{x} {HEIGHT - 10}v{-5 if x % 40 == 0 else -3}" for x in range(0, WIDTH + 1, 8))
)


def _path(points, extra: str = "") -> str:
    return f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"{extra}/>'


def _faint(opacity: float) -> str:
    return f' stroke-opacity="{opacity:.2f}"'


def _axes() -> str:
    return f'<path d="M14 {TOP - 8}V{BASE}H150" stroke-opacity=".5"/>'


def _peaks(rng, count: tuple[int, int], width: tuple[float, float], noise: float, power: float = 1.4):
    peaks = [
        (rng.uniform(14, WIDTH - 14), rng.uniform(0.2, 1) ** power, rng.uniform(*width))
        for _ in range(rng.randint(*count))
    ]
    tallest = max(p[1] for p in peaks)
    points = []
    for step in range(WIDTH * 2 + 1):
        x = step / 2
        height = sum(a / tallest * math.exp(-(((x - c) / w) ** 2)) for c, a, w in peaks if abs(x - c) < 4 * w)
        points.append((x, BASE - min(1.0, height) * (BASE - TOP) - rng.random() * noise))
    return points


def _diffraction(rng):
    """Rings of a selected-area diffraction pattern, spots and the beam stop."""
    cx, cy, out = WIDTH / 2, HEIGHT / 2, []
    spacing = rng.uniform(7.4, 10)
    for ring in range(1, 6):
        radius = ring * spacing
        out.append(
            f'<circle cx="{cx}" cy="{cy}" r="{radius:.1f}" stroke-dasharray="{rng.randint(1, 4)} {rng.randint(2, 6)}"'
            f"{_faint(0.95 - ring * 0.13)}/>"
        )
    turn = rng.random() * math.pi
    for ring in range(1, 6):
        for spot in range(6):
            if rng.random() < 0.62:
                angle = turn + spot * math.pi / 3 + (ring % 2) * math.pi / 6
                x, y = cx + ring * spacing * math.cos(angle), cy + ring * spacing * math.sin(angle)
                out.append(
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2.3 - ring * 0.25:.1f}" fill="currentColor" stroke="none"/>'
                )
    out.append(f'<path d="M{cx} {cy - 51}V{cy + 51}M{cx - 51} {cy}H{cx + 51}"{_faint(0.3)}/>')
    return "".join(out)


def _terrain(rng):
    """Scan lines over a surface, as a scanning electron or atomic force microscope sees it."""
    hills = [
        (rng.uniform(30, 130), rng.uniform(9, 22), rng.uniform(5, 15), rng.uniform(-3, 3))
        for _ in range(rng.randint(1, 3))
    ]
    out = []
    for row in range(10):
        y0 = TOP + 8 + row * (BASE - TOP - 4) / 10
        points = []
        for x in range(0, WIDTH + 1, 2):
            lift = sum(h * math.exp(-(((x - c - row * drift) / w) ** 2)) for c, w, h, drift in hills)
            points.append((x, y0 - lift * math.sin(math.pi * (row + 1) / 11) + rng.random() * 0.6))
        out.append(_path(points, _faint(0.35 + 0.065 * row)))
    return "".join(out)


def _sticks(rng):
    """A mass spectrum: sticks, a few of them tall with their isotopes beside them."""
    strokes = []
    for _ in range(rng.randint(20, 30)):
        strokes.append((rng.uniform(8, 152), (rng.random() ** 2.6) * (BASE - TOP) * 0.6 + 2))
    for _ in range(rng.randint(2, 4)):
        x, h = rng.uniform(16, 140), rng.uniform(0.55, 1) * (BASE - TOP)
        strokes += [(x, h), (x + 2.4, h * 0.42), (x + 4.8, h * 0.14)]
    return f'<path d="{"".join(f"M{x:.1f} {BASE}v{-h:.1f}" for x, h in strokes)}M0 {BASE}H{WIDTH}"/>'


def _powder(rng):
    return _path(_peaks(rng, (9, 14), (0.6, 1.3), 1.4))


def _waves(rng):
    """Three spectra laid over each other."""
    out = []
    centre, spread = rng.uniform(60, 100), rng.uniform(40, 60)
    for layer, opacity in enumerate((0.9, 0.55, 0.3)):
        stretch = rng.uniform(8, 13)
        out.append(
            _path(
                [
                    (
                        x,
                        HEIGHT * 0.5
                        - math.sin(x / stretch + layer) * HEIGHT * 0.26 * math.exp(-(((x - centre) / spread) ** 2)),
                    )
                    for x in range(WIDTH + 1)
                ],
                _faint(opacity),
            )
        )
    return "".join(out)


def _chromatogram(rng):
    points = _peaks(rng, (5, 8), (2, 5), 0.3, 1.1)
    area = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{area}"/><path d="M{area}L{WIDTH} {BASE}L0 {BASE}z" fill="currentColor" fill-opacity=".1" stroke="none"/>'


def _decay(rng):
    """A free induction decay."""
    fast, slow, life = rng.uniform(2.6, 3.8), rng.uniform(18, 30), rng.uniform(38, 60)
    middle = HEIGHT * 0.48
    points = [
        (x / 2, middle - math.exp(-x / 2 / life) * math.sin(x / fast) * math.cos(x / slow) * HEIGHT * 0.36)
        for x in range(WIDTH * 2 + 1)
    ]
    return _path(points) + f'<path d="M0 {middle:.1f}H{WIDTH}"{_faint(0.35)}/>'


def _voltammogram(rng):
    """The closed loop of a cyclic voltammogram."""
    at, gap, tall = rng.uniform(72, 92), rng.uniform(6, 12), rng.uniform(26, 36)
    middle = HEIGHT / 2
    go = [(x, middle - 8 + (x - 80) * -0.12 - tall * math.exp(-(((x - at - gap) / 9) ** 2))) for x in range(20, 141, 2)]
    back = [
        (x, middle + 8 + (x - 80) * -0.12 + tall * math.exp(-(((x - at + gap) / 9) ** 2))) for x in range(140, 19, -2)
    ]
    return _path([*go, *back, go[0]]) + _axes()


def _cells(rng):
    """A field of cells with their nuclei."""
    out: list[str] = []
    placed: list[tuple[float, float, float]] = []
    for _ in range(160):
        x, y, r = rng.uniform(4, 156), rng.uniform(4, 116), rng.uniform(6, 14)
        if all(math.hypot(x - a, y - b) > r + c + 1 for a, b, c in placed):
            placed.append((x, y, r))
            out.append(
                f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{r:.1f}" ry="{r * rng.uniform(0.72, 1):.1f}"'
                f"{_faint(rng.choice((0.4, 0.6, 0.85)))}/>"
                f'<circle cx="{x + rng.uniform(-2, 2):.1f}" cy="{y + rng.uniform(-2, 2):.1f}" r="{r * 0.28:.1f}" '
                f'fill="currentColor" fill-opacity="{rng.choice((0.25, 0.45, 0.7))}" stroke="none"/>'
            )
    return "".join(out)


def _thermal(rng):
    """A mass-loss curve and its derivative."""
    falls = sorted((rng.uniform(35, 130), rng.uniform(0.2, 0.6), rng.uniform(4, 9)) for _ in range(rng.randint(1, 3)))
    whole = sum(f[1] for f in falls)

    def lost(x: float) -> float:
        return sum(f / (1 + math.exp(-(x - c) / w)) for c, f, w in falls) / whole

    span = BASE - TOP
    curve = [(x, TOP + 4 + lost(x) * span * 0.82) for x in range(14, 151)]
    slope = [(x, BASE - 4 - (lost(x + 1) - lost(x - 1)) * span * 4) for x in range(14, 151)]
    return _path(curve) + _path(slope, _faint(0.45)) + _axes()


def _lanes(rng):
    """Lanes of a sequencer or gel."""
    out = []
    high = (BASE - TOP) / 5
    for row in range(5):
        for column in range(26):
            if rng.random() < 0.72:
                out.append(
                    f'<rect x="{8 + column * 5.6:.1f}" y="{TOP + row * high:.1f}" width="3.4" height="{high - 4:.1f}" rx="1" '
                    f'fill="currentColor" stroke="none" fill-opacity="{rng.choice((0.15, 0.3, 0.55, 0.85))}"/>'
                )
    return "".join(out)


def _steps(rng):
    """A programme of set points and the value that follows them."""
    levels = [rng.uniform(0.1, 0.95) for _ in range(6)]
    plan, follow, value = [], [], levels[0] * 0.4
    for x in range(14, 151):
        goal = levels[min(5, (x - 14) // 23)]
        value += (goal - value) * 0.16
        plan.append((x, BASE - goal * (BASE - TOP)))
        follow.append((x, BASE - value * (BASE - TOP) - rng.random()))
    return _path(plan, f'{_faint(0.4)} stroke-dasharray="3 3"') + _path(follow) + _axes()


def _stress(rng):
    """A stress-strain curve: elastic, hardening, necking."""
    knee, top, end = rng.uniform(28, 52), rng.uniform(95, 120), rng.uniform(128, 146)
    points = []
    for x in range(14, int(end) + 1):
        if x < knee:
            rise = (x - 14) / (knee - 14) * 0.68
        elif x < top:
            rise = 0.68 + 0.32 * math.sin((x - knee) / (top - knee) * math.pi / 2)
        else:
            rise = 1 - ((x - top) / (end - top)) ** 2 * 0.24
        points.append((x, BASE - rise * (BASE - TOP)))
    x, y = points[-1]
    return _path(points) + f'<path d="M{x - 2:.1f} {y - 2:.1f}l4 4m0-4l-4 4"/>' + _axes()


def _contour(rng):
    """Lines of equal depth, height or pressure."""
    out = []
    cx, cy = rng.uniform(60, 100), rng.uniform(48, 72)
    waves = [(n, rng.uniform(0.02, 0.16), rng.random() * 6.28) for n in (2, 3, 5)]
    for level in range(1, 9):
        points = []
        for step in range(73):
            angle = step / 72 * 2 * math.pi
            radius = level * 9 * (1 + sum(a * math.sin(n * angle + p) for n, a, p in waves))
            points.append((cx + radius * 1.25 * math.cos(angle), cy + radius * 0.8 * math.sin(angle)))
        out.append(_path(points, _faint(0.9 if level % 4 == 1 else 0.4)))
    return "".join(out)


def _fringes(rng):
    """Interference fringes, bent by what lies in the beam."""
    cx, cy, bend, spread = rng.uniform(50, 110), rng.uniform(45, 75), rng.uniform(8, 18), rng.uniform(22, 34)
    out = []
    for line in range(-1, 17):
        x0 = line * 10.5
        points = [
            (x0 + bend * math.exp(-(((x0 - cx) / spread) ** 2 + ((y - cy) / spread) ** 2)), y) for y in range(8, 113, 4)
        ]
        out.append(_path(points, _faint(0.75 if line % 2 else 0.35)))
    return "".join(out)


def _spectrum(rng):
    """Third-octave bars of a sound level."""
    tilt, bump = rng.uniform(-0.3, 0.3), rng.uniform(0.2, 0.8)
    bars = []
    for bar in range(22):
        level = (
            0.45
            + tilt * (bar / 22 - 0.5)
            + 0.35 * math.exp(-(((bar / 22 - bump) / 0.16) ** 2))
            + rng.uniform(-0.12, 0.12)
        )
        high = max(0.06, min(1, level)) * (BASE - TOP)
        bars.append(
            f'<rect x="{10 + bar * 6.4:.1f}" y="{BASE - high:.1f}" width="4" height="{high:.1f}" fill="currentColor" '
            f'fill-opacity="{0.3 + 0.5 * high / (BASE - TOP):.2f}" stroke="none"/>'
        )
    return "".join(bars)


def _particles(rng):
    """A size distribution with its cumulative curve."""
    middle, wide = rng.uniform(55, 100), rng.uniform(14, 26)
    bars, curve, total = [], [], 0.0
    heights = [math.exp(-(((x - middle) / wide) ** 2)) for x in range(16, 148, 6)]
    for place, height in enumerate(heights):
        x = 16 + place * 6
        total += height
        tall = height * (BASE - TOP) * 0.9
        bars.append(
            f'<rect x="{x}" y="{BASE - tall:.1f}" width="4.4" height="{tall:.1f}" fill="currentColor" fill-opacity=".22" stroke="none"/>'
        )
        curve.append((x + 2.2, BASE - total / sum(heights) * (BASE - TOP)))
    return "".join(bars) + _path(curve) + _axes()


def _echo(rng):
    """Traces of echoes, arriving later with distance."""
    out = []
    start, delay = rng.uniform(16, 34), rng.uniform(2, 7)
    for row in range(8):
        y0, onset = TOP + 4 + row * (BASE - TOP - 4) / 7.6, start + row * delay
        late = onset + rng.uniform(34, 48)
        points = []
        for x in range(4, 157):
            swing = 0.0
            for at, size in ((onset, 7.0), (late, 4.0)):
                if x > at:
                    swing += size * math.exp(-(x - at) / 9) * math.sin((x - at) * 1.1)
            points.append((x, y0 - swing + rng.uniform(-0.25, 0.25)))
        out.append(_path(points, _faint(0.45 + row * 0.06)))
    return "".join(out)


def _phasor(rng):
    """An oscilloscope's screen: graticule and two traces."""
    grid = "".join(f"M{x} 12V{HEIGHT - 12}" for x in range(20, 150, 20)) + "".join(
        f"M10 {y}H150" for y in range(20, 110, 20)
    )
    period, phase, harmonic = rng.uniform(9, 16), rng.random() * 6.28, rng.uniform(0.1, 0.5)
    one = [
        (x, HEIGHT / 2 - 26 * (math.sin(x / period + phase) + harmonic * math.sin(3 * x / period)) / 1.3)
        for x in range(10, 151)
    ]
    two = [(x, HEIGHT / 2 - 18 * math.copysign(1, math.sin(x / period + phase + 0.8))) for x in range(10, 151)]
    return f'<path d="{grid}"{_faint(0.18)}/>' + _path(two, _faint(0.4)) + _path(one)


def _scatter(rng):
    """Two populations of counted particles."""
    out = []
    for cx, cy, n in ((rng.uniform(42, 62), rng.uniform(66, 80), 80), (rng.uniform(92, 118), rng.uniform(38, 54), 64)):
        for _ in range(n):
            out.append(f"M{rng.gauss(cx, 11):.1f} {rng.gauss(cy, 8):.1f}h.01")
    return f'<path d="{"".join(out)}" stroke-width="1.9" stroke-linecap="round"{_faint(0.65)}/>' + _axes()


def _ruler(rng):
    """A main scale and its vernier, shifted by what was measured."""
    shift = rng.uniform(0, 8)
    main = "".join(f"M{x} 58v{-22 if x % 40 == 0 else -15 if x % 20 == 0 else -10}" for x in range(4, 160, 4))
    vernier = "".join(
        f"M{30 + shift + n * 3.6:.1f} 62v{20 if n % 10 == 0 else 15 if n % 5 == 0 else 10}" for n in range(31)
    )
    match = 30 + shift + round(shift / 0.4) % 31 * 3.6
    return f'<path d="M0 58H{WIDTH}M{24 + shift:.1f} 62H150{main}{vernier}"/><path d="M{match:.1f} 30V96" stroke-dasharray="2 3"{_faint(0.6)}/>'


def _orbit(rng):
    """Star trails around the pole."""
    cx, cy, out = rng.uniform(60, 100), rng.uniform(78, 100), []
    for _ in range(34):
        radius, begin = rng.uniform(6, 118), rng.uniform(0, 360)
        length = rng.uniform(18, 40)
        x1, y1 = cx + radius * math.cos(math.radians(begin)), cy + radius * math.sin(math.radians(begin))
        x2, y2 = (
            cx + radius * math.cos(math.radians(begin + length)),
            cy + radius * math.sin(math.radians(begin + length)),
        )
        out.append(
            f'<path d="M{x1:.1f} {y1:.1f}A{radius:.1f} {radius:.1f} 0 0 1 {x2:.1f} {y2:.1f}"{_faint(rng.uniform(0.3, 0.9))}/>'
        )
    return "".join(out)


def _heartbeat(rng):
    """Beats of an electrocardiogram."""
    beat = rng.uniform(34, 46)
    points = []
    for step in range(WIDTH * 2 + 1):
        x = step / 2
        at = x % beat / beat
        wave = sum(
            a * math.exp(-(((at - c) / w) ** 2))
            for c, a, w in ((0.2, 6, 0.04), (0.34, -5, 0.012), (0.37, 46, 0.014), (0.4, -9, 0.014), (0.62, 11, 0.06))
        )
        points.append((x, HEIGHT * 0.62 - wave))
    return _path(points)


def _wafer(rng):
    """Dies on a wafer, tested."""
    out, cx, cy, radius = [], WIDTH / 2, HEIGHT / 2, 49
    for column in range(-6, 7):
        for row in range(-6, 7):
            x, y = cx + column * 8 - 3.4, cy + row * 8 - 3.4
            if math.hypot(x + 3.4 - cx, y + 3.4 - cy) < radius - 5:
                out.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="6.8" height="6.8" fill="currentColor" stroke="none" '
                    f'fill-opacity="{rng.choice((0.12, 0.12, 0.22, 0.22, 0.4, 0.7))}"/>'
                )
    return f'<circle cx="{cx}" cy="{cy}" r="{radius}"/>' + "".join(out)


_KINDS: dict[str, tuple[Callable[[random.Random], str], bool]] = {
    "diffraction": (_diffraction, False),
    "terrain": (_terrain, False),
    "sticks": (_sticks, True),
    "powder": (_powder, True),
    "waves": (_waves, True),
    "chromatogram": (_chromatogram, True),
    "decay": (_decay, False),
    "voltammogram": (_voltammogram, False),
    "cells": (_cells, False),
    "thermal": (_thermal, False),
    "lanes": (_lanes, False),
    "steps": (_steps, False),
    "stress": (_stress, False),
    "contour": (_contour, False),
    "fringes": (_fringes, False),
    "spectrum": (_spectrum, True),
    "particles": (_particles, False),
    "echo": (_echo, True),
    "phasor": (_phasor, False),
    "scatter": (_scatter, False),
    "ruler": (_ruler, False),
    "orbit": (_orbit, False),
    "heartbeat": (_heartbeat, True),
    "wafer": (_wafer, False),
}
KINDS = tuple(_KINDS)
