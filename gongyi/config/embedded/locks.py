"""Locks that the kernel drops by itself, even when their holder is killed."""

import fcntl
import os
from pathlib import Path


class Lock:
    """One opening of a lock file. The file stays: only the kernel's lock on it means anything."""

    def __init__(self, path: Path, *, create: bool = True):
        self.descriptor = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
        if (
            create and os.geteuid() == 0
        ):  # a file made by root in somebody's directory must not lock that person out later
            owner = path.parent.stat()
            os.fchown(self.descriptor, owner.st_uid, owner.st_gid)

    def share(self) -> bool:
        """Take or keep a share; False when somebody holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def alone(self) -> bool:
        """Take it alone; False when anybody else holds it."""
        return self._try(fcntl.LOCK_EX)

    def sign(self, text: str) -> None:
        """Leave a note in the file for those who find it locked."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    def let_go(self) -> None:
        """Drop the lock and keep the file open."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Drop the lock unless a forked child still holds the same opening."""
        os.close(self.descriptor)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self.descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
