"""The embedded database: it starts anywhere, is shared, survives kills, rests when nobody needs it, refuses in words."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from gongyi.config import embedded
from gongyi.config.embedded import binaries
from gongyi.config.embedded.layout import LONGEST_SOCKET_PATH_BYTES, Layout

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30

# Holds the lease like any Gongyi process, says so, and stays until its input ends.
HOLDER = """
import sys, pathlib
from gongyi.config import embedded
from gongyi.config.embedded import binaries
embedded.ensure_running(pathlib.Path(sys.argv[1]))
print("holding", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def made_once():
    """A data directory whose database was created and stopped, to be copied: creating one takes longest."""
    parent = Path(tempfile.mkdtemp(prefix="gongyi 测试 "))
    embedded.ensure_running(parent / "数据")
    embedded.stop(parent / "数据")
    yield parent / "数据"
    shutil.rmtree(parent)


@pytest.fixture
def empty_dir():
    parent = Path(tempfile.mkdtemp(prefix="gongyi 测试 "))
    yield parent / "数据 目录"
    embedded.stop(parent / "数据 目录")
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
def data_dir(made_once, empty_dir):
    subprocess.run(["cp", "-a", made_once, empty_dir], check=True)
    return empty_dir


def connect(data_dir):
    target = embedded.connection_settings(data_dir)
    return psycopg.connect(
        host=target["HOST"], user=target["USER"], password=target["PASSWORD"], dbname=target["NAME"], autocommit=True
    )


def start_holder(data_dir):
    command = [sys.executable, "-c", HOLDER, str(data_dir)]
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def hold(data_dir):
    process = start_holder(data_dir)
    assert process.stdout.readline() == b"holding\n"
    return process


def server_pid(data_dir):
    return int(Layout(data_dir).pid_file.read_text().splitlines()[0])


def supervisor_pid(data_dir):
    return int(Layout(data_dir).supervisor_lock.read_text())


def until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "this did not come true in time"
        time.sleep(0.05)


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] == "Z"


def keep_a_row(data_dir, number):
    with connect(data_dir) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def kept_rows(data_dir):
    with connect(data_dir) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]


def test_it_starts_in_a_path_with_spaces_and_chinese_and_keeps_what_was_committed(empty_dir):
    embedded.ensure_running(empty_dir)
    keep_a_row(empty_dir, 1)
    assert embedded.stop(empty_dir)
    with pytest.raises(psycopg.OperationalError):
        connect(empty_dir)
    embedded.ensure_running(empty_dir)
    assert kept_rows(empty_dir) == [1]


def test_it_is_private_durable_and_sorts_chinese_by_code_point(data_dir):
    embedded.ensure_running(data_dir)
    layout = Layout(data_dir)
    assert layout.password_file.stat().st_mode & 0o077 == 0
    assert layout.socket_dir.stat().st_mode & 0o077 == 0
    assert layout.cluster.stat().st_mode & 0o077 == 0
    with connect(data_dir) as connection:
        shown = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in DURABLE}
        assert shown == DURABLE
        assert connection.execute("SELECT '丙' < '甲' COLLATE \"default\"").fetchone() == (True,)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(layout.socket_dir), user="gongyi", password="guess", dbname="gongyi")


DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "data_checksums": "on",
    "listen_addresses": "",
    "server_encoding": "UTF8",
}


def test_before_the_first_start_connecting_tells_what_to_do(empty_dir):
    with pytest.raises(psycopg.OperationalError, match="not set up yet; start it with: python -m gongyi run"):
        connect(empty_dir)


def test_processes_that_start_together_share_one_server_until_the_last_ends(empty_dir):
    holders = [start_holder(empty_dir) for _ in range(3)]
    assert [holder.stdout.readline() for holder in holders] == [b"holding\n"] * 3
    assert len(list(Layout(empty_dir).home.glob("cluster*"))) == 1
    pid = server_pid(empty_dir)
    for holder in holders[:2]:
        holder.communicate()
    assert not embedded.stop(empty_dir)
    keep_a_row(empty_dir, 1)
    assert server_pid(empty_dir) == pid
    holders[2].communicate()
    assert embedded.stop(empty_dir)


