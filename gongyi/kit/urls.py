"""The kit's own addresses: the page that shows every component, and the choice of light or dark."""

from django.urls import path

from gongyi.kit import parts

app_name = "kit"
urlpatterns = [
    path("", parts.PartsPage.as_view(), name="parts"),
    path("theme", parts.choose_theme, name="theme"),
]
