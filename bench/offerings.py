# ruff: noqa: SIM905  lists of words read better as words
"""Searching capabilities by the million: `python -m bench.offerings` fills GONGYI_DATABASE_URL and prints the table.

Twenty thousand lines are indexed by the application; the rest are copies with a number of their own, written by one
statement while the search index is off. What is timed is the whole page, made in this process by one client: reading the
question, the search, the lines with their certificates and institutions, the HTML.
"""

import argparse
import os
import random
import sys
import time
from datetime import timedelta

SEARCH_P95_MS = 150
SUGGEST_P95_MS = 100
PATTERN = 20_000
SUBJECTS = (
    "金属材料 钢 铝合金 铜合金 钛合金 焊接接头 紧固件 橡胶 塑料 复合材料 涂料 胶粘剂 水泥 混凝土 砂浆 陶瓷 玻璃 木材 纺织品 皮革 食品 饮用水 地表水 "
    "废水 土壤 沉积物 固体废物 环境空气 废气 噪声 农产品 饲料 肥料 化妆品 玩具 电线电缆 电子元器件 锂离子电池 光伏组件 变压器 电动机 汽车零部件 轮胎 "
    "润滑油 汽油 煤炭 矿石 稀土 贵金属 医疗器械 药品 消毒剂 建筑门窗 防水材料 保温材料 家具 灯具 家用电器 无线电设备 软件"
).split()
METERS = (
    "电子天平 砝码 压力表 温度计 热电偶 卡尺 千分尺 量块 扭矩扳手 万能试验机 硬度计 电子显微镜 分光光度计 酸度计 电导率仪 气相色谱仪 液相色谱仪 "
    "质谱仪 流量计 水表 电能表 数字多用表 示波器 信号发生器 频谱分析仪 声级计 照度计 辐射剂量仪 离心机 恒温槽"
).split()
PARAMETERS = (
    "抗拉强度 屈服强度 断后伸长率 冲击吸收能量 硬度 弯曲 疲劳寿命 金相组织 晶粒度 化学成分 碳 硫 磷 铅 镉 汞 砷 铬 六价铬 镍 铜 锌 铁 锰 甲醛 苯 "
    "挥发性有机物 总氮 总磷 氨氮 化学需氧量 五日生化需氧量 悬浮物 菌落总数 大肠菌群 沙门氏菌 农药残留 黄曲霉毒素 水分 灰分 蛋白质 脂肪 密度 黏度 "
    "熔点 闪点 导热系数 燃烧性能 绝缘电阻 耐压 接地电阻 电磁兼容 盐雾 高温试验 低温试验 湿热试验 振动 冲击 外观 尺寸 厚度 色差 光泽 附着力 耐磨 "
    "吸水率 渗透系数 抗压强度 含气量 凝结时间"
).split()
DOMAINS = "力学 化学 环境 食品 电气 电子 建筑 纺织 轻工 机械 能源 医疗".split()
BODIES = ("GB/T", "GB/T", "GB/T", "GB", "JJG", "JJF", "HJ", "ISO", "ASTM", "YY/T", "SN/T", "DL/T")
WORDS = ("抗拉强度", "铅", "废水 氨氮", "电子天平", "硬度 钢", "klqd", "食品", "计量", "zh", "0.5级")


