"""The one address of every stored file."""

from django.urls import path

from gongyi.files import views

app_name = "files"
urlpatterns = [path("<uuid:public_id>/", views.download, name="download")]
