"""The clock of the outbox."""

from procrastinate.contrib.django import app

from gongyi.notifications import outbox


@app.periodic(cron="* * * * * */5")  # every five seconds
@app.task(queueing_lock="serve_outbox", lock="serve_outbox")
def serve_outbox(timestamp: int) -> int:
    """A sweep is cheaper than a job per message, and finds every committed message even after a crash."""
    return outbox.serve()
