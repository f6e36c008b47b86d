"""Public: who can test or measure what."""

from django.urls import path

from gongyi.offerings.views import finding

urlpatterns = [
    path("capabilities/", finding.capabilities, name="capabilities"),
    path("capabilities/<int:pk>/", finding.capability, name="capability"),
]
