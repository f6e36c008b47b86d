"""Service plans and industry topics, for those who keep them and for everybody."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
