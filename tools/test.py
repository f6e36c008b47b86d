"""Lints, then passes all tests on an embedded PostgreSQL of their own; pytest's closing line comes last."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = 2


def main() -> int:
    """Both always run, so that one answer tells everything; the exit code is a failure when either failed."""
    chosen = sys.argv[1:]
    lint = 0 if chosen else subprocess.run([sys.executable, str(ROOT / "tools" / "lint.py")]).returncode
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GONGYI_", "PYTEST_"))}
    if "GONGYI_TEST_CHROMIUM" in os.environ:
        environment["GONGYI_TEST_CHROMIUM"] = os.environ["GONGYI_TEST_CHROMIUM"]
    side_by_side = [] if chosen else ["-n", str(PROCESSES), "--maxschedchunk", "1"]  # the next one to who is free
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", *side_by_side, *chosen], cwd=ROOT, env={**environment, "PYTHONUTF8": "1"}
    ).returncode
    return tests or lint


if __name__ == "__main__":
    sys.exit(main())
