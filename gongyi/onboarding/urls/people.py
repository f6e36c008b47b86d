"""Binding oneself to a unit, invitations, handing over."""

from django.urls import path

from gongyi.onboarding.views import bindings

urlpatterns = [path("bindings/<int:pk>/", bindings.OneBinding.as_view(), name="binding")]
