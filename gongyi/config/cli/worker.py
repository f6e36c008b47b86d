"""Does the background jobs in a process of its own; its heartbeat stands in the table procrastinate_workers."""

import os

GRACE_SECONDS = 10


def work() -> int:
    """Work until asked to end; running jobs get a grace time, then they are taken up again by another worker."""
    from django.core.management import call_command

    from gongyi.config.cli.prepare import set_up

    set_up()
    call_command(
        "procrastinate",
        "worker",
        "--concurrency",
        os.environ.get("GONGYI_WORKER_JOBS") or "4",
        "--shutdown-graceful-timeout",
        str(GRACE_SECONDS),
        "--delete-jobs",
        "successful",
    )
    return 0
