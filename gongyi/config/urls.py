"""Every address of the site; each app lists its own screens."""

from django.urls import include, path

from gongyi.api.urls import api
from gongyi.config import health
from gongyi.kit import errors

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", api.urls),
    path("kit/", include("gongyi.kit.urls")),
    path("steps/", include("gongyi.workflow.urls")),
    path("notifications/", include("gongyi.notifications.urls")),
    path("files/", include("gongyi.files.urls")),
    path("regions/", include("gongyi.regions.urls")),
    path("accounts/", include("gongyi.accounts.urls")),
    path("imports/", include("gongyi.imports.urls")),
    path("reservations/", include("gongyi.reservations.urls")),
    path("organizations/manage/", include("gongyi.organizations.urls")),
    path("reviews/", include("gongyi.reviews.urls")),
    path("join/", include("gongyi.onboarding.urls")),
    path("ledger/", include("gongyi.ledger.urls")),
    path("catalog/", include("gongyi.catalog.urls")),
    path("", include("gongyi.offerings.urls")),
    path("", include("gongyi.portal.urls")),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
