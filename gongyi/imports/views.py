"""Screens of imports: uploading, looking at every row, the progress, the error file, the columns, and one's own runs."""

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gongyi.imports import queries, services
from gongyi.imports.filters import RowFilter, RunFilter
from gongyi.imports.forms import MappingForm, UploadForm
from gongyi.imports.models import ImportRow, ImportRun
from gongyi.imports.registry import IMPORTERS, Importer
from gongyi.imports.rules import may_carry_on
from gongyi.imports.tables import RowTable, RunTable
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.dialogs import is_htmx
from gongyi.kit.spreadsheets import CONTENT_TYPE, write_corrections, write_template
from gongyi.kit.spreadsheets.columns import PROBLEM_HEADER
from gongyi.kit.templatetags.gongyi import status_badge
from gongyi.kit.views import Action, Crumb, FormPage, ListPage, Section
from gongyi.workflow.views import step_url

LIST = Crumb(gettext_lazy("批量导入"), reverse_lazy("imports:list"))
ICONS = {"start": "file-import", "undo": "arrow-back-up", "recheck": "refresh", "resume": "player-play"}
S = ImportRun.Status


def visible_run(request: HttpRequest, pk: int) -> ImportRun:
    """The run, if the person may see it and may still import there: its rows are other people's data. Else 404."""
    run = get_object_or_404(ImportRun.objects.visible_to(request.user).select_related("actor", "file"), pk=pk)
    if not may_carry_on(run, request.user):
        raise Http404
    return run


class UploadPage(FormPage):
    """The page on which a list of one kind is uploaded; each app declares its own with `importer`.

    With a context its view overrides `context_id`. `?template=xlsx` answers with the list to fill in.
    """

    importer: ClassVar[str]
    template_name = "imports/upload.html"
    form_class = UploadForm
    sections = (Section(gettext_lazy("上传文件"), ["file"]),)
    submit_label = gettext_lazy("上传并检查")
    submit_note = gettext_lazy("先检查，看过结果、确认之后才导入。")

    @cached_property
    def kind(self) -> Importer:
        return IMPORTERS[self.importer]

    @property
    def context_id(self) -> int | None:
        return None

    def allowed(self) -> bool:
        return self.kind.may_use(self.request.user, self.context_id)

    def get_title(self):
        return _("批量导入%s") % self.kind.label

    def get_fact(self):
        return self.kind.context_label(self.context_id)

    def get_actions(self):
        return [Action(_("我的导入记录"), reverse("imports:list"), icon="history", tone="quiet")]

    def get_cancel_url(self):
        return self.kind.home_url(self.context_id)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "importer": self.kind}

    def get_context_data(self, **kwargs):
        kind = self.kind
        return super().get_context_data(
            notes=kind.notes(self.context_id), kind=kind, how=kind.how(self.context_id), limit_rows=f"{kind.max_rows:,}", limit_size=kind.size_limit,
            required=[c.header for c in kind.columns(self.context_id) if c.required],
            under_way=queries.under_way(kind.name, self.context_id), **kwargs,
        )  # fmt: skip

    def get(self, request, *args, **kwargs):
        if request.GET.get("template") != "xlsx" or not self.kind.is_table:
            return super().get(request, *args, **kwargs)
        content = write_template(
            self.kind.template_columns(self.context_id), notes=list(self.kind.notes(self.context_id))
        )
        return _download(content, _("%s导入模板.xlsx") % self.kind.label)

    def save(self, form):
        return services.upload(
            importer=self.kind, context_id=self.context_id, upload=form.cleaned_data["file"], actor=self.request.user
        )

    def get_success_url(self, saved):
        match_first = saved.status == S.FAILED and self.kind.is_table
        return reverse("imports:columns", args=[saved.pk]) if match_first else saved.get_absolute_url()


class Runs(ListPage):
    """What one has imported; the platform administrator sees everybody's."""

    title = gettext_lazy("批量导入")
    model = ImportRun
    table_class = RunTable
    filter_class = RunFilter
    noun = gettext_lazy("导入记录")
    measure = gettext_lazy("次")
    empty_text = gettext_lazy("用表格一次导入许多条，每次的结果记在这里。在人员、单位等列表上点「批量导入」开始。")

    def get_queryset(self):
        return super().get_queryset().select_related("actor")


