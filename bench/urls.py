"""The product's addresses and two bare ones: an empty page, and an insert under an exclusion constraint."""

from django.urls import include, path

from bench import floor

urlpatterns = [
    path("bench/empty/", floor.empty, name="bench_empty"),
    path("bench/insert/", floor.insert, name="bench_insert"),
    path("", include("gongyi.config.urls")),
]
