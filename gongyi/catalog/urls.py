"""Screens of those who keep instruments; the public ones are in the portal."""

from django.urls import path

from gongyi.catalog.views import imports, managed, upkeep, vocabulary

app_name = "catalog"
urlpatterns = [
    path("", managed.Managed.as_view(), name="list"),
    path("new/", upkeep.AddInstrument.as_view(), name="add"),
    path("<int:pk>/", managed.OneInstrument.as_view(), name="instrument"),
    path("<int:pk>/edit/", upkeep.EditInstrument.as_view(), name="edit"),
    path("<int:pk>/prices/", upkeep.EditPrices.as_view(), name="prices"),
    path("<int:pk>/photos/add/", upkeep.AddPhoto.as_view(), name="add_photo"),
    path("<int:pk>/photos/<int:photo_pk>/remove/", upkeep.remove_photo, name="remove_photo"),
    path("<int:pk>/managers/add/", upkeep.AddManager.as_view(), name="add_manager"),
    path("<int:pk>/managers/<int:user_pk>/remove/", upkeep.remove_manager, name="remove_manager"),
    path("<int:pk>/qr.svg", managed.qr, name="qr"),
    path("imports/", imports.Imports.as_view(), name="imports"),
    path("imports/new/", imports.NewImport.as_view(), name="import"),
    path("imports/template/", imports.template, name="import_template"),
    path("imports/<int:pk>/", imports.import_run, name="import_run"),
    path("imports/<int:pk>/confirm/", imports.confirm, name="import_confirm"),
    path("imports/<int:pk>/discard/", imports.discard, name="import_discard"),
    path("synonyms/", vocabulary.Synonyms.as_view(), name="synonyms"),
    path("synonyms/new/", vocabulary.EditSynonym.as_view(), name="add_synonym"),
    path("synonyms/<int:pk>/", vocabulary.EditSynonym.as_view(), name="synonym"),
]
