"""Signing in with whatever a person remembers of themselves: user name, e-mail address or phone number."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from gongyi.accounts.models import User


class AnyIdentifierBackend(ModelBackend):
    """Checks a password; an unknown name costs the same hashing, so the answer's time does not tell who exists."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or password is None:
            return None
        user = User.objects.by_identifier(username)
        if user is None:
            User().set_password(password)
            return None
        if not user.check_password(password):
            return None
        if not self.user_can_authenticate(user):
            if request is not None:
                # Only somebody who knows the password learns that the account was closed.
                request.account_is_closed = True  # type: ignore[attr-defined]
            return None
        return user
