"""Serves the pages: one Granian server whose workers share one loaded copy of the application."""

import gc
import importlib
import os
from collections.abc import Callable
from functools import partial

from gongyi.config.cli import parent
from gongyi.config.cli.refusal import CannotRun

APPLICATION = "gongyi.config.wsgi"
END_WORKER_AFTER_SECONDS = 10


def address() -> tuple[str, int]:
    """Where to listen, from GONGYI_HOST and GONGYI_PORT."""
    given = os.environ.get("GONGYI_PORT") or "8000"
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise CannotRun(f"GONGYI_PORT must be a number from 1 to 65535, not “{given}”")
    return os.environ.get("GONGYI_HOST") or "127.0.0.1", int(given)


def serve() -> int:
    """Serve until asked to end."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from gongyi.config.cli.prepare import collect_static, set_up

    set_up()
    collect_static()
    load(APPLICATION)
    gc.collect()
    gc.freeze()  # what is loaded now stays shared between the forked workers
    host, port = address()
    Granian(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=int(os.environ.get("GONGYI_WEB_WORKERS") or 2),
        blocking_threads=int(os.environ.get("GONGYI_WEB_THREADS") or 4),
        workers_kill_timeout=END_WORKER_AFTER_SECONDS,
        respawn_failed_workers=True,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=partial(load_in_worker, os.getpid()))
    return 0


def load(target: str) -> Callable:
    """Import the application and its URLs, which Django would otherwise do at the first request."""
    from django.conf import settings

    application = importlib.import_module(target).application
    importlib.import_module(settings.ROOT_URLCONF)
    return application


def load_in_worker(server: int, target: str) -> Callable:
    """Granian calls this in each worker, which would outlive a killed server without the watch."""
    parent.end_with_parent(server)
    return load(target)
