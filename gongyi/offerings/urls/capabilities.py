"""Screens of those who keep an institution's capabilities."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
