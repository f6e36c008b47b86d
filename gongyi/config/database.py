"""Turns GONGYI_DATABASE_URL, or the embedded server of the data directory, into Django's database settings."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


def settings_for(data_dir: Path) -> dict:
    """Return the `default` entry of DATABASES; raises ValueError with a sentence for an address it can't read."""
    url = os.environ.get("GONGYI_DATABASE_URL", "")
    if url:
        target = from_url(url)
    else:
        from gongyi.config import embedded

        target = embedded.connection_settings(data_dir)
    return {
        "ENGINE": "django.db.backends.postgresql",
        **target,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **target.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
            "options": "-c statement_timeout=60000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000",
        },
    }


def from_url(url: str) -> dict:
    """Read `postgresql://user:password@host:port/name?host=/socket/dir&sslmode=…`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"GONGYI_DATABASE_URL must start with postgresql://, not {parts.scheme}://")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "NAME": unquote(parts.path.lstrip("/")) or "gongyi",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
