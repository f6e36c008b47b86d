"""Getting a personal token with a password; the personal centre makes and withdraws them too."""

from django.contrib.auth import authenticate
from django.http import JsonResponse
from django.utils.translation import gettext as _
from ninja import Router

from gongyi.accounts import services as accounts
from gongyi.api.schemas import TokenRequest

router = Router(tags=["token"])


@router.post("/token", auth=None, summary="Exchange a password for a personal token")
def create_token(request, data: TokenRequest):
    """Wrong passwords count towards the lock-out of the sign-in page. The token is shown this once."""
    user = authenticate(request, username=data.identifier, password=data.password)
    if user is None:
        sentence = _("用户名或密码不对，或账号已暂时锁定。连续 10 次输错会锁定 30 分钟。")
        return JsonResponse({"detail": sentence, "code": "wrong_password"}, status=401)
    token, raw = accounts.create_token(user, data.name)
    return {"token": raw, "prefix": token.prefix, "name": token.name}
