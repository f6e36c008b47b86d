"""`python -m bench`: prepare a database, start the real server, measure, print the table and save it.

GONGYI_DATABASE_URL names an external database; without it the embedded one of `--data-dir` is used. Never point it at a
database that is in use: the bench writes millions of rows.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--data-dir", default=str(ROOT / "var" / "bench"))
    parser.add_argument("--port", type=int, default=8799)
    parser.add_argument("--reservations", type=int, default=1_000_000)
    parser.add_argument("--instruments", type=int, default=1_000_000)
    parser.add_argument("--creates", type=int, default=1500, help="reservations created for each figure")
    parser.add_argument("--reads", type=int, default=200, help="requests for each reading figure")
    parser.add_argument("--quick", action="store_true", help="20,000 rows instead of a million, fewer requests")
    parser.add_argument("--out", default=str(ROOT / "bench-results"))
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))  # so that the server is stopped too
    if args.quick:
        args.reservations = args.instruments = 20_000
        args.creates, args.reads = 200, 40

    os.environ.update(
        GONGYI_DATA_DIR=args.data_dir, GONGYI_DEMO="0", GONGYI_DEBUG="0", GONGYI_PORT=str(args.port),
        DJANGO_SETTINGS_MODULE="bench.settings",
    )  # fmt: skip
    Path(args.data_dir).mkdir(parents=True, exist_ok=True)
    if not os.environ.get("GONGYI_DATABASE_URL"):
        from gongyi.config import embedded

        embedded.ensure_running(Path(args.data_dir))
    import django

    django.setup()
    from django.core.management import call_command

    from bench import measure, report, seed

    def say(line: str) -> None:
        sys.stderr.write(f"[{time.strftime('%H:%M:%S')}] {line}\n")

    say("migrate")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    seed.fill(args.reservations, args.instruments, say)
    server = start_server(args.port)
    try:
        wait_for(args.port)
        rows = measure.everything(args, say, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)
    table = report.table(rows, args, machine())
    sys.stdout.write(table)
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    (folder / f"{stamp}.md").write_text(table)
    (folder / f"{stamp}.json").write_text(json.dumps([row.__dict__ for row in rows], ensure_ascii=False, indent=1))


def start_server(port: int) -> subprocess.Popen:
    """The server as the product starts it: granian, 2 workers with 4 threads each."""
    return subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "gongyi.config.wsgi:application",
        ],
        cwd=ROOT,
    )  # fmt: skip


def wait_for(port: int) -> None:
    for _attempt in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/bench/empty/", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("bench: the server did not answer in 20 s")


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
