"""Columns of the lists: what waits, what was decided, what one handed in, who decides what."""

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from gongyi.kit import tables
from gongyi.organizations.models import Remit
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.models import Review


class KindColumn(tables.Column):
    def __init__(self, **kwargs):
        super().__init__(_("类别"), **{"accessor": "kind", "phone": "sub", "css": "nw", **kwargs})

    def render(self, value):
        return KINDS[value].label if value in KINDS else value

    def value(self, value):
        return str(self.render(value))


class BodyColumn(tables.Column):
    def __init__(self, label=None, **kwargs):
        super().__init__(label or _("审核单位"), accessor="body", orderable=False, css="nw", **kwargs)


class DueColumn(tables.Column):
    """What is left of the term, in the tone of its urgency; nothing once it is over."""

    phone = "status"

    def __init__(self, **kwargs):
        super().__init__(_("期限"), accessor="due_on", order_by=("due_on", "pk"), **kwargs)

    def render(self, record):
        if record.status != Review.Status.PENDING:
            return "—"
        return format_html('<span class="st {} plain">{}</span>', record.due_tone, record.due_words)

    def value(self, record):
        return record.due_on


class WaitingTable(tables.Table):
    title = tables.LinkColumn(
        _("事项"),
        accessor="submission__title",
        linkify=("reviews:case", [tables.tables.A("pk")]),
        order_by="submission__title",
    )
    due = DueColumn()
    kind = KindColumn(phone="hide")
    organization = tables.Column(_("单位"), accessor="submission__organization__name", phone="sub")
    change = tables.Column(_("性质"), accessor="submission__is_change", phone="hide")
    returned = tables.NumberColumn(_("曾退回"), accessor="submission__returned_before", unit=_("次"), phone="hide")
    person = tables.Column(_("提交人"), accessor="submitted_by__name", shown=False)
    opened_at = tables.WhenColumn(_("收到时间"), phone="side")
    claimed = tables.Column(_("经办人"), accessor="claimed_by__name", phone="hide")
    body = BodyColumn(shown=False)
    region = tables.Column(_("地区"), accessor="submission__region", orderable=False, shown=False)

    class Meta:
        order_by = "due"

    def render_change(self, value, record):
        return self.value_change(value, record)

    def value_change(self, value, record):
        if not value:
            return str(_("首次"))
        count = record.submission.changed_fields
        return str(_("%s 项变更") % count if count is not None else _("变更"))


class RecordTable(tables.Table):
    title = tables.LinkColumn(_("事项"), accessor="submission__title", order_by="submission__title")
    status = tables.StatusColumn(_("结论"))
    kind = KindColumn()
    organization = tables.Column(_("单位"), accessor="submission__organization__name")
    body = BodyColumn(shown=False)
    tier = tables.NumberColumn(_("第几级"), shown=False)
    who = tables.Column(_("审核人"), accessor="decided_by__name", css="nw")
    decided_at = tables.WhenColumn(_("审核时间"), phone="side")
    comment = tables.Column(_("审核意见"), orderable=False)
    round = tables.NumberColumn(_("第几次提交"), accessor="submission__round", shown=False)

    class Meta:
        order_by = "-decided_at"


class MineTable(tables.Table):
    title = tables.LinkColumn(
        _("事项"), accessor="submission__title", linkify=("reviews:submission", [tables.tables.A("submission_id")]),
        order_by="submission__title",
    )  # fmt: skip
    status = tables.StatusColumn(_("状态"))
    kind = KindColumn()
    body = BodyColumn(_("在哪里"))
    claimed = tables.Column(_("经办"), accessor="claimed_by__name", phone="hide")
    opened_at = tables.WhenColumn(_("何时收到"), phone="sub")
    due = DueColumn(phone="side")
    decided_at = tables.WhenColumn(_("审核时间"), phone="hide", shown=False)
    comment = tables.Column(_("审核意见"), orderable=False)
    round = tables.NumberColumn(_("第几次提交"), accessor="submission__round", shown=False)

    class Meta:
        order_by = "-opened_at"


class RemitTable(tables.Table):
    organization = tables.LinkColumn(
        _("主管部门"), accessor="organization__name", linkify=lambda record: record.organization.manage_url
    )
    matter = tables.Column(_("职责"), phone="sub")
    region = tables.Column(_("管辖地区"), order_by="region_id", phone="sub")
    level = tables.Column(_("层级"), accessor="region__level", phone="hide")
    reviewers = tables.Column(_("审核人员"), accessor="reviewers", orderable=False)
    waiting = tables.NumberColumn(_("部门在办"), accessor="waiting", unit=_("件"))
    actions = tables.ActionsColumn(
        '<a href="{% url "reviews:remove_remit" record.pk %}" data-dialog>{% translate "移除" %}<span class="visually-hidden"> {{ record }}</span></a>'
    )

    class Meta:
        model = Remit
        fields: list[str] = []
        order_by = "matter"

    def render_level(self, record):
        return record.region.get_level_display()

    def render_reviewers(self, value):
        if value:
            return _("%s 人") % value
        return format_html('<span class="st bad plain">{}</span>', _("还没有"))

    def value_reviewers(self, value):
        return value
