"""The clock of this app: what must happen every minute."""

from procrastinate.contrib.django import app

from gongyi.reservations import services


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="reservations-sweep", lock="reservations-sweep")
def sweep_reservations(timestamp: int) -> None:
    """Let pending bookings expire, mark no-shows and silent instruments; a run that was missed is made up by the next."""
    services.sweep()
