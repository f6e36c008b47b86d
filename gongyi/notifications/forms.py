"""The choice of channels: for each channel, the kinds of messages wanted through it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongyi.notifications.channels import CHANNELS
from gongyi.notifications.kinds import KINDS
from gongyi.notifications.queries import choices_of


class ReceptionForm(forms.Form):
    """One list of boxes per channel; until the person says otherwise, what is ticked is the channel's default."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = choices_of(user)
        for name, channel in CHANNELS.items():
            address = channel.address_of(user)
            self.fields[name] = forms.MultipleChoiceField(
                label=channel.label,
                choices=[(kind, label) for kind, label in KINDS.items()],
                initial=[kind for kind in KINDS if chosen.get((name, kind), channel.wanted_by_default)],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text=_("发送到 %s") % address if address else _("您还没有登记这种联系方式，可在个人资料中填写。"),
            )

    def wanted(self) -> set[tuple[str, str]]:
        """The chosen pairs of channel and kind."""
        return {(name, kind) for name in self.fields for kind in self.cleaned_data[name]}
