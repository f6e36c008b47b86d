"""The bench's table, and the goals it is held against."""

from dataclasses import dataclass


@dataclass
class Row:
    work: str
    per_second: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    ratio: str = ""
    goal: str = ""
    met: bool | None = None


def number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(rows: list[Row], args, machine: str) -> str:
    lines = [
        f"{args.reservations:,} reservations, {args.instruments:,} instruments; {machine}",
        "",
        "| work | per second | p50 ms | p95 ms | ratio | goal | |",
        "|---|---:|---:|---:|---|---|---|",
    ]
    return "\n".join([*lines, *(line(row) for row in rows)]) + "\n"


def line(row: Row) -> str:
    verdict = "" if row.met is None else "met" if row.met else "**missed**"
    cells = [row.work, number(row.per_second), number(row.p50_ms), number(row.p95_ms), row.ratio, row.goal, verdict]
    return "| " + " | ".join(cells) + " |"
