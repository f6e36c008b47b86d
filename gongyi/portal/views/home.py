"""The home page: search, how many instruments are in which state, classes, what is free today, fields, units (S1-44 … S1-47)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import RunningStatus
from gongyi.catalog.queries import counted_organizations, featured
from gongyi.catalog.search import Kind, facet_counts_of_all
from gongyi.catalog.search.facets import RUNNING
from gongyi.portal import facets, rows, structured

CLASSES = 8
FEATURED = 4
ORGANIZATIONS = 6
POPULAR = ("扫描电镜", "核磁共振", "XRD", "拉曼", "高分辨质谱", "二代测序")


def home(request: HttpRequest) -> HttpResponse:
    """Public."""
    counts = facet_counts_of_all()
    status = counts[Kind.STATUS]
    now = timezone.now()
    candidates = rows.rows(rows.loaded(featured(FEATURED * 3)), request.user, now)
    free = sorted(candidates, key=lambda row: not row.has_free)[:FEATURED]
    units = counted_organizations(counts[Kind.ORGANIZATION])
    notes = {
        RunningStatus.ONLINE: _("开机待用"),
        RunningStatus.IN_USE: _("正在做实验"),
        RunningStatus.OFFLINE: _("停电、断网或未开机"),
        RunningStatus.FAULTY: _("暂停预约"),
        RunningStatus.SCRAPPED: _("仅供查询"),
    }
    context = {
        "total": sum(status.values()),
        "statuses": [(member, status.get(RUNNING[member.value], 0), notes.get(member, "")) for member in RunningStatus],
        "classes": facets.headline(counts, Kind.CLASS, 2, CLASSES),
        "class_count": sum(1 for code in counts[Kind.CLASS] if code % 100 == 0 and code % 10000),
        "fields": facets.flat(Kind.FIELD, "", counts[Kind.FIELD], ()).options,
        "rows": free,
        "all_free": bool(free) and free[0].has_free,
        "now": now,
        "organizations": units[:ORGANIZATIONS],
        "organization_count": len(units),
        "popular": POPULAR,
        "json_ld": structured.site(),
    }
    return render(request, "portal/home.html", context)
