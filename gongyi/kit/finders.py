"""Serves an allow-list of files from node_modules as static files, so that no bundler and no CDN is needed."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import Warning as CheckWarning
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

VENDOR = {
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/alpine.min.js": "@alpinejs/csp/dist/cdn.min.js",
    "vendor/event-calendar.min.css": "@event-calendar/build/dist/event-calendar.min.css",
    "vendor/event-calendar.min.js": "@event-calendar/build/dist/event-calendar.min.js",
    "vendor/echarts.min.js": "echarts/dist/echarts.min.js",
    "vendor/tom-select.min.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "vendor/tom-select.min.js": "tom-select/dist/js/tom-select.complete.min.js",
    "vendor/trix.css": "trix/dist/trix.css",
    "vendor/trix.min.js": "trix/dist/trix.umd.min.js",
    "vendor/inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
}
_SOURCE_MAP = re.compile(rb"(?:/\*#\s*sourceMappingURL=[^*]*\*/|//#\s*sourceMappingURL=\S*)")


class VendorStorage(FileSystemStorage):
    """Shows the allowed files under their static names, without the source map lines whose files are not served."""

    def __init__(self):
        super().__init__(location=settings.NODE_MODULES_DIR, base_url=settings.STATIC_URL)

    def path(self, name):
        try:
            return str(Path(self.location) / VENDOR[name.replace("\\", "/")])
        except KeyError:
            raise ValueError(f"{name} is not in the list of served front-end files") from None

    def exists(self, name):
        return name in VENDOR and Path(self.path(name)).is_file()

    def _open(self, name, mode="rb"):
        content = Path(self.path(name)).read_bytes()
        if name.endswith((".css", ".js")):
            content = _SOURCE_MAP.sub(b"", content)
        return ContentFile(content, name=name)


class NodeModulesFinder(BaseFinder):
    """Finds `vendor/…` static files among the installed npm packages."""

    def __init__(self, app_names=None, *args, **kwargs):
        self.storage = VendorStorage()

    def check(self, **kwargs):
        missing = [npm for name, npm in VENDOR.items() if not self.storage.exists(name)]
        if not missing:
            return []
        return [
            CheckWarning(
                f"Front-end packages are missing: {', '.join(sorted(missing))}",
                hint="Run `npm ci` (or `make setup`) in the project folder.",
                id="kit.W001",
            )
        ]

    def find(self, path, find_all=False, **kwargs):
        if not self.storage.exists(path):
            return []
        found = self.storage.path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns):
        for name in VENDOR:
            if self.storage.exists(name):
                yield name, self.storage
