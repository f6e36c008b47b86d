"""Turns GONGYI_DATABASE_URL, or the embedded server of the data directory, into Django's database settings."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

STATEMENT_TIMEOUT_SECONDS = 60
LOCK_TIMEOUT_SECONDS = 10
IDLE_IN_TRANSACTION_TIMEOUT_SECONDS = 60


def settings_for(data_dir: Path) -> dict:
    """Return the `default` entry of DATABASES; raises ValueError with a sentence for an address it can't read."""
    url = os.environ.get("GONGYI_DATABASE_URL", "")
    if url:
        target = from_url(url)
    else:
        from gongyi.config import embedded

        target = embedded.connection_settings(data_dir)
    options = target.get("OPTIONS", {})
    return {
        "ENGINE": "django.db.backends.postgresql",
        **target,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # the pool asks before it hands a connection out: a restarted server costs no page
        "OPTIONS": {
            **options,
            "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
            "options": f"{options.get('options', '')} {_time_limits()}".strip(),
        },
    }


def from_url(url: str) -> dict:
    """Read `postgresql://user:password@host:port/name?host=/socket/dir&sslmode=…`, percent-encoded where needed."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"GONGYI_DATABASE_URL must start with postgresql://, not {parts.scheme}://")
    try:
        port = parts.port
    except ValueError:
        raise ValueError(
            "the port in GONGYI_DATABASE_URL is not a number; characters like : / @ # in the password must be "
            "percent-encoded (%3A %2F %40 %23)"
        ) from None
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "NAME": unquote(parts.path.lstrip("/")) or "gongyi",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": options,
    }


def _time_limits() -> str:
    """No statement, wait for a lock or forgotten transaction may hold others up for long (0 seconds: no limit)."""
    given = os.environ.get("GONGYI_STATEMENT_TIMEOUT_SECONDS", "")
    if given and not given.isdigit():
        raise ValueError(f"GONGYI_STATEMENT_TIMEOUT_SECONDS must be a number of seconds, not “{given}”")
    limits = {
        "statement_timeout": int(given) if given else STATEMENT_TIMEOUT_SECONDS,
        "lock_timeout": LOCK_TIMEOUT_SECONDS,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT_SECONDS,
    }
    return " ".join(f"-c {name}={seconds * 1000}" for name, seconds in limits.items())
