"""What stands between a reachable database and a site that can be served: migrations, static files, the demo."""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator

from gongyi.config.cli import database
from gongyi.config.cli.refusal import CannotRun

# Any number will do, as long as every Gongyi process uses the same one for the same purpose.
PREPARING = 7_461_920


def set_up() -> None:
    """Load Django."""
    import django

    django.setup()


def prepare() -> int:
    """Bring everything to this version; the demo people go as JSON to standard output, all else to standard error."""
    database.make_reachable(patient=True)
    set_up()
    with one_at_a_time():
        migrate()
        collect_static()
        load_demo()
    json.dump(demo_people(), sys.stdout)
    return 0


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep two hosts that start together from migrating the same database at once."""
    import psycopg
    from django.db import connection

    parameters = connection.get_connection_params()
    parameters["options"] = ""  # waiting for the other one may take longer than a statement may
    with psycopg.connect(**parameters) as waiting:
        waiting.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        yield


def migrate() -> None:
    """Apply the migrations that are missing."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        say(f"bringing the database to this version: {len(missing)} migrations …")
        call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)


def collect_static() -> None:
    """Collect the static files when one of them has changed since the last time (not in development)."""
    from django.conf import settings
    from django.core.management import call_command

    if settings.DEBUG:
        return
    stamp = settings.STATIC_ROOT / ".collected"
    fingerprint = static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    say("collecting the static files …")
    call_command("collectstatic", interactive=False, verbosity=0, stdout=sys.stderr)
    stamp.write_text(fingerprint)


def static_fingerprint() -> str:
    """A hash over name, size and time of every static file that the finders see."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = os.stat(storage.path(path))
            digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def load_demo() -> None:
    """Load the demo on a demo site; the command itself sees to it that this happens once."""
    from django.conf import settings
    from django.core.management import call_command

    from gongyi.config.demo import load

    if not settings.DEMO:
        if load.is_loaded():
            raise CannotRun(
                "this database holds the demo, whose people everybody may sign in as; "
                "start a real site with another GONGYI_DATA_DIR or an empty database, or this one with GONGYI_DEMO=1"
            )
        return
    say("loading the demo, where that has not been done yet …")
    call_command("load_demo", stdout=sys.stderr)


def demo_people() -> list[list[str]]:
    """Return [user name, role] of everyone who can be tried on a demo site; empty on any other."""
    from django.conf import settings

    if not settings.DEMO:
        return []
    from gongyi.config import demo

    return [[name, str(role)] for name, role in demo.people()]


def say(text: str) -> None:
    """Tell the person at the keyboard what takes time."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