def test_a_killed_server_is_started_again_with_everything_committed(data_dir):
    embedded.ensure_running(data_dir)
    keep_a_row(data_dir, 1)
    killed = server_pid(data_dir)
    os.kill(killed, signal.SIGKILL)
    until(lambda: is_gone(killed))
    embedded.ensure_running(data_dir)
    assert kept_rows(data_dir) == [1]
    assert server_pid(data_dir) != killed


def test_when_its_user_is_killed_the_server_rests_and_the_next_start_lost_nothing(data_dir):
    holder = hold(data_dir)
    keep_a_row(data_dir, 1)
    pid = server_pid(data_dir)
    holder.kill()
    holder.communicate()
    until(lambda: is_gone(pid))
    embedded.ensure_running(data_dir)
    assert kept_rows(data_dir) == [1]


def test_a_killed_supervisor_is_replaced(data_dir):
    embedded.ensure_running(data_dir)
    keep_a_row(data_dir, 1)
    killed = supervisor_pid(data_dir)
    os.kill(killed, signal.SIGKILL)
    until(lambda: is_gone(killed))
    embedded.keep_supervised(data_dir)
    until(lambda: supervisor_pid(data_dir) != killed)
    embedded.ensure_running(data_dir)
    assert kept_rows(data_dir) == [1]


def test_a_pid_file_that_names_a_foreign_process_does_not_keep_it_from_starting(data_dir):
    embedded.ensure_running(data_dir)
    left_behind = Layout(data_dir).pid_file.read_text().splitlines()
    assert embedded.stop(data_dir)
    Layout(data_dir).pid_file.write_text("\n".join([str(os.getpid()), *left_behind[1:]]) + "\n")
    embedded.ensure_running(data_dir)
    assert server_pid(data_dir) != os.getpid()


def test_data_of_another_major_version_is_refused_and_left_alone(data_dir):
    embedded.ensure_running(data_dir)
    embedded.stop(data_dir)
    version_file = Layout(data_dir).cluster / "PG_VERSION"
    version_file.write_text("12\n")
    with pytest.raises(embedded.DatabaseUnavailable, match="written by PostgreSQL 12.*docs/operation.md"):
        embedded.ensure_running(data_dir)
    assert version_file.read_text() == "12\n"


def test_a_damaged_cluster_is_refused_with_the_last_words_of_the_server(data_dir):
    embedded.ensure_running(data_dir)
    embedded.stop(data_dir)
    (Layout(data_dir).cluster / "global" / "pg_control").unlink()
    with pytest.raises(embedded.DatabaseUnavailable, match="does not start.*pg_control"):
        embedded.ensure_running(data_dir)


def test_a_path_too_long_for_a_socket_gets_a_private_short_directory(empty_dir):
    deep = empty_dir / ("长" * 20) / ("路径" * 10)
    target = embedded.ensure_running(deep)
    short = Path(target["HOST"])
    assert (
        len(os.fsencode(str(deep / "database" / "socket"))) > LONGEST_SOCKET_PATH_BYTES > len(os.fsencode(str(short)))
    )
    assert short.stat().st_mode & 0o077 == 0
    keep_a_row(deep, 1)
    assert embedded.stop(deep)
    assert not short.exists()


def test_a_copy_of_the_programs_is_complete(tmp_path):
    """As root the server runs as another account, which may not reach the virtual environment."""
    server = binaries.choose(None)
    binaries.copy(server, tmp_path / "copy")
    copied = tmp_path / "copy" / binaries.WHEEL / server.name
    assert {path.relative_to(copied).parts[0] for path in copied.rglob("*")} == {"bin", "lib", "share"}
    for name in ("initdb", "postgres", "psql"):
        said = subprocess.run([copied / "bin" / name, "--version"], capture_output=True, text=True, env={})
        assert binaries.version(server) in said.stdout, said.stderr


def test_an_ephemeral_server_takes_its_data_with_it(data_dir):
    embedded.ensure_running(data_dir, ephemeral=True)
    assert embedded.stop(data_dir)
    until(lambda: not data_dir.exists())
