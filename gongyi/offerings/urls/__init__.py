"""Every address of what institutions offer; each topic lists its own."""

from gongyi.offerings.urls import capabilities, finding, plans

app_name = "offerings"
urlpatterns = [*capabilities.urlpatterns, *finding.urlpatterns, *plans.urlpatterns]
