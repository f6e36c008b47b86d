"""The instruments one looks after: their list, and the page of one with everything its keeper may do."""

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.queries import events_of
from gongyi.catalog.filters import ManagedFilter
from gongyi.catalog.models import Instrument
from gongyi.catalog.tables import InstrumentTable
from gongyi.kit.money import format_money
from gongyi.kit.views import Action, Crumb, Field, FieldGroup, FlowEntry, ListPage, Panel
from gongyi.kit.when import format_day
from gongyi.organizations.models import Department, Organization
from gongyi.organizations.rules import managed_organizations
from gongyi.workflow.views import WorkflowPage

LIST = Crumb(gettext_lazy("我管理的仪器"), reverse_lazy("catalog:list"))


def keeps_any(request: HttpRequest) -> bool:
    """Whether somebody has instruments, or units whose instruments, to look after."""
    user = request.user
    return user.is_authenticated and (units_to_enter_for(user).exists() or Instrument.objects.managed_by(user).exists())


def units_to_enter_for(user) -> QuerySet[Organization]:
    """The units to which somebody may add instruments: those they manage, and those of which they keep a laboratory."""
    return managed_organizations(user) | Organization.objects.filter(
        pk__in=Department.objects.kept_by(user).values("organization")
    )


class Managed(ListPage):
    """All instruments for the platform administrator, a unit's for its administrator, a laboratory's for its account,
    else one's own."""

    title = gettext_lazy("我管理的仪器")
    model = Instrument
    table_class = InstrumentTable
    filter_class = ManagedFilter
    noun = gettext_lazy("仪器")
    measure = gettext_lazy("台")
    empty_text = gettext_lazy("一台台新增，或用 Excel 一次导入。")

    def allowed(self):
        return keeps_any(self.request)

    def get_queryset(self):
        managed = Instrument.objects.managed_by(self.request.user)
        return managed.select_related("instrument_class", "organization", "department").defer(
            "tsv", "facets", "functions", "technical_specs", "accessories", "user_notice", "sample_requirements"
        )

    def get_actions(self):
        new = Action(_("新增仪器"), reverse("catalog:add"), "plus", "primary")
        if not managed_organizations(self.request.user).exists():
            return [new] if units_to_enter_for(self.request.user).exists() else []
        return [
            Action(_("批量导入"), reverse("catalog:import"), "table-import"),
            new,
        ]

    @property
    def empty_action(self):
        actions = self.get_actions()
        return actions[-1] if actions else None


