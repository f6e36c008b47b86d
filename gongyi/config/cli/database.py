"""Makes the database reachable for a command, whether it is the embedded one or an external one."""

import os
import shutil
from pathlib import Path

from gongyi.config.cli.refusal import CannotRun


def project_root() -> Path:
    """The directory that holds the package `gongyi`."""
    return Path(__file__).resolve().parents[3]


def data_dir() -> Path:
    """Where this installation keeps its data: GONGYI_DATA_DIR, by default `var` beside the package."""
    return Path(os.environ.get("GONGYI_DATA_DIR") or project_root() / "var").absolute()


def is_embedded() -> bool:
    """Whether the database is the one in the data directory."""
    return not os.environ.get("GONGYI_DATABASE_URL")


def make_reachable(*, patient: bool = False) -> dict:
    """Start or join the embedded server when it is the one to use, and return Django's connection settings.

    `patient` lifts the time limit of statements for commands that rebuild or load much; call it before the settings
    are read.
    """
    if patient:
        os.environ.setdefault("GONGYI_STATEMENT_TIMEOUT_SECONDS", "0")
    if is_embedded():
        from gongyi.config import embedded

        return embedded.ensure_running(data_dir())
    from gongyi.config.database import from_url

    return from_url(os.environ["GONGYI_DATABASE_URL"])


def client_program(name: str) -> str:
    """Find psql, pg_dump and their like: those of the embedded server, else those on the PATH."""
    from gongyi.config.embedded import binaries

    for _, server in sorted(binaries.installed().items(), reverse=True):
        if (server / "bin" / name).is_file():
            return str(server / "bin" / name)
    found = shutil.which(name)
    if found is None:
        raise CannotRun(f"there is no PostgreSQL program called {name}")
    return found


def client_environment(target: dict) -> dict[str, str]:
    """Tell PostgreSQL's own programs where the database is, without a password on a command line."""
    names = {"NAME": "PGDATABASE", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "HOST": "PGHOST", "PORT": "PGPORT"}
    given = {names[key]: str(value) for key, value in target.items() if key in names and value}
    given |= {f"PG{key.upper()}": str(value) for key, value in target.get("OPTIONS", {}).items() if key == "sslmode"}
    return {**os.environ, **given}
