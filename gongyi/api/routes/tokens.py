"""Getting a personal token with a password; the personal centre makes and withdraws them too."""

from django.contrib.auth import authenticate
from django.http import JsonResponse
from django.utils.translation import gettext as _
from ninja import Router

from gongyi.accounts import lockout
from gongyi.accounts import services as accounts
from gongyi.accounts.models import LoginRecord, User
from gongyi.api.schemas import TokenRequest

router = Router(tags=["token"])
Outcome = LoginRecord.Outcome


@router.post("/token", auth=None, summary="Exchange a password for a personal token")
def create_token(request, data: TokenRequest):
    """Wrong passwords count towards the lock-out of the sign-in page and stand in the login log (S0-51). The token is
    shown this once."""
    if lockout.locked_until(data.identifier):
        accounts.record_attempt(request, data.identifier, Outcome.LOCKED, User.objects.by_identifier(data.identifier))
        return JsonResponse({"detail": str(lockout.lock_sentence(data.identifier)), "code": "locked"}, status=429)
    user = authenticate(request, username=data.identifier, password=data.password)
    if user is None:
        known = User.objects.by_identifier(data.identifier)
        closed = getattr(request, "account_is_closed", False)
        accounts.record_attempt(request, data.identifier, Outcome.INACTIVE if closed else Outcome.WRONG_PASSWORD, known)
        sentence = _("账号已停用。如需恢复，请联系本单位管理员或平台管理员。") if closed else _("用户名或密码不正确。")
        return JsonResponse({"detail": sentence, "code": "wrong_password"}, status=401)
    token, raw = accounts.create_token(user, data.name)
    accounts.record_attempt(request, data.identifier, Outcome.PASSWORD, user)
    return {"token": raw, "prefix": token.prefix, "name": token.name}
