"""The clock of the outbox."""

from django.utils import timezone
from procrastinate.contrib.django import app

from gongyi.notifications import outbox, sms


@app.periodic(cron="* * * * * */5")  # every five seconds
@app.task(name="notifications.serve_outbox", queueing_lock="notifications.serve_outbox")
def serve_outbox(timestamp: int) -> int:
    """A sweep is cheaper than a job per message, and finds every committed message even after a crash.

    Without a lock: two sweeps at once share the messages between them, and one that was killed holds up nobody.
    """
    return outbox.serve()


@app.periodic(cron="40 3 * * *")
@app.task(name="notifications.forget_old_texts", queueing_lock="notifications.forget_old_texts")
def forget_old_texts(timestamp: int) -> int:
    """What old text messages said is nobody's business any more."""
    return sms.forget_old(timezone.now())
