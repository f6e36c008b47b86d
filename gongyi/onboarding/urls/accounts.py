"""Laboratory accounts, sub-users, and the letter that authorizes who applies for verification."""

from django.urls import path

from gongyi.onboarding.views import accounts_laboratory as laboratory
from gongyi.onboarding.views import accounts_sub_users as sub_users
from gongyi.onboarding.views import verification

urlpatterns = [
    path("units/<int:pk>/laboratories/", laboratory.LaboratoryAccounts.as_view(), name="laboratory_accounts"),
    path(
        "units/<int:pk>/laboratories/new/", laboratory.OpenLaboratoryAccount.as_view(), name="open_laboratory_account"
    ),
    path(
        "units/<int:pk>/laboratories/<int:department_pk>/",
        laboratory.OneLaboratoryAccount.as_view(),
        name="laboratory_account",
    ),
    path(
        "units/<int:pk>/laboratories/<int:department_pk>/hand-over/",
        laboratory.HandOver.as_view(),
        name="hand_over_laboratory_account",
    ),
    path(
        "units/<int:pk>/laboratories/<int:department_pk>/disable/",
        laboratory.DisableLaboratoryAccount.as_view(),
        name="disable_laboratory_account",
    ),
    path(
        "units/<int:pk>/laboratories/<int:department_pk>/reopen/",
        laboratory.ReopenLaboratoryAccount.as_view(),
        name="reopen_laboratory_account",
    ),
    path(
        "units/<int:pk>/laboratories/<int:department_pk>/mail/",
        laboratory.mail_laboratory_account,
        name="mail_laboratory_account",
    ),
    path("laboratories/<int:department_pk>/", laboratory.Laboratory.as_view(), name="laboratory"),
    path("laboratories/<int:department_pk>/edit/", laboratory.EditLaboratory.as_view(), name="edit_laboratory"),
    path("laboratories/<int:department_pk>/people/", laboratory.LaboratoryPeople.as_view(), name="laboratory_people"),
    path("units/<int:pk>/sub-users/", sub_users.SubUsers.as_view(), name="sub_users"),
    path("units/<int:pk>/sub-users/new/", sub_users.OpenSubUser.as_view(), name="open_sub_user"),
    path(
        "units/<int:pk>/sub-users/<int:user_pk>/disable/", sub_users.DisableSubUser.as_view(), name="disable_sub_user"
    ),
    path("units/<int:pk>/sub-users/<int:user_pk>/reopen/", sub_users.ReopenSubUser.as_view(), name="reopen_sub_user"),
    path("units/<int:pk>/sub-users/<int:user_pk>/text/", sub_users.text_sub_user, name="text_sub_user"),
    path(
        "draft/<str:secret>/authorization.docx", verification.filled_authorization_letter, name="authorization_letter"
    ),
]
