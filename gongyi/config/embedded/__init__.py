"""Runs PostgreSQL inside the installation's own data directory, so that a first start needs no database administrator.

Only the binaries come from a wheel; everything else is here: `ensure_running` takes a share of the lease and starts a
detached supervisor when there is none, the supervisor keeps the server alive as long as anybody holds the lease.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from gongyi.config.embedded.layout import DATABASE, ROLE, Layout
from gongyi.config.embedded.locks import Lock
from gongyi.config.embedded.refusal import REFUSED, DatabaseUnavailable

__all__ = ["DatabaseUnavailable", "connection_settings", "ensure_running", "keep_supervised", "release", "stop"]

NOT_SET_UP = "/the database in this data directory is not set up yet; start it with: python -m gongyi run"
CRASH_RECOVERY_SECONDS = 120

_leases: dict[Path, Lock] = {}
_supervisors: list[subprocess.Popen] = []


def connection_settings(data_dir: Path) -> dict:
    """Return Django's NAME, USER, PASSWORD, HOST and PORT for the server of this directory, without starting it.

    Before the first start the place of the socket is a sentence: connecting fails by telling what to do.
    """
    layout = Layout(data_dir)
    try:
        password = layout.password_file.read_text()
    except FileNotFoundError:
        return {"NAME": DATABASE, "USER": ROLE, "PASSWORD": "", "HOST": NOT_SET_UP, "PORT": ""}
    except PermissionError:
        owner = layout.password_file.stat().st_uid
        raise DatabaseUnavailable(
            f"The database in {layout.home} belongs to the account with number {owner}. "
            "Run Gongyi as that account or as root, or choose another GONGYI_DATA_DIR."
        ) from None
    return {"NAME": DATABASE, "USER": ROLE, "PASSWORD": password, "HOST": str(layout.socket_dir), "PORT": ""}


def ensure_running(data_dir: Path, *, ephemeral: bool = False, timeout_seconds: float = CRASH_RECOVERY_SECONDS) -> dict:
    """Hold the lease for as long as this process lives, start the server when it isn't running, wait until it answers.

    Returns `connection_settings`. Raises DatabaseUnavailable with a sentence that says what would help. An `ephemeral`
    server (for tests) trades durability for speed and removes its data directory when the last user has gone.
    """
    layout = Layout(data_dir)
    layout.make_home()
    deadline = time.monotonic() + timeout_seconds
    _take_lease(layout, deadline)
    supervisor = None
    why = ""
    while True:
        why = _why_not_connected(layout)
        if not why:
            return connection_settings(data_dir)
        if supervisor is not None and supervisor.poll() == REFUSED:
            release(data_dir)
            raise DatabaseUnavailable(layout.refusal_file.read_text())
        if (supervisor is None or supervisor.poll() is not None) and not _supervised(layout):
            supervisor = _start_supervisor(layout, ephemeral=ephemeral)
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(
                f"The database in {layout.home} did not answer within {timeout_seconds:.0f} seconds ({why}). "
                f"Its log is {layout.server_log}."
            )
        time.sleep(0.05)


def keep_supervised(data_dir: Path) -> None:
    """Start a new supervisor when the old one was killed; who holds the lease may call this every second."""
    layout = Layout(data_dir)
    if not _supervised(layout):
        _start_supervisor(layout, ephemeral=False)


def release(data_dir: Path) -> None:
    """Give back this process's share of the lease; the server stops some seconds after the last one."""
    lease = _leases.pop(Layout(data_dir).home, None)
    if lease is not None:
        lease.close()


def stop(data_dir: Path, timeout_seconds: float = 30) -> bool:
    """Give back the lease and see the server stop at once; False when others still use it (or it takes too long)."""
    release(data_dir)
    layout = Layout(data_dir)
    deadline = time.monotonic() + timeout_seconds
    while _supervised(layout):
        if _others_hold_lease(layout) or time.monotonic() > deadline:
            return False
        with contextlib.suppress(ValueError, OSError):
            os.kill(int(layout.supervisor_lock.read_text()), signal.SIGUSR1)
        time.sleep(0.1)
    return True


def _others_hold_lease(layout: Layout) -> bool:
    """Somebody shares the lease; a supervisor that holds it alone is already stopping."""
    try:
        lease = Lock(layout.lease_file, create=False)
    except FileNotFoundError:
        return False
    try:
        return lease.share() and not lease.alone()
    finally:
        lease.close()


def _take_lease(layout: Layout, deadline: float) -> None:
    if layout.home in _leases:
        return
    lease = Lock(layout.lease_file)
    while not lease.share():
        if time.monotonic() > deadline:
            lease.close()
            raise DatabaseUnavailable(f"The database in {layout.home} is being stopped and does not come to an end.")
        time.sleep(0.05)
    _leases[layout.home] = lease


def _supervised(layout: Layout) -> bool:
    try:
        probe = Lock(layout.supervisor_lock, create=False)
    except FileNotFoundError:
        return False
    try:
        return not probe.share()
    finally:
        probe.close()


def _start_supervisor(layout: Layout, *, ephemeral: bool) -> subprocess.Popen:
    package_root = Path(__file__).resolve().parents[3]
    with layout.open_log(layout.supervisor_log) as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gongyi.config.embedded.supervisor", str(layout.home)]
            + (["--ephemeral"] if ephemeral else []),
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(package_root)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _supervisors[:] = [known for known in _supervisors if known.poll() is None]
    _supervisors.append(process)
    return process


def _why_not_connected(layout: Layout) -> str:
    """Return an empty string when a connection works, else the server's or the driver's own words."""
    if not (layout.socket_dir / ".s.PGSQL.5432").exists():
        return "there is no socket yet"
    import psycopg

    target = connection_settings(layout.data_dir)
    try:
        psycopg.connect(
            host=target["HOST"],
            user=target["USER"],
            password=target["PASSWORD"],
            dbname=target["NAME"],
            connect_timeout=3,
        ).close()
    except psycopg.OperationalError as error:
        return str(error).strip().replace("\n", " ")
    return ""
