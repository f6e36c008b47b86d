"""The public pages, and where people land after signing in."""

from django.urls import path

from gongyi.portal import views
from gongyi.portal.views.search import forget_searches, search, suggest

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("instruments/", views.instruments, name="instruments"),
    path("instruments/<int:pk>/", views.instrument, name="instrument"),
    path("instruments/<int:pk>/favourite/", views.favourite, name="favourite"),
    path("shortlist/", views.shortlist, name="shortlist"),
    path("shortlist/picked/", views.picked, name="picked"),
    path("shortlist/clear/", views.clear_stopped, name="shortlist_clear"),
    path("shortlist/restore/", views.restore, name="shortlist_restore"),
    path("compare/", views.comparing, name="compare"),
    path("favourites/", views.favourites, name="favourites"),
    path("organizations/", views.organizations, name="organizations"),
    path("organizations/<int:pk>/", views.organization, name="organization"),
    path("search/", search, name="search"),
    path("search/suggest/", suggest, name="suggest"),
    path("search/forget/", forget_searches, name="forget_searches"),
    path("desk/", views.desk, name="desk"),
    path("desk/platform/", views.PlatformDesk.as_view(), name="platform_desk"),
    path("desk/accounts/", views.FinanceDesk.as_view(), name="finance_desk"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
]
