"""The list page: filters, sorting, columns, page size and selection, all in the URL; export and bulk actions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tables2.rows import BoundRow

from gongyi.kit import paging, saved
from gongyi.kit.dialogs import go, is_htmx, show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import CONTENT_TYPE, Column, write_workbook
from gongyi.kit.tables import SelectColumn, Table
from gongyi.kit.views.page import Page

EXPORT_LIMIT = 20_000
BULK_LIMIT = 1_000
TOLD_IN_A_MESSAGE = 5  # refusals; more are listed in a dialog


@dataclass(frozen=True)
class BulkAction:
    """Something to do with the selected rows: the page's method `bulk_<name>(queryset, **form data)` does it.

    `effect` is what the dialog says before anything happens (destructive actions ask once); `form_class` asks for input
    such as a reason. With neither it happens at once. With a `preview` template the page's method
    `preview_<name>(queryset, **form data)` gives what that template shows before the last click; `nothing` in it means
    there is nothing to do. `wide` asks in a wide dialog. `allowed(request)` hides it from people it is not for.
    """

    name: str
    label: object
    tone: str = ""
    effect: object = ""
    form_class: type[Form] | None = None
    allowed: Callable | None = None
    preview: str = ""
    wide: bool = False

    @property
    def asks(self) -> bool:
        return bool(self.effect or self.form_class)


@dataclass
class BulkResult:
    """What became of the selected rows: how many were done, and the sentences for those that were refused."""

    done: int = 0
    refused: list[tuple[object, str]] = field(default_factory=list)

    @classmethod
    def of(cls, objects: Iterable, act: Callable) -> "BulkResult":
        """Call `act` for each object and collect who was refused."""
        result = cls()
        for obj in objects:
            try:
                act(obj)
            except Refused as refusal:
                result.refused.append((obj, str(refusal)))
            else:
                result.done += 1
        return result


@dataclass(frozen=True)
class Tab:
    """One tab above the rows: a condition of the list with how many rows it has."""

    label: object
    url: str
    count: object = ""
    current: bool = False


class ListPage(Page):
    """A list. Declare `model` (or `get_queryset`), `table_class`, and as needed the rest; see docs/kit.md.

    The rows are those `visible_to` the person. State lives in the URL: filters, `sort`, `page`, `per`; the columns a person
    chose are kept in their session. What one sees can be kept as a view and opened with (`keeps_views`; `?view=all` opens
    the list without). At most 10,000 rows are counted and paged, 20,000 exported, 1,000 changed at once.
    """

    template_name = "kit/list.html"
    fragment_name = "kit/list_body.html"
    model: Any = None
    table_class: type[Table] = Table
    filter_class = None
    noun: object = gettext_lazy("记录")
    measure: object = gettext_lazy("条")
    page_sizes = (20, 50, 100)
    bulk_actions: Sequence[BulkAction] = ()
    exportable = True
    keeps_views = True
    empty_text: object = ""
    empty_action = None

    # rows

    def get_queryset(self) -> QuerySet:
        return self.model._default_manager.visible_to(self.request.user)

    @cached_property
    def unfiltered(self) -> QuerySet:
        return self.get_queryset()

    @cached_property
    def filters(self):
        if self.filter_class is None:
            return None
        return self.filter_class(self.request.GET or None, queryset=self.unfiltered, request=self.request)

    @cached_property
    def rows(self) -> QuerySet:
        """The rows in question: visible, filtered; a filter that can't be read filters nothing out."""
        return self.filters.qs if self.filters is not None else self.unfiltered

    # table

    @cached_property
    def offered_bulk(self) -> list[BulkAction]:
        return [a for a in self.bulk_actions if a.allowed is None or a.allowed(self.request)]

    def get_table_kwargs(self) -> dict:
        return {}

    @cached_property
    def table(self) -> Table:
        extra = [("select", SelectColumn())] if self.offered_bulk else []
        sort = self.request.GET.get("sort", "")[:60]
        table = self.table_class(
            self.rows,
            order_by_field="sort",
            extra_columns=extra,
            sequence=("select", "...") if extra else None,
            **({"order_by": sort} if sort else {}),
            **self.get_table_kwargs(),
        )
        table.request = self.request  # given to the constructor it would count and page all rows, without a limit
        table.show_columns(self.chosen_columns(table))
        ordering = table.data.data.query.order_by or table.data.data.query.get_meta().ordering
        if "pk" not in {str(o).lstrip("-") for o in ordering if isinstance(o, str)}:
            table.data.data = table.data.data.order_by(*ordering, "pk")  # else rows with equal keys move between pages
        table.data.data = self.fetch(table.data.data, [c.name for c in table.columns])
        return table

    def fetch(self, rows: QuerySet, columns: list[str]) -> QuerySet:
        """The rows with what the shown columns read besides: related rows, counts, long texts."""
        return rows

    @property
    def per_page(self) -> int:
        asked = self.request.GET.get("per", "")
        return int(asked) if asked.isdecimal() and int(asked) in self.page_sizes else self.page_sizes[0]

    @cached_property
    def current_page(self):
        table = self.table
        paginator = paging.CappedPaginator(table.rows, self.per_page)
        page = paginator.get_page(self.request.GET.get("page", "1")[:9])
        table.paginator, table.page = paginator, page
        return page

    # columns

    @property
    def columns_key(self) -> str:
        match = self.request.resolver_match
        return f"columns:{match.view_name if match else type(self).__name__}"

    def chosen_columns(self, table: Table) -> list[str]:
        asked = [n for n in self.request.GET.get("cols", "").split(",") if n in table.choosable]
        if asked:
            return asked
        stored = self.request.session.get(self.columns_key) if self.request.user.is_authenticated else None
        return [n for n in stored or () if n in table.choosable] or table.shown_by_default

    @property
    def column_choices(self) -> list[tuple[object, list[dict]]]:
        """The chooser's lines by heading: shown ones in their order, then the hidden ones, in the table's groups if it has any."""
        table = self.table
        shown = [c.name for c in table.columns if c.name in table.choosable]
        rest = [n for n in table.choosable if n not in shown]
        grouped = [(title, [n for n in names if n in rest]) for title, names in table.groups]
        known = {n for _title, names in grouped for n in names}
        others = [n for n in rest if n not in known]
        headed = [(_("已显示"), shown), *grouped, (_("其他"), others)] if table.groups else [("", [*shown, *rest])]
        return [
            (
                title,
                [
                    {
                        "name": n,
                        "label": table.columns[n].verbose_name,
                        "shown": n in shown,
                        "locked": n == table.title_column,
                    }
                    for n in names
                ],
            )
            for title, names in headed
            if names
        ]

    def get_tabs(self) -> Sequence[Tab]:
        """Tabs above the rows, rendered anew with them."""
        return ()

    # views

    @cached_property
    def state(self) -> str:
        """What the list shows now, as a query: conditions, sorting, page size and the columns in their order."""
        params = self.request.GET.copy()
        params["cols"] = ",".join(c.name for c in self.table.columns if c.name in self.table.choosable)
        return saved.normal(params.urlencode())

    @cached_property
    def keeping(self) -> saved.Keeping | None:
        return saved.keeping_for(self.request, self.state, self.get_title()) if self.keeps_views else None

    @property
    def clear_url(self) -> str:
        """The list without conditions, also where it opens with a view."""
        bare = self.keeping is None or self.keeping.default is None
        return self.request.path if bare else f"{self.request.path}?{saved.WITHOUT_VIEW}"

    # answers

    def get(self, request, *args, **kwargs):
        if self.keeps_views and not request.GET and not is_htmx(request) and self.keeping and self.keeping.default:
            query = self.keeping.default.query
            return HttpResponseRedirect(f"{request.path}?{query or saved.WITHOUT_VIEW}")
        if request.GET.get("export") == "xlsx" and self.exportable:
            return self.export()
        context = self.get_context_data()
        if is_htmx(request) and request.headers.get("HX-Target") == "gy-list":
            return self.response_class(request, self.fragment_name, context)
        return self.render_to_response(context)

    def get_context_data(self, **kwargs):
        page = self.current_page
        return super().get_context_data(
            **{
                "table": self.table,
                "filters": self.filters,
                "rows_page": page,
                "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
                "count_line": paging.line(page, str(self.measure)),
                "tabs": self.get_tabs(),
                "export_url": self.export_url if self.exportable else "",
                **kwargs,
            }
        )

    @property
    def export_url(self) -> str:
        params = self.request.GET.copy()
        params.pop("page", None)
        params["export"] = "xlsx"
        return f"?{params.urlencode()}"

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters is not None and self.filters.chosen)

    def post(self, request, *args, **kwargs):
        if "columns" in request.POST or "reset-columns" in request.POST:
            return self.save_columns()
        return self.bulk()

    def save_columns(self):
        """Keep the chosen columns for this person and show the list with them."""
        request = self.request
        names = [] if "reset-columns" in request.POST else request.POST.getlist("columns")
        names = [n for n in names if n in self.table_class.base_columns]
        if request.user.is_authenticated:
            if names:
                request.session[self.columns_key] = names
            else:
                request.session.pop(self.columns_key, None)
        params = request.GET.copy()
        params.pop("cols", None)
        if names and not request.user.is_authenticated:
            params["cols"] = ",".join(names)
        request.GET = params  # type: ignore[assignment]  # a changed copy: the fragment shows the list at its clean address
        address = f"{request.path}?{params.urlencode()}" if params else request.path
        if is_htmx(request):
            context = self.get_context_data(columns_changed=True)
            return self.response_class(request, self.fragment_name, context, headers={"HX-Replace-Url": address})
        return HttpResponseRedirect(address)

    # bulk

    def selection(self) -> QuerySet:
        """The chosen rows: all that match when `all` is set, else those named; never more than the person may see."""
        if self.request.POST.get("all") == "1":
            return self.rows
        keys = [pk for pk in self.request.POST.getlist("pk") if pk.isdecimal() and len(pk) < 19]
        return self.rows.filter(pk__in=keys)

    def bulk(self):
        action = next((a for a in self.offered_bulk if a.name == self.request.POST.get("action")), None)
        if action is None:
            raise BadRequest
        selection = self.selection()
        count = selection.order_by()[: BULK_LIMIT + 1].count()
        back = self.request.get_full_path()
        if count == 0 or count > BULK_LIMIT:
            messages.warning(
                self.request,
                _("还没有选中任何%s。请先勾选。") % self.noun
                if count == 0
                else _("一次最多处理 %(limit)s %(measure)s。请用条件缩小范围。")
                % {"limit": f"{BULK_LIMIT:,}", "measure": self.measure},
            )
            return go(self.request, back)
        data: dict = {}
        if action.asks:
            posted = self.request.POST
            confirmed = posted.get("confirmed") == "1"
            form = self.get_bulk_form(action, selection, posted if confirmed else None) if action.form_class else None
            if not confirmed or (form is not None and not form.is_valid()):
                return self.ask(action, form, count, status=422 if confirmed else 200)
            data = form.cleaned_data if form is not None else {}
            if action.preview and (posted.get("seen") != "1" or "back" in posted):
                preview = None if "back" in posted else getattr(self, f"preview_{action.name}")(selection, **data)
                return self.ask(action, form, count, status=200, preview=preview)
        result = getattr(self, f"bulk_{action.name}")(selection, **data)
        if isinstance(result, HttpResponse):
            return result
        if isinstance(result, BulkResult) and len(result.refused) > TOLD_IN_A_MESSAGE and is_htmx(self.request):
            context = {"action": action, "result": result, "page": self, "back": back}
            return show_dialog(self.request, "kit/bulk_result.html", context)
        self.report(action, result)
        return go(self.request, back)

    def get_bulk_form(self, action: BulkAction, selection: QuerySet, data) -> Form:
        return action.form_class(data)  # type: ignore[misc]  # asked for only where there is one

    def ask(self, action: BulkAction, form, count: int, *, status: int, preview: dict | None = None):
        hidden = [("action", action.name), ("confirmed", "1")]
        if preview is not None:
            hidden.append(("seen", "1"))
        if self.request.POST.get("all") == "1":
            hidden.append(("all", "1"))
        else:
            hidden += [("pk", pk) for pk in self.request.POST.getlist("pk")]
        verb = _("%(label)s %(count)s %(measure)s") % {
            "label": action.label,
            "count": f"{count:,}",
            "measure": self.measure,
        }
        context = {"verb": verb, "action": action, "form": form, "hidden": hidden, "page": self, "preview": preview}
        return show_dialog(self.request, "kit/bulk_dialog.html", context, status=status)

    def report(self, action: BulkAction, result) -> None:
        """Say what happened: a BulkResult is counted out, a text is shown as it is."""
        if not isinstance(result, BulkResult):
            if result:
                messages.success(self.request, result)
            return
        words = {"label": action.label, "count": f"{result.done:,}", "measure": self.measure}
        if result.done:
            messages.success(self.request, _("已%(label)s %(count)s %(measure)s。") % words)
        if result.refused:
            told = result.refused[:TOLD_IN_A_MESSAGE]
            reasons = " ".join(f"{obj}：{sentence}" for obj, sentence in told)
            words["count"] = f"{len(result.refused):,}"
            rest = len(result.refused) - len(told)
            more = _(" 还有 %s 条没有列出。") % rest if rest else ""
            messages.warning(self.request, _("%(count)s %(measure)s没有%(label)s。") % words + reasons + more)

    # export

    def export(self) -> HttpResponse:
        """The current query with the current columns as .xlsx; beyond the limit a sentence instead of a slow file."""
        table = self.table
        queryset = table.data.data
        if queryset.order_by()[: EXPORT_LIMIT + 1].count() > EXPORT_LIMIT:
            messages.warning(
                self.request,
                _("符合条件的超过 %(limit)s %(measure)s，请用条件缩小范围后再导出。")
                % {"limit": f"{EXPORT_LIMIT:,}", "measure": self.measure},
            )
            params = self.request.GET.copy()
            params.pop("export")
            return HttpResponseRedirect(f"{self.request.path}?{params.urlencode()}")
        columns = [c for c in table.columns if not c.column.exclude_from_export]
        names = [c.name for c in columns]
        rows = (
            [BoundRow(record, table).get_cell_value(name) for name in names]
            for record in queryset.iterator(chunk_size=1000)
        )
        heads = [Column(c.name, str(c.verbose_name)) for c in columns]
        response = HttpResponse(
            write_workbook(heads, rows, sheet_name=str(self.get_title())), content_type=CONTENT_TYPE
        )
        name = f"{self.get_title()}-{timezone.localtime():%Y%m%d-%H%M}.xlsx"
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response
