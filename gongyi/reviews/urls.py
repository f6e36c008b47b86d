"""The review desk."""

from django.urls import path

from gongyi.reviews.views import desk

app_name = "reviews"
urlpatterns = [path("<int:pk>/", desk.OneReview.as_view(), name="review")]
