"""Uploading a list of capabilities: with a certificate in every row, or one certificate for the whole file (S3-42 … S3-44)."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.imports.forms import UploadForm
from gongyi.imports.registry import Importer
from gongyi.imports.views import UploadPage
from gongyi.kit.views import Section
from gongyi.offerings import importing
from gongyi.offerings.views.capabilities import KeepingLibrary
from gongyi.organizations.models import Certificate


class UploadLinesForm(UploadForm):
    """The file, and the certificate all of it belongs to when the rows don't say."""

    certificate = forms.ModelChoiceField(
        label=gettext_lazy("整份表格所依据的证书"), queryset=Certificate.objects.none(), required=False,
        empty_label=gettext_lazy("表格里有「证书编号」一列"),
        help_text=gettext_lazy("选定后，表格里不必有证书编号；已过期、已撤销的证书不能选。"),
    )  # fmt: skip

    def __init__(self, *args: Any, organization: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["certificate"]
        field.queryset = Certificate.objects.filter(organization=organization).valid_on(timezone.localdate())


class ImportLines(KeepingLibrary, UploadPage):
    form_class = UploadLinesForm
    sections = (Section(gettext_lazy("上传文件"), ["certificate", "file"]),)
    into_unit: Importer
    into_certificate: Importer

    @cached_property
    def chosen(self) -> Certificate | None:
        """The certificate in question: the one sent with the form, else the address's."""
        asked = self.request.POST.get("certificate") or self.request.GET.get("certificate") or ""
        if not asked.isdecimal() or len(asked) > len("123456789012345678"):
            return None
        valid = Certificate.objects.filter(organization=self.organization).valid_on(timezone.localdate())
        return valid.filter(pk=asked).first()

    @property
    def kind(self) -> Importer:  # type: ignore[override]
        return self.into_certificate if self.chosen else self.into_unit

    @property
    def context_id(self) -> int:
        return self.chosen.pk if self.chosen else self.organization.pk

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organization": self.organization}

    def get_initial(self):
        return {"certificate": self.chosen.pk} if self.chosen else {}

    def get_title(self):
        return _("批量导入%s") % self.kind.label

    def get_cancel_url(self) -> str:
        return reverse(f"offerings:{self.library}", args=[self.organization.pk])

    def get_success_url(self, saved: Any) -> str:
        return UploadPage.get_success_url(self, saved)


class ImportTests(ImportLines):
    library = "tests"
    into_unit, into_certificate = importing.TESTS, importing.TESTS_OF_CERTIFICATE


class ImportMetrology(ImportLines):
    library = "metrology"
    into_unit, into_certificate = importing.METROLOGY, importing.METROLOGY_OF_CERTIFICATE
