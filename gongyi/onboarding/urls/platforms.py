"""Innovation platforms of a unit."""

from django.urls import path

from gongyi.onboarding.views import platforms

urlpatterns = [path("platforms/<int:pk>/", platforms.OnePlatform.as_view(), name="platform")]
