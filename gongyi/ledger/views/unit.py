"""A unit's payment accounts, for its administrators: open, top up, correct, freeze, and read what came in (S0-8, S0-71, S0-72)."""

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.views import Action, BulkAction, BulkResult, Crumb, FormPage, ListPage, Section
from gongyi.ledger import queries, services
from gongyi.ledger.filters import UnitFilter, UnitRecordFilter
from gongyi.ledger.forms import OpenForm
from gongyi.ledger.models import PaymentAccount, Transaction
from gongyi.ledger.rules import administered_units
from gongyi.ledger.tables import UnitRecordTable, UnitTable
from gongyi.ledger.views.account import NamesSources
from gongyi.ledger.views.mine import UNIT_ACCOUNTS, with_standing
from gongyi.ledger.workflow import PaymentAccountFlow
from gongyi.organizations.models import Organization
from gongyi.workflow.forms import ReasonForm


class ForAdministrators:
    """Only for administrators of a unit's accounts and of the platform; for everybody else it does not exist."""

    def allowed(self):
        return self.request.user.is_staff or bool(self.units)

    @cached_property
    def units(self) -> list[int]:
        if self.request.user.is_staff:
            return list(Organization.objects.active().order_by("name_key").values_list("pk", flat=True))
        return administered_units(self.request.user)


class UnitAccounts(ForAdministrators, ListPage):
    """All payment accounts of the units a person looks after."""

    title = gettext_lazy("单位付款账户")
    noun, measure = gettext_lazy("付款账户"), gettext_lazy("个")
    table_class = UnitTable
    filter_class = UnitFilter
    empty_text = gettext_lazy("课题组申请开户后在这里确认；也可以直接为课题组开户。")
    bulk_actions = (
        BulkAction(
            "freeze", gettext_lazy("冻结"), "bad", effect=gettext_lazy("冻结后不能再用这些账户预约，已有的预约照常结算。"),
            form_class=ReasonForm,
        ),
        BulkAction("unfreeze", gettext_lazy("解除冻结"), effect=gettext_lazy("解除后可以继续预约。")),
    )  # fmt: skip

    def get_queryset(self):
        return with_standing(PaymentAccount.objects.filter(organization__in=self.units))

    def chosen_columns(self, table):
        names = super().chosen_columns(table)
        own = names == table.shown_by_default  # who looks after several units sees which is whose
        return [*names, "organization"] if own and len(self.units) > 1 else names

    def get_fact(self):
        waiting = PaymentAccount.objects.filter(
            organization__in=self.units, status=PaymentAccount.Status.PENDING
        ).count()
        return _("%s 个待确认") % waiting if waiting else ""

    def get_actions(self):
        return (
            Action(_("金额记录"), reverse("ledger:unit_records"), "list-details"),
            Action(_("开户"), reverse("ledger:open"), "plus", "primary"),
        )

    @property
    def empty_action(self):
        return Action(_("开户"), reverse("ledger:open"))

    def bulk_freeze(self, accounts, reason):
        return self.take("freeze", accounts, reason=reason)

    def bulk_unfreeze(self, accounts):
        return self.take("unfreeze", accounts)

    def take(self, step, accounts, **data):
        who = {"actor": self.request.user, "acting_for": self.request.acting_for}
        return BulkResult.of(accounts, lambda account: PaymentAccountFlow.fire(account, step, **who, **data))


class Open(ForAdministrators, FormPage):
    """Open an account for a group at once (S0-8), with its initial credit line (S0-67)."""

    title = gettext_lazy("开户")
    form_class = OpenForm
    crumbs = (UNIT_ACCOUNTS, Crumb(gettext_lazy("开户")))
    sections = (
        Section(gettext_lazy("课题组"), ("name", "person", "purpose")),
        Section(gettext_lazy("账户"), ("organization", "payer", "department", "credit_line")),
    )
    submit_label = gettext_lazy("开户")
    success_message = gettext_lazy("付款账户已开户。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"units": self.units}

    def get_cancel_url(self):
        return reverse("ledger:unit_accounts")

    def save(self, form):
        data = form.cleaned_data
        return services.open_confirmed(leader=data.pop("person"), actor=self.request.user, **data)


class UnitRecords(ForAdministrators, NamesSources, ListPage):
    """Everything booked on the unit's accounts: top-ups to reconcile with finance, charges, corrections."""

    title = gettext_lazy("金额记录")
    noun = gettext_lazy("金额记录")
    crumbs = (UNIT_ACCOUNTS, Crumb(gettext_lazy("金额记录")))
    table_class = UnitRecordTable
    filter_class = UnitRecordFilter

    def get_queryset(self):
        own = Transaction.objects.filter(account__organization__in=self.units)
        return queries.with_changes(own.select_related("account__leader", "actor"))
