"""The everyday commands: `gongyi run`, `gongyi doctor`, …; each starts the embedded database when it needs one."""

import argparse
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Sequence

from gongyi.config.cli import database, parent
from gongyi.config.cli.refusal import CannotRun
from gongyi.config.embedded.refusal import DatabaseUnavailable

__all__ = ["CannotRun", "main"]

# Django's own commands that work without a database; for any other one the embedded server is started.
WITHOUT_DATABASE = {"help", "version", "--help", "-h", "--version", "check", "collectstatic", "findstatic"} | {
    "compilemessages",
    "makemessages",
    "makemigrations",
    "startapp",
    "workflow_docs",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what stands in the way is told in one sentence, without a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongyi.config.settings")
    try:
        parent.end_with_caller()
        if words and words[0] in PASSED_ON:
            return PASSED_ON[words[0]](words[1:])
        return COMMANDS[parser().parse_args(words).command or "run"]()
    except (CannotRun, DatabaseUnavailable, ValueError) as problem:
        if isinstance(problem, ValueError) and os.environ.get("GONGYI_DEBUG") == "1":
            raise
        sys.stderr.write(f"gongyi: {problem}\n")
        return 2
    except BrokenPipeError:  # `gongyi doctor | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Describe the commands; those that hand their words on to another program only appear in the list."""
    top = argparse.ArgumentParser(prog="gongyi", description="Gongyi 共仪: sharing scientific instruments.")
    commands = top.add_subparsers(dest="command", metavar="command")
    commands.add_parser("run", help="everything at once: database, migrations, web and background jobs (the default)")
    commands.add_parser("web", help="serve pages only; migrate first")
    commands.add_parser("worker", help="do background jobs only; migrate first")
    commands.add_parser("migrate", help="bring the database to this version")
    commands.add_parser("demo", help="load the demo (only on a site with GONGYI_DEMO=1)")
    commands.add_parser("doctor", help="tell in plain words what is missing or misconfigured")
    commands.add_parser("verify-ledger", help="prove every balance from its entries")
    commands.add_parser("bench", help="measure and save a table")
    commands.add_parser("manage", help="any Django command: gongyi manage shell")
    commands.add_parser("pg", help="a PostgreSQL program on this database: gongyi pg pg_dump -Fc -f FILE")
    commands.add_parser("prepare")  # the part of `run` that needs Django; no help line: nobody calls it by hand
    return top


def _run() -> int:
    from gongyi.config.cli.run import run

    return run()


def _prepare() -> int:
    from gongyi.config.cli.prepare import prepare

    return prepare()


def _web() -> int:
    from gongyi.config.cli.web import serve

    database.make_reachable()
    return serve()


def _worker() -> int:
    from gongyi.config.cli.worker import work

    database.make_reachable()
    return work()


def _migrate() -> int:
    from gongyi.config.cli.prepare import migrate, set_up

    database.make_reachable(patient=True)
    set_up()
    migrate()
    return 0


def _demo() -> int:
    from gongyi.config.cli.prepare import load_demo, set_up

    database.make_reachable(patient=True)
    set_up()
    load_demo()
    return 0


def _doctor() -> int:
    from gongyi.config.doctor import report

    return report(sys.stdout)


def _verify_ledger() -> int:
    return _manage(["verify_ledger"])


def _manage(words: list[str]) -> int:
    from django.core.management import execute_from_command_line

    if words and words[0] not in WITHOUT_DATABASE:
        database.make_reachable(patient=True)
    execute_from_command_line(["gongyi manage", *words])
    return 0


def _bench(words: list[str]) -> int:
    sys.argv = ["bench", *words]
    sys.path.insert(0, str(database.project_root()))
    runpy.run_module("bench", run_name="__main__", alter_sys=True)
    return 0


def _pg(words: list[str]) -> int:
    if not words:
        raise CannotRun("name the program: gongyi pg psql, gongyi pg pg_dump -Fc -f FILE, gongyi pg pg_restore …")
    environment = database.client_environment(database.make_reachable())
    return subprocess.run([database.client_program(words[0]), *words[1:]], env=environment).returncode


COMMANDS: dict[str, Callable[[], int]] = {
    "run": _run,
    "prepare": _prepare,
    "web": _web,
    "worker": _worker,
    "migrate": _migrate,
    "demo": _demo,
    "doctor": _doctor,
    "verify-ledger": _verify_ledger,
}
PASSED_ON: dict[str, Callable[[list[str]], int]] = {"manage": _manage, "bench": _bench, "pg": _pg}
