"""Mail that must not delay an answer: how long sending takes would tell whether an account exists."""

from django.conf import settings
from django.core.mail import send_mail
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from gongyi.accounts import codes, services


@app.task(name=services.RESET_MAIL, retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def send_reset_mail(user_pk: int, welcome: bool = False, opening: str = "") -> None:
    """Send the link that sets a password; for nobody (0) it does nothing, as slowly as for somebody."""
    services.send_reset_mail(user_pk, welcome=welcome, opening=opening)


@app.task(name=codes.CODE_MAIL, retry=RetryStrategy(max_attempts=4, linear_wait=20))
def send_code_mail(code_pk: int) -> None:
    """Mail a code as long as it is of use; the job carries its number, not the digits."""
    codes.send_code_mail(code_pk)


@app.task(name=services.NOTICE_MAIL, retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def send_notice_mail(address: str, title: str, body: str) -> None:
    """Mail a sentence to an address that no account has any more, so that its former owner is warned."""
    send_mail(f"[{settings.SITE_NAME}] {title}", body, None, [address])
