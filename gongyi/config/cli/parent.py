"""Ends a process when the one that started it is gone: nothing of a killed site may keep the port or the jobs."""

import os
import signal
import threading
import time

from gongyi.config.cli.refusal import CannotRun

LOOK_EVERY_SECONDS = 0.5
GRACE_SECONDS = 5


def end_with_caller() -> None:
    """Watch the process named in GONGYI_PARENT, if any; commands started by hand or by a service manager name none."""
    named = os.environ.pop("GONGYI_PARENT", "")
    if named.isdigit():
        end_with_parent(int(named))


def end_with_parent(parent: int) -> None:
    """From now on ask this process to end, and after a grace time end it, when `parent` is no longer its parent.

    The caller names the parent, which may be gone before this process has come so far as to ask who it is.
    """
    if os.getppid() != parent:
        raise CannotRun("the process that started this one has ended")
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
