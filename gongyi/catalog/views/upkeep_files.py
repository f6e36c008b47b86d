"""Pictures and papers of an instrument from its page: more of them, and taking one away (S1-43)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.catalog import services
from gongyi.catalog.forms import AttachmentsForm, PhotosForm
from gongyi.catalog.models import Instrument, InstrumentAttachment, InstrumentPhoto
from gongyi.catalog.views.upkeep import OfInstrument, back_to
from gongyi.kit.refusal import Refused
from gongyi.kit.views import FormPage


class AddPhotos(OfInstrument, FormPage):
    title = gettext_lazy("上传照片")
    form_class = PhotosForm
    submit_label = gettext_lazy("上传")

    def save(self, form):
        uploads = form.cleaned_data["photos"]
        for upload in uploads:
            services.add_photo(
                instrument=self.instrument, upload=upload, caption=form.cleaned_data["caption"], actor=self.request.user
            )
        messages.success(self.request, _("已上传 %s 张照片。") % len(uploads))


class AddAttachments(OfInstrument, FormPage):
    title = gettext_lazy("上传附件")
    form_class = AttachmentsForm
    submit_label = gettext_lazy("上传")

    def save(self, form):
        uploads = form.cleaned_data["attachments"]
        for upload in uploads:
            services.add_attachment(
                instrument=self.instrument, upload=upload, public=form.cleaned_data["public"], actor=self.request.user
            )
        messages.success(self.request, _("已上传 %s 个附件。") % len(uploads))


@login_required
@require_POST
def remove_photo(request: HttpRequest, pk: int, photo_pk: int) -> HttpResponse:
    """For those who keep the instrument."""
    instrument = get_object_or_404(Instrument.objects.managed_by(request.user), pk=pk)
    rows = InstrumentPhoto.objects.select_related("file", "instrument")
    photo = get_object_or_404(rows, pk=photo_pk, instrument=instrument)
    return _done(request, pk, lambda: services.remove_photo(photo=photo, actor=request.user), _("照片已删除。"))


@login_required
@require_POST
def remove_attachment(request: HttpRequest, pk: int, attachment_pk: int) -> HttpResponse:
    """For those who keep the instrument."""
    instrument = get_object_or_404(Instrument.objects.managed_by(request.user), pk=pk)
    rows = InstrumentAttachment.objects.select_related("file", "instrument")
    row = get_object_or_404(rows, pk=attachment_pk, instrument=instrument)
    return _done(request, pk, lambda: services.remove_attachment(attachment=row, actor=request.user), _("附件已删除。"))


def _done(request: HttpRequest, pk: int, act, sentence: str) -> HttpResponse:
    try:
        act()
        messages.success(request, sentence)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(back_to(pk))
