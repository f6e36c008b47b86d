"""Registering a unit: choosing a way in, its parts, its files, where it stands."""

from django.urls import path

from gongyi.onboarding.views import institution, wizard, wizard_end, wizard_files

urlpatterns = [
    path("", wizard.Choose.as_view(), name="choose"),
    path("mine/", wizard.Mine.as_view(), name="mine"),
    path("new/<slug:capacity>/", wizard.Start.as_view(), name="start"),
    path("change/<int:pk>/<slug:capacity>/", wizard.Change.as_view(), name="change"),
    path("applications/<int:pk>/", wizard.OneApplication.as_view(), name="application"),
    path("draft/<str:secret>/", wizard.Resume.as_view(), name="resume"),
    path("draft/<str:secret>/parts/<slug:part>/", wizard.PartPage.as_view(), name="part"),
    path("draft/<str:secret>/files/<str:slot>/upload/", wizard_files.upload, name="upload"),
    path("draft/<str:secret>/files/<str:slot>/remove/", wizard_files.remove_file, name="remove_file"),
    path("draft/<str:secret>/files/<uuid:public_id>/", wizard_files.one_file, name="file"),
    path("draft/<str:secret>/overview/", wizard_end.Overview.as_view(), name="overview"),
    path("draft/<str:secret>/state/", wizard_end.State.as_view(), name="state"),
    path("draft/<str:secret>/submit/", wizard_end.submit, name="submit"),
    path("draft/<str:secret>/withdraw/", wizard_end.withdraw, name="withdraw"),
    path("draft/<str:secret>/discard/", wizard_end.discard, name="discard"),
    path("draft/<str:secret>/letter/", institution.letter, name="institution_letter"),
    path("draft/<str:secret>/mail/", wizard.mail_link, name="mail_link"),
]
