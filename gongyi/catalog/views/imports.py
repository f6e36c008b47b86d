"""Importing instruments and their photos: into which unit, the list, the archive; and what was imported as drafts (S1-42, S1-43)."""

from django import forms
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.importing import INSTRUMENTS, PHOTOS
from gongyi.catalog.views.managed import LIST
from gongyi.imports.views import UploadPage
from gongyi.kit.views import Action, Crumb, FormPage, Section
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import managed_organizations


class UnitForm(forms.Form):
    """Into which unit."""

    organization = forms.ModelChoiceField(
        label=gettext_lazy("导入到"), queryset=Organization.objects.none(), empty_label=gettext_lazy("请选择单位")
    )
    wide = ("organization",)

    def __init__(self, *args, organizations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations


class ChooseUnit(FormPage):
    """Whoever keeps one unit goes straight to its page; others choose."""

    title = gettext_lazy("批量导入仪器")
    crumbs = (LIST, Crumb(gettext_lazy("批量导入仪器")))
    form_class = UnitForm
    sections = (Section(gettext_lazy("选择单位"), ["organization"]),)
    submit_label = gettext_lazy("下一步")
    cancel_url = reverse_lazy("catalog:list")

    @cached_property
    def organizations(self):
        return managed_organizations(self.request.user)

    def allowed(self):
        return self.organizations.exists()

    def get(self, request, *args, **kwargs):
        only = list(self.organizations[:2])
        if len(only) == 1:
            return redirect("catalog:import_into", pk=only[0].pk)
        return super().get(request, *args, **kwargs)

    def get_object(self):
        return None

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organizations": self.organizations}

    def save(self, form):
        return form.cleaned_data["organization"]

    def get_success_url(self, saved):
        return reverse("catalog:import_into", args=[saved.pk])


class IntoUnit(UploadPage):
    """An upload page about one unit, for those who keep it."""

    @cached_property
    def organization(self) -> Organization:
        return get_object_or_404(Organization.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    @property
    def context_id(self):
        return self.organization.pk

    def get_object(self):
        return None

    def get_crumbs(self):
        return (LIST, Crumb(self.get_title()))


class ImportInstruments(IntoUnit):
    """The list (S1-42)."""

    importer = INSTRUMENTS.name

    def get_actions(self):
        photos = reverse("catalog:import_photos", args=[self.organization.pk])
        return [Action(_("上传照片"), photos, icon="photo"), *super().get_actions()]


class ImportPhotos(IntoUnit):
    """The photos in one archive (S1-43)."""

    importer = PHOTOS.name

    def get_actions(self):
        rows = reverse("catalog:import_into", args=[self.organization.pk])
        return [Action(_("导入仪器"), rows, icon="table-import"), *super().get_actions()]
