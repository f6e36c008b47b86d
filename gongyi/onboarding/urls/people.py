"""Binding oneself to a unit, and invitations."""

from django.urls import path

from gongyi.onboarding.views import bindings, invitations

urlpatterns = [
    path("bind/", bindings.MyUnits.as_view(), name="my_units"),
    path("bind/find/", bindings.find_unit, name="find_unit"),
    path("bind/<int:pk>/", bindings.Bind.as_view(), name="bind"),
    path("release/<int:pk>/", bindings.Release.as_view(), name="release"),
    path("bindings/<int:pk>/", bindings.OneBinding.as_view(), name="binding"),
    path("units/<int:pk>/invitations/", invitations.Invitations.as_view(), name="invitations"),
    path("units/<int:pk>/invitations/new/", invitations.Invite.as_view(), name="invite"),
    path("units/<int:pk>/invitations/mail/", invitations.InviteByMail.as_view(), name="invite_by_mail"),
    path("invitations/<int:pk>/", invitations.OneInvitation.as_view(), name="invitation"),
    path("invitations/<int:pk>/revoke/", invitations.Revoke.as_view(), name="revoke_invitation"),
    path("invited/<str:secret>/", invitations.Invited.as_view(), name="invited"),
]
