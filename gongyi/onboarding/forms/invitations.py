"""Whom an invitation takes into a unit, as what, how long and how often."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.models import User
from gongyi.organizations.forms.people import PlaceForm
from gongyi.organizations.models import Membership

DEFAULT_DAYS, MOST_DAYS = 7, 90
MOST_USES = 500
MOST_ADDRESSES = 200
LONGEST_ADDRESS = 100  # as long as a person's own
SEPARATORS = re.compile(r"[\s,，、;；<>《》]+")
NAMED = 5

_is_address = EmailValidator()


class InvitationForm(PlaceForm):
    """What every invitation says."""

    days = forms.IntegerField(
        label=gettext_lazy("有效天数"), min_value=1, max_value=MOST_DAYS, initial=DEFAULT_DAYS,
        help_text=gettext_lazy("1–%s 天，过期后链接不能再用。") % MOST_DAYS,
    )  # fmt: skip


class LinkForm(InvitationForm):
    """A link to hand out."""

    uses = forms.IntegerField(
        label=gettext_lazy("可用次数"), min_value=1, max_value=MOST_USES, initial=1,
        help_text=gettext_lazy("每加入一人用去一次，最多 %s 次。含「单位管理员」的邀请只能用 1 次。") % MOST_USES,
    )  # fmt: skip
    field_order = ["department", "days", "uses", "roles"]

    def clean(self):
        data = super().clean()
        if Membership.Role.UNIT_ADMIN in data.get("roles", ()) and data.get("uses", 1) > 1:
            self.add_error("uses", _("含「单位管理员」的邀请只能用 1 次，请改为 1，或去掉这个角色。"))
        return data


class MailForm(InvitationForm):
    """Addresses typed or pasted; each gets a link of its own that is good once."""

    emails = forms.CharField(
        label=gettext_lazy("邮箱"), widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}), max_length=30_000,
        help_text=gettext_lazy("每行一个，也可以用逗号、分号或空格隔开；最多 %s 个。") % MOST_ADDRESSES,
    )  # fmt: skip
    field_order = ["emails", "department", "days", "roles"]
    wide = ("emails",)

    def clean_emails(self) -> list[str]:
        found = [part.strip("()（）\"'“”") for part in SEPARATORS.split(self.cleaned_data["emails"])]
        addresses = list(dict.fromkeys(part.lower() for part in found if part and ("@" in part or not _is_word(part))))
        if not addresses:
            raise ValidationError(_("没有读到邮箱地址。请每行填一个，如 lin@example.cn。"))
        if wrong := [one for one in addresses if not _is_email(one)]:
            raise ValidationError(_("这些不是有效的邮箱：%s。请改正后再发送。") % _some(wrong))
        if len(addresses) > MOST_ADDRESSES:
            raise ValidationError(
                _("共 %(count)s 个邮箱，一次最多 %(most)s 个，请分批发送。")
                % {"count": len(addresses), "most": MOST_ADDRESSES}
            )
        here = Membership.objects.current().filter(organization=self.organization)
        members = User.objects.filter(pk__in=here.values("user"), email__in=addresses)
        if already := list(members.values_list("email", flat=True).order_by("email")):
            raise ValidationError(_("这些邮箱的主人已是本单位人员：%s。请去掉后再发送。") % _some(already))
        return addresses


def _is_word(part: str) -> bool:
    """A name before an address, as mail programs write it: 林知远 <lin@example.cn>."""
    return part.isalpha()


def _is_email(text: str) -> bool:
    try:
        _is_address(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST_ADDRESS


def _some(addresses: list[str]) -> str:
    more = _("等 %s 个") % len(addresses) if len(addresses) > NAMED else ""
    return "、".join(addresses[:NAMED]) + more
