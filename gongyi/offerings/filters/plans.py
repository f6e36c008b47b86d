"""What service plans can be narrowed by: by those who keep them, and by everybody."""

import django_filters
from django import forms
from django.db.models import F, FloatField, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.search.words import MAX_QUERY_CHARACTERS
from gongyi.kit.filters import FilterSet, SearchFilter
from gongyi.kit.money import MoneyFormField
from gongyi.offerings.models import Capability, IndustryTopic, ServicePlan
from gongyi.offerings.search.question import Question, ask
from gongyi.organizations.models import BusinessType, Organization
from gongyi.regions.models import Region


def fallen(queryset, name, value):
    """Those with a linked capability that cannot be ordered today."""
    if not value:
        return queryset
    links = ServicePlan.capabilities.through.objects.exclude(
        capability__in=Capability.objects.orderable_on(timezone.localdate()).order_by().values("pk")
    )
    return queryset.filter(pk__in=links.values("serviceplan"))


class KeptPlanFilter(FilterSet):
    q = SearchFilter(fields=["name", "summary"], placeholder=_("名称、介绍"))
    status = django_filters.ChoiceFilter(label=_("状态"), choices=ServicePlan.Status.choices)
    business_type = django_filters.ChoiceFilter(label=_("业务类型"), choices=BusinessType.choices)
    topics = django_filters.ModelChoiceFilter(label=_("产业专题"), queryset=IndustryTopic.objects.all())
    price_kind = django_filters.ChoiceFilter(label=_("价格方式"), choices=ServicePlan.PriceKind.choices)
    fallen = django_filters.BooleanFilter(
        label=_("有失效的能力项"), method=fallen, widget=forms.CheckboxInput(), field_name="pk"
    )

    class Meta:
        model = ServicePlan
        fields = ["q", "status", "business_type", "topics", "price_kind", "fallen"]
        main = ["q", "status", "business_type", "topics"]


class TopicFilter(FilterSet):
    q = SearchFilter(fields=["name", "summary"], placeholder=_("专题名称"))
    status = django_filters.ChoiceFilter(label=_("状态"), choices=IndustryTopic.Status.choices)

    class Meta:
        model = IndustryTopic
        fields = ["q", "status"]


SORTS = (
    ("", _("综合排序")),
    ("new", _("最新发布")),
    ("cheap", _("价格从低到高")),
    ("dear", _("价格从高到低")),
    ("services", _("服务次数")),
)
ORDERS = {
    "new": (F("published_at").desc(nulls_last=True),),
    "cheap": (F("price").asc(nulls_last=True), F("published_at").desc(nulls_last=True)),
    "dear": (F("price").desc(nulls_last=True), F("published_at").desc(nulls_last=True)),
    "services": ("-service_count", F("published_at").desc(nulls_last=True)),
}
WEIGHTS = [0.1, 0.2, 0.4, 1.0]  # of what stands in the index as D, C, B, A
RANK = "ts_rank(%s::float4[], offerings_serviceplan.tsv, %s::tsquery, 1)"


class PublicPlanForm(forms.Form):
    """What the public list of plans is asked by; what cannot be read is said beside it and left out."""

    q = forms.CharField(required=False, max_length=MAX_QUERY_CHARACTERS)
    type = forms.ChoiceField(required=False, choices=BusinessType.choices)
    topic = forms.ModelChoiceField(required=False, queryset=IndustryTopic.objects.published())
    region = forms.ModelChoiceField(required=False, queryset=Region.objects.provinces())
    organization = forms.ModelChoiceField(required=False, queryset=Organization.objects.active())
    min = MoneyFormField(required=False, label=_("最低价"))
    max = MoneyFormField(required=False, label=_("最高价"))
    sort = forms.ChoiceField(required=False, choices=SORTS)

    def narrowed(self, plans):
        """The plans that answer, best first, and the sentence for what could not be read."""
        self.is_valid()
        asked = self.cleaned_data
        question = ask(asked.get("q") or "")
        if question.tsquery:
            plans = plans.filter(_matches(question))
        if asked.get("type"):
            plans = plans.filter(business_type=asked["type"])
        if asked.get("topic"):
            plans = plans.filter(topics=asked["topic"])
        if asked.get("region"):
            plans = plans.filter(organization__region__in=Region.objects.within(asked["region"].code).values("pk"))
        if asked.get("organization"):
            plans = plans.filter(organization=asked["organization"])
        if asked.get("min") is not None:
            plans = plans.filter(price__gte=asked["min"])
        if asked.get("max") is not None:
            plans = plans.filter(price__lte=asked["max"])
        order = ORDERS.get(asked.get("sort") or "")
        if order is None and question.tsquery:
            rank = RawSQL(RANK, [WEIGHTS, question.tsquery], output_field=FloatField())  # noqa: S611  parameters only
            plans = plans.annotate(closeness=rank)
            order = (F("closeness").desc(), *ORDERS["new"])
        return plans.order_by(*(order or ORDERS["new"]), "-pk")

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.get(name) not in (None, "") for name in self.fields if name != "sort")


def _matches(question: Question) -> Q:
    return Q(pk__in=RawSQL("SELECT id FROM offerings_serviceplan WHERE tsv @@ %s::tsquery", [question.tsquery]))  # noqa: S611
