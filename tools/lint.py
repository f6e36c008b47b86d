"""Runs every check that needs no database, tells each one's outcome, and fails when any failed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS_ROOT = ROOT / "gongyi"
TYPED_FILES = ("rules", "services", "queries")  # and all of the packages below
TYPED_PACKAGES = ("workflow", "kit")


def typed_modules() -> list[str]:
    """The modules whose types are checked: the workflow engine, kit, and each app's rules, services and queries."""
    found = [APPS_ROOT / package for package in TYPED_PACKAGES]
    for name in TYPED_FILES:
        found += sorted(APPS_ROOT.glob(f"*/{name}.py")) + sorted(
            path.parent for path in APPS_ROOT.glob(f"*/{name}/__init__.py")
        )
    return [str(path.relative_to(ROOT)) for path in found if path.exists()]


def steps() -> list[tuple[str, list[str]]]:
    """Name and command of every check."""
    python = [sys.executable, "-m"]
    templates = [str(path.relative_to(ROOT)) for path in sorted(APPS_ROOT.glob("*/templates"))]
    return [
        ("ruff check", [*python, "ruff", "check", "."]),
        ("ruff format", [*python, "ruff", "format", "--check", "."]),
        (
            "import contracts",
            [
                sys.executable,
                "-c",
                "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))",
            ],
        ),
        ("types", [*python, "mypy", "--no-error-summary", *typed_modules()]),
        ("templates", [*python, "djlint", "--lint", "--quiet", *templates]),
        ("system checks", [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]),
        (
            "migrations",
            [sys.executable, "-W", "ignore::RuntimeWarning", "manage.py", "makemigrations", "--check", "--dry-run"],
        ),
        ("workflow documents", [sys.executable, "manage.py", "workflow_docs", "--check"]),
        ("roles document", [sys.executable, "manage.py", "role_docs", "--check"]),
    ]


def main() -> int:
    """Run all; only failing checks show their words."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="gongyi-lint-") as data_dir:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GONGYI_")}
        environment |= {"GONGYI_DATA_DIR": data_dir, "PYTHONUTF8": "1"}
        for name, command in steps():
            began = time.monotonic()
            print(f"{name} … ", end="", flush=True)
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace")
            print(f"{'ok' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - began:.1f} s)", flush=True)
            if done.returncode:
                failed.append(name)
                print((done.stdout + done.stderr).strip(), flush=True)
    if failed:
        print(f"\nlint: {len(failed)} of {len(steps())} checks failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
