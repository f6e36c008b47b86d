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


@dataclass(frozen=True)
class BulkAction:
    """Something to do with the selected rows: the page's method `bulk_<name>(queryset, **form data)` does it.

    `effect` is what the dialog says before anything happens (destructive actions ask once); `form_class` asks for input
    such as a reason. With neither it happens at once. `allowed(request)` hides it from people it is not for.
    """

    name: str
    label: object
    tone: str = ""
    effect: object = ""
    form_class: type[Form] | None = None
    allowed: Callable | None = None

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
        return table

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
    def column_choices(self) -> list[dict]:
        """The chooser's lines: shown ones in their order, then the hidden ones."""
        table = self.table
        shown = [c.name for c in table.columns if c.name in table.choosable]
        rest = [n for n in table.choosable if n not in shown]
        return [
            {
                "name": n,
                "label": table.columns[n].verbose_name,
                "shown": n in shown,
                "locked": n == table.title_column,
            }
            for n in [*shown, *rest]
        ]

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
            confirmed = self.request.POST.get("confirmed") == "1"
            form = action.form_class(self.request.POST if confirmed else None) if action.form_class else None
            if not confirmed or (form is not None and not form.is_valid()):
                return self.ask(action, form, count, status=422 if confirmed else 200)
            data = form.cleaned_data if form is not None else {}
        self.report(action, getattr(self, f"bulk_{action.name}")(selection, **data))
        return go(self.request, back)

    def ask(self, action: BulkAction, form, count: int, *, status: int):
        hidden = [("action", action.name), ("confirmed", "1")]
        if self.request.POST.get("all") == "1":
            hidden.append(("all", "1"))
        else:
            hidden += [("pk", pk) for pk in self.request.POST.getlist("pk")]
        verb = _("%(label)s %(count)s %(measure)s") % {
            "label": action.label,
            "count": f"{count:,}",
            "measure": self.measure,
        }
        context = {"verb": verb, "action": action, "form": form, "hidden": hidden, "page": self}
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
            reasons = " ".join(f"{obj}：{sentence}" for obj, sentence in result.refused[:5])
            words["count"] = f"{len(result.refused):,}"
            more = _(" 其余原因相近。") if len(result.refused) > 5 else ""
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
