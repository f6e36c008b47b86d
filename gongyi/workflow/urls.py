"""The one address of every step's dialog."""

from django.urls import path

from gongyi.workflow import views

app_name = "workflow"
urlpatterns = [path("<str:flow>/<int:pk>/<str:step>/", views.take_step, name="step")]
