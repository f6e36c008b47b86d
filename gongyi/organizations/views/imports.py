"""Uploading lists of units, and of one unit's people."""

from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.imports.views import UploadPage
from gongyi.kit.views import Crumb
from gongyi.organizations.importing import PEOPLE, UNITS
from gongyi.organizations.views.units import LIST, OfUnit


class ImportUnits(UploadPage):
    """For the platform administrator."""

    importer = UNITS.name

    def get_crumbs(self):
        return (LIST, Crumb(self.get_title()))


class ImportPeople(OfUnit, UploadPage):
    """For the unit's administrator and the platform's."""

    importer = PEOPLE.name

    @property
    def context_id(self):
        return self.organization.pk

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        return (*before, Crumb(_("人员"), reverse("organizations:people", args=[self.organization.pk])), here)
