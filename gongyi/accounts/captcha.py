"""A picture of four characters that a person can read and a simple program cannot: drawn here, used once, soon stale."""

import io
import math
import secrets
from datetime import timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from gongyi.accounts.models import Captcha

ALPHABET = "ACDEFGHJKLMNPRTUVWXY34679"  # nothing that looks like something else: no 0 O Q, 1 I, 2 Z, 5 S, 8 B
LENGTH = 4
VALID_FOR = timedelta(minutes=5)
SIZE = (132, 44)
SESSION_KEY = "captcha"

_dice = secrets.SystemRandom()


def issue(session: SessionBase) -> str:
    """Bind a new answer to this session, replacing an earlier one, and return it for drawing."""
    now = timezone.now()
    Captcha.objects.filter(expires_at__lt=now).delete()
    forget(session)
    answer = "".join(_dice.choice(ALPHABET) for _place in range(LENGTH))
    session[SESSION_KEY] = Captcha.objects.create(answer=answer, expires_at=now + VALID_FOR).pk
    return answer


def redeem(session: SessionBase, text: str) -> bool:
    """Whether `text` is what this session's picture shows. Right or wrong, the picture is used up by the question."""
    key = session.pop(SESSION_KEY, None)
    if key is None:
        return False
    # One DELETE decides: of several answers at once exactly one finds the row.
    mine = Captcha.objects.filter(pk=key)
    right, _rows = mine.filter(answer=normalised(text), expires_at__gt=timezone.now()).delete()
    if not right:
        mine.delete()
    return bool(right)


def forget(session: SessionBase) -> None:
    if (key := session.pop(SESSION_KEY, None)) is not None:
        Captcha.objects.filter(pk=key).delete()


def normalised(text: str) -> str:
    """Upper case, full-width forms made half-width, blanks out: what a phone's keyboard does to four letters."""
    half = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    return "".join(half.split()).upper()


def draw(answer: str) -> bytes:
    """The answer as a PNG: turned, shifted, waved, with lines through it."""
    scale = 2
    width, height = SIZE[0] * scale, SIZE[1] * scale
    picture = Image.new("L", (width, height), 248)
    font = ImageFont.load_default(size=30 * scale)
    step = (width - 16 * scale) / len(answer)
    for place, character in enumerate(answer):
        tile = Image.new("L", (40 * scale, 44 * scale), 0)
        ImageDraw.Draw(tile).text((8 * scale, 3 * scale), character, fill=255, font=font)
        tile = tile.rotate(_dice.uniform(-24, 24), resample=Image.Resampling.BICUBIC)
        left = int(8 * scale + place * step - 6 * scale + _dice.uniform(-3, 3) * scale)
        picture.paste(_dice.randint(40, 90), (left, int(_dice.uniform(-3, 3) * scale)), tile)
    _scratch(picture, scale)
    picture = _wave(picture, scale)
    buffer = io.BytesIO()
    picture.resize(SIZE, Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _scratch(picture: Image.Image, scale: int) -> None:
    pen = ImageDraw.Draw(picture)
    width, height = picture.size
    for _line in range(3):
        points = [(x, _dice.uniform(0.15, 0.85) * height) for x in range(0, width + 1, width // 3)]
        pen.line(points, fill=_dice.randint(110, 170), width=scale)
    for _dot in range(60):
        x, y = _dice.randrange(width), _dice.randrange(height)
        pen.ellipse((x, y, x + scale, y + scale), fill=_dice.randint(120, 200))


def _wave(picture: Image.Image, scale: int) -> Image.Image:
    """Shift each column up or down along a sine, so that straight strokes are not straight."""
    width, height = picture.size
    amplitude, length, phase = _dice.uniform(2, 4) * scale, _dice.uniform(50, 80) * scale, _dice.uniform(0, math.tau)
    waved = Image.new("L", (width, height), 248)
    for x in range(0, width, scale):
        strip = picture.crop((x, 0, x + scale, height))
        waved.paste(strip, (x, round(amplitude * math.sin(math.tau * x / length + phase))))
    return waved
