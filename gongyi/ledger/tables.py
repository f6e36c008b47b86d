"""Columns of the lists of accounts, their people, their amount records and what is held."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from gongyi.kit.tables import Column, LinkColumn, MoneyColumn, NumberColumn, StatusColumn, Table, WhenColumn
from gongyi.kit.templatetags.gongyi import badge
from gongyi.ledger.models import AccountMember

ROLES = dict(AccountMember.Role.choices)


class SignedMoneyColumn(MoneyColumn):
    """A change: what comes in carries a plus sign, nothing is a dash."""

    def render(self, value):
        return f"+{super().render(value)}" if value > 0 else super().render(value) if value else "—"


class RoleColumn(Column):
    phone = "sub"

    def render(self, value):
        return ROLES.get(value, value)

    def value(self, value):
        return str(ROLES.get(value, value))


class DefaultColumn(Column):
    """Whether the account is the person's default at its unit, or the button that makes it so (S0-82)."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, orderable=False, **{"exclude_from_export": True, "empty_values": ()} | kwargs)

    def render(self, record, table):
        if table.defaults.get(record.organization_id) == record.pk:
            return badge(_t("默认"), "ok")
        if record.status != record.Status.ACTIVE:
            return "—"
        url = reverse("ledger:set_default", args=[record.pk])
        return format_html('<a class="btn btn-sm" href="{}" data-dialog>{}</a>', url, _t("设为默认"))


class Ordered(Table):
    """A table whose columns stand in the order of `first`, those not named after them."""

    first: tuple[str, ...] = ()

    @property
    def choosable(self):
        names = super().choosable
        return sorted(names, key=lambda name: self.first.index(name) if name in self.first else len(self.first))


class AccountTable(Ordered):
    name = LinkColumn(_("账户名称"), note="code", order_by=("name_key", "pk"))
    organization = Column(_("所属单位"), phone="sub", order_by=("organization__name_key", "name_key"))
    payer = Column(_("付款单位"), shown=False, order_by=("payer__name_key", "name_key"))
    status = StatusColumn()
    balance_now = MoneyColumn(_("账户余额"))
    held = MoneyColumn(_("冻结金额"), phone="hide")
    credit_line = MoneyColumn(_("信用额度"), phone="hide")
    spendable_now = MoneyColumn(_("可用额度"), phone="more")


class UsableTable(AccountTable):
    """我可用的付款账户 (S0-79)."""

    role = RoleColumn(_("我的角色"), accessor="my_role")
    default = DefaultColumn(_("该单位默认"))

    first = ("name", "organization", "payer", "role", "status")

    def __init__(self, *args, defaults=None, **kwargs):
        self.defaults = defaults or {}
        super().__init__(*args, **kwargs)


class GroupTable(AccountTable):
    """我的课题组, 我管理的课题组, 我所在的课题组 (S0-73 … S0-78)."""

    leader = Column(_("负责人"), order_by=("leader__name_key", "pk"))
    people = NumberColumn(_("成员"), unit=_("人"))

    first = ("name", "organization", "payer", "leader", "people", "status")


class UnitTable(AccountTable):
    """The accounts a unit looks after; whoever looks after several sees whose each is (`UnitAccounts`)."""

    organization = Column(_("所属单位"), shown=False, order_by=("organization__name_key", "name_key"))
    payer = Column(_("付款单位"), phone="sub", order_by=("payer__name_key", "name_key"))
    leader = Column(_("负责人"), order_by=("leader__name_key", "pk"))
    department = Column(_("院系/实验室"), shown=False, order_by=("department__name_key", "pk"))
    created_at = WhenColumn(_("开户时间"), full=True, shown=False)

    first = ("name", "payer", "department", "leader", "organization", "status")


class MemberTable(Table):
    """The people of a group, with what the reader may do about each."""

    name = Column(_("姓名"), accessor="user", phone="title", css="lead", order_by=("user__name_key", "pk"))
    role = RoleColumn(_("角色"), phone="status")
    username = Column(_("用户名"), accessor="user__username", phone="sub")
    joined_at = WhenColumn(_("加入时间"), full=True, phone="hide")
    steps = Column("", accessor="pk", orderable=False, exclude_from_export=True, css="r acts")

    def __init__(self, *args, account=None, steps_for=None, **kwargs):
        self.account, self.steps_for = account, steps_for
        super().__init__(*args, **kwargs)

    def render_steps(self, record):
        steps = self.steps_for(record) if self.steps_for else ()
        links = [
            (reverse("ledger:member_step", args=[self.account.pk, record.pk, step.name]), step.label) for step in steps
        ]
        return format_html_join(" ", '<a class="btn btn-sm btn-quiet" href="{}" data-dialog>{}</a>', links) or "—"


class SourceColumn(Column):
    """What the money was for: the booking's number with its address, the voucher, the remark."""

    phone = "sub"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, orderable=False, **{"empty_values": ()} | kwargs)

    def render(self, record, table):
        shown = table.known_sources.get(record.source)
        parts = []
        if shown and shown.url:
            parts.append(format_html('<a class="nw" href="{}">{}</a>', shown.url, shown.label))
        elif shown:
            parts.append(format_html('<span class="nw">{}</span>', shown.label))
        parts += [format_html('<span class="t2">{}</span>', text) for text in remarks(record, shown)]
        return format_html_join(" ", "{}", ((part,) for part in parts)) or "—"

    def value(self, record, table):
        shown = table.known_sources.get(record.source)
        return " ".join(str(text) for text in (shown, *remarks(record, shown)) if text)


def remarks(record, source):
    """What else says what the money was for; a hold has neither voucher nor note."""
    words = (getattr(source, "note", ""), getattr(record, "voucher_no", ""), getattr(record, "note", ""))
    return [text for text in words if text]


class RecordTable(Ordered):
    """金额记录 (S0-81): one line for each transaction."""

    kind = Column(_("类型"), phone="title", css="nw lead", accessor="get_kind_display", order_by=("kind", "pk"))
    at = WhenColumn(_("时间"), full=True, css="nw", phone="more", order_by=("at", "pk"))
    what = SourceColumn(_("事项"), accessor="source")
    balance_change = SignedMoneyColumn(_("余额变动"))
    held_change = SignedMoneyColumn(_("冻结变动"), phone="more")
    actor = Column(_("经办人"), order_by=("actor__name_key", "pk"), default=_("系统"))

    def __init__(self, *args, **kwargs):
        self.known_sources = {}
        super().__init__(*args, **kwargs)


class UnitRecordTable(RecordTable):
    account = Column(_("付款账户"), linkify=True, order_by=("account__name_key", "pk"))
    voucher_no = Column(_("财务凭证号"), css="nw", shown=False)
    leader = Column(_("负责人"), accessor="account__leader", shown=False)

    first = ("kind", "at", "account", "what", "voucher_no")


class HoldTable(Table):
    """What is set aside and for which booking."""

    what = SourceColumn(_("事项"), accessor="source", phone="title")
    amount = MoneyColumn(_("冻结金额"))
    created_at = WhenColumn(_("冻结时间"), full=True)

    def __init__(self, *args, **kwargs):
        self.known_sources = {}
        super().__init__(*args, **kwargs)
