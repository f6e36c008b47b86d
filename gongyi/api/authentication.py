"""Who calls: a personal token in the Authorization header, or the session of the signed-in browser."""

from django.http import HttpRequest
from ninja.security import HttpBearer, django_auth
from ninja.security.session import SessionAuth

from gongyi.accounts import services as accounts
from gongyi.onboarding.freshness import refused_to

READS = {"GET", "HEAD", "OPTIONS"}


class PersonalToken(HttpBearer):
    """`Authorization: Bearer <token>`; the token is made and withdrawn in the personal centre."""

    def authenticate(self, request: HttpRequest, token: str):
        user = accounts.authenticate_token(token)
        if user is not None:
            request.user = user
        return user


class PersonsToken(PersonalToken):
    """A token for what people do: writes wait until their unit's information is up to date (S1-36)."""

    def authenticate(self, request: HttpRequest, token: str):
        return up_to_date(request, super().authenticate(request, token))


class Browser(SessionAuth):
    """The session of the signed-in browser, with the same condition."""

    def authenticate(self, request: HttpRequest, key: str | None):
        return up_to_date(request, super().authenticate(request, key))


def up_to_date(request: HttpRequest, user):
    """The user, or Refused where they want to change something and all their units are overdue."""
    if user is not None and request.method not in READS and (refusal := refused_to(user)):
        raise refusal
    return user


def visitor(request: HttpRequest):
    """Let anybody in; public reads answer visitors too."""
    return request.user if not request.headers.get("Authorization") else None


SIGNED_IN = [PersonsToken(), Browser()]
DEVICE = [PersonalToken(), django_auth]  # what no person does waits for nobody
PUBLIC = [PersonalToken(), visitor]