class OneInstrument(WorkflowPage):
    """One instrument as its keeper sees it."""

    model = Instrument
    list_crumb = LIST
    icons = {"submit": "send", "withdraw": "arrow-back-up", "enable": "world", "disable": "player-stop", "scrap": "trash"}

    def get_queryset(self):
        managed = Instrument.objects.managed_by(self.request.user)
        return managed.select_related("instrument_class", "organization", "department", "region").defer("tsv", "facets")

    def get_title(self):
        return self.object.name

    def get_subtitle(self):
        return f"{self.object.model} {self.object.number}".strip()

    def get_nodes(self):
        return []

    def get_actions(self):
        pk = [self.object.pk]
        return [
            Action(_("查看公开页"), self.object.get_absolute_url(), "external-link", "quiet"),
            Action(_("预约规则"), reverse("reservations:instrument_rules", args=pk), "adjustments", "quiet"),
            Action(_("编辑资料"), reverse("catalog:edit", args=pk), "pencil"),
        ]

    def get_groups(self):
        i = self.object
        place = [
            Field(_("所属单位"), i.organization.name), Field(_("院系/实验室"), i.department or "—"),
            Field(_("安放地点"), i.location or "—"), Field(_("所在地区"), i.region.label if i.region else "—"),
            Field(_("联系人"), f"{i.contact_name} {i.contact_phone}".strip() or "—"),
            Field(_("运行状态"), i.get_running_status_display()),
        ]  # fmt: skip
        data = [
            Field(_("英文名称"), i.name_en or "—"), Field(_("仪器分类"), i.instrument_class.path if i.instrument_class else "—"),
            Field(_("生产制造商"), f"{i.manufacturer}（{i.origin_country}）" if i.origin_country else i.manufacturer or "—"),
            Field(_("出厂编号"), i.serial_no or "—"), Field(_("单位仪器编号"), i.internal_no or "—"),
            Field(_("原值"), format_money(i.original_value)), Field(_("购置时间"), format_day(i.purchased_on, full=True)),
            Field(_("服务次数"), f"{i.service_count:,}"), Field(_("主要功能"), i.functions or "—", wide=True),
            Field(_("主要技术指标"), i.technical_specs or "—", wide=True),
        ]  # fmt: skip
        edit = (_("编辑"), reverse("catalog:edit", args=[i.pk]))
        return [FieldGroup(_("归属与联系"), place), FieldGroup(_("仪器资料"), data, link=edit)]

    def get_panels(self):
        i, pk = self.object, [self.object.pk]
        return [
            Panel(
                _("价格"), "catalog/_prices.html", {"prices": list(i.prices.all())},
                link=(_("修改"), reverse("catalog:prices", args=pk)), bare=True,
            ),
            Panel(_("照片"), "catalog/_photos.html", {"photos": list(i.photos.select_related("file")), "instrument": i}),
        ]  # fmt: skip

    def get_side_panels(self):
        i = self.object
        links = list(i.manager_links.select_related("user").order_by("since"))
        return [
            Panel(_("管理员"), "catalog/_managers.html", {"links": links, "instrument": i}),
            Panel(
                _("现场二维码"),
                "catalog/_qr.html",
                {"qr": mark_safe(code_of(i).svg_inline(scale=4, border=2, omitsize=True)), "instrument": i},
            ),
        ]

    @cached_property
    def changes(self):
        return list(events_of(self.object)[:20])

    def get_flow(self):
        """Steps and changes together, newest first: who changed which price or fact when."""
        steps = [(record.at, entry) for record, entry in zip(reversed(self.history), super().get_flow(), strict=True)]
        changed = [(e.at, FlowEntry(e.what, e.who, e.at, in_words(e.before, e.after), "")) for e in self.changes]
        return [entry for _at, entry in sorted([*steps, *changed], key=lambda pair: pair[0], reverse=True)]


def in_words(before, after) -> str:
    """`校内 ¥300.00 → ¥320.00` for every fact that changed."""
    if not isinstance(before, dict) and not isinstance(after, dict):
        return " → ".join(str(value) for value in (before, after) if value)
    old, new = before or {}, after or {}
    parts = [
        f"{key}：{_cut(old.get(key))} → {_cut(new.get(key))}" for key in {**old, **new} if old.get(key) != new.get(key)
    ]
    return "；".join(parts[:6]) + (_("等 %s 项") % len(parts) if len(parts) > 6 else "")


def _cut(text) -> str:
    text = str(text or "—").replace("\n", " ")
    return text if len(text) <= 40 else text[:40] + "…"


def code_of(instrument: Instrument) -> segno.QRCode:
    """The code on the instrument: a phone that reads it lands on the page to sign in for use."""
    return segno.make(settings.SITE_URL + reverse("reservations:use", args=[instrument.pk]), error="m", micro=False)


@login_required
def qr(request: HttpRequest, pk: int) -> HttpResponse:
    """The code as a file to print, for those who keep the instrument."""
    instrument = get_object_or_404(Instrument.objects.managed_by(request.user), pk=pk)
    response = HttpResponse(content_type="image/svg+xml")
    response["Content-Disposition"] = f'attachment; filename="{instrument.number}.svg"'
    code_of(instrument).save(response, kind="svg", scale=8, border=4)
    return response
