"""Chooses the account the server runs as: PostgreSQL refuses root, so root lends it an unprivileged one."""

import os
import pwd
import subprocess
from pathlib import Path

from gongyi.config.embedded.refusal import DatabaseUnavailable

CANDIDATES = ("postgres", "_postgres", "nobody")


class Account:
    """An account of this machine, and what it may reach."""

    def __init__(self, uid: int):
        self.uid = uid
        self.borrowed = os.geteuid() == 0
        try:
            entry = pwd.getpwuid(uid)
            self.name, self.gid = entry.pw_name, entry.pw_gid
        except KeyError:  # containers run under numbers without a name
            self.name, self.gid = str(uid), os.getegid() if uid == os.geteuid() else uid

    @classmethod
    def for_cluster(cls, cluster: Path) -> "Account":
        """The account that owns the existing data, else ours, else (as root) an unprivileged one."""
        ours = os.geteuid()
        if cluster.exists():
            owner = cluster.stat().st_uid
            if owner not in (ours, 0) and ours != 0:
                raise DatabaseUnavailable(
                    f"The database in {cluster} belongs to the account “{cls(owner).name}”. "
                    "Run Gongyi as that account or as root, or choose another GONGYI_DATA_DIR."
                )
            if owner != 0:
                return cls(owner)
        if ours != 0:
            return cls(ours)
        for name in CANDIDATES:
            try:
                return cls(pwd.getpwnam(name).pw_uid)
            except KeyError:
                continue
        raise DatabaseUnavailable(
            "PostgreSQL refuses to run as root and this machine has neither an account “postgres” nor “nobody”. "
            "Run Gongyi as an ordinary user, or give an external database in GONGYI_DATABASE_URL."
        )

    def popen_options(self) -> dict:
        """Arguments for subprocess that start a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.borrowed else {}

    def give(self, *paths: Path) -> None:
        """Make the account owner of directories and files of ours."""
        if self.borrowed:
            for path in paths:
                os.chown(path, self.uid, self.gid)

    def can_reach(self, directory: Path) -> bool:
        """Whether the account may pass through to this directory."""
        return self._test('test -x "$1"', directory)

    def can_run(self, program: Path, data: Path) -> bool:
        """Whether the program starts under this account and the file it needs can be read."""
        return self._test('"$1" --version && test -r "$2"', program, data)

    def _test(self, condition: str, *paths: Path) -> bool:
        if not self.borrowed:
            return all(path.exists() for path in paths)
        return (
            subprocess.run(
                ["/bin/sh", "-c", condition, "sh", *map(str, paths)],
                cwd="/",
                env={},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **self.popen_options(),
            ).returncode
            == 0
        )
