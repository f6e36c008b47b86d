"""文件下载 (S2-7): the papers people fill in, sign and stamp; public, and filled in for one's own application."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gongyi.imports.registry import IMPORTERS
from gongyi.kit.views import Page
from gongyi.onboarding.documents.application_form import application_form
from gongyi.onboarding.documents.letters import authorization_letter, commitment_letter
from gongyi.onboarding.documents.paper import DOCX
from gongyi.onboarding.letters import current_letter
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import registration_of
from gongyi.onboarding.views.drafts import draft_or_404
from gongyi.organizations.models import Capacity


@dataclass(frozen=True)
class Paper:
    """A document to download: its slug in the address, its title, what it is for, who makes it (None: there is none now)."""

    slug: str
    title: Any
    purpose: Any
    make: Callable[[], bytes | None]


def _letter(capacity: str) -> Callable[[], bytes | None]:
    def make() -> bytes | None:
        letter = current_letter(capacity)
        return commitment_letter(letter) if letter else None

    return make


# The application form is the third one, where the manual sends people (S2-7).
PAPERS = (
    Paper(
        "commitment-network-unit", gettext_lazy("入网承诺书"), gettext_lazy("入网单位注册时在线阅读并勾选，无需盖章；供存档"),
        _letter(Capacity.NETWORK),
    ),
    Paper(
        "commitment-service-institution", gettext_lazy("机构信息真实性承诺书"),
        gettext_lazy("服务机构入驻：打印、签字、盖章后扫描上传"), _letter(Capacity.SERVICE),
    ),
    Paper(
        "application-form", gettext_lazy("平台申请书"),
        gettext_lazy("管理单位注册：可在线填写后下载，也可用这份空白表手工填写，盖章后扫描上传"), lambda: application_form({}),
    ),
    Paper(
        "authorization-letter", gettext_lazy("法人授权书"),
        gettext_lazy("服务机构、强检申请方：法定代表人签字并盖章后扫描上传"), authorization_letter,
    ),
    Paper(
        "commitment-management-unit", gettext_lazy("仪器开放共享承诺书"), gettext_lazy("管理单位：随平台申请书存档"),
        _letter(Capacity.MANAGEMENT),
    ),
)  # fmt: skip


class Downloads(Page):
    """Every paper with what it is for; templates of lists for those who may import them."""

    title = gettext_lazy("文件下载")
    template_name = "onboarding/downloads.html"
    layout = None
    sign_in_required = False

    def get_context_data(self, **kwargs):
        return super().get_context_data(papers=PAPERS, templates=self.list_templates(), **kwargs)

    def list_templates(self) -> list[tuple[str, str]]:
        """Title and address of the templates this person may import with, for the unit they act for."""
        user = self.request.user
        if not user.is_authenticated:
            return []
        unit = getattr(self.request, "acting_for", None)
        found = []
        for importer in IMPORTERS.values():
            for context in (None, unit.pk if unit else None):
                if importer.may_use(user, context):
                    title = _("%s导入模板") % importer.label
                    found.append((title, f"{importer.upload_url(context)}?template=xlsx"))
                    break
        return found


@require_safe
def download(request: HttpRequest, slug: str) -> HttpResponse:
    """One paper, empty."""
    paper = next((paper for paper in PAPERS if paper.slug == slug), None)
    content = paper.make() if paper else None
    if paper is None or content is None:
        raise Http404
    return as_word(content, f"{paper.title}.docx")


@require_safe
def filled_application_form(request: HttpRequest, secret: str) -> HttpResponse:
    """平台申请书 with what was filled in so far; what is still missing stays blank."""
    application = draft_or_404(request, secret)
    if application.capacity != Capacity.MANAGEMENT:
        raise Http404
    name = f"平台申请书-{application.name}.docx" if application.name else "平台申请书.docx"
    return as_word(application_form(answers_in_words(application)), name)


def answers_in_words(application: Application) -> dict[str, str]:
    """Every answer as people read it, by "part.field"."""
    content = registration_of(application).freeze(application)
    return {item["key"]: item["value"] for block in content for item in block["fields"]}


def as_word(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=DOCX)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
