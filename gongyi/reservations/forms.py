"""Input of bookings and of the steps of a reservation: shape only, no effects."""

import copy
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import ReportProfileForm
from gongyi.accounts.models import ReportProfile
from gongyi.ledger.models import PaymentAccount
from gongyi.reservations import queries
from gongyi.reservations.models import Reservation
from gongyi.workflow.forms import ReasonForm, StepForm

__all__ = ["BookingForm", "CancelForm", "CheckOutForm", "CorrectForm", "EditForm", "MoveForm", "ReasonForm"]

LONGEST_USE = timedelta(days=62)


class ReportFields(forms.Form):
    """The reporting information of one booking (S0-63 … S0-65): prefilled, changeable, and complete at the latest when reported."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in ReportProfileForm.base_fields.items():
            self.fields[name] = copy.deepcopy(field)
            self.fields[name].required = False

    def clean_subject_codes(self) -> list[str]:
        return ReportProfileForm.clean_subject_codes(self)

    @property
    def report_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ReportProfile.FIELDS]

    def report(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in ReportProfile.FIELDS}


class BookingForm(ReportFields):
    """The booking form (预约单, S0-25 … S0-27): who pays, what for, and the reporting information."""

    account = forms.ModelChoiceField(PaymentAccount.objects.none(), label=_("付款账户"), empty_label=_("请选择"))
    purpose = forms.CharField(
        label=_("实验内容"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    sample_notes = forms.CharField(
        label=_("样品说明"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    waive_reason = forms.CharField(
        label=_("豁免理由"), max_length=200, required=False, help_text=_("超出可豁免的规则时填写，会写入预约记录。")
    )

    def __init__(self, *args: Any, instrument: Any, user: Any, manages: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = PaymentAccount.objects.usable_by(user).filter(organization=instrument.organization_id)
        self.fields["account"].queryset = accounts.order_by("name_key", "pk")
        if not manages:
            del self.fields["waive_reason"]


class EditForm(StepForm, ReportFields):
    """Modify and complete a pending booking (修改和完善, S0-31)."""

    account = forms.ModelChoiceField(
        PaymentAccount.objects.none(), label=_("付款账户"), empty_label=_("请选择"), required=False
    )
    purpose = forms.CharField(
        label=_("实验内容"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    sample_notes = forms.CharField(
        label=_("样品说明"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, obj: Reservation, actor: Any, **kwargs: Any) -> None:
        present = {"account": obj.account_id, "purpose": obj.purpose, "sample_notes": obj.sample_notes}
        kwargs["initial"] = obj.report | present | (kwargs.get("initial") or {})
        super().__init__(*args, obj=obj, actor=actor, **kwargs)
        usable = PaymentAccount.objects.usable_by(obj.user).filter(organization=obj.instrument.organization_id)
        self.fields["account"].queryset = PaymentAccount.objects.filter(
            Q(pk__in=usable.values("pk")) | Q(pk=obj.account_id)
        ).order_by("name_key", "pk")


class MoveForm(StepForm):
    """Another time for the same booking; every rule is asked again when it is taken."""

    starts_at = forms.DateTimeField(label=_("开始"))
    ends_at = forms.DateTimeField(label=_("结束"))
    waive_reason = forms.CharField(
        label=_("豁免理由"), max_length=200, required=False, help_text=_("超出可豁免的规则时填写，会写入预约记录。")
    )

    def __init__(self, *args: Any, obj: Reservation, actor: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"starts_at": obj.starts_at, "ends_at": obj.ends_at} | (kwargs.get("initial") or {})
        super().__init__(*args, obj=obj, actor=actor, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        _in_order(self, data.get("starts_at"), data.get("ends_at"), "ends_at")
        return data


class CancelForm(StepForm):
    """Why; the booker may leave it out, whoever cancels somebody else's booking may not. `terms` say what it costs."""

    reason = forms.CharField(label=_("原因"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, obj: Reservation, actor: Any, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, actor=actor, **kwargs)
        own = actor is not None and actor.pk == obj.user_id
        self.fields["reason"].required = not own
        self.terms = queries.cancellation_terms(obj, free=not own)
        self.fields["reason"].help_text = self.terms.sentence


class CheckOutForm(forms.Form):
    """How it went (使用反馈)."""

    feedback = forms.CharField(
        label=_("使用反馈"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class CorrectForm(StepForm):
    """When the use really began and ended, and why the record was wrong."""

    started_at = forms.DateTimeField(label=_("实际开始"))
    ended_at = forms.DateTimeField(label=_("实际结束"))
    reason = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, obj: Reservation, actor: Any, **kwargs: Any) -> None:
        present = {"started_at": obj.started_at or obj.starts_at, "ended_at": obj.ended_at or obj.ends_at}
        kwargs["initial"] = present | (kwargs.get("initial") or {})
        super().__init__(*args, obj=obj, actor=actor, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        started_at, ended_at = data.get("started_at"), data.get("ended_at")
        _in_order(self, started_at, ended_at, "ended_at")
        if ended_at and ended_at > timezone.now():
            self.add_error("ended_at", _("实际结束时间还没有到。"))
        if started_at and ended_at and ended_at - started_at > LONGEST_USE:
            self.add_error("ended_at", _("一次使用最长 %s 天，请检查日期。") % LONGEST_USE.days)
        return data


def _in_order(form: forms.Form, start: datetime | None, end: datetime | None, field: str) -> None:
    if start and end and end <= start:
        form.add_error(field, _("结束时间要晚于开始时间。"))
