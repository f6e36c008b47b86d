"""Asking a unit to be taken in or let go, and finding the unit to ask."""

from django.db import transaction
from django.db.models import CharField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import Binding
from gongyi.onboarding.workflow import BindingFlow
from gongyi.organizations.models import Department, Organization

MOST_UNITS_FOUND = 12


@transaction.atomic
def ask(
    *, person: User, organization: Organization, wish: str, department: Department | None = None, note: str = ""
) -> Binding:
    """Hand in a request to `organization` and return it; one returned or withdrawn before is handed in again, as changed.

    Refuses a second request while one waits, and whatever `rules.may_ask` refuses.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    found = Binding.objects.exclude(status=Binding.Status.APPROVED).filter(person=person, organization=organization)
    binding = found.first() or Binding(person=person, organization=organization)
    if binding.status == Binding.Status.PENDING:
        raise Refused(
            _("您向「%(unit)s」的「%(wish)s」申请正在审核，无需重复提交。")
            % {"unit": organization, "wish": binding.get_wish_display()},
            code="waiting",
        )
    if department is not None and department.organization_id != organization.pk:
        raise Refused(_("「%s」不属于这个单位，请重新选择。") % department, code="no_department")
    is_new = binding.pk is None
    binding.wish, binding.department, binding.note = wish, department, note
    binding.save()
    if is_new:
        BindingFlow.opened(binding, _("填写申请"), actor=person)
    BindingFlow.fire(binding, "submit", actor=person)
    return binding


def units_to_ask(text: str) -> QuerySet[Organization]:
    """Active units whose name, short name, code, pinyin or its initials have `text`; those that begin with it first."""
    words = " ".join(text.split())[:50]
    plain = words.replace(" ", "").lower()
    if not plain:
        return Organization.objects.none()
    rows = Organization.objects.active().annotate(
        letters=Replace("name_key", Value(" "), Value("")),
        initials=Func(
            F("name_key"), Value(r"(\S)\S*\s*"), Value(r"\1"), Value("g"), function="regexp_replace",
            output_field=CharField(),
        ),
    )  # fmt: skip
    named = Q(name__icontains=words) | Q(short_name__icontains=words) | Q(code__iexact=words) | Q(uscc__iexact=plain)
    spelled = Q(letters__startswith=plain) | Q(initials__contains=plain) if plain.isascii() else Q()
    found = rows.filter(named | spelled)
    begins = Q(name__istartswith=words) | Q(short_name__istartswith=words) | Q(code__iexact=words)
    return found.annotate(begins=begins).order_by("-begins", "name_key", "pk").select_related("region")
