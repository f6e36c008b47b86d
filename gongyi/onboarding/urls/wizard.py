"""Registering a unit: choosing a way in, its parts, its files, where it stands."""

from django.urls import path

from gongyi.onboarding.views import wizard

urlpatterns = [
    path("applications/<int:pk>/", wizard.OneApplication.as_view(), name="application"),
    path("draft/<str:secret>/", wizard.resume, name="resume"),
]
