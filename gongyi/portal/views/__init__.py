"""The public side: home, finding instruments, their pages, organizations, favourites; and the way to one's desk."""

from gongyi.portal.views.desk import FinanceDesk, PlatformDesk, desk
from gongyi.portal.views.favourites import favourite, favourites
from gongyi.portal.views.finding import instruments
from gongyi.portal.views.home import home
from gongyi.portal.views.instrument import instrument
from gongyi.portal.views.organizations import organization, organizations
from gongyi.portal.views.seo import robots, sitemap

__all__ = [
    "FinanceDesk", "PlatformDesk", "desk", "favourite", "favourites", "home", "instrument", "instruments", "organization", "organizations", "robots", "sitemap",
]  # fmt: skip
