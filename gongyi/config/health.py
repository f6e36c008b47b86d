"""Answers whether the site is alive (/healthz) and whether each part it needs is ready (/readyz)."""

import logging
import os
import shutil
import uuid
from functools import cache

import psycopg
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 3
QUERY_TIMEOUT_SECONDS = 3
HEARTBEAT_LOST_AFTER_SECONDS = 30  # a worker beats every ten
LEAST_FREE_MEGABYTES = 100


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"status": "alive"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Name every part with "ok" or with what is wrong with it; 503 when any is not ready."""
    parts = readiness()
    ready = all(answer == "ok" for answer in parts.values())
    return JsonResponse({"status": "ready" if ready else "not ready", "checks": parts}, status=200 if ready else 503)


def readiness() -> dict[str, str]:
    """Return part → "ok" or a sentence. Its own connection: a busy pool is no unreachable server."""
    unknown = "unknown while the database is not reachable"
    parts = {"database": "ok", "migrations": unknown, "worker": unknown, "disk": disk()}
    try:
        with own_connection() as database:
            parts["migrations"] = migrations(database)
            parts["worker"] = worker(database)
    except psycopg.Error as problem:  # its words name hosts and users: they are for the log and `gongyi doctor`
        logger.warning("not ready: %s", problem)
        parts["database"] = "not reachable; gongyi doctor tells why"
    return parts


def own_connection() -> psycopg.Connection:
    """Open a connection beside the pool; it gives up after some seconds."""
    parameters = connection.get_connection_params()
    parameters["options"] = f"-c statement_timeout={QUERY_TIMEOUT_SECONDS * 1000}"
    for name in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(name, None)
    return psycopg.connect(**parameters, connect_timeout=CONNECT_TIMEOUT_SECONDS, autocommit=True)


def migrations(database: psycopg.Connection) -> str:
    """Every migration this version knows must be applied."""
    if not database.execute("SELECT to_regclass('django_migrations')").fetchone()[0]:
        return "the database is empty; run: gongyi migrate"
    applied = set(database.execute("SELECT app, name FROM django_migrations").fetchall())
    missing = sorted(known_migrations() - applied)
    if missing:
        return f"{len(missing)} not applied, first {'.'.join(missing[0])}; run: gongyi migrate"
    return "ok"


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations in the code, which cannot change while the process lives."""
    from django.db.migrations.loader import MigrationLoader

    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def worker(database: psycopg.Connection) -> str:
    """At least one worker's heart has beaten lately."""
    if not database.execute("SELECT to_regclass('procrastinate_workers')").fetchone()[0]:
        return "the tables of the background jobs are missing; run: gongyi migrate"
    query = "SELECT count(*), extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers"
    _, age_seconds = database.execute(query).fetchone()
    if age_seconds is None:
        return "none is running; start it with: gongyi worker"
    if age_seconds > HEARTBEAT_LOST_AFTER_SECONDS:
        return f"the last sign of life is {age_seconds:.0f} seconds old; start it with: gongyi worker"
    return "ok"


def disk() -> str:
    """A file can be written where data is kept, and there is room for more."""
    probe = settings.DATA_DIR / f".writable-{uuid.uuid4().hex}"
    try:
        probe.write_bytes(b"gongyi")
        probe.unlink()
    except OSError as problem:
        return f"the data directory cannot be written: {os.strerror(problem.errno or 0)}"
    free_megabytes = shutil.disk_usage(settings.DATA_DIR).free // 1_000_000
    if free_megabytes < LEAST_FREE_MEGABYTES:
        return f"only {free_megabytes} MB are left in the data directory"
    return "ok"
