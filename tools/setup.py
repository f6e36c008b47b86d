"""Sets up what Gongyi needs below the project's own directory: `python3 tools/setup.py run` or `... test`.

Standard library only. This file is kept readable for any Python 3, so that an old one gets a sentence, not a traceback.
"""

import os
import shutil
import subprocess
import sys

OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3")


def main():
    """Set up for `run` (the default) or, with the test tools, for `test`."""
    purpose = sys.argv[1] if len(sys.argv) > 1 else "run"
    if purpose not in ("run", "test"):
        sys.stderr.write("usage: tools/setup.py [run|test]\n")
        return 2
    if sys.version_info < OLDEST_PYTHON:
        return continue_with_newer_python()
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from tools import installation

    try:
        installation.set_up(purpose)
    except installation.SetupProblem as problem:
        sys.stderr.write("\nsetup: {}\n".format(problem))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def continue_with_newer_python():
    """Hand over to a newer Python of this machine, if there is one."""
    question = "import sys; sys.exit(sys.version_info < {!r})".format(OLDEST_PYTHON)
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        if found and subprocess.call([found, "-c", question], stderr=subprocess.DEVNULL) == 0:
            return subprocess.call([found] + sys.argv)
    sys.stderr.write(
        "setup: Gongyi needs Python 3.11 or newer; this is {}.{} and there is no other on the PATH. "
        "Install one and name it: make run PYTHON=/path/to/python3.11\n".format(*sys.version_info[:2])
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
