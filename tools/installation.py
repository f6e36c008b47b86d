"""Makes the virtual environment and installs the locked packages; what is already there and unchanged is left alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"
NODE_MODULES = ROOT / "node_modules"
OLDEST_PYTHON = (3, 11)


class SetupProblem(Exception):
    """Set-up cannot go on; the text says why and what would help."""


def set_up(purpose: str) -> None:
    """Make the virtual environment and the front-end packages, side by side; for tests also a browser and a font."""
    from tools import node

    if sys.platform == "win32":
        raise SetupProblem("on Windows run Gongyi inside WSL (Windows Subsystem for Linux)")
    make_virtual_environment()
    problems: list[Exception] = []

    def front_end() -> None:
        try:
            node.install_front_end()
        except SetupProblem as problem:
            problems.append(problem)

    side_by_side = None
    if node.found_on_path() and node.front_end_is_missing():
        side_by_side = threading.Thread(target=front_end)
        side_by_side.start()
    try:
        install_packages("requirements-dev.txt" if purpose == "test" else "requirements.txt")
        make_importable()
    finally:
        if side_by_side:
            side_by_side.join()
    if side_by_side is None:
        front_end()
    if problems:
        raise problems[0]
    if purpose == "test":
        from tools import chromium, font

        font.install_if_missing()
        chromium.install_if_missing()


def make_virtual_environment() -> None:
    """Make .venv, unless one of a usable Python is there."""
    if works([PYTHON, "-c", f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"]):
        return
    say(f"making the virtual environment with Python {sys.version_info[0]}.{sys.version_info[1]} …")
    shutil.rmtree(VENV, ignore_errors=True)
    has_ensurepip = works([sys.executable, "-c", "import ensurepip"])
    if not has_ensurepip and not pip_from_outside() and os.geteuid() == 0 and shutil.which("apt-get"):
        apt_install(f"python3.{sys.version_info[1]}-venv", "python3-venv")
        has_ensurepip = works([sys.executable, "-c", "import ensurepip"])
    if not has_ensurepip and not pip_from_outside():
        raise SetupProblem(
            "this Python has neither ensurepip nor pip, so packages cannot be installed. On Debian and Ubuntu run: "
            "sudo apt install python3-venv — then try again."
        )
    options = [] if has_ensurepip else ["--without-pip"]
    run([sys.executable, "-m", "venv", *options, VENV], "the virtual environment could not be made")


def pip_from_outside() -> list[str] | None:
    """A pip or uv of this machine that can install into .venv when .venv has no pip of its own."""
    if works([sys.executable, "-m", "pip", "--python", sys.executable, "--version"]):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON), "install"]
    uv = shutil.which("uv")
    return [uv, "pip", "install", "--python", str(PYTHON)] if uv else None


def installer() -> list[str]:
    """The command that installs into .venv."""
    if works([PYTHON, "-m", "pip", "--version"]):
        return [str(PYTHON), "-m", "pip", "install"]
    outside = pip_from_outside()
    if outside is None:
        raise SetupProblem(f"there is no pip in {VENV}; remove that directory and try again")
    return outside


def install_packages(lock: str) -> None:
    """Install exactly the locked packages, each checked against its hash, none built from source."""
    wanted = fingerprint(ROOT / lock) + works_as()
    stamp = VENV / f".installed-{lock}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"installing the Python packages of {lock} …")
    install_locked(ROOT / lock)
    stamp.write_text(wanted)


def install_locked(lock: Path, *options: str) -> None:
    """Install a lock with hashes."""
    command = installer()
    if "pip" in command:  # and not uv
        options = ("--disable-pip-version-check", "--no-input", "--no-warn-script-location", *options)
    command += ["--quiet", "--require-hashes", "--only-binary=:all:", *options, "-r", str(lock)]
    for attempt in ("first", "last"):
        done = subprocess.run(command, cwd=ROOT, env=clean_environment())
        if done.returncode == 0:
            return
        if attempt == "first":
            say("that failed; once more …")
    raise SetupProblem(
        "the Python packages could not be installed; the reason stands above (is the network reachable?)"
    )


def make_importable() -> None:
    """Let .venv find this project from any directory, and give it the command `gongyi`.

    Written by hand: building the project as a package would need more packages, and a path with other than ASCII
    letters in a .pth file is read in the locale's encoding by older Pythons.
    """
    site = Path(output([PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]))
    line = f"import sys; sys.path.append({ascii(str(ROOT))}) if {ascii(str(ROOT))} not in sys.path else None\n"
    write_if_changed(site / "gongyi-project.pth", line)
    command = VENV / "bin" / "gongyi"
    write_if_changed(command, '#!/bin/sh\nexec "$(dirname "$0")/python" -m gongyi "$@"\n')
    command.chmod(0o755)


def apt_install(*names: str) -> bool:
    """Try to install Debian packages (as root only) and say whether the first that exists could be."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for refresh in (False, True):
        if refresh:
            subprocess.run(["apt-get", "update", "-qq"], env=environment)
        for name in names:
            say(f"installing {name} with apt-get …")
            command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", name]
            if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode == 0:
                return True
    return False


def fingerprint(*files: Path) -> str:
    """A hash over the content of files."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def works_as() -> str:
    """What else the installed packages depend on: the Python of .venv and the kind of machine."""
    return " " + output([PYTHON, "-c", "import sys, platform; print(*sys.version_info[:2], platform.machine())"])


def works(command: list) -> bool:
    """Whether a command can be run and succeeds; its words are not shown."""
    try:
        return subprocess.run(list(map(str, command)), capture_output=True, env=clean_environment()).returncode == 0
    except OSError:
        return False


def output(command: list) -> str:
    """What a command prints."""
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, encoding="utf-8", check=True, env=clean_environment()
    ).stdout.strip()


def run(command: list, problem: str, **options) -> None:
    """Run a command; when it fails show its words and stop."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, errors="replace", **options)
    if done.returncode:
        raise SetupProblem(f"{problem}:\n{(done.stdout + done.stderr).strip()}")


def clean_environment() -> dict[str, str]:
    """The environment without settings that would lead pip into another place."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"}
    return {**{name: value for name, value in os.environ.items() if name not in unwanted}, "PYTHONUTF8": "1"}


def write_if_changed(path: Path, text: str) -> None:
    """Write a file unless it holds this text already."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def say(text: str) -> None:
    """Tell the person at the keyboard what takes time."""
    print(text, file=sys.stderr, flush=True)
