"""The clock of the outbox and of the job queue itself."""

import logging
from typing import Any

from procrastinate.contrib.django import app

from gongyi.notifications import outbox

logger = logging.getLogger(__name__)

OLD_JOBS_HOURS = 7 * 24


@app.periodic(cron="* * * * * */5")  # every five seconds
@app.task(queueing_lock="serve_outbox", lock="serve_outbox")
def serve_outbox(timestamp: int) -> int:
    """A sweep is cheaper than a job per message, and finds every committed message even after a crash."""
    return outbox.serve()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: Any, timestamp: int) -> None:
    """Jobs of a worker that was killed stay "doing" for ever unless somebody puts them back."""
    for job in await context.app.job_manager.get_stalled_jobs():
        logger.warning("job %s (%s) stalled; it will run again", job.id, job.task_name)
        await context.app.job_manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="remove_old_jobs", pass_context=True)
async def remove_old_jobs(context: Any, timestamp: int) -> None:
    """Failed jobs are kept a week for whoever looks for the reason."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=OLD_JOBS_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
