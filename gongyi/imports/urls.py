"""Screens of imports; the pages for uploading belong to the apps whose lists they are."""

from django.urls import path

from gongyi.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.Runs.as_view(), name="list"),
    path("<int:pk>/", views.Run.as_view(), name="run"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/errors/", views.errors, name="errors"),
    path("<int:pk>/columns/", views.Columns.as_view(), name="columns"),
]
