"""Who takes over which of a person's duties."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.models import User
from gongyi.organizations.duties import OpenDuty
from gongyi.organizations.models import Organization
from gongyi.organizations.queries import people_of

OFFERED_PEOPLE = 500  # a longer list of suggestions helps nobody; whoever is not in it is typed
WRITTEN = re.compile(r"^(?P<name>.+?)（(?P<username>[^（）]+)）$")


def written(user: User) -> str:
    """How a person stands in the field: 周敏（zhoumin）."""
    return f"{user.name}（{user.username}）"


class MemberField(forms.CharField):
    """One of a unit's people, typed by name or by what they sign in with; the browser suggests (`suggest`)."""

    def __init__(self, *, organization: Organization, without: User, **kwargs):
        self.organization, self.without = organization, without
        super().__init__(max_length=120, **kwargs)
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "list": "unit-people"}

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        found = self._find(text)
        if not found:
            raise ValidationError(_("本单位没有「%s」。请填姓名、用户名、手机号或邮箱。") % text)
        if len(found) > 1:
            raise ValidationError(_("本单位有几位「%s」，请填用户名或手机号。") % text)
        if found[0].pk == self.without.pk:
            raise ValidationError(_("接手人不能是 %s 本人，请另选一位。") % self.without.name)
        if not found[0].is_active:
            raise ValidationError(_("%s 的账号已停用，请另选一位接手人。") % found[0].name)
        return found[0]

    def _find(self, text: str) -> list[User]:
        people = people_of(self.organization).prefetch_related(None)
        if match := WRITTEN.match(text):
            return list(people.filter(username=match["username"]))
        known = User.objects.by_identifier(text)
        if known is not None:
            return list(people.filter(pk=known.pk))
        return list(people.filter(name=text)[:2])


class HandOverForm(forms.Form):
    """One successor for everything, or another one for some duties."""

    everything = forms.CharField()  # replaced below: the field knows the unit
    wide = ("everything",)

    def __init__(self, *args, organization: Organization, user: User, duties: list[OpenDuty], **kwargs):
        super().__init__(*args, **kwargs)
        self.organization, self.user = organization, user
        self.duties = [open_duty for open_duty in duties if open_duty.duty.hand_over]
        whose = {"organization": organization, "without": user, "required": False}
        self.fields["everything"] = MemberField(
            label=gettext_lazy("接手人"),
            help_text=gettext_lazy("填姓名、用户名、手机号或邮箱，须是本单位的人员。"),
            **whose,
        )
        for open_duty in self.duties:
            self.fields[open_duty.duty.name] = MemberField(label=open_duty.duty.label, **whose)

    def clean(self):
        data = super().clean()
        if not self.errors and not self.successors():
            self.add_error("everything", _("请填写接手人。"))
        return data

    def successors(self) -> dict[str, User]:
        """Name of the duty → who takes it over; duties for which nobody was named are left out."""
        data = self.cleaned_data
        chosen = {one.duty.name: data.get(one.duty.name) or data.get("everything") for one in self.duties}
        return {name: user for name, user in chosen.items() if user}

    def suggestions(self) -> list[str]:
        """The unit's people as the browser offers them."""
        people = people_of(self.organization).prefetch_related(None).filter(is_active=True).exclude(pk=self.user.pk)
        return [written(user) for user in people.only("name", "username")[:OFFERED_PEOPLE]]
