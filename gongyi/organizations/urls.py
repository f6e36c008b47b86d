"""Screens for the people of a unit and the platform administrator."""

from django.urls import path

from gongyi.organizations.views import acting, departments, imports, people, units

app_name = "organizations"
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
    path("<int:pk>/departments/", departments.Departments.as_view(), name="departments"),
    path("<int:pk>/departments/new/", departments.AddDepartment.as_view(), name="add_department"),
    path("<int:pk>/departments/<int:department_pk>/", departments.EditDepartment.as_view(), name="edit_department"),
    path(
        "<int:pk>/departments/<int:department_pk>/delete/",
        departments.DeleteDepartment.as_view(),
        name="delete_department",
    ),
]
