"""The process that stands over the embedded server: its parent, its nurse, and the one that puts it to rest.

Started detached by `ensure_running` as `python -m gongyi.config.embedded.supervisor HOME`; standard library only.
"""

import argparse
import contextlib
import ctypes
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gongyi.config.embedded import binaries, cluster
from gongyi.config.embedded.account import Account
from gongyi.config.embedded.layout import SOCKET_NAME, Layout
from gongyi.config.embedded.locks import Lock
from gongyi.config.embedded.refusal import REFUSED, DatabaseUnavailable

LOOK_EVERY_SECONDS = 0.5
REST_AFTER_IDLE_SECONDS = 3.0
GIVE_UP_AFTER_FAILED_STARTS = 4
FAST_SHUTDOWN_SECONDS = 60
PR_SET_PDEATHSIG = 1
STATUS_LINE = 7  # of postmaster.pid

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None  # loaded before any fork


class Supervisor:
    """Keeps one server alive while anybody holds the lease."""

    def __init__(self, layout: Layout, *, ephemeral: bool):
        self.layout = layout
        self.ephemeral = ephemeral
        self.lease = Lock(layout.lease_file)
        self.told_to_stop = False
        self.in_a_hurry = False
        self.failed_starts = 0
        self.was_ready = False
        self.server: subprocess.Popen | None = None
        self.wake_up, writing_end = os.pipe()
        os.set_blocking(self.wake_up, False)
        os.set_blocking(writing_end, False)
        signal.set_wakeup_fd(writing_end, warn_on_full_buffer=False)

    def run(self) -> None:
        """Return when the server has been stopped because nobody needs it or somebody asked for it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_asked)
        signal.signal(signal.SIGUSR1, self._hurry_asked)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake the select below
        self._prepare()
        self.start()
        idle_since = None
        while not self.told_to_stop:
            if self.server is None or self.server.poll() is not None:
                self._start_again()
            if self.lease.alone():
                idle_since = idle_since or time.monotonic()
                if self.in_a_hurry or time.monotonic() - idle_since >= REST_AFTER_IDLE_SECONDS:
                    break  # with the lease in hand: newcomers wait until this process is gone, then start the next
                self.lease.let_go()
            else:
                idle_since = None
                self.in_a_hurry = False
            self._sleep(LOOK_EVERY_SECONDS)
        self.stop()
        if self.layout.socket_dir != self.layout.own_socket_dir:
            with contextlib.suppress(OSError):
                self.layout.socket_dir.rmdir()

    def start(self) -> None:
        """Start the server as our child, after clearing away what a killed one has left."""
        self._clear_remains()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": self.socket_argument,
            "unix_socket_permissions": "0700",
        }
        if self.ephemeral:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(self.binaries / "bin" / "postgres"), "-D", self.address]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.started_at = time.monotonic()
        with self.layout.open_log(self.layout.server_log) as log:
            self.log_position = log.tell()
            self.server = subprocess.Popen(
                command,
                cwd=self.layout.cluster,
                env=cluster.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_ends_with_parent(os.getpid()),  # nothing else runs in this process: no thread can be caught
                start_new_session=True,
                **self.account.popen_options(),
            )

    def stop(self) -> None:
        """Fast shutdown: sessions end, transactions roll back, everything is written."""
        if self.server is None or self.server.poll() is not None:
            return
        self.server.send_signal(signal.SIGINT)
        try:
            self.server.wait(FAST_SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            self.server.send_signal(signal.SIGQUIT)  # the next start recovers from the log
            self.server.wait()

    def _prepare(self) -> None:
        layout = self.layout
        self.account = Account.for_cluster(layout.cluster)
        server = binaries.choose(cluster.major_version(layout.cluster))
        self.binaries = binaries.reachable_copy(server, self.account, layout.home)
        if not layout.cluster.exists():
            cluster.create(layout, self.binaries, self.account)
        if not layout.password_file.exists():
            raise DatabaseUnavailable(
                f"The database in {layout.home} has lost the file “password”. Restore it from a backup."
            )
        self.address = cluster.address(layout.cluster, self.account)
        if layout.socket_fits(layout.own_socket_dir):
            layout.own_socket_dir.mkdir(mode=0o700, exist_ok=True)
            self.account.give(layout.own_socket_dir)
            self.socket_argument = "../" + layout.own_socket_dir.name  # relative to the cluster: never too long
        else:
            self.socket_argument = str(self._short_socket_dir())

    def _short_socket_dir(self) -> Path:
        for directory in self.layout.short_socket_dirs(self.account.uid):
            try:
                directory.mkdir(mode=0o700)
                self.account.give(directory)
            except FileExistsError:
                facts = directory.lstat()
                if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != self.account.uid or facts.st_mode & 0o077:
                    continue  # somebody else's
            except OSError:
                continue
            draft = self.layout.home / "socket-dir.new"
            draft.write_bytes(os.fsencode(directory))
            draft.rename(self.layout.socket_note)
            return directory
        raise DatabaseUnavailable(
            f"The path {self.layout.own_socket_dir} is too long for a socket, and no private directory could be "
            "made in /run or /tmp. Choose a shorter GONGYI_DATA_DIR."
        )

    def _clear_remains(self) -> None:
        """End a server whose supervisor was killed; then drop the pid file that would keep a new one from starting."""
        pid = _pid_in(self.layout.pid_file)
        deadline = time.monotonic() + FAST_SHUTDOWN_SECONDS
        if pid and _is_server_of(pid, self.layout.cluster):
            os.kill(pid, signal.SIGINT)
        while pid and _is_server_of(pid, self.layout.cluster):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGQUIT)
                deadline += FAST_SHUTDOWN_SECONDS
            time.sleep(0.05)
        self.layout.pid_file.unlink(missing_ok=True)
        for name in (SOCKET_NAME, SOCKET_NAME + ".lock"):
            (self.layout.socket_dir / name).unlink(missing_ok=True)

    def _start_again(self) -> None:
        ran_seconds = time.monotonic() - self.started_at
        code = self.server.returncode if self.server else None
        _say(f"the server ended after {ran_seconds:.1f} s with code {code}; starting it again")
        self.failed_starts = self.failed_starts + 1 if not self.was_ready else 1
        if self.failed_starts > GIVE_UP_AFTER_FAILED_STARTS:
            raise DatabaseUnavailable(
                f"The database in {self.layout.home} does not start. The last words of its log "
                f"({self.layout.server_log}) are: {self._last_words()}"
            )
        if self.failed_starts > 1:
            self._sleep(0.1 * 2**self.failed_starts)
        self.was_ready = False
        self.start()

    def _sleep(self, seconds: float) -> None:
        """Sleep until the time is over or a signal arrives (a child's end, a request to stop)."""
        self.was_ready = self.was_ready or _is_ready(self.layout.pid_file)
        select.select([self.wake_up], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self.wake_up, 4096)
        self.was_ready = self.was_ready or _is_ready(self.layout.pid_file)

    def _last_words(self) -> str:
        with open(self.layout.server_log, "rb") as log:
            log.seek(self.log_position)
            lines = log.read().decode(errors="replace").strip().splitlines()
        told = [line for line in lines if "FATAL" in line or "PANIC" in line or "ERROR" in line]
        return " / ".join(told[-3:] or lines[-3:])

    def _stop_asked(self, *_: object) -> None:
        self.told_to_stop = True

    def _hurry_asked(self, *_: object) -> None:
        self.in_a_hurry = True


def _ends_with_parent(parent: int) -> Callable[[], None] | None:
    """On Linux the kernel itself tells the server to shut down when this process is killed."""
    if _libc is None:
        return None

    def in_the_child() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)

    return in_the_child


