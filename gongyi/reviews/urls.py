"""The review desk, what was decided, what was handed in, and who decides what."""

from django.urls import path

from gongyi.reviews.views import versions

app_name = "reviews"
urlpatterns = [
    path("<int:pk>/", versions.OneReview.as_view(), name="review"),
    path("submissions/<int:pk>/", versions.FrozenCopy.as_view(), name="submission"),
]
