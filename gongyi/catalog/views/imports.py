"""Importing lists of instruments: upload, look at what would happen, import; and the reports of what was imported."""

from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.catalog import services
from gongyi.catalog.filters import ImportFilter
from gongyi.catalog.forms import ImportForm
from gongyi.catalog.imports.columns import TEMPLATE, TEMPLATE_NOTES
from gongyi.catalog.models import ImportRun
from gongyi.catalog.tables import ImportTable
from gongyi.catalog.views.managed import LIST, keeps_any
from gongyi.kit import paging
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import CONTENT_TYPE, Column, write_template, write_workbook
from gongyi.kit.views import Action, Crumb, FormPage, ListPage, Section
from gongyi.organizations.rules import managed_organizations

IMPORTS = Crumb(gettext_lazy("导入记录"), reverse_lazy("catalog:imports"))
PER_PAGE = 100
KINDS = {
    "model_only": gettext_lazy("型号条目"), "class_suggested": gettext_lazy("分类是建议值"), "status_missing": gettext_lazy("缺运行状态"),
    "fields_guessed": gettext_lazy("服务领域推定"), "other_owner": gettext_lazy("所属单位不同"), "no_name": gettext_lazy("没有名称"),
    "no_organization": gettext_lazy("没有单位"), "no_field": gettext_lazy("没有对应字段"), "unknown_column": gettext_lazy("没有对应字段的列"),
    "unreadable_cell": gettext_lazy("读不出的单元格"), "too_long": gettext_lazy("过长"), "condition_in_name": gettext_lazy("名称里有使用条件"),
    "model_in_name": gettext_lazy("名称里有型号"), "not_an_instrument": gettext_lazy("不像一台仪器"), "said_twice": gettext_lazy("名称写着重复"),
    "number_in_note": gettext_lazy("备注里有编号"), "note": gettext_lazy("备注未导入"), "class_unknown": gettext_lazy("分类无法识别"),
    "class_guessed": gettext_lazy("分类由名称推定"), "class_missing": gettext_lazy("没有分类"), "foreign_name": gettext_lazy("没有中文名称"),
    "country_guessed": gettext_lazy("产地由厂商推定"), "calibration_expired": gettext_lazy("检定已过期"), "into_specs": gettext_lazy("并入技术指标"),
    "date_unreadable": gettext_lazy("日期读不出"), "date_impossible": gettext_lazy("日期不可能"), "date_partial": gettext_lazy("日期不全"),
    "amount_unreadable": gettext_lazy("金额读不出"), "amount_impossible": gettext_lazy("金额不可能"), "amount_converted": gettext_lazy("金额换算"),
    "status_unknown": gettext_lazy("运行状态不认识"), "yes_no": gettext_lazy("是否不明"), "region_unknown": gettext_lazy("地区不认识"),
    "field_unknown": gettext_lazy("服务领域不认识"), "number_twice": gettext_lazy("编号重复"), "maybe_twice": gettext_lazy("可能重复"),
    "repeated": gettext_lazy("重复的行"), "department_unknown": gettext_lazy("院系不认识"),
}  # fmt: skip


class Imports(ListPage):
    """What was imported, by those who may see it."""

    title = gettext_lazy("导入记录")
    crumbs = (LIST, Crumb(gettext_lazy("导入记录")))
    model = ImportRun
    table_class = ImportTable
    filter_class = ImportFilter
    empty_text = gettext_lazy("用 Excel 一次导入一批仪器，每次的结果和疑问都记在这里。")

    def allowed(self):
        return keeps_any(self.request)

    def get_queryset(self):
        runs = ImportRun.objects.visible_to(self.request.user).imported()
        return runs.select_related("organization", "actor").defer("problems", "rows")

    def get_actions(self):
        if not managed_organizations(self.request.user).exists():
            return []
        return [Action(_("导入"), reverse("catalog:import"), "table-import", "primary")]


