"""Makes the database cluster once, completely or not at all."""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from gongyi.config.embedded.account import Account
from gongyi.config.embedded.layout import DATABASE, ROLE, Layout
from gongyi.config.embedded.refusal import DatabaseUnavailable

# Through this link a process stands in its directory even when it could not walk there from the root of the disk.
WHERE_I_STAND = "/proc/self/cwd"

# Defaults of a new cluster; whoever runs the site may change them in cluster/postgresql.conf.
SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "random_page_cost": "1.1",
    "checkpoint_timeout": "15min",
    "log_line_prefix": "%m [%p] ",
}


def environment() -> dict[str, str]:
    """A clean environment: a PGDATA or PGPORT of the person who starts Gongyi must not reach the server."""
    return {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C"}


def address(directory: Path, account: Account) -> str:
    """How the account names this directory while standing in it."""
    if account.can_reach(directory):
        return str(directory)
    if os.path.exists(WHERE_I_STAND):
        return WHERE_I_STAND
    raise DatabaseUnavailable(
        f"The account “{account.name}”, which must run the database because PostgreSQL refuses to run as root, cannot "
        f"reach {directory}. Choose a GONGYI_DATA_DIR that other accounts may pass through, for instance "
        "/var/lib/gongyi, or run Gongyi as an ordinary user."
    )


def major_version(cluster: Path) -> int | None:
    """The major version that wrote this cluster; None when there is none."""
    try:
        return int((cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def create(layout: Layout, server: Path, account: Account) -> None:
    """Make `layout.cluster` with its role, password and database; a half-made one never carries the name."""
    for leftover in layout.home.glob("cluster.new-*"):
        shutil.rmtree(leftover)
    draft = layout.home / f"cluster.new-{os.getpid()}"
    data, handover = draft / "data", draft / "password"
    draft.mkdir(mode=0o700)
    data.mkdir(mode=0o700)
    password = secrets.token_urlsafe(32)
    _write_private(handover, password)
    account.give(handover, data, draft)

    place = address(data, account)
    _run(
        [server / "bin" / "initdb", "-D", place, "-U", ROLE, "--pwfile=../password", "--auth=scram-sha-256"]
        + ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
        + ["--locale=" + ("C.UTF-8" if sys.platform == "linux" else "C")]
        + [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")],
        data,
        account,
    )
    single = [server / "bin" / "postgres", "--single", "-D", place, "-c", "log_min_messages=fatal", "postgres"]
    _run(single, data, account, f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n")

    _write_private(layout.password_file, password)
    data.rename(layout.cluster)
    _sync(layout.home)
    shutil.rmtree(draft)


def _run(command: list, directory: Path, account: Account, text: str = "") -> None:
    done = subprocess.run(
        list(map(str, command)),
        input=text,
        cwd=directory,
        env=environment(),
        capture_output=True,
        text=True,
        **account.popen_options(),
    )
    if done.returncode:
        raise DatabaseUnavailable(
            f"The database could not be created in {directory.parent.parent}: {(done.stderr or done.stdout).strip()}"
        )


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
