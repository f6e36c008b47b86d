"""The choice of channels: for each channel, the kinds of messages wanted through it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongyi.notifications.channels import CHANNELS
from gongyi.notifications.kinds import KINDS
from gongyi.notifications.queries import muted_by


class ReceptionForm(forms.Form):
    """One list of boxes per channel; everything is ticked until the person says otherwise."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        muted = muted_by(user)
        for name, channel in CHANNELS.items():
            address = channel.address_of(user)
            self.fields[name] = forms.MultipleChoiceField(
                label=channel.label,
                choices=[(kind, label) for kind, label in KINDS.items()],
                initial=[kind for kind in KINDS if (name, kind) not in muted],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text=_("发送到 %s") % address if address else _("您还没有填写地址，消息只在本站显示。"),
            )

    def wanted(self) -> set[tuple[str, str]]:
        """The chosen pairs of channel and kind."""
        return {(name, kind) for name in self.fields for kind in self.cleaned_data[name]}
