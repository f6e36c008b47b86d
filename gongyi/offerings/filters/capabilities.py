"""What an institution's library is narrowed by."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.kit.filters import FilterSet, SearchFilter
from gongyi.offerings.models import AuthorizationCategory, Capability
from gongyi.offerings.queries.capabilities import domains
from gongyi.organizations.models import Certificate

FALLEN = "fallen"
STANDINGS = [*Capability.Standing.choices, (FALLEN, _("证书失效（过期或撤销）"))]
MOST_DOMAINS = 200


class LineFilter(FilterSet):
    """Standing, certificate and words; the domains and certificates are those of the institution."""

    standing = django_filters.ChoiceFilter(label=_("状态"), choices=STANDINGS, method="by_standing")
    certificate = django_filters.ModelChoiceFilter(label=_("证书"), queryset=Certificate.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows: Any = self.queryset
        field: Any = self.form.fields["certificate"]
        field.queryset = Certificate.objects.filter(pk__in=rows.order_by().values("certificate"))

    def by_standing(self, queryset: Any, name: str, value: str) -> QuerySet:
        today = timezone.localdate()
        return queryset.without_certificate(today) if value == FALLEN else queryset.standing(value, today)


class TestFilter(LineFilter):
    __test__ = False
    q = SearchFilter(
        fields=["subject", "parameter", "standard_no", "standard_name", "category", "parameter_no"],
        placeholder=_("对象、参数、标准编号"),
    )
    domain = django_filters.ChoiceFilter(label=_("领域"))

    class Meta:
        model = Capability
        fields: tuple[str, ...] = ()
        main = ("q", "standing", "certificate", "domain")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows: Any = self.queryset
        field: Any = self.form.fields["domain"]
        field.empty_label = _("全部领域")
        field.choices = [(word, word) for word in domains(rows)[:MOST_DOMAINS]]


class MetrologyFilter(LineFilter):
    q = SearchFilter(
        fields=["subject", "measuring_range", "standard_no", "accuracy"], placeholder=_("项目、规程编号、范围")
    )
    nature = django_filters.ChoiceFilter(
        label=_("项目类型"), choices=[c for c in Capability.Nature.choices if c[0] in Capability.METROLOGY]
    )
    authorization_category = django_filters.ChoiceFilter(label=_("类别"), choices=AuthorizationCategory.choices)

    class Meta:
        model = Capability
        fields: tuple[str, ...] = ()
        main = ("q", "nature", "standing", "certificate")
