"""Screens of those who keep instruments; the public ones are in the portal."""

from django.urls import path

from gongyi.catalog.views import (
    drafts,
    exchange,
    imports,
    labels,
    managed,
    several,
    upkeep,
    upkeep_files,
    upkeep_form,
    upkeep_page,
    vocabulary,
)

app_name = "catalog"
urlpatterns = [
    path("", managed.Managed.as_view(), name="list"),
    path("new/", upkeep_form.AddInstrument.as_view(), name="add"),
    path("<int:pk>/", upkeep_page.OneInstrument.as_view(), name="instrument"),
    path("<int:pk>/edit/", upkeep_form.EditInstrument.as_view(), name="edit"),
    path("<int:pk>/discard/", upkeep_form.DiscardDraft.as_view(), name="discard"),
    path("<int:pk>/end/<slug:step>/", upkeep_page.EndInstrument.as_view(), name="end"),
    path("<int:pk>/changes/", upkeep_page.Changes.as_view(), name="changes"),
    path("<int:pk>/prices/", upkeep.EditPrices.as_view(), name="prices"),
    path("<int:pk>/photos/add/", upkeep_files.AddPhotos.as_view(), name="add_photo"),
    path("<int:pk>/photos/<int:photo_pk>/remove/", upkeep_files.remove_photo, name="remove_photo"),
    path("<int:pk>/attachments/add/", upkeep_files.AddAttachments.as_view(), name="add_attachment"),
    path("<int:pk>/attachments/<int:attachment_pk>/remove/", upkeep_files.remove_attachment, name="remove_attachment"),
    path("<int:pk>/managers/add/", upkeep.AddManager.as_view(), name="add_manager"),
    path("<int:pk>/managers/<int:user_pk>/remove/", upkeep.remove_manager, name="remove_manager"),
    path("<int:pk>/copy/", several.copy, name="copy"),
    path("labels/", labels.Labels.as_view(), name="labels"),
    path("bulk/undo/", several.undo_bulk, name="undo_bulk"),
    path("<int:pk>/qr.svg", managed.qr, name="qr"),
    path("import/", imports.ChooseUnit.as_view(), name="import"),
    path("import/<int:pk>/", imports.ImportInstruments.as_view(), name="import_into"),
    path("import/<int:pk>/photos/", imports.ImportPhotos.as_view(), name="import_photos"),
    path("drafts/", drafts.Drafts.as_view(), name="drafts"),
    path("exchange/", exchange.Exchange.as_view(), name="exchange"),
    path("synonyms/", vocabulary.Synonyms.as_view(), name="synonyms"),
    path("synonyms/new/", vocabulary.EditSynonym.as_view(), name="add_synonym"),
    path("synonyms/<int:pk>/", vocabulary.EditSynonym.as_view(), name="synonym"),
]
