"""Screens of those who keep an institution's capabilities, and the page of one."""

from django.urls import URLPattern, path

from gongyi.offerings.views import capabilities as views
from gongyi.offerings.views import capability_imports as imports

urlpatterns: list[URLPattern] = [
    path("institutions/<int:pk>/capabilities/tests/", views.Tests.as_view(), name="tests"),
    path("institutions/<int:pk>/capabilities/tests/new/", views.AddTest.as_view(), name="add_test"),
    path("institutions/<int:pk>/capabilities/metrology/", views.Metrology.as_view(), name="metrology"),
    path("institutions/<int:pk>/capabilities/metrology/new/", views.AddMetrology.as_view(), name="add_metrology"),
    path("institutions/<int:pk>/capabilities/tests/import/", imports.ImportTests.as_view(), name="import_tests"),
    path(
        "institutions/<int:pk>/capabilities/metrology/import/",
        imports.ImportMetrology.as_view(),
        name="import_metrology",
    ),
    path("institutions/<int:pk>/capabilities/certificates/", views.PickCertificate.as_view(), name="pick_certificate"),
    path("institutions/<int:pk>/capabilities/move/", views.MoveCapabilities.as_view(), name="move_capabilities"),
    path("capabilities/<int:pk>/keep/", views.CapabilityPage.as_view(), name="kept_capability"),
    path("capabilities/<int:pk>/edit/", views.EditLine.as_view(), name="edit_capability"),
]
