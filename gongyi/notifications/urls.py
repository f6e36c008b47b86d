"""The screens of the message centre."""

from django.urls import path

from gongyi.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.index, name="list"),
    path("read/", views.read, name="read"),
    path("reception/", views.reception, name="reception"),
    path("texts/", views.Texts.as_view(), name="texts"),
    path("<int:pk>/", views.open_message, name="open"),
]