class NewImport(FormPage):
    """Choose a file and see what its import would do; for administrators of units and of the platform (S1-42)."""

    title = gettext_lazy("导入仪器")
    crumbs = (LIST, IMPORTS, Crumb(gettext_lazy("导入仪器")))
    form_class = ImportForm
    sections = (Section(gettext_lazy("选择清单"), ["organization", "file"]),)
    submit_label = gettext_lazy("上传并检查")
    submit_note = gettext_lazy("检查后先看结果，确认了才导入。")
    cancel_url = reverse_lazy("catalog:list")

    @cached_property
    def organizations(self):
        return managed_organizations(self.request.user)

    def allowed(self):
        return self.organizations.exists()

    def get_actions(self):
        return [Action(_("下载模板"), reverse("catalog:import_template"), "download")]

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organizations": self.organizations}

    def save(self, form):
        file = form.cleaned_data["file"]
        return services.preview_import(
            file=file, file_name=file.name, organization=form.cleaned_data["organization"], actor=self.request.user
        )


@login_required
def template(request: HttpRequest) -> HttpResponse:
    """The empty list to fill in (模板下载)."""
    if not keeps_any(request):
        raise Http404
    example = {column.name: column.example for column in TEMPLATE}
    response = HttpResponse(
        write_template(TEMPLATE, examples=[example], notes=list(map(str, TEMPLATE_NOTES))), content_type=CONTENT_TYPE
    )
    response["Content-Disposition"] = content_disposition_header(True, _("仪器导入模板.xlsx"))
    return response


@login_required
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    """The report of an import, or of what it would do; `?code=` shows one kind of doubt, `?export=xlsx` saves them all."""
    run = _run(request, pk)
    if request.GET.get("export") == "xlsx":
        return _report(run)
    codes = Counter(problem["code"] for problem in run.problems)
    code = request.GET.get("code", "")
    shown = [problem for problem in run.problems if problem["code"] == code] if code in codes else run.problems
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page", "1")[:6])
    context = {
        "run": run,
        "kinds": [(c, KINDS.get(c, c), n) for c, n in codes.most_common()],
        "code": code if code in codes else "",
        "rows_page": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "line": _("第 %(a)s–%(b)s 处，共 %(n)s 处")
        % {"a": page.start_index(), "b": page.end_index(), "n": f"{len(shown):,}"},
        "crumbs": (LIST, IMPORTS),
        "ready": max(0, run.row_count - run.refused_count),
        "paging": paging,
    }
    return render(request, "catalog/import_run.html", context)


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Import what was looked at."""
    run = _run(request, pk)
    if run.organization not in managed_organizations(request.user):
        raise Http404
    try:
        done = services.confirm_import(run=run, actor=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(run)
    words = {"new": f"{done.created_count:,}", "old": f"{done.updated_count:,}"}
    messages.success(request, _("导入完成：新增 %(new)s 台，更新 %(old)s 台。") % words)
    return redirect(done)


@login_required
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget what was looked at."""
    run = _run(request, pk)
    try:
        services.discard_import(run=run)
        messages.success(request, _("已放弃，没有导入任何仪器。"))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("catalog:imports")


def _run(request: HttpRequest, pk: int) -> ImportRun:
    return get_object_or_404(ImportRun.objects.visible_to(request.user).select_related("organization", "actor"), pk=pk)


def _report(run: ImportRun) -> HttpResponse:
    heads = [
        Column("row", _("行"), kind="integer"), Column("column", _("列")), Column("value", _("原来的值"), width=36),
        Column("problem", _("问题"), width=44), Column("action", _("处理"), width=44),
    ]  # fmt: skip
    response = HttpResponse(write_workbook(heads, run.problems, sheet_name=_("导入报告")), content_type=CONTENT_TYPE)
    name = run.file_name.rsplit(".", 1)[0]
    response["Content-Disposition"] = content_disposition_header(True, _("%s-导入报告.xlsx") % name)
    return response
