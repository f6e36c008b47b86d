from django.urls import path

from gongyi.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("instruments/", views.instruments, name="instruments"),
    path("instruments/<int:pk>/", views.instrument, name="instrument"),
    path("organizations/", views.organizations, name="organizations"),
    path("organizations/<int:pk>/", views.organization, name="organization"),
    path("desk/", views.desk, name="desk"),
]
