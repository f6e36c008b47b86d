"""Filter rows above the lists of accounts, members and amount records."""

import django_filters
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from gongyi.kit.filters import FilterSet, PeriodFilter, SearchFilter
from gongyi.ledger.models import AccountMember, PaymentAccount, Transaction
from gongyi.ledger.rules import administered_units
from gongyi.organizations.models import Organization

ACCOUNT_FIELDS = ["name", "code", "leader__name"]


def own_units(request):
    """The units whose accounts the person looks after."""
    if request is None:
        return Organization.objects.none()
    if request.user.is_staff:
        return Organization.objects.filter(payment_accounts__isnull=False).distinct()
    return Organization.objects.filter(pk__in=administered_units(request.user))


def own_payers(request):
    """The organizations whose groups have an account there."""
    return Organization.objects.filter(
        pk__in=PaymentAccount.objects.filter(organization__in=own_units(request)).values("payer")
    )


class AccountFilter(FilterSet):
    q = SearchFilter(fields=ACCOUNT_FIELDS, placeholder=_("名称、编号、负责人"))
    status = django_filters.ChoiceFilter(label=_("状态"), choices=PaymentAccount.Status.choices)

    class Meta:
        model = PaymentAccount
        fields = ()
        main = ("q", "status")


class UnitFilter(AccountFilter):
    standing = django_filters.ChoiceFilter(
        label=_("余额情况"),
        method="by_standing",
        choices=[("debt", _("余额为负")), ("spent", _("额度用尽")), ("held", _("有冻结金额"))],
    )
    organization = django_filters.ModelChoiceFilter(label=_("所属单位"), queryset=own_units)
    payer = django_filters.ModelChoiceFilter(label=_("付款单位"), queryset=own_payers)

    class Meta(AccountFilter.Meta):
        main = ("q", "status", "standing")

    def by_standing(self, queryset, name, value):
        return {
            "debt": queryset.filter(available__lt=-F("held")),
            "spent": queryset.filter(available__lte=-F("credit_line")),
            "held": queryset.filter(held__gt=0),
        }[value]


class MemberFilter(FilterSet):
    q = SearchFilter(fields=["user__name", "user__username"], placeholder=_("姓名、用户名"))
    role = django_filters.ChoiceFilter(label=_("角色"), choices=AccountMember.Role.choices)

    class Meta:
        model = AccountMember
        fields = ()
        main = ("q", "role")


class RecordFilter(FilterSet):
    q = SearchFilter(fields=["voucher_no", "note", "source"], placeholder=_("凭证号、说明"))
    kind = django_filters.ChoiceFilter(label=_("类型"), choices=Transaction.Kind.choices)
    at = PeriodFilter(label=_("日期"))

    class Meta:
        model = Transaction
        fields = ()
        main = ("q", "kind", "at")


class UnitRecordFilter(RecordFilter):
    q = SearchFilter(
        fields=["voucher_no", "note", "account__name", "account__code"], placeholder=_("凭证号、说明、账户名称或编号")
    )
    organization = django_filters.ModelChoiceFilter(
        label=_("所属单位"), field_name="account__organization", queryset=own_units
    )
