"""The commands: what they are called, how they refuse, and that nothing outlives the one who started it."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from gongyi.config import cli
from gongyi.config.cli import database, parent, run, web
from gongyi.config.embedded.locks import Lock

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90


@pytest.mark.parametrize(
    ("words", "command"),
    [([], None), (["run"], "run"), (["doctor"], "doctor"), (["verify-ledger"], "verify-ledger")],
)
def test_a_command_is_understood_and_run_is_the_default(words, command):
    assert cli.parser().parse_args(words).command == command


def test_every_command_in_the_list_can_be_called():
    listed = {action for group in cli.parser()._subparsers._group_actions for action in group.choices}
    assert listed == cli.COMMANDS.keys() | cli.PASSED_ON.keys()


def test_a_problem_is_one_sentence_and_not_a_traceback(monkeypatch, capsys):
    monkeypatch.setenv("GONGYI_DATABASE_URL", "mysql://root@localhost/gongyi")
    assert cli.main(["pg", "psql"]) == 2
    assert capsys.readouterr().err == "gongyi: GONGYI_DATABASE_URL must start with postgresql://, not mysql://\n"


@pytest.mark.parametrize("given", ["http", "0", "70000"])
def test_a_port_must_be_a_port(monkeypatch, given):
    monkeypatch.setenv("GONGYI_PORT", given)
    with pytest.raises(cli.CannotRun, match="GONGYI_PORT must be a number from 1 to 65535"):
        web.address()


def test_a_port_of_another_program_is_refused_with_a_remedy(monkeypatch):
    monkeypatch.setattr(run, "EARLIER_ONE_ENDS_WITHIN_SECONDS", 0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("GONGYI_PORT", str(port))
        with pytest.raises(cli.CannotRun, match=f"used by another program; choose another one: GONGYI_PORT={port + 1}"):
            run.wait_for_port()


def test_a_second_run_on_the_same_data_is_told_where_the_first_is(monkeypatch, tmp_path):
    monkeypatch.setenv("GONGYI_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(run, "EARLIER_ONE_ENDS_WITHIN_SECONDS", 0)
    first = Lock(tmp_path / "run.lock")
    assert first.alone()
    first.sign('{"pid": 4711, "address": "http://127.0.0.1:8000/"}')
    with pytest.raises(cli.CannotRun, match="already running on .* as process 4711: http://127.0.0.1:8000/"):
        run.only_one_per_data_dir()
    first.close()
    run.only_one_per_data_dir().close()


def test_postgresql_programs_get_the_password_in_their_environment():
    target = {"NAME": "site", "USER": "gongyi", "PASSWORD": "secret", "HOST": "/run/x", "PORT": ""}
    given = database.client_environment({**target, "OPTIONS": {"sslmode": "require"}})
    assert {name: given[name] for name in ("PGDATABASE", "PGUSER", "PGPASSWORD", "PGHOST", "PGSSLMODE")} == {
        "PGDATABASE": "site",
        "PGUSER": "gongyi",
        "PGPASSWORD": "secret",
        "PGHOST": "/run/x",
        "PGSSLMODE": "require",
    }


def test_a_child_ends_when_its_parent_is_killed():
    child = (
        "import os, time; from gongyi.config.cli import parent; parent.end_with_parent(os.getppid()); "
        "print('watching', flush=True); time.sleep(300)"
    )
    starter = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = subprocess.Popen([sys.executable, "-c", starter], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "watching\n"
    process.kill()
    assert process.communicate(timeout=PATIENCE_SECONDS) == ("", None)  # the child held this pipe, too, and let it go


def test_a_child_whose_parent_is_already_gone_does_not_begin():
    with pytest.raises(cli.CannotRun, match="has ended"):
        parent.end_with_parent(os.getpid())


def test_the_whole_site_starts_answers_and_ends_without_a_trace(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("GONGYI_", "DJANGO_", "PYTEST_"))
    }
    environment |= {"GONGYI_DATA_DIR": str(tmp_path / "数据 1"), "GONGYI_PORT": str(port), "GONGYI_DEMO": "0"}
    site = subprocess.Popen(
        [sys.executable, "-m", "gongyi", "run"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        told = next((line for line in site.stdout if "is running" in line), "nothing")
        ready = urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10).status
        site.send_signal(signal.SIGINT)
        code = site.wait(PATIENCE_SECONDS)
    finally:
        site.kill()
        site.communicate()
    assert (told, ready, code) == (f"Gongyi 共仪 is running: http://127.0.0.1:{port}/\n", 200, 0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    assert not (tmp_path / "数据 1" / "database" / "cluster" / "postmaster.pid").exists()
