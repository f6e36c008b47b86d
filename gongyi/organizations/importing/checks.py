"""What a cell about a unit or a person must be, as checks of columns: a sentence, or None."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.translation import gettext as _

from gongyi.accounts.forms import LANDLINE
from gongyi.accounts.models import PHONE, USERNAME
from gongyi.kit.spreadsheets.columns import plain
from gongyi.organizations import uscc
from gongyi.organizations.forms.units import CODE

SCHEMES = ("http://", "https://")


def _by(*validators: Callable, made: Callable[[str], str] = plain) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        try:
            for validator in validators:
                validator(made(value))
        except ValidationError as fault:
            return str(fault.messages[0])
        return None

    return check


def web_address(text: str) -> str:
    """A web address with its scheme."""
    address = plain(text)
    return address if not address or address.lower().startswith(SCHEMES) else f"https://{address}"


def credit_code(value: Any) -> str | None:
    """A sentence about a wrong 统一社会信用代码."""
    return uscc.fault(uscc.normalised(str(value)))


def e_mail(value: Any) -> str | None:
    """A sentence about an address that is none."""
    return None if _by(EmailValidator())(value) is None else _("「%s」不是邮箱地址，应如 name@example.cn。") % value


def website(value: Any) -> str | None:
    """A sentence about a web address that is none."""
    wrong = _by(URLValidator(schemes=["http", "https"]), made=web_address)(value)
    return None if wrong is None else _("「%s」不是网址，应如 https://www.example.cn。") % value


unit_code = _by(CODE, made=uscc.normalised)
landline = _by(LANDLINE)
mobile = _by(PHONE)
username = _by(USERNAME)
