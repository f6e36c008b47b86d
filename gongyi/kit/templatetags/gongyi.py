"""The template words of the site: status badges, money, times, icons, signal tiles, scales and links that keep the query."""

from django import template
from django.db.models import Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from gongyi.kit import icons, money, seo, signals, when
from gongyi.kit.choices import StatusChoices, status_choices_of
from gongyi.kit.saved import keeping_for
from gongyi.kit.scale import DayScale

register = template.Library()

register.filter("money", money.format_money)
register.filter("money_short", money.format_money_short)
register.filter("duration", when.format_duration)
register.filter("hours", when.format_hours)
register.filter("clock", when.format_clock)
register.simple_tag(icons.icon, name="icon")
register.simple_tag(seo.json_ld)
register.simple_tag(seo.absolute)


def badge(label, classes: str = "", plain: bool = False) -> SafeString:
    """Return the status badge: a dot and the word, in the tone of `classes`."""
    return format_html('<span class="st {}{}">{}</span>', classes, " plain" if plain else "", label)


def status_badge(obj: Model, field_name: str = "status", plain: bool = False) -> SafeString:
    """Return the badge of a status field of a model; an empty status gives a dash."""
    value = getattr(obj, field_name)
    if value in (None, ""):
        return mark_safe(f'<span class="t3">{when.NONE}</span>')
    if isinstance(value, StatusChoices):
        return badge(value.label, value.badge, plain)
    field = obj._meta.get_field(field_name)
    choices = status_choices_of(field)
    if choices is None or value not in choices.values:
        return badge(getattr(obj, f"get_{field_name}_display", lambda: value)(), "idle", plain)
    member = choices(value)
    return badge(member.label, member.badge, plain)


@register.simple_tag
def st(obj, field="status", look=""):
    """`{% st reservation %}`, `{% st instrument "running_status" %}`, `{% st order "payment_status" "plain" %}`."""
    return status_badge(obj, field, look == "plain") if obj is not None else ""


@register.simple_tag
def st_value(value, look=""):
    """`{% st_value member %}` for a member of a StatusChoices; `{% st_value "已满" "wait" %}` for a bare word and tone."""
    if isinstance(value, StatusChoices):
        return badge(value.label, value.badge, look == "plain")
    return badge(value, look)


@register.filter("when")
def when_filter(moment, look=""):
    """`11-21 周六 14:00`; `|when:"full"` always writes the year."""
    return when.format_when(moment, full=look == "full")


@register.filter
def day(value, look=""):
    return when.format_day(value, full=look == "full")


@register.filter(name="period")
def period_filter(value, look=""):
    """`{{ range|period }}` → `2026-11-21 周六 14:00–16:00`; `|period:"short"` leaves out this year."""
    start, end = when.range_ends(value)
    return when.format_period(start, end, full=look != "short")


@register.simple_tag
def period(start, end, look=""):
    return when.format_period(start, end, full=look != "short")


@register.simple_tag
def days(first, last, look=""):
    return when.format_days(first, last, full=look != "short")


@register.simple_tag
def time_tag(moment, look=""):
    """The same text as `|when`, inside a `<time>` element machines can read."""
    if moment is None:
        return when.NONE
    return format_html(
        '<time datetime="{}">{}</time>', moment.isoformat(), when.format_when(moment, full=look == "full")
    )


@register.simple_tag
def signal_tile(key, seed=1, classes=""):
    return format_html('<span class="sig {}">{}</span>', classes, signals.signal_tile(str(key), seed))


@register.simple_tag
def day_scale(scale: DayScale):
    """Draw a `kit.scale.DayScale`: green free, grey booked, hatched closed, red line now; the words are in its label."""
    free = format_html_join("", '<s style="left:{}%;width:{}%"></s>', ((f"{a:.2f}", f"{w:.2f}") for a, w in scale.free))
    closed = format_html_join(
        "", '<u style="left:{}%;width:{}%"></u>', ((f"{a:.2f}", f"{w:.2f}") for a, w in scale.closed)
    )
    span = scale.last_hour - scale.first_hour
    step = 2 if span <= 16 else 4
    ticks = []
    for hour in range(scale.first_hour, scale.last_hour + 1):
        left = (hour - scale.first_hour) / span * 100
        ticks.append(f'<span class="tk" style="left:{left:.2f}%"></span>')
        if (hour - scale.first_hour) % step == 0:
            edge = (
                ";transform:none" if hour == scale.first_hour else ";transform:translateX(-100%)" if left > 99 else ""
            )
            ticks.append(f'<span class="tl" style="left:{left:.2f}%{edge}">{hour}</span>')
    now = f'<span class="now" style="left:{scale.now_at:.2f}%"></span>' if scale.now_at is not None else ""
    spans = "、".join(f"{when.format_clock(a)}–{when.format_clock(b)}" for a, b in scale.free_ranges)
    label = scale.label or _("{day} 空闲 {spans}").format(day=when.format_day(scale.day), spans=spans or _("无"))
    return format_html(
        '<div class="scale" role="img" aria-label="{}"><div class="bar">{}{}</div>{}{}</div>',
        label,
        free,
        closed,
        mark_safe("".join(ticks)),
        mark_safe(now),
    )


