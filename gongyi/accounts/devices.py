"""Says in two words from what device somebody signed in, so that people recognise their own in the login log."""

import re

# Order matters: Edge says it is also Chrome and Safari, WeChat that it is also everything.
BROWSERS = (
    (r"MicroMessenger/(\d+)", "微信"),
    (r"DingTalk/(\d+)", "钉钉"),
    (r"QQBrowser/(\d+)", "QQ 浏览器"),
    (r"UCBrowser/(\d+)", "UC 浏览器"),
    (r"(?:Edg|EdgA|EdgiOS)/(\d+)", "Edge"),
    (r"(?:OPR|Opera)/(\d+)", "Opera"),
    (r"(?:Firefox|FxiOS)/(\d+)", "Firefox"),
    (r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)", "Chrome"),
    (r"Version/(\d+)[\d.]* .*Safari/", "Safari"),
    (r"(?:MSIE |Trident/.*rv:)(\d+)", "Internet Explorer"),
)
SYSTEMS = (
    (r"HarmonyOS|OpenHarmony", "鸿蒙"),
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"Windows NT 10", "Windows"),
    (r"Windows NT 6\.1", "Windows 7"),
    (r"Windows", "Windows"),
    (r"CrOS", "ChromeOS"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"Linux|X11", "Linux"),
)
PROGRAMS = re.compile(r"^([A-Za-z][\w.-]{1,30})/(\d+)")


def describe(user_agent: str) -> str:
    """Return 「Chrome 126 · Windows」, 「微信 8 · Android」, 「curl 8」, or "" when nothing is recognised."""
    agent = user_agent[:500]
    browser = next((f"{name} {m.group(1)}" for pattern, name in BROWSERS if (m := re.search(pattern, agent))), "")
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, agent)), "")
    if not browser and not agent.startswith("Mozilla/") and (program := PROGRAMS.match(agent)):
        browser = f"{program.group(1)} {program.group(2)}"
    return " · ".join(part for part in (browser, system) if part)[:100]
