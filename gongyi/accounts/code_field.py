"""A form field for a code with its button 「获取验证码」, for any form on any page, also for visitors without an account.

    class ContactForm(ProvesAddresses, forms.Form):
        phone = forms.CharField(label=_("联系人手机号码"), validators=[PHONE])
        phone_code = CodeField(proves="phone", purpose="onboarding")

    form = ContactForm(request.POST or None, request=request)        # FormPage: add it in get_form_kwargs

and once, in the app's `ready()`: `codes.register_purpose("onboarding", _("机构入驻"))`. The field brings its script. A valid
form has proved every address that was filled in; an address proved in the last 30 minutes in this session (by
whatever form) needs no code again, and the page says so. `owned_addresses()` may name others that need none, such as
those the person has already. The form must be checked outside a transaction (views do), since wrong tries count.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts import codes, verified
from gongyi.kit.refusal import Refused

TYPED_AT_MOST = 12  # six digits and the blanks a phone puts between them


class CodeInput(forms.TextInput):
    """The box for the digits, the button beside it, what the button says, and a picture for those who ask too often."""

    template_name = "accounts/code_input.html"

    def __init__(self, *, proves: str, purpose: str, optional: bool = False):
        self.proves, self.purpose, self.optional = proves, purpose, optional
        self.proved: set[str] = set()
        self.owned: set[str] = set()
        super().__init__(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"})

    def get_context(self, name: str, value: Any, attrs: Any) -> dict:
        context = super().get_context(name, value, attrs)
        prefix = f"{name.rpartition('-')[0]}-" if "-" in name else ""
        context["widget"] |= {
            "address_name": f"{prefix}{self.proves}",
            "purpose": self.purpose,
            "proved": " ".join(sorted(self.proved)),
            "owned": " ".join(sorted(self.owned)),
            "optional": self.optional,
        }
        return context


class CodeField(forms.CharField):
    """The digits sent to the address in the field `proves`.

    Whether they are needed the form decides; `required=False` draws no star and hides the field while there is no address.
    """

    def __init__(self, *, proves: str, purpose: str, label: Any = None, required: bool = True):
        self.proves, self.purpose = proves, purpose
        super().__init__(
            label=label or gettext_lazy("验证码"),
            required=required,
            max_length=TYPED_AT_MOST,
            widget=CodeInput(proves=proves, purpose=purpose, optional=not required),
        )

    def to_python(self, value: Any) -> str:
        return codes.digits_of(super().to_python(value))

    def validate(self, value: Any) -> None:
        """Nothing here: whether a code is needed depends on the address."""


class ProvesAddresses:
    """Put before the form class: a valid form has proved the address of each of its code fields.

    With `remembers` False a code is asked for each time, whatever was proved before.
    """

    remembers = True

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any):
        self.request = request
        super().__init__(*args, **kwargs)
        for _name, field in self._code_fields():
            field.widget.owned = {codes.normalised(address) for address in self.owned_addresses() if address}
        self._show_proved()

    def _show_proved(self) -> None:
        if self.remembers:
            for _name, field in self._code_fields():
                field.widget.proved = verified.addresses(self.request.session)

    def owned_addresses(self) -> set[str]:
        """Addresses that need no proof."""
        return set()

    def _code_fields(self) -> list[tuple[str, CodeField]]:
        return [(name, field) for name, field in self.fields.items() if isinstance(field, CodeField)]  # type: ignore[attr-defined]

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data  # type: ignore[misc]
        for name, field in self._code_fields():
            address = codes.normalised(data.get(field.proves) or "")
            if address and address not in field.widget.owned:
                try:
                    self._prove(address, field.purpose, data.get(name) or "")
                except ValidationError as problem:
                    self.add_error(name, problem)  # type: ignore[attr-defined]
        self._show_proved()
        return data

    def _prove(self, address: str, purpose: str, code: str) -> None:
        session = self.request.session
        if self.remembers and verified.is_verified(session, address):
            return
        if not code:
            raise ValidationError(_("请点「获取验证码」，把发到 %s 的 6 位数字填在这里。") % codes.shown(address))
        try:
            codes.redeem_code(address, purpose, code)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        if self.remembers:
            verified.remember(session, address)
