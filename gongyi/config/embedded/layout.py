"""Says where the embedded database keeps each of its files below the data directory."""

import hashlib
import os
import sys
from pathlib import Path
from typing import IO

ROLE = "gongyi"
DATABASE = "gongyi"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103
LARGEST_LOG_BYTES = 10 * 1024 * 1024


class Layout:
    """The paths of one data directory; `home` is the part that belongs to the database."""

    def __init__(self, data_dir: Path):
        self.data_dir = Path(data_dir).absolute()
        self.home = self.data_dir / "database"
        self.cluster = self.home / "cluster"
        self.lease_file = self.home / "lease"
        self.supervisor_lock = self.home / "supervisor.lock"
        self.supervisor_log = self.home / "supervisor.log"
        self.server_log = self.home / "server.log"
        self.refusal_file = self.home / "refusal"
        self.password_file = self.home / "password"
        self.socket_note = self.home / "socket-dir"
        self.own_socket_dir = self.home / "socket"
        self.pid_file = self.cluster / "postmaster.pid"

    def make_home(self) -> None:
        """Create the directory. As root others may pass through it, since the server runs as another account."""
        if not self.home.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self.home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
            if os.geteuid() == 0:
                self.home.chmod(0o711)  # whatever the umask

    @property
    def socket_dir(self) -> Path:
        """The directory clients connect through: the one in `home`, or the short one the supervisor has noted."""
        if self.socket_fits(self.own_socket_dir):
            return self.own_socket_dir
        try:
            return Path(os.fsdecode(self.socket_note.read_bytes()))
        except FileNotFoundError:
            return self.own_socket_dir

    def short_socket_dirs(self, uid: int) -> list[Path]:
        """Where to put the socket when the path of `home` is too long for one."""
        name = f"gongyi-{uid}-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]}"
        bases = ["/run"] if os.geteuid() == 0 else [os.environ.get("XDG_RUNTIME_DIR", "")]
        return [Path(base) / name for base in [*bases, "/tmp"] if base and os.path.isdir(base)]

    @staticmethod
    def socket_fits(directory: Path) -> bool:
        """A socket's path is limited by the kernel; a comma would read as two hosts."""
        path = os.fsencode(directory / SOCKET_NAME)
        return len(path) <= LONGEST_SOCKET_PATH_BYTES and b"," not in path

    def open_log(self, path: Path) -> IO[bytes]:
        """Open a log for appending, beginning a new one when it has grown large."""
        if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
            path.rename(path.with_suffix(".log.1"))
        log = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
        if os.geteuid() == 0:
            owner = self.home.stat()
            os.fchown(log.fileno(), owner.st_uid, owner.st_gid)
        return log
