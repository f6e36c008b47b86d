"""Columns of an institution's service plans and of the platform's industry topics."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.kit import tables
from gongyi.offerings.models import IndustryTopic, ServicePlan

EDIT = (
    '<a class="btn btn-sm btn-quiet" href="{%% url "offerings:%s" record.pk %%}">{%% translate "编辑" %%}'
    '<span class="visually-hidden"> {{ record }}</span></a>'
)


class KeptPlanTable(tables.Table):
    name = tables.LinkColumn(_("服务方案名称"))
    status = tables.StatusColumn(_("状态"))
    business_type = tables.Column(_("业务类型"), phone="sub")
    price = tables.Column(_("价格"), css="r num", phone="side", order_by=("price", "pk"), empty_values=())
    workdays = tables.Column(_("周期"), accessor="workdays_in_words", orderable=False, css="num nw", phone="more")
    linked = tables.Column(_("关联能力项"), css="num nw", phone="more", empty_values=())
    topics = tables.Column(_("产业专题"), accessor="topics__all", orderable=False, phone="more")
    summary = tables.Column(_("一句话介绍"), shown=False)
    service_count = tables.NumberColumn(_("服务次数"), shown=False)
    published_at = tables.WhenColumn(_("发布时间"), shown=False)
    updated_at = tables.WhenColumn(_("更新时间"))
    actions = tables.ActionsColumn(EDIT % "edit_plan")

    class Meta:
        model = ServicePlan
        fields = (
            "name", "status", "business_type", "price", "workdays", "linked", "topics", "summary", "service_count", "published_at",
            "updated_at",
        )  # fmt: skip
        order_by = ("-updated_at",)

    def render_price(self, record):
        return record.price_in_words or "—"

    def value_price(self, record):
        return record.price_in_words

    def render_linked(self, record):
        if not record.linked:
            return "—"
        words = gettext("%s 项") % record.linked
        if record.linked == record.orderable:
            return words
        fallen = gettext("%s 项已失效") % (record.linked - record.orderable)
        return format_html('{} <span class="st bad">{}</span>', words, fallen)

    def value_linked(self, record):
        return record.linked

    def render_topics(self, value):
        return "、".join(map(str, value)) or "—"

    def value_topics(self, value):
        return "、".join(map(str, value))


class TopicTable(tables.Table):
    name = tables.LinkColumn(_("专题名称"), linkify=lambda record: reverse("offerings:edit_topic", args=[record.pk]))
    status = tables.StatusColumn(_("状态"))
    rank = tables.NumberColumn(_("排序"))
    plans = tables.NumberColumn(_("已发布的服务方案"), unit="个")
    summary = tables.Column(_("一句话介绍"), phone="sub")
    created_at = tables.WhenColumn(_("添加时间"), shown=False)
    steps = tables.Column(_("发布与下线"), accessor="pk", orderable=False, exclude_from_export=True, phone="more")
    actions = tables.ActionsColumn(EDIT % "edit_topic")

    class Meta:
        model = IndustryTopic
        fields = ("name", "status", "rank", "plans", "summary", "created_at", "steps")
        order_by = ("rank", "name")

    def render_steps(self, record):
        step, label = (
            ("close", gettext("下线"))
            if record.status == IndustryTopic.Status.PUBLISHED
            else ("publish", gettext("发布"))
        )
        url = reverse("workflow:step", args=["offerings.industrytopic", record.pk, step])
        return format_html(
            '<a href="{}" data-dialog>{}<span class="visually-hidden"> {}</span></a>', url, label, record
        )
