"""Keeping a unit's information fresh, its letters and thresholds, papers to download."""

from django.urls import path

from gongyi.onboarding.views import units, units_documents, units_rules

urlpatterns = [
    path("downloads/", units_documents.Downloads.as_view(), name="downloads"),
    path("downloads/<slug:slug>.docx", units_documents.download, name="download"),
    path("draft/<str:secret>/application-form.docx", units_documents.filled_application_form, name="application_form"),
    path("voucher-check/", units.voucher_check, name="voucher_check"),
    path("unit/", units.my_unit, name="my_unit"),
    path("unit/<int:pk>/", units.UnitInformation.as_view(), name="refresh"),
    path("unit/<int:pk>/confirm/", units.confirm_unchanged, name="confirm_unchanged"),
    path("due/", units_rules.DueUnits.as_view(), name="due_units"),
    path("rules/", units_rules.Rules.as_view(), name="unit_rules"),
    path("letters/", units_rules.Letters.as_view(), name="letters"),
    path("letters/new/", units_rules.AddLetter.as_view(), name="add_letter"),
    path("letters/<int:pk>/", units_rules.OneLetter.as_view(), name="letter"),
    path("letters/<int:pk>/edit/", units_rules.EditLetter.as_view(), name="edit_letter"),
    path("letters/<int:pk>/publish/", units_rules.publish_letter, name="publish_letter"),
    path("letters/<int:pk>/discard/", units_rules.discard_letter, name="discard_letter"),
    path("letters/<int:pk>/units/", units_rules.LetterUnits.as_view(), name="letter_units"),
]
