"""Changing an instrument: its data, prices, photos and managers."""

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
from gongyi.catalog.forms import AddManagerForm, InstrumentForm, NewInstrumentForm, PhotoForm, PricesForm
from gongyi.catalog.models import Instrument, InstrumentPhoto, PriceTier
from gongyi.catalog.views.managed import LIST, units_to_enter_for
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Crumb, FormPage, Section

SECTIONS = (
    Section(gettext_lazy("名称与归属"), ["name", "name_en", "instrument_class", "service_fields", "department", "region", "location"]),
    Section(
        gettext_lazy("规格与来历"),
        ["model", "manufacturer", "origin_country", "serial_no", "internal_no", "original_value", "purchased_on"],
    ),
    Section(gettext_lazy("功能与指标"), ["functions", "technical_specs", "accessories"]),
    Section(
        gettext_lazy("预约与须知"),
        ["timed_booking", "commissioned_booking", "user_notice", "sample_requirements", "reference_fee", "featured"],
    ),
    Section(gettext_lazy("联系人"), ["contact_name", "contact_phone"]),
)  # fmt: skip


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


class AddInstrument(FormPage):
    """A new instrument of a unit one administers or a laboratory one keeps; `?organization=` chooses among several."""

    title = gettext_lazy("新增仪器")
    crumbs = (LIST, Crumb(gettext_lazy("新增仪器")))
    submit_label = gettext_lazy("新增仪器")
    success_message = gettext_lazy("仪器已新增并公开。接下来设置价格和预约规则。")
    cancel_url = LIST.url

    @cached_property
    def organizations(self):
        return units_to_enter_for(self.request.user)

    @cached_property
    def organization(self):
        asked = self.request.POST.get("organization") or self.request.GET.get("organization", "")
        if asked.isdecimal():
            return self.organizations.filter(pk=int(asked)).first()
        units = list(self.organizations[:2])
        return units[0] if len(units) == 1 else None

    @property
    def sections(self):
        return SECTIONS if self.organization else ()

    def allowed(self):
        return self.organizations.exists()

    def get_fact(self):
        return self.organization.name if self.organization else ""

    def get_form(self):
        if self.organization is None:
            return NewInstrumentForm(self.request.POST or None, organizations=self.organizations)
        return InstrumentForm(
            self.request.POST if self.request.method == "POST" and "name" in self.request.POST else None,
            organization=self.organization, user=self.request.user,
            instance=Instrument(organization=self.organization, contact_name=self.request.user.name),
        )  # fmt: skip

    def post(self, request, *args, **kwargs):
        if "name" not in request.POST:
            form = NewInstrumentForm(request.POST, organizations=self.organizations)
            if not form.is_valid():
                return self.show(form, status=422)
            return redirect(f"{reverse('catalog:add')}?organization={form.cleaned_data['organization'].pk}")
        return super().post(request, *args, **kwargs)

    def save(self, form):
        fields = form.cleaned_data["service_fields"]
        return services.add_instrument(instrument=form.instance, actor=self.request.user, service_fields=fields)

    def get_success_url(self, saved):
        return back_to(saved.pk)


class EditInstrument(OfInstrument, FormPage):
    title = gettext_lazy("编辑资料")
    sections = SECTIONS
    success_message = gettext_lazy("资料已保存，公开页面已更新。")

    def get_form(self):
        data = self.request.POST if self.request.method == "POST" else None
        return InstrumentForm(
            data, instance=self.instrument, organization=self.instrument.organization, user=self.request.user
        )

    def save(self, form):
        services.change_instrument(
            instrument=form.instance, fields=form.changed_data, actor=self.request.user,
            service_fields=form.cleaned_data["service_fields"] if "service_fields" in form.changed_data else None,
        )  # fmt: skip


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


class AddPhoto(OfInstrument, FormPage):
    title = gettext_lazy("上传照片")
    form_class = PhotoForm
    submit_label = gettext_lazy("上传")
    success_message = gettext_lazy("照片已上传，所有人可见。")

    def save(self, form):
        data = form.cleaned_data
        services.add_photo(
            instrument=self.instrument, upload=data["photo"], caption=data["caption"], actor=self.request.user
        )


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


@login_required
@require_POST
def remove_photo(request: HttpRequest, pk: int, photo_pk: int) -> HttpResponse:
    """For those who keep the instrument."""
    instrument = get_object_or_404(Instrument.objects.managed_by(request.user), pk=pk)
    photo = get_object_or_404(
        InstrumentPhoto.objects.select_related("file", "instrument"), pk=photo_pk, instrument=instrument
    )
    services.remove_photo(photo=photo, actor=request.user)
    messages.success(request, _("照片已删除。"))
    return redirect(back_to(pk))