def fill(count: int, say) -> None:
    """Institutions, certificates (one in ten ended) and so many capabilities; nothing where they stand already."""
    from django.db import connection
    from django.utils import timezone

    from gongyi.offerings.models import Capability
    from gongyi.offerings.search import index, refresh_facet_counts
    from gongyi.organizations.models import Certificate, Organization

    if Capability.objects.exists():
        return
    dice, today = random.Random(5), timezone.localdate()
    places = ["330106", "430104", "370202", "320506", "440106", "110108", "510107", "610113", "420106", "310115"]
    units = Organization.objects.bulk_create(
        Organization(code=f"C{n:04d}", name=f"基准检测中心{n}", kind="inspection", region_id=places[n % len(places)])
        for n in range(300)
    )
    papers = Certificate.objects.bulk_create(
        Certificate(
            organization=unit, nature=nature, grade="other", number=f"{nature}{unit.pk}-{n}",
            expires_on=today + timedelta(days=dice.choice([-30, 200, 400, 700, 900, 1200, 1300, 1400, 1500, 1600])),
        )
        for unit in units for n, nature in enumerate(("cma", "cnas", "other"))
    )  # fmt: skip
    standards = [
        f"{dice.choice(BODIES)} {dice.randint(100, 60000)}{dice.choice(['', '.1', '.2', '.3', '.12'])}-{dice.randint(1995, 2024)}"
        for _n in range(3000)
    ] + ["GB/T 228.1-2021"]
    say("patterns")
    rows = []
    for n in range(min(PATTERN, count)):
        paper = dice.choice(papers)
        test = n % 4 > 0
        rows.append(
            Capability(
                organization_id=paper.organization_id, certificate=paper, group_no=str(n),
                nature="test" if test else dice.choice(["verification", "calibration", "inspection", "evaluation"]),
                subject=dice.choice(SUBJECTS if test else METERS), parameter=dice.choice(PARAMETERS) if test else "",
                standard_no=dice.choice(standards), standard_name=f"{dice.choice(SUBJECTS)} {dice.choice(PARAMETERS)}的测定",
                domain=dice.choice(DOMAINS), measuring_range=f"{dice.randint(0, 9)}～{dice.randint(10, 900)}",
                accuracy=dice.choice(["0.5 级", "1 级", "U=0.2 (k=2)", ""]),
                price=dice.choice([None, dice.randint(50, 3000)]), lead_days=dice.randint(1, 20), key=f"p{n}",
            )
        )  # fmt: skip
    Capability.objects.bulk_create(rows, batch_size=2000)
    index(Capability.objects.order_by("pk").values_list("pk", flat=True))
    _multiply(count // len(rows) - 1, say)
    say("statistics")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE offerings_capability")
    refresh_facet_counts()


def _multiply(copies: int, say) -> None:
    """So many copies of every line, each with a key and a price of its own."""
    from django.db import connection

    from gongyi.offerings.models import Capability

    (search_index,) = (one for one in Capability._meta.indexes if one.name == "capability_search")
    columns = [f.column for f in Capability._meta.concrete_fields if f.column not in ("id", "key", "price")]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET maintenance_work_mem = '512MB'; DROP INDEX capability_search")
        say(f"{copies} copies of every line")
        cursor.execute(
            f"INSERT INTO offerings_capability (key, price, {', '.join(columns)})"
            f" SELECT key || '-' || n, price + n, {', '.join(columns)}"
            " FROM offerings_capability, generate_series(1, %s) AS n",
            [max(0, copies)],
        )
    say("search index")
    with connection.schema_editor(atomic=False) as editor:
        editor.add_index(Capability, search_index)


def everything(reads: int) -> list:
    """Rows for the bench's table."""
    from urllib.parse import quote

    from django.test import Client

    from bench.report import Row
    from gongyi.offerings.models import Capability

    dice, client = random.Random(6), Client(SERVER_NAME="localhost")
    numbers = list(Capability.objects.order_by("pk").values_list("standard_no", flat=True)[:PATTERN:37])
    said = [number.rsplit("-", 1)[0] for number in numbers]
    rows = []
    for name, goal, make in (
        ("capabilities by standard, without its year", SEARCH_P95_MS, lambda: f"/capabilities/?q={quote(dice.choice(said))}"),
        ("capabilities by standard and year", SEARCH_P95_MS, lambda: f"/capabilities/?q={quote(dice.choice(numbers))}"),
        ("capabilities by a word", SEARCH_P95_MS, lambda: f"/capabilities/?q={quote(dice.choice(WORDS))}"),
        (
            "capabilities by a word and two conditions", SEARCH_P95_MS,
            lambda: f"/capabilities/?q={quote(dice.choice(WORDS))}&region=330000&certificate=cma",
        ),
        ("capabilities by conditions alone", SEARCH_P95_MS, lambda: f"/capabilities/?domain={quote(dice.choice(DOMAINS))}&nature=test"),
        ("capabilities, nothing asked", SEARCH_P95_MS, lambda: "/capabilities/"),
        ("suggestions while typing", SUGGEST_P95_MS, lambda: f"/search/suggest/?q={quote(dice.choice([*WORDS, *said])[:7])}"),
        ("the one box over everything", SEARCH_P95_MS, lambda: f"/search/?q={quote(dice.choice([*WORDS, *said]))}"),
    ):  # fmt: skip
        client.get(make())
        times = []
        for _n in range(reads):
            address, began = make(), time.perf_counter()
            answer = client.get(address)
            times.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"bench: {address} answered {answer.status_code}, expected 200")
        times.sort()
        p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
        rows.append(Row(name, 1000 * len(times) / sum(times), p50, p95, goal=f"p95 ≤ {goal} ms", met=p95 <= goal))
    return rows


def alone(reads: int) -> list:
    """The same searches without the page around them: certificates that ended, then the one statement."""
    from bench.report import Row
    from gongyi.offerings.models import Capability
    from gongyi.offerings.search import Criteria, Kind, ask, find

    dice = random.Random(7)
    numbers = list(Capability.objects.order_by("pk").values_list("standard_no", flat=True)[:PATTERN:37])
    narrowed = {Kind.REGION: (330000,), Kind.CERTIFICATE: (1,)}
    rows = []
    for name, make in (
        ("the search alone, by standard", lambda: Criteria(ask(dice.choice(numbers).rsplit("-", 1)[0]))),
        ("the search alone, by a word", lambda: Criteria(ask(dice.choice(WORDS)))),
        ("the search alone, by a word and two conditions", lambda: Criteria(ask(dice.choice(WORDS)), chosen=narrowed)),
        ("the search alone, nothing asked", Criteria),
    ):
        find(make())
        times = []
        for _n in range(reads):
            criteria, began = make(), time.perf_counter()
            find(criteria)
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
        goal = {"goal": f"p95 ≤ {SEARCH_P95_MS} ms", "met": p95 <= SEARCH_P95_MS}
        rows.append(Row(name, 1000 * len(times) / sum(times), p50, p95, **goal))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.offerings", description=__doc__)
    parser.add_argument("--capabilities", type=int, default=1_000_000)
    parser.add_argument("--reads", type=int, default=200, help="requests for each figure")
    args = parser.parse_args()
    os.environ.update(GONGYI_DEMO="0", GONGYI_DEBUG="0", DJANGO_SETTINGS_MODULE="bench.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from bench import report

    def say(line: str) -> None:
        sys.stderr.write(f"[{time.strftime('%H:%M:%S')}] {line}\n")

    say("migrate")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    fill(args.capabilities, say)
    say("measure")
    for row in [*alone(args.reads), *everything(args.reads)]:
        sys.stdout.write(report.line(row) + "\n")
    sys.stdout.write(f"load of the machine: {' '.join(f'{one:.1f}' for one in os.getloadavg())}\n")


if __name__ == "__main__":
    main()
