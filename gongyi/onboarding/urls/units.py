"""Keeping a unit's information fresh, its letters and thresholds."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
