"""Screens of timed booking."""

from django.urls import path

from gongyi.reservations.views import (
    batch,
    calendar,
    desk,
    home,
    mine,
    moving,
    people,
    reservation,
    rules,
    timeline,
    use,
)

app_name = "reservations"
urlpatterns = [
    # choosing a time and booking it
    path("calendar/<int:pk>/events/", calendar.calendar_events, name="calendar_events"),
    path("calendar/<int:pk>/confirm/", calendar.confirm, name="confirm"),
    path("calendar/<int:pk>/book/", calendar.book, name="book"),
    path("batch/", batch.batch, name="batch"),
    path("batch/done/", batch.batch_done, name="batch_done"),
    path("timeline/", timeline.timeline, name="timeline"),
    path("timeline/find/", timeline.timeline_find, name="timeline_find"),
    # mine
    path("", mine.Mine.as_view(), name="mine"),
    path("home/", home.MyDesk.as_view(), name="my_desk"),
    path("usage/", mine.Usage.as_view(), name="usage"),
    path("subscription/", mine.subscription, name="subscription"),
    path("subscription/replace/", mine.replace_feed, name="replace_feed"),
    path("feed/<str:secret>.ics", mine.feed, name="feed"),
    path("<int:pk>/", reservation.ReservationPage.as_view(), name="reservation"),
    path("<int:pk>/booked/", calendar.booked, name="booked"),
    path("<int:pk>/move/", moving.move, name="move"),
    path("<int:pk>/slip/", mine.slip, name="slip"),
    path("<int:pk>/calendar.ics", mine.ics, name="ics"),
    # at the instrument
    path("use/<int:pk>/", use.use, name="use"),
    path("use/<int:pk>/sign/", use.sign, name="sign"),
    path("use/<int:pk>/fault/", use.ReportFault.as_view(), name="report_fault"),
    # those who look after instruments
    path("desk/", desk.ManagerDesk.as_view(), name="manager_desk"),
    path("desk/hours/", desk.hours_table, name="hours"),
    path("desk/book/", desk.book_for, name="book_for"),
    path("managed/", desk.Managed.as_view(), name="managed"),
    path("people/", people.People.as_view(), name="people"),
    path("people/find/", people.people_search, name="people_search"),
    path("people/grant/", people.Grant.as_view(), name="grant"),
    path("people/<int:pk>/extend/", people.Extend.as_view(), name="extend"),
    path("people/<int:pk>/withdraw/", people.Withdraw.as_view(), name="withdraw"),
    path("bans/", people.Bans.as_view(), name="bans"),
    path("bans/new/", people.BanSomebody.as_view(), name="ban"),
    path("bans/<int:pk>/lift/", people.lift_ban, name="lift_ban"),
    path("rules/", rules.Ruled.as_view(), name="ruled"),
    path("rules/site/", rules.RulesPage.as_view(), name="site_rules"),
    path("rules/site/hours/", rules.HoursPage.as_view(), name="site_hours"),
    path(
        "rules/organization/<int:pk>/", rules.RulesPage.as_view(), {"scope": "organization"}, name="organization_rules"
    ),
    path(
        "rules/organization/<int:pk>/hours/",
        rules.HoursPage.as_view(),
        {"scope": "organization"},
        name="organization_hours",
    ),
    path("rules/instrument/<int:pk>/", rules.RulesPage.as_view(), {"scope": "instrument"}, name="instrument_rules"),
    path(
        "rules/instrument/<int:pk>/hours/", rules.HoursPage.as_view(), {"scope": "instrument"}, name="instrument_hours"
    ),
    path("closures/", rules.Closures.as_view(), name="closures"),
    path("closures/new/", rules.Close.as_view(), name="close"),
    path("closures/<int:pk>/reopen/", rules.Reopen.as_view(), name="reopen"),
    path("faults/", rules.Faults.as_view(), name="faults"),
    path("faults/<int:pk>/resolve/", rules.Resolve.as_view(), name="resolve_fault"),
]