QUALIFICATIONS = ((0, "未授权"), (1, "普通"), (2, "资深"))


@register.simple_tag
def qualification(level, note=""):
    """A qualification as ticks: 0 未授权, 1 普通, 2 资深 (also the words none, ordinary, senior)."""
    words = {"none": 0, "": 0, None: 0, "ordinary": 1, "normal": 1, "senior": 2}
    number = words.get(level, level)
    number = min(2, max(0, int(number)))
    return format_html(
        '<span class="ql q{}"><i aria-hidden="true"><b></b><b></b></i>{}{}</span>',
        number,
        _(QUALIFICATIONS[number][1]),
        f" {note}" if note else "",
    )


@register.simple_tag
def avatar(name, classes=""):
    """A round tile with the first character of a name."""
    return format_html('<span class="gy-av {}" aria-hidden="true">{}</span>', classes, (str(name).strip() or "？")[0])


@register.filter
def masked_name(name):
    """`林知远` → `林＊`: what strangers may read in a public calendar."""
    name = str(name or "").strip()
    return f"{name[0]}＊" if name else ""


@register.filter
def masked_phone(phone):
    """`13812346021` → `138 **** 6021`; other numbers keep their ends."""
    phone = str(phone or "").strip()
    if not phone:
        return when.NONE
    if len(phone) == 11 and phone.isdigit():
        return f"{phone[:3]} **** {phone[-4:]}"
    if len(phone) < 6:
        return "*" * len(phone)
    return f"{phone[:3]}****{phone[-2:]}"


@register.filter
def dash(value):
    """The value, or `—` where there is none."""
    return when.NONE if value in (None, "") else value


@register.filter
def filesize_zh(size):
    """`412 KB`, `1.8 MB`, and a limit as it is set: `2 MB`."""
    size = float(size or 0)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            whole = unit in ("B", "KB") or size >= 100 or size.is_integer()
            return f"{size:.0f} {unit}" if whole else f"{size:.1f} {unit}"
        size /= 1024
    return ""


@register.filter
def number(value):
    """`1,862` with separators; a dash for nothing."""
    if value in (None, ""):
        return when.NONE
    return f"{value:,}"


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """The current query string with some parameters changed, `?…`; None or "" drops one. A changed filter drops `page`."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            params.pop(key, None)
        else:
            params[key] = value
    if "page" not in changes:
        params.pop("page", None)
    encoded = params.urlencode()
    return f"?{encoded}" if encoded else "?"


@register.simple_tag(takes_context=True)
def query_without(context, key, value):
    """The current query string with one value of a repeated parameter taken out."""
    params = context["request"].GET.copy()
    params.setlist(key, [v for v in params.getlist(key) if v != str(value)])
    params.pop("page", None)
    encoded = params.urlencode()
    return f"?{encoded}" if encoded else "?"


@register.inclusion_tag("kit/saved.html", takes_context=True)
def saved_searches(context, title=""):
    """The menu of searches the person kept for this page, and a way to keep the present one; for pages of any make."""
    request = context["request"]
    keeping = keeping_for(request, request.GET.urlencode(), title)
    return {"keeping": keeping, "request": request, "of_finder": True, "user": getattr(request, "user", None)}


@register.simple_tag(takes_context=True)
def sort_link(context, key):
    """The query string that sorts by `key`: ascending first, then descending."""
    current = context["request"].GET.get("sort", "")
    return query(context, sort=f"-{key}" if current == key else key)


@register.simple_tag(takes_context=True)
def render_panel(context, panel):
    """Render a panel's template with the page's context and its own."""
    template_ = context.template.engine.get_template(panel.template)
    with context.push(**panel.context):
        return template_.render(context)
