"""Who calls: a personal token in the Authorization header, or the session of the signed-in browser."""

from django.http import HttpRequest
from ninja.security import HttpBearer, django_auth

from gongyi.accounts import services as accounts


class PersonalToken(HttpBearer):
    """`Authorization: Bearer <token>`; the token is made and withdrawn in the personal centre."""

    def authenticate(self, request: HttpRequest, token: str):
        user = accounts.authenticate_token(token)
        if user is not None:
            request.user = user
        return user


def visitor(request: HttpRequest):
    """Let anybody in; public reads answer visitors too."""
    return request.user if not request.headers.get("Authorization") else None


SIGNED_IN = [PersonalToken(), django_auth]
PUBLIC = [PersonalToken(), visitor]
