"""The one address the cascading select asks."""

from django.urls import path

from gongyi.regions import views

app_name = "regions"
urlpatterns = [path("children", views.children, name="children")]
