"""Gives every test run an embedded PostgreSQL of its own; loaded with `-p tests.database` before Django's settings are.

A GONGYI_DATABASE_URL of the person who runs the tests wins: then that server is used and kept (`--reuse-db` pays).
"""

import os
import shutil
import tempfile
from pathlib import Path

from gongyi.config import embedded

_own_data_dir: Path | None = None


def _start() -> None:
    """Start the server; the processes of pytest-xdist inherit its address and start none."""
    global _own_data_dir
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's synchronous API runs beside an event loop
    if os.environ.get("GONGYI_DATABASE_URL"):
        return
    _own_data_dir = Path(tempfile.mkdtemp(prefix="gongyi-test-"))
    if os.geteuid() == 0:
        _own_data_dir.chmod(0o711)  # the server runs as another account
    target = embedded.ensure_running(_own_data_dir, ephemeral=True)
    os.environ["GONGYI_DATA_DIR"] = str(_own_data_dir)
    (_own_data_dir / "static").mkdir()  # WhiteNoise warns where it is missing
    os.environ["GONGYI_DATABASE_URL"] = "postgresql://{USER}:{PASSWORD}@/{NAME}?host={HOST}".format(**target)


def pytest_unconfigure() -> None:
    """Stop the server and remove its data."""
    if _own_data_dir is not None:
        embedded.stop(_own_data_dir)
        shutil.rmtree(_own_data_dir, ignore_errors=True)


_start()
