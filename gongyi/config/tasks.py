"""Takes up again the background jobs of workers that were killed: the queue itself leaves them where they fell."""

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

STALLED_AFTER_SECONDS = 30  # a worker's heart beats every ten


@app.periodic(cron="* * * * *")
@app.task(name="config.retry_stalled_jobs", queueing_lock="config.retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Put every job whose worker shows no sign of life back into the queue.

    Where the same work already waits there again (a sweep, by its queueing lock), the fallen job is removed instead: it
    could never go back, and would keep its lock, so that the waiting one never began.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job_by_id_async(job_id=job.id, status=Status.FAILED, delete_job=True)
