"""Chooses the versions of all packages anew and writes the locks: with hashes, without the name of any registry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements", "requirements-dev", "requirements-node")  # the second keeps to the first
OLDEST_PYTHON = "3.11"
REGISTRY_MARKS = ("--index-url", "--find-links", " @ http", '"resolved":')


def main() -> int:
    """Write requirements*.txt and the npm locks."""
    if subprocess.run([sys.executable, "-m", "uv", "--version"], capture_output=True).returncode:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    for name in LOCKS:
        subprocess.run(
            [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes"]
            + ["--python-version", OLDEST_PYTHON, "--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
            + ["--custom-compile-command", "make lock", f"{name}.in", "-o", f"{name}.txt"],
            cwd=ROOT,
            check=True,
        )
    for folder in (ROOT, ROOT / "tools" / "chromium_package"):
        subprocess.run(["npm", "update", "--package-lock-only"], cwd=folder, check=True)
    named = [
        str(lock.relative_to(ROOT))
        for lock in [*ROOT.glob("requirements*.txt"), *ROOT.glob("**/package-lock.json")]
        if "node_modules" not in lock.parts and any(mark in lock.read_text() for mark in REGISTRY_MARKS)
    ]
    if named:
        print(f"lock: a registry is named in {', '.join(named)}; remove it before committing", file=sys.stderr)
    return 1 if named else 0


if __name__ == "__main__":
    sys.exit(main())
