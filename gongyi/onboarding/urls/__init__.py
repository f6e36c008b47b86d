"""The addresses of joining, one module for each group of screens."""

from gongyi.onboarding.urls import accounts, people, platforms, units, wizard

app_name = "onboarding"
urlpatterns = [
    *wizard.urlpatterns, *units.urlpatterns, *platforms.urlpatterns, *accounts.urlpatterns, *people.urlpatterns,
]  # fmt: skip
