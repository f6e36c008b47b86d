"""What the end of something means for everything that hangs on it, said before it is confirmed; each app says its part.

A higher app writes a module `consequences.py`, imported when it is ready:

    @register_consequence(Act.SUSPEND, Act.LEAVE)
    def instruments(organization, act):
        count = …
        return [Consequence(_("仪器"), count, _("不再能被找到和预约。"))]
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Certificate, Membership, Organization, Participation


class Act(models.TextChoices):
    """What ends: a unit's use of the platform for a while or for good, or a certificate."""

    SUSPEND = "suspend", gettext_lazy("停用单位")
    LEAVE = "leave", gettext_lazy("退出平台")
    CERTIFICATE_ENDS = "certificate_ends", gettext_lazy("证书失效")


@dataclass(frozen=True)
class Consequence:
    """So many of something, and what becomes of them; one that `blocks` keeps the act from being done until there are none.

    `what_happens` is a sentence: for one that blocks, what to do about it. `url` leads to the list of them.
    """

    label: Any
    count: int
    what_happens: Any
    url: str = ""
    blocks: bool = False
    shown: str = ""  # the quantity in words where it is no plain count: ¥1,200.00


Teller = Callable[[Any, Act], Iterable[Consequence]]
_TELLERS: dict[Act, list[Teller]] = {act: [] for act in Act}


def register_consequence(*acts: Act) -> Callable[[Teller], Teller]:
    """Let `teller(subject, act)` be asked about these acts; `subject` is the organization, or the certificate that ends."""

    def register(teller: Teller) -> Teller:
        for act in acts:
            _TELLERS[act].append(teller)
        return teller

    return register


def consequences_of(subject: Any, act: Act) -> list[Consequence]:
    """Everything concerned, what stands in the way first; kinds of which there are none are left out."""
    told = [item for teller in _TELLERS[act] for item in teller(subject, act) if item.count]
    return sorted(told, key=lambda item: not item.blocks)


def obstacle(subject: Any, act: Act) -> Refused | None:
    """The refusal that names everything that stands in the way of an act, with what to do; None when nothing does."""
    standing = [item for item in consequences_of(subject, act) if item.blocks]
    if not standing:
        return None
    words = "；".join(
        f"{item.label} {item.shown or item.count}：{str(item.what_happens).rstrip('。')}" for item in standing
    )
    return Refused(_("现在不能%(act)s。%(words)s。") % {"act": act.label, "words": words}, code="blocked")


@register_consequence(Act.SUSPEND, Act.LEAVE)
def people_and_branches(organization: Organization, act: Act) -> Iterable[Consequence]:
    """Nobody loses an account; branches without legal personality cannot outlast the unit they belong to."""
    current, leaves = Membership.objects.current().filter(organization=organization), act == Act.LEAVE
    people = current.order_by().values("user").distinct().count()
    what = _("在本单位的角色全部结束，可绑定其他单位；账号和记录保留。") if leaves else _("照常登录，角色和记录不变。")
    yield Consequence(_("本单位人员"), people, what, reverse("organizations:people", args=[organization.pk]))
    branches = organization.branches.exclude(status=Organization.Status.EXITED).count()
    what = _("请先让分支机构退出，或改属其他单位。") if leaves else _("不受影响，需要时请另行停用。")
    yield Consequence(
        _("分支机构"), branches, what, f"{reverse('organizations:list')}?parent={organization.pk}", blocks=leaves
    )
    taking_part = Participation.objects.filter(organization=organization, ended_at=None).count()
    what = _("全部结束。") if leaves else _("保留。")
    yield Consequence(_("入网身份"), taking_part, what)
    shown = Certificate.objects.filter(organization=organization).valid_on(timezone.localdate()).count()
    yield Consequence(_("有效的资质证书"), shown, _("资料保留，公众页面不再显示。"))
