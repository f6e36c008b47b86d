"""Public: who can test or measure what."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
