"""Laboratory accounts and sub-users."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
