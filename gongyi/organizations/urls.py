"""Screens for the people of a unit and the platform administrator."""

from django.urls import path

from gongyi.organizations import views

app_name = "organizations"
urlpatterns = [
    path("act-for/", views.act_for, name="act_for"),
]
