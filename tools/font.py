"""Gives the test browser a font with Chinese characters: the machine's own, else the one of a wheel."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

from tools.installation import PYTHON, TOOLS, SetupProblem, output, say, write_if_changed

FONTS_OF_THE_WHEEL = TOOLS / "fonts.conf"
KNOWN_PLACES = (
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
)


def on_this_machine() -> bool:
    """Whether the machine has a font with Chinese characters."""
    if any(Path(place).exists() for place in KNOWN_PLACES):
        return True
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout.strip())


def install_if_missing() -> None:
    """Write a font configuration that names the wheel's fonts, where the machine has none."""
    if on_this_machine():
        FONTS_OF_THE_WHEEL.unlink(missing_ok=True)
        return
    place = output([PYTHON, "-c", "import importlib.util as u; print(u.find_spec('noto_cjk_sans_otc').origin)"])
    if not place:
        raise SetupProblem("there is no font with Chinese characters; on Debian: sudo apt install fonts-noto-cjk")
    if not FONTS_OF_THE_WHEEL.exists():
        say("using the Chinese font of a Python package for the test browser")
    TOOLS.mkdir(exist_ok=True)
    write_if_changed(
        FONTS_OF_THE_WHEEL,
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"  <dir>{escape(str(Path(place).parent))}</dir>\n"
        f"  <cachedir>{escape(str(TOOLS / 'font-cache'))}</cachedir>\n"
        "</fontconfig>\n",
    )


def environment() -> dict[str, str]:
    """What the browser's environment needs so that it finds the font."""
    return {"FONTCONFIG_FILE": str(FONTS_OF_THE_WHEEL)} if FONTS_OF_THE_WHEEL.exists() else {}
