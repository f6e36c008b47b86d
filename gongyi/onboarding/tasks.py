"""What joining leaves to the background: mail, and the clock."""

from django.conf import settings
from django.core.mail import send_mail
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from gongyi.onboarding.services import invitations, refresh, wizard


@app.task(name=invitations.INVITATION_MAIL, retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def send_invitation(invitation_pk: int) -> None:
    """Mail an invitation's link, as long as it is good."""
    invitations.send_invitation(invitation_pk)


@app.task(name=wizard.LINK_MAIL, retry=RetryStrategy(max_attempts=4, linear_wait=20))
def send_link_mail(application_pk: int, address: str) -> None:
    """Mail the link that opens a draft again."""
    wizard.send_link_mail(application_pk, address)


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="onboarding-refresh-reminders", lock="onboarding-refresh-reminders")
def remind_of_refresh(timestamp: int) -> None:
    """Remind units whose yearly update falls due; hourly, so that a worker that was down makes up for it soon (S1-36)."""
    refresh.remind()


@app.task(name=refresh.LIAISON_MAIL, retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def mail_liaison(address: str, subject: str, body: str) -> None:
    """Remind a liaison who has no account and no mobile phone."""
    send_mail(f"[{settings.SITE_NAME}] {subject}", body, None, [address])
