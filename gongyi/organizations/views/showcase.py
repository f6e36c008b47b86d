"""What the unit's public home page shows: qualification pictures and success cases, kept by its administrators."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.kit.dialogs import show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Action, FormPage, Page, Section
from gongyi.organizations import services
from gongyi.organizations.forms.showcase import CaptionForm, CaseForm, PicturesForm
from gongyi.organizations.models import Organization, QualificationPicture, SuccessCase
from gongyi.organizations.rules import may_manage
from gongyi.organizations.views.inside import InsideUnit, Keeping

MOVES = {"earlier": -1, "later": 1}


class Showcase(InsideUnit, Page):
    tab = "showcase"
    template_name = "organizations/showcase.html"
    title = gettext_lazy("主页展示")

    def get_actions(self):
        return [Action(_("查看公开主页"), self.organization.get_absolute_url(), icon="external-link")]

    def get_context_data(self, **kwargs):
        cases = self.organization.success_cases.prefetch_related("pictures__stored")
        pictures = self.organization.qualification_pictures.select_related("stored")
        return super().get_context_data(pictures=list(pictures), cases=list(cases), **kwargs)


class AddPictures(Keeping, FormPage):
    tab = "showcase"
    title = gettext_lazy("新增机构资质")
    form_class = PicturesForm
    submit_label = gettext_lazy("上传")
    submit_note = gettext_lazy("请用文字给文件命名，如「营业执照副本.jpg」：文件名就是显示的名称。")

    def get_object(self):
        return None

    def save(self, form):
        added = services.add_pictures(
            organization=self.organization, actor=self.request.user, pictures=form.cleaned_data["pictures"]
        )
        messages.success(self.request, _("已上传 %s 张图片。") % len(added))


class RenamePicture(Keeping, FormPage):
    tab = "showcase"
    title = gettext_lazy("修改名称")
    form_class = CaptionForm

    @cached_property
    def picture(self) -> QualificationPicture:
        return _one(QualificationPicture, self.request.user, self.organization, self.kwargs["picture_pk"])

    def allowed(self):
        return super().allowed() and bool(self.picture)

    def get_object(self):
        return None

    def get_initial(self):
        return {"caption": self.picture.caption}

    def save(self, form):
        services.rename_picture(picture=self.picture, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("名称已改为「%s」。") % form.cleaned_data["caption"])


@login_required
@require_POST
def move_picture(request: HttpRequest, pk: int, picture_pk: int, where: str) -> HttpResponse:
    """Let a picture change places with its neighbour."""
    if where not in MOVES:
        raise Http404
    picture = _kept(request, pk, QualificationPicture, picture_pk)
    return _done(request, pk, lambda: services.move_picture(picture=picture, actor=request.user, by=MOVES[where]))


@login_required
@require_POST
def remove_picture(request: HttpRequest, pk: int, picture_pk: int) -> HttpResponse:
    """Show a picture no longer; the page asked before."""
    picture = _kept(request, pk, QualificationPicture, picture_pk)
    sentence = _("图片「%s」已删除。") % picture.caption
    return _done(request, pk, lambda: services.remove_picture(picture=picture, actor=request.user), sentence)


class CasePage(Keeping, FormPage):
    tab = "showcase"
    form_class = CaseForm
    sections = (
        Section(gettext_lazy("案例"), ["title", "order_value", "description"]),
        Section(gettext_lazy("佐证文件"), ["remove", "pictures"]),
    )

    @cached_property
    def case(self) -> SuccessCase | None:
        return None

    def get_object(self):
        return self.case

    def save(self, form):
        stored = self.case and SuccessCase.objects.get(pk=self.case.pk)
        saved = services.save_case(
            organization=self.organization, actor=self.request.user, case=stored, **form.cleaned_data
        )
        messages.success(self.request, _("案例「%s」已保存。") % saved.title)


class AddCase(CasePage):
    title = gettext_lazy("新增成功案例")


class EditCase(CasePage):
    title = gettext_lazy("修改成功案例")

    @cached_property
    def case(self) -> SuccessCase:
        return _one(SuccessCase, self.request.user, self.organization, self.kwargs["case_pk"])

    def allowed(self):
        return super().allowed() and bool(self.case)


class PreviewCase(InsideUnit, Page):
    """A case as the public home page will show it."""

    tab = "showcase"

    def get(self, request, *args, **kwargs):
        case = _one(SuccessCase, request.user, self.organization, self.kwargs["case_pk"])
        context = {
            "title": case.title, "case": case, "pictures": list(case.pictures.select_related("stored")), "layout": "kit/desk.html",
            "back_url": reverse("organizations:showcase", args=[self.organization.pk]),
        }  # fmt: skip
        return show_dialog(request, "organizations/preview_case.html", context)


@login_required
@require_POST
def delete_case(request: HttpRequest, pk: int, case_pk: int) -> HttpResponse:
    """Tell a case no longer; the page asked before."""
    case = _kept(request, pk, SuccessCase, case_pk)
    sentence = _("案例「%s」已删除。") % case.title
    return _done(request, pk, lambda: services.delete_case(case=case, actor=request.user), sentence)


def _one(model: Any, user: Any, organization: Organization, key: int) -> Any:
    return get_object_or_404(model.objects.visible_to(user).filter(organization=organization), pk=key)


def _kept(request: HttpRequest, pk: int, model: Any, key: int) -> Any:
    unit = get_object_or_404(Organization.objects.open_inside_to(request.user), pk=pk)
    if not may_manage(request.user, unit):
        raise Http404
    return _one(model, request.user, unit, key)


def _done(request: HttpRequest, pk: int, act: Any, sentence: str = "") -> HttpResponse:
    try:
        with transaction.atomic():
            act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if sentence:
            messages.success(request, sentence)
    return redirect("organizations:showcase", pk=pk)
