"""The public side: home, finding instruments, their pages, organizations, favourites; and the way to one's desk."""

from gongyi.portal.views.comparing import comparing
from gongyi.portal.views.desk import FinanceDesk, PlatformDesk, desk
from gongyi.portal.views.favourites import favourite, favourites
from gongyi.portal.views.finding import instruments
from gongyi.portal.views.home import home
from gongyi.portal.views.instrument import instrument
from gongyi.portal.views.organizations import organization, organizations
from gongyi.portal.views.seo import robots, sitemap
from gongyi.portal.views.shortlist import clear_stopped, picked, restore, shortlist

__all__ = [
    "FinanceDesk", "PlatformDesk", "clear_stopped", "comparing", "desk", "favourite", "favourites", "home", "instrument", "instruments",
    "organization", "organizations", "picked", "restore", "robots", "shortlist", "sitemap",
]  # fmt: skip