def _pid_in(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def _is_ready(pid_file: Path) -> bool:
    try:
        lines = pid_file.read_text().split("\n")
    except OSError:
        return False
    return len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"


def _is_server_of(pid: int, directory: Path) -> bool:
    """Whether this process is a postgres that works in this very directory (process numbers are used again)."""
    if sys.platform == "linux":
        try:
            program = Path(os.readlink(f"/proc/{pid}/exe")).name
            return program.startswith("postgres") and os.path.samefile(f"/proc/{pid}/cwd", directory)
        except OSError:
            return False
    shown = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout
    return "postgres" in shown and str(directory) in shown


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
    sys.stderr.flush()


def main() -> int:
    """Supervise unless somebody does already; a refusal goes into the refusal file, for whoever started this."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--ephemeral", action="store_true")
    arguments = parser.parse_args()
    os.umask(0o077)
    layout = Layout(arguments.home.parent)
    lock = Lock(layout.supervisor_lock)
    if not lock.alone():
        return 0
    lock.sign(str(os.getpid()))
    layout.refusal_file.unlink(missing_ok=True)
    supervisor = Supervisor(layout, ephemeral=arguments.ephemeral)
    try:
        supervisor.run()
    except (DatabaseUnavailable, OSError) as error:
        supervisor.stop()
        layout.refusal_file.write_text(str(error))
        layout.refusal_file.chmod(0o644)
        _say(str(error))
        return REFUSED
    if supervisor.ephemeral:
        shutil.rmtree(layout.data_dir, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
