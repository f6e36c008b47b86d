"""Does the background jobs in a process of its own; its heartbeat stands in the table procrastinate_workers."""

import asyncio
import os

GRACE_SECONDS = 10


def work() -> int:
    """Work until asked to end; running jobs get a grace time, then they are taken up again by another worker."""
    from gongyi.config.cli.prepare import set_up

    set_up()
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()):
        asyncio.run(_work(app))
    return 0


async def _work(app) -> None:
    async with app.open_async():
        await app.run_worker_async(
            concurrency=int(os.environ.get("GONGYI_WORKER_JOBS") or 4),
            shutdown_graceful_timeout=GRACE_SECONDS,
            delete_jobs="successful",
            install_signal_handlers=True,
        )
