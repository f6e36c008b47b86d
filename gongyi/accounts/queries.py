"""Reads about people: their sign-ins."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from gongyi.accounts.models import LoginRecord

RECENT = 5


def recent_logins(user: AbstractBaseUser, limit: int = RECENT) -> QuerySet[LoginRecord]:
    """The latest sign-ins and attempts on this account, newest first: time and address (最近登录日志, S0-51)."""
    return LoginRecord.objects.filter(user_id=user.pk).order_by("-at", "-pk")[:limit]


def last_login_before(user: AbstractBaseUser) -> LoginRecord | None:
    """The sign-in before the present one, for "last time you were here"."""
    return LoginRecord.objects.filter(user_id=user.pk, succeeded=True).order_by("-at", "-pk")[1:2].first()
