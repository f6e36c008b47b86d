"""Departments and laboratories of one unit, drawn as a tree: add, rename, move, delete (S2-13)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.dialogs import go, show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Action, Crumb, FormPage
from gongyi.kit.views.page import Page
from gongyi.organizations import services
from gongyi.organizations.forms.people import DepartmentForm
from gongyi.organizations.models import Department
from gongyi.organizations.queries import department_tree
from gongyi.organizations.views.inside import InsideUnit, OfUnit


class Departments(InsideUnit, Page):
    tab = "departments"
    template_name = "organizations/departments.html"
    title = gettext_lazy("院系与实验室")

    @cached_property
    def tree(self):
        tree, own = department_tree(self.organization), self.own_departments
        return tree if own is None else [branch for branch in tree if branch.department.pk in own]

    def get_fact(self):
        return _("共 %s 个") % len(self.tree)

    def get_actions(self):
        url = reverse("organizations:add_department", args=[self.organization.pk])
        if not self.keeps:
            return []
        return [Action(_("新增院系"), url, icon="plus", tone="primary", dialog=True)]

    def get_context_data(self, **kwargs):
        return super().get_context_data(tree=self.tree, organization=self.organization, **kwargs)


class DepartmentPage(OfUnit, FormPage):
    form_class = DepartmentForm
    dialog_name = "accounts/plain_dialog.html"

    @cached_property
    def department(self) -> Department:
        return get_object_or_404(Department, organization=self.organization, pk=self.kwargs["department_pk"])

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organization": self.organization}

    def get_cancel_url(self):
        return reverse("organizations:departments", args=[self.organization.pk])

    def get_success_url(self, saved):
        return self.get_cancel_url()

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        return (*before, Crumb(_("院系与实验室"), self.get_cancel_url()), here)


class AddDepartment(DepartmentPage):
    title = gettext_lazy("新增院系或实验室")
    submit_label = gettext_lazy("新增")

    def get_object(self):
        return None

    def get_initial(self):
        """Beside a department in the tree, `?under=` makes it the superior and a laboratory the usual level."""
        under = self.request.GET.get("under", "")
        if under.isdecimal() and len(under) < 19:
            return {"parent": int(under), "level": Department.Level.LABORATORY}
        return {}

    def save(self, form):
        saved = services.add_department(organization=self.organization, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("「%s」已新增。") % saved.name)
        return saved


class EditDepartment(DepartmentPage):
    submit_label = gettext_lazy("保存")

    def get_title(self):
        return _("修改「%s」") % self.department.name

    def get_object(self):
        return self.department

    def save(self, form):
        stored = Department.objects.get(pk=self.department.pk)
        saved = services.change_department(department=stored, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("「%s」已保存。") % saved.name)
        return saved


class DeleteDepartment(DepartmentPage):
    """Asks once; what hangs on the department is named instead of deleted."""

    title = gettext_lazy("删除")

    def allowed(self):
        return bool(self.organization and self.department)

    def get(self, request, *args, **kwargs):
        return self.ask()

    def post(self, request, *args, **kwargs):
        name = self.department.name
        try:
            services.delete_department(department=self.department, actor=request.user)
        except Refused as refusal:
            return self.ask(refusal, status=409)
        messages.success(request, _("「%s」已删除。") % name)
        return go(request, self.get_cancel_url())

    def ask(self, refusal=None, *, status=200):
        context = {
            "title": _("删除「%s」") % self.department.name,
            "refusal": refusal,
            "back_url": self.get_cancel_url(),
            "layout": "kit/desk.html",
        }
        return show_dialog(self.request, "organizations/delete_department.html", context, status=status)
