"""Cells as JSON and back, so that a row can be judged again, and returned, exactly as it was typed."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

MAX_TEXT = 5_000  # longer texts are cut: no column takes as much, and a hostile cell shall not fill the database


def packed(cells: Sequence) -> list:
    return [_packed(cell) for cell in cells]


def unpacked(cells: Sequence) -> list:
    return [_unpacked(cell) for cell in cells]


def shown(cell: Any) -> str:
    """A packed cell for people to read."""
    value = _unpacked(cell)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value)


def _packed(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell.replace("\0", "")[:MAX_TEXT]
    if cell is None or isinstance(cell, bool | int):
        return cell
    if isinstance(cell, float):
        return cell if cell == cell and abs(cell) != float("inf") else str(cell)
    if isinstance(cell, datetime):
        return {"moment": cell.isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, timedelta):
        return {"seconds": cell.total_seconds()}
    return str(cell)[:MAX_TEXT]


def _unpacked(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    if "moment" in cell:
        return datetime.fromisoformat(cell["moment"])
    if "day" in cell:
        return date.fromisoformat(cell["day"])
    return timedelta(seconds=cell["seconds"])
