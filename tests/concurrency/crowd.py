"""Many clients at the same moment, each with a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.db import connection

from gongyi.kit.refusal import Refused


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """What becomes of each act, all begun in the same moment: "done" or the code of its refusal; any other error is raised."""
    gate = threading.Barrier(len(acts))

    def client(act: Callable[[], Any]) -> str:
        gate.wait()
        try:
            act()
            return "done"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(client, acts))


def by_many(act: Callable[[int], Any], clients: int) -> list[str]:
    """What becomes of `act(0)`, `act(1)`, … begun in the same moment, sorted."""
    return sorted(at_once(*(partial(act, number) for number in range(clients))))
