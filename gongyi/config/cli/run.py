"""Runs a whole site from one command: the database, the pages and the background jobs, and ends them together."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from gongyi.config.cli import database, web
from gongyi.config.cli.refusal import CannotRun
from gongyi.config.embedded.locks import Lock

LOOK_EVERY_SECONDS = 0.5
EARLIER_ONE_ENDS_WITHIN_SECONDS = 15
READY_WITHIN_SECONDS = 60
STOP_WITHIN_SECONDS = 15
RESTARTS_PER_MINUTE = 5
DEMO_PASSWORD = "gongyi-demo"


class Child:
    """One part of the site, started again when it ends by itself."""

    def __init__(self, command: str):
        self.command = command
        self.starts: list[float] = []
        self.start()

    def start(self) -> None:
        now = time.monotonic()
        self.starts = [moment for moment in self.starts if now - moment < 60] + [now]
        if len(self.starts) > RESTARTS_PER_MINUTE:
            raise CannotRun(f"“gongyi {self.command}” keeps ending; its reason should stand above")
        with printed_mail().open("ab") as mail:
            self.process = subprocess.Popen(
                own_command(self.command),
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=mail,
                process_group=0,
            )

    def look_after(self) -> None:
        """Start it again when it has ended."""
        code = self.process.poll()
        if code is not None:
            say(f"“gongyi {self.command}” ended with code {code}; starting it again")
            self.start()


class Site:
    """Everything that `gongyi run` has started."""

    def __init__(self, lock: Lock):
        self.lock = lock
        self.children: list[Child] = []
        self.asked_to_stop = 0

    def watch_signals(self) -> None:
        """Ctrl-C, a service manager's stop and a closed terminal all end the site; a second one ends it at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._stop_asked)

    def _stop_asked(self, *_: object) -> None:
        self.asked_to_stop += 1
        if self.asked_to_stop > 1:
            for child in self.children:
                child.process.kill()

    def start(self) -> None:
        self.children += [Child("web"), Child("worker")]

    def look_after(self) -> None:
        """Stay until asked to stop, and keep every part alive."""
        while not self.asked_to_stop:
            for child in self.children:
                child.look_after()
            if database.is_embedded():
                from gongyi.config import embedded

                embedded.keep_supervised(database.data_dir())
            time.sleep(LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """End every part: politely, then firmly; the database last."""
        self.lock.sign(json.dumps({"pid": os.getpid(), "stopping": True}))
        for child in self.children:
            with suppress(ProcessLookupError):
                child.process.terminate()
        deadline = time.monotonic() + STOP_WITHIN_SECONDS
        for child in self.children:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        if database.is_embedded():
            from gongyi.config import embedded

            embedded.stop(database.data_dir())


def run() -> int:
    """Start everything, print the address and the demo people, stay until asked to stop."""
    if database.is_embedded():
        os.environ.setdefault("GONGYI_DEMO", "1")
    site = Site(only_one_per_data_dir())
    site.watch_signals()
    wait_for_port()
    try:
        say(f"starting the database in {database.data_dir()} …" if database.is_embedded() else "using your database …")
        database.make_reachable()
        people = prepare(site)
        if not site.asked_to_stop:
            site.start()
            if wait_until_served(site):
                site.lock.sign(json.dumps({"pid": os.getpid(), "address": url()}))
                welcome(people)
        site.look_after()
    finally:
        if site.asked_to_stop:
            say("\nstopping …")
        site.stop()
    return 0


def prepare(site: Site) -> list[list[str]]:
    """Migrate, collect the static files and load the demo in a process of its own, whose memory is given back."""
    process = subprocess.Popen(
        own_command("prepare"),
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        process_group=0,
    )
    while True:
        try:
            output, _ = process.communicate(timeout=LOOK_EVERY_SECONDS)
            break
        except subprocess.TimeoutExpired:
            if site.asked_to_stop:
                process.terminate()
    if site.asked_to_stop:
        return []
    if process.returncode:
        raise CannotRun("the site could not be prepared; the reason stands above")
    return json.loads(output)


def only_one_per_data_dir() -> Lock:
    """Hold this data directory's run lock, waiting for an earlier run that is just ending."""
    directory = database.data_dir()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = Lock(directory / "run.lock")
    except OSError as problem:
        raise CannotRun(f"the data directory {directory} cannot be written: {problem.strerror}") from None
    give_up_at = time.monotonic() + EARLIER_ONE_ENDS_WITHIN_SECONDS
    settled_at = time.monotonic() + 2  # a run whose caller was killed needs a moment to notice
    while not lock.alone():
        holder = _note(directory / "run.lock")
        now = time.monotonic()
        if now > give_up_at or (now > settled_at and not holder.get("stopping")):
            where = holder.get("address", "it is still starting")
            raise CannotRun(f"Gongyi is already running on {directory}, as process {holder.get('pid', '?')}: {where}")
        time.sleep(0.1)
    lock.sign(json.dumps({"pid": os.getpid()}))
    return lock


def _note(path: Path) -> dict:
    try:
        return json.loads(path.read_text() or "{}")
    except ValueError:  # caught in the middle of writing
        return {}


def wait_for_port() -> None:
    """Wait for the port of an earlier run that is just ending; refuse one that another program keeps."""
    host, port = web.address()
    deadline = time.monotonic() + EARLIER_ONE_ENDS_WITHIN_SECONDS
    while True:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen()
            return
        except socket.gaierror:
            raise CannotRun(f"GONGYI_HOST is not an address of this machine: {host}") from None
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise CannotRun(f"cannot listen on {host} port {port}: {problem.strerror}") from None
            if time.monotonic() > deadline:
                raise CannotRun(
                    f"port {port} on {host} is used by another program; choose another one: GONGYI_PORT={port + 1}"
                ) from None
            time.sleep(0.2)


def wait_until_served(site: Site) -> bool:
    """Wait for the first answer; False when asked to stop meanwhile."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while not site.asked_to_stop:
        for child in site.children:
            if child.process.poll() is not None:  # what has never worked is not tried again and again
                raise CannotRun(f"“gongyi {child.command}” could not start; its reason stands above")
        try:
            direct.open(url() + "healthz", timeout=5).close()
            return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            if time.monotonic() > deadline:
                raise CannotRun(f"the pages did not come up within {READY_WITHIN_SECONDS} seconds") from None
            time.sleep(0.1)
    return False


def printed_mail() -> Path:
    """Where e-mails stand that are only printed: a site without a mail server would flood the terminal with them."""
    return database.data_dir() / "mail.log"


def welcome(people: list[list[str]]) -> None:
    """Say where the site is and who can be tried."""
    lines = ["", f"Gongyi 共仪 is running: {url()}"]
    if people:
        width = max(len(name) for name, _ in people)
        lines += [f"Demo people, all with the password {DEMO_PASSWORD}:"]
        lines += [f"  {name.ljust(width)}  {role}" for name, role in people]
    if not os.environ.get("GONGYI_EMAIL_BACKEND"):
        lines += [f"E-mails are not sent but written to {printed_mail()}"]
    say("\n".join([*lines, "Ctrl-C stops it."]), stream=sys.stdout)


def url() -> str:
    """The address to open on this machine."""
    host, port = web.address()
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def own_command(name: str) -> list[str]:
    """The command line of another part of the site."""
    return [sys.executable, "-m", "gongyi", name]


def child_environment() -> dict[str, str]:
    """Our environment; each part ends when we do."""
    paths = [str(database.project_root()), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "GONGYI_PARENT": str(os.getpid()),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONUNBUFFERED": "1",
    }


def say(text: str, stream=None) -> None:
    """Tell the person at the keyboard; a closed terminal is no reason to fail."""
    with suppress(OSError, ValueError):
        print(text, file=stream or sys.stderr, flush=True)
