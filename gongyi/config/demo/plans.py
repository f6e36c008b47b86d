"""The demo's industry topics and service plans: written and published through the product, with drawn covers."""

import math
import random
import tomllib
import zlib
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from gongyi.accounts.models import User
from gongyi.config.demo.clock import Clock, moved
from gongyi.offerings.models import Capability, IndustryTopic
from gongyi.offerings.services import plans as services
from gongyi.offerings.workflow import PlanFlow, TopicFlow
from gongyi.organizations.models import Organization

COVER = (640, 360)
SHOWN_DAYS = 40  # the plans were published over so many days
DATA = Path(__file__).parent / "data" / "plans.toml"
PLAIN_INK = (64, 76, 92)


@dataclass(frozen=True)
class Sketch:
    """A plan in few words: `words` find the capabilities it includes; `state` is published, draft or taken_down."""

    code: str
    name: str
    kind: str
    summary: str
    price: str
    unit: str
    days: tuple[int, int]
    topics: tuple[str, ...]
    words: tuple[str, ...]
    paragraphs: tuple[str, ...]
    points: tuple[str, ...]
    deliverables: tuple[str, ...]
    price_kind: str = "fixed"
    state: str = "published"


def load(units: dict[str, Organization], admin: User) -> None:
    """Five topics and twenty plans of the three institutions; the capabilities they include are found by their words."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    inks: dict[str, tuple] = {}
    topics: dict[str, IndustryTopic] = {}
    for row in data["topics"]:
        name, inks[row["name"]] = row["name"], tuple(row.pop("ink"))
        topics[name] = services.save_topic(actor=admin, cover=_cover(name, inks[name], 0), **row)
        TopicFlow.fire(topics[name], "publish", actor=admin)
    sketches = [Sketch(**row) for row in data["plans"]]
    for number, sketch in enumerate(sketches):
        with moved(Clock(timezone.now() - timedelta(days=SHOWN_DAYS * (len(sketches) - number) / len(sketches)))):
            ink = inks[sketch.topics[0]] if sketch.topics else PLAIN_INK
            _plan(units[sketch.code], sketch, topics, ink, admin)


def _plan(unit: Organization, sketch: Sketch, topics: dict, ink: tuple, admin: User) -> None:
    today = timezone.localdate()
    own = Capability.objects.filter(organization=unit).orderable_on(today)
    found: dict[int, Capability] = {}
    for word in sketch.words:
        for capability in (own.filter(subject__contains=word) | own.filter(parameter__contains=word))[:4]:
            found[capability.pk] = capability
    picture = services.keep_picture(organization=unit, actor=admin, upload=_cover(f"{sketch.name} 过程", ink, 1))
    plan = services.save_plan(
        organization=unit, actor=admin, name=sketch.name, business_type=sketch.kind, summary=sketch.summary,
        description=_text(sketch, picture.get_absolute_url()), price_kind=sketch.price_kind,
        price=Decimal(sketch.price) if sketch.price else None, price_unit=sketch.unit if sketch.price else "",
        deliverables="\n".join(sketch.deliverables), workdays_from=sketch.days[0], workdays_to=sketch.days[1],
        cover=_cover(sketch.name, ink, 2), capabilities=list(found.values()), topics=[topics[name] for name in sketch.topics],
    )  # fmt: skip
    if sketch.state != "draft":
        PlanFlow.fire(plan, "publish", actor=admin, acting_for=unit)
    if sketch.state == "taken_down":
        PlanFlow.fire(plan, "take_down", actor=admin, acting_for=unit)


def _text(sketch: Sketch, picture: str) -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in sketch.paragraphs)
    points = "".join(f"<li>{point}</li>" for point in sketch.points)
    listed = f"<h3>包含项目</h3><ul>{points}</ul>" if points else ""
    return (
        f'{paragraphs}{listed}<figure><img src="{picture}"><figcaption>示意图</figcaption></figure>'
        "<h3>怎样送样</h3><ol><li>联系业务员，说明样品、数量和用途</li><li>确认项目、价格和周期</li><li>寄送或送达样品，收到后开始计时</li></ol>"
    )


def _cover(name: str, ink: tuple[int, int, int], kind: int) -> SimpleUploadedFile:
    """A drawing in the tone of the topic: curves, bars or rings as the name falls; no words, so nothing can be misread."""
    seed = zlib.crc32(f"{name}{kind}".encode())
    dice = random.Random(seed)
    width, height = COVER
    image = Image.new("RGB", COVER, tuple(255 - (255 - part) // 9 for part in ink))
    draw = ImageDraw.Draw(image)
    tones = [tuple((part * weight + 255 * (10 - weight)) // 10 for part in ink) for weight in (2, 4, 6, 9)]
    for line in range(1, 16):
        draw.line(
            (line * width // 16, 0, line * width // 16, height), fill=tuple(255 - (255 - part) // 7 for part in ink)
        )
    style = (seed + kind) % 3
    if style == 0:
        for row in range(4):
            phase, stretch = dice.random() * 6, 18 + dice.random() * 30
            points = [
                (x, height * (row + 1) / 5 - 46 * math.exp(-(((x - width * (0.25 + phase / 12)) / 70) ** 2)) + 9 * math.sin(x / stretch + phase))
                for x in range(0, width + 1, 6)
            ]  # fmt: skip
            draw.line(points, fill=tones[row], width=4)
    elif style == 1:
        for bar in range(20):
            tall = 40 + dice.randrange(220)
            left = 30 + bar * 29
            draw.rounded_rectangle((left, height - 30 - tall, left + 17, height - 30), 4, fill=tones[bar % 4])
    else:
        middle = (width * (0.3 + dice.random() * 0.4), height * 0.5)
        for ring in range(9, 0, -1):
            radius = ring * 26
            box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
            draw.arc(box, dice.randrange(360), dice.randrange(360) + 220, fill=tones[ring % 4], width=7)
    file = BytesIO()
    image.quantize(32).save(file, "PNG")
    return SimpleUploadedFile(f"{name}.png", file.getvalue(), content_type="image/png")
