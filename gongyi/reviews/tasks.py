"""The clock of reviews: reminders at the start of every working hour; a run that was missed is made up by the next."""

from procrastinate.contrib.django import app

from gongyi.reviews import services


@app.periodic(cron="5 8-18 * * *")
@app.task(queueing_lock="reviews-remind", lock="reviews-remind")
def remind_reviewers(timestamp: int) -> None:
    services.remind()
