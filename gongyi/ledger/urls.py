"""Screens of the ledger."""

from django.urls import path

from gongyi.ledger.views import account, mine, unit

app_name = "ledger"
urlpatterns = [
    path("", mine.Accounts.as_view(), name="accounts"),
    path("default/<int:pk>/", mine.set_default, name="set_default"),
    path("groups/", mine.LedGroups.as_view(), name="led_groups"),
    path("groups/managed/", mine.ManagedGroups.as_view(), name="managed_groups"),
    path("groups/joined/", mine.JoinedGroups.as_view(), name="joined_groups"),
    path("groups/new/", mine.Apply.as_view(), name="apply"),
    path("accounts/<int:pk>/", account.Account.as_view(), name="account"),
    path("accounts/<int:pk>/records/", account.Records.as_view(), name="records"),
    path("accounts/<int:pk>/holds/", account.Holds.as_view(), name="holds"),
    path("accounts/<int:pk>/statement/", account.StatementPage.as_view(), name="statement"),
    path("accounts/<int:pk>/members/", account.Members.as_view(), name="members"),
    path("accounts/<int:pk>/members/<int:member>/<str:step>/", account.member_step, name="member_step"),
    path("unit/", unit.UnitAccounts.as_view(), name="unit_accounts"),
    path("unit/new/", unit.Open.as_view(), name="open"),
    path("unit/records/", unit.UnitRecords.as_view(), name="unit_records"),
]