class Run(ListPage):
    """One import: how far it is, and every row with its verdict, problems and changes."""

    template_name = "imports/run.html"
    model = ImportRow
    table_class = RowTable
    filter_class = RowFilter
    noun = gettext_lazy("行")
    measure = gettext_lazy("行")
    page_sizes = (50, 100, 200)
    exportable = False

    @cached_property
    def run(self) -> ImportRun:
        return visible_run(self.request, self.kwargs["pk"])

    def allowed(self) -> bool:
        return bool(self.run)

    def get_title(self):
        return self.run.file_name

    def get_crumbs(self):
        home = Crumb(str(self.run.kind_label), self.run.kind.home_url(self.run.context_id))
        return (home, LIST, Crumb(self.run.file_name))

    def get_queryset(self):
        return ImportRow.objects.filter(run=self.run).defer("data", "effect")

    def get_table_kwargs(self):
        return {"run": self.run}

    def get_actions(self):
        run = self.run
        actions = [Action(_("原文件"), f"{run.file.get_absolute_url()}?download", icon="download", tone="quiet")]
        table = run.kind.is_table
        if table and run.bad_count and run.status in (S.CHECKED, S.DONE):
            url = reverse("imports:errors", args=[run.pk])
            actions.append(Action(_("下载问题行"), url, icon="file-alert"))
        if table and run.status in (S.CHECKED, S.FAILED):
            actions.append(Action(_("对应列"), reverse("imports:columns", args=[run.pk]), icon="columns"))
        tones = {"success": "primary", "danger": "bad"}
        offers = ImportFlow.offered(run, self.request.user)
        steps = [
            Action(
                offer.step.label, step_url(ImportFlow, run, offer.step), icon=ICONS.get(offer.step.name, ""),
                tone=tones.get(offer.step.tone, ""), dialog=True, refusal=offer.refusal or "",
            )
            for offer in offers
            if not (offer.step is ImportFlow.resume and offer.refusal)
        ]  # fmt: skip
        return [*actions, *sorted(steps, key=lambda action: action.tone == "primary")]

    def get_context_data(self, **kwargs):
        run = self.run
        return super().get_context_data(
            status_badge=status_badge(run, "status"), tiles=queries.tiles(run),
            verdict=self.request.GET.get("verdict", ""), upload_url=run.kind.upload_url(run.context_id),
            home_url=run.kind.home_url(run.context_id), ignored=_ignored(run), is_table=run.kind.is_table,
            noted=self.request.GET.get("noted", ""), after=run.kind.after(run, self.request.user), **waiting_for(run), **kwargs,
        )  # fmt: skip


def waiting_for(run: ImportRun) -> dict[str, Any]:
    """What the progress says: its tenth for listeners, and the import this one waits for."""
    queued = run.status == S.IMPORTING and not run.progress_done
    before = queries.under_way(run.importer, run.context_id, before=run) if queued else None
    return {"run": run, "tenth": run.percent // 10 * 10, "before": before}


def _ignored(run: ImportRun) -> list[str]:
    taken = set(run.places.values())
    return [
        header for place, header in enumerate(run.headers)
        if header and place not in taken and header != PROBLEM_HEADER
    ]  # fmt: skip


@login_required
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar, asked for every second; once the work has ended the whole page is shown anew."""
    run = visible_run(request, pk)
    if not is_htmx(request):
        return redirect(run)
    if not run.is_working:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    context = waiting_for(run)
    told = request.GET.get("told", "")
    return render(request, "imports/_progress.html", {**context, "tell": told != str(context["tenth"]), "polled": True})


@login_required
@require_safe
def errors(request: HttpRequest, pk: int) -> HttpResponse:
    """The bad rows as they were typed, cells marked, with a column that says what is wrong: to correct and upload again."""
    run = visible_run(request, pk)
    if not run.bad_count or not run.kind.is_table:
        raise Http404
    name = run.file_name.rsplit(".", 1)[0]
    return _download(write_corrections(run.headers, queries.rows_to_correct(run)), _("%s-待更正.xlsx") % name)


class Columns(FormPage):
    """Which header of the file means which column; remembered for the next list of this kind."""

    title = gettext_lazy("对应列")
    form_class = MappingForm
    submit_label = gettext_lazy("保存并重新检查")
    submit_note = gettext_lazy("下次上传这样的表格时，会照此对应。")
    success_message = gettext_lazy("列的对应已保存，正在重新检查。")

    @cached_property
    def run(self) -> ImportRun:
        run = visible_run(self.request, self.kwargs["pk"])
        if run.status not in ImportFlow.recheck.sources or not run.kind.is_table:
            raise Http404
        return run

    def allowed(self) -> bool:
        return bool(self.run)

    def get_fact(self):
        return self.run.file_name

    def get_crumbs(self):
        return (LIST, Crumb(self.run.file_name, self.run.get_absolute_url()), Crumb(_("对应列")))

    @property
    def sections(self):
        names = [f"h{place}" for place, header in enumerate(self.run.headers) if header]
        return (Section(_("文件里的列 → 导入到"), names),)

    def get_form_kwargs(self):
        columns = list(self.run.kind.columns(self.run.context_id))
        return {**super().get_form_kwargs(), "run": self.run, "columns": columns}

    def get(self, request, *args, **kwargs):
        if self.run.problem and not messages.get_messages(request):
            messages.warning(request, self.run.problem)
        return super().get(request, *args, **kwargs)

    def get_object(self):
        return None

    def save(self, form):
        return services.map_columns(run=self.run, mapping=form.mapping, actor=self.request.user)

    def get_cancel_url(self):
        return self.run.get_absolute_url()


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
