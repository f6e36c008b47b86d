"""The clock of the outbox."""

from procrastinate.contrib.django import app

from gongyi.notifications import outbox


@app.periodic(cron="* * * * * */5")  # every five seconds
@app.task(name="notifications.serve_outbox", queueing_lock="notifications.serve_outbox")
def serve_outbox(timestamp: int) -> int:
    """A sweep is cheaper than a job per message, and finds every committed message even after a crash.

    Without a lock: two sweeps at once share the messages between them, and one that was killed holds up nobody.
    """
    return outbox.serve()
