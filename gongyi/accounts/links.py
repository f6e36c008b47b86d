"""One-time links that set a password: two hours for who forgot theirs, seven days for who never had one."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator, default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from gongyi.accounts.models import User

ACTIVATION_DAYS = 7


class ActivationTokens(PasswordResetTokenGenerator):
    """Tokens for the first password. Like those of a reset they end when a password is set or the person signs in."""

    key_salt = "gongyi.accounts.activation"

    def make_token(self, user):
        """Dated ahead, so that the shared check, which allows PASSWORD_RESET_TIMEOUT, ends after ACTIVATION_DAYS."""
        ahead = timedelta(days=ACTIVATION_DAYS) - timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        return self._make_token_with_timestamp(user, self._num_seconds(self._now() + ahead), self.secret)


@dataclass(frozen=True)
class Kind:
    """A kind of link: its tokens and the page behind it."""

    url_name: str
    tokens: PasswordResetTokenGenerator

    def path(self, user: User) -> str:
        """A new link for this person; those made before work as well until one was used."""
        return reverse(self.url_name, args=[uid(user), self.tokens.make_token(user)])

    def address(self, user: User) -> str:
        return f"{settings.SITE_URL}{self.path(user)}"


RESET = Kind("accounts:reset_confirm", default_token_generator)
ACTIVATION = Kind("accounts:activate", ActivationTokens())


def uid(user: User) -> str:
    """How a person is named in a link."""
    return urlsafe_base64_encode(force_bytes(user.pk))


def owner(uid: str) -> User | None:
    """Whose link this is, if they may sign in."""
    try:
        pk = int(urlsafe_base64_decode(uid))
    except (ValueError, OverflowError):
        return None
    return User.objects.filter(pk=pk, is_active=True).first() if pk < 2**63 else None
