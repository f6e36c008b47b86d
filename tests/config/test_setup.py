"""Setting up: the locks are complete and name no registry, and every file the browser and Node need is locked."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PYTHON_LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt")
NPM_LOCKS = ("package-lock.json", "tools/chromium_package/package-lock.json")


def pins(name):
    text = (PROJECT / name).read_text()
    return dict(re.findall(r"^([\w.-]+)==([^ ;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_python_package_is_locked_with_hashes_and_without_a_host(name):
    text = (PROJECT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    for block in re.split(r"\n(?=[\w.-]+==)", text)[1:]:
        assert "--hash=sha256:" in block, block


def test_the_tools_of_the_tests_keep_to_the_versions_of_the_site():
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("name", NPM_LOCKS)
def test_every_front_end_package_is_locked_with_integrity_and_without_a_host(name):
    for place, package in json.loads((PROJECT / name).read_text())["packages"].items():
        if place:
            assert package["integrity"].startswith("sha512-"), place
            assert "resolved" not in package, place


def test_setting_up_explains_how_it_is_called():
    done = subprocess.run(
        [sys.executable, PROJECT / "tools" / "setup.py", "everything"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "usage: tools/setup.py [run|test]\n")
