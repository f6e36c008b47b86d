"""The clock of units: certificates that run out are told of in time."""

from django.utils import timezone
from procrastinate.contrib.django import app

from gongyi.organizations import services


@app.periodic(cron="30 7 * * *")
@app.task(name="organizations.warn_of_expiring", queueing_lock="organizations.warn_of_expiring")
def warn_of_expiring(timestamp: int) -> None:
    """Every morning; a morning that was missed is caught up on the next one."""
    services.warn_of_expiring(timezone.localdate())
