"""Keeps the installation's secret key in its data directory, made once and readable by its owner only."""

import os
import secrets as random_source
import threading
from pathlib import Path


def secret_key(data_dir: Path) -> str:
    """Return the key of this data directory; the first caller creates it, even when several processes start at once."""
    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f"secret-key.{os.getpid()}.{threading.get_ident()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(random_source.token_urlsafe(50))
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its key counts
        finally:
            draft.unlink()
    key = path.read_text().strip()
    if len(key) < 50:
        raise ValueError(f"{path} is damaged: it holds {len(key)} characters; restore or remove it")
    return key
