"""Innovation platforms of a unit."""

from django.urls import path

from gongyi.onboarding.views import platforms

urlpatterns = [
    path("units/<int:pk>/platforms/", platforms.Platforms.as_view(), name="platforms"),
    path("units/<int:pk>/platforms/new/", platforms.AddPlatform.as_view(), name="add_platform"),
    path("platforms/<int:pk>/", platforms.OnePlatform.as_view(), name="platform"),
    path("platforms/<int:pk>/edit/", platforms.EditPlatform.as_view(), name="edit_platform"),
    path("platforms/<int:pk>/discard/", platforms.DiscardPlatform.as_view(), name="discard_platform"),
    path("platforms/<int:pk>/about/", platforms.PublicPlatform.as_view(), name="public_platform"),
]
