"""Changing what stands beside an instrument's registration: its prices and managers."""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.catalog import services
from gongyi.catalog.forms import AddManagerForm, PricesForm
from gongyi.catalog.models import Instrument, PriceTier
from gongyi.catalog.views.managed import LIST
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Crumb, FormPage, Section


def back_to(pk: int) -> str:
    return reverse("catalog:instrument", args=[pk])


class OfInstrument:
    """A form about one instrument in one's care; for others it does not exist."""

    @cached_property
    def instrument(self) -> Instrument:
        managed = Instrument.objects.managed_by(self.request.user).select_related("organization", "instrument_class")
        return get_object_or_404(managed, pk=self.kwargs["pk"])

    def allowed(self):
        return bool(self.instrument)

    def get_object(self):
        return None

    def get_crumbs(self):
        return (LIST, Crumb(self.instrument.name, back_to(self.instrument.pk)), Crumb(self.get_title()))

    def get_success_url(self, saved):
        return back_to(self.instrument.pk)

    def get_cancel_url(self):
        return back_to(self.instrument.pk)


class EditPrices(OfInstrument, FormPage):
    title = gettext_lazy("修改价格")
    form_class = PricesForm
    sections = tuple(Section(tier.label, [f"{tier.value}_{name}" for name in PricesForm.NAMES]) for tier in PriceTier)
    submit_label = gettext_lazy("保存价格")
    submit_note = gettext_lazy("已提交的预约仍按提交时的价格结算。")
    success_message = gettext_lazy("价格已保存。")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "instrument": self.instrument}

    def save(self, form):
        services.set_prices(instrument=self.instrument, prices=form.prices(), actor=self.request.user)


class AddManager(OfInstrument, FormPage):
    title = gettext_lazy("增加管理员")
    form_class = AddManagerForm
    submit_label = gettext_lazy("增加")

    def save(self, form):
        user = form.cleaned_data["user"]
        services.add_manager(instrument=self.instrument, user=user, actor=self.request.user)
        messages.success(self.request, _("%s 现在是这台仪器的管理员。") % user)


@login_required
@require_POST
def remove_manager(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """For those who keep the instrument."""
    instrument = get_object_or_404(Instrument.objects.managed_by(request.user), pk=pk)
    user = get_object_or_404(get_user_model().objects.filter(instrument_links__instrument=instrument), pk=user_pk)
    try:
        services.remove_manager(instrument=instrument, user=user, actor=request.user)
        messages.success(request, _("%s 不再管理这台仪器。") % user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("catalog:list" if user == request.user else back_to(pk))
