"""Clients that keep a connection open, send prepared requests, and note how long each answer took."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes | None = None


@dataclass
class Result:
    """Times in milliseconds, statuses, and the wall time of the whole run in seconds."""

    times: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

    @property
    def good(self) -> int:
        return sum(count for status, count in self.statuses.items() if status < 400)


def post(path: str, data: dict, headers: dict) -> Request:
    return Request("POST", path, {**headers, "Content-Type": "application/json"}, json.dumps(data).encode())


def run(port: int, requests: Iterable[Request], clients: int) -> Result:
    """Send all requests, each once, by `clients` clients at a time; return the measured times."""
    result, lock, source = Result(), threading.Lock(), iter(requests)

    def take() -> Request | None:
        with lock:
            return next(source, None)

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while (request := take()) is not None:
            began = time.perf_counter()
            try:
                connection.request(request.method, request.path, request.body, request.headers)
                response = connection.getresponse()
                response.read()
                status = response.status
            except (http.client.HTTPException, OSError):
                connection.close()
                status = 599
            took = (time.perf_counter() - began) * 1000
            with lock:
                result.times.append(took)
                result.statuses[status] += 1
        connection.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - began
    return result


def race(port: int, groups: Iterable[list[Request]]) -> Result:
    """Send every group's requests at the same moment, group after group."""
    total = Result()
    began = time.perf_counter()
    for group in groups:
        gate = threading.Barrier(len(group))
        threads = [threading.Thread(target=_one, args=(port, request, gate, total)) for request in group]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    total.seconds = time.perf_counter() - began
    return total


_guard = threading.Lock()


def _one(port: int, request: Request, gate: threading.Barrier, total: Result) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    gate.wait()
    began = time.perf_counter()
    try:
        connection.request(request.method, request.path, request.body, request.headers)
        response = connection.getresponse()
        response.read()
        status = response.status
    except (http.client.HTTPException, OSError):
        status = 599
    took = (time.perf_counter() - began) * 1000
    connection.close()
    with _guard:
        total.times.append(took)
        total.statuses[status] += 1


def repeat(request: Callable[[int], Request], times: int) -> list[Request]:
    return [request(number) for number in range(times)]
