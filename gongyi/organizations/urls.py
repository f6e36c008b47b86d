"""Screens for the people of a unit and the platform administrator."""

from django.urls import path

from gongyi.organizations.views import (
    acting,
    certificates,
    departments,
    handing_over,
    imports,
    people,
    profile,
    roles,
    showcase,
    units,
)

app_name = "organizations"
certificate_patterns = [
    path("<int:pk>/certificates/", certificates.Certificates.as_view(), name="certificates"),
    path("<int:pk>/certificates/new/", certificates.AddCertificate.as_view(), name="add_certificate"),
    path(
        "<int:pk>/certificates/<int:certificate_pk>/", certificates.EditCertificate.as_view(), name="edit_certificate"
    ),
    path(
        "<int:pk>/certificates/<int:certificate_pk>/withdraw/",
        certificates.WithdrawCertificate.as_view(),
        name="withdraw_certificate",
    ),
    path(
        "<int:pk>/certificates/<int:certificate_pk>/restore/",
        certificates.RestoreCertificate.as_view(),
        name="restore_certificate",
    ),
    path(
        "<int:pk>/certificates/<int:certificate_pk>/history/",
        certificates.CertificateHistory.as_view(),
        name="certificate_history",
    ),
]
showcase_patterns = [
    path("<int:pk>/showcase/", showcase.Showcase.as_view(), name="showcase"),
    path("<int:pk>/showcase/pictures/", showcase.AddPictures.as_view(), name="add_pictures"),
    path("<int:pk>/showcase/pictures/<int:picture_pk>/", showcase.RenamePicture.as_view(), name="rename_picture"),
    path("<int:pk>/showcase/pictures/<int:picture_pk>/remove/", showcase.remove_picture, name="remove_picture"),
    path("<int:pk>/showcase/pictures/<int:picture_pk>/<slug:where>/", showcase.move_picture, name="move_picture"),
    path("<int:pk>/showcase/cases/", showcase.AddCase.as_view(), name="add_case"),
    path("<int:pk>/showcase/cases/<int:case_pk>/", showcase.EditCase.as_view(), name="edit_case"),
    path("<int:pk>/showcase/cases/<int:case_pk>/preview/", showcase.PreviewCase.as_view(), name="preview_case"),
    path("<int:pk>/showcase/cases/<int:case_pk>/delete/", showcase.delete_case, name="delete_case"),
]
urlpatterns = [
    path("act-for/", acting.act_for, name="act_for"),
    path("", units.Organizations.as_view(), name="list"),
    path("new/", units.AddOrganization.as_view(), name="add"),
    path("import/", imports.ImportUnits.as_view(), name="import_units"),
    path("<int:pk>/", units.OneOrganization.as_view(), name="organization"),
    path("<int:pk>/edit/", units.EditOrganization.as_view(), name="edit"),
    path("<int:pk>/contact/", units.EditContact.as_view(), name="edit_contact"),
    path("<int:pk>/people/", people.People.as_view(), name="people"),
    path("<int:pk>/people/import/", imports.ImportPeople.as_view(), name="import_people"),
    path("<int:pk>/people/add/", people.AddPerson.as_view(), name="add_person"),
    path("<int:pk>/people/new/", people.NewPerson.as_view(), name="new_person"),
    path("<int:pk>/people/<int:user_pk>/", people.EditPerson.as_view(), name="person"),
    path("<int:pk>/people/<int:user_pk>/remove/", people.RemovePerson.as_view(), name="remove_person"),
    path("<int:pk>/people/<int:user_pk>/hand-over/", handing_over.HandOver.as_view(), name="hand_over"),
    path("roles/", roles.Roles.as_view(), name="roles"),
    path("<int:pk>/departments/", departments.Departments.as_view(), name="departments"),
    path("<int:pk>/departments/new/", departments.AddDepartment.as_view(), name="add_department"),
    path("<int:pk>/departments/<int:department_pk>/", departments.EditDepartment.as_view(), name="edit_department"),
    path(
        "<int:pk>/departments/<int:department_pk>/delete/",
        departments.DeleteDepartment.as_view(),
        name="delete_department",
    ),
    path("<int:pk>/suspend/", units.Suspend.as_view(), name="suspend"),
    path("<int:pk>/leave/", units.Leave.as_view(), name="leave"),
    path("<int:pk>/ask-to-leave/", units.AskToLeave.as_view(), name="ask_to_leave"),
    path("<int:pk>/profile/", profile.EditProfile.as_view(), name="edit_profile"),
    path("<int:pk>/contacts/", profile.Contacts.as_view(), name="contacts"),
    path("<int:pk>/contacts/<slug:duty>/", profile.ChangeContact.as_view(), name="change_contact"),
    path("<int:pk>/contacts/<slug:duty>/end/", profile.EndContact.as_view(), name="end_contact"),
    path("<int:pk>/attachments/", profile.Attachments.as_view(), name="attachments"),
    path("<int:pk>/reviews/", profile.Reviews.as_view(), name="reviews"),
    *certificate_patterns,
    *showcase_patterns,
]
