"""Industry topics: for everybody those published with their plans; for the platform administrator all, to keep (S3-63)."""

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit import paging, seo
from gongyi.kit.views import Action, Crumb, FormPage, ListPage, Page, Section, StepButton
from gongyi.offerings import structured
from gongyi.offerings.filters.plans import TopicFilter
from gongyi.offerings.forms.plans import TopicForm
from gongyi.offerings.models import IndustryTopic, ServicePlan
from gongyi.offerings.services import plans as services
from gongyi.offerings.tables.plans import TopicTable
from gongyi.offerings.views.plans import CARD, PER_PAGE
from gongyi.offerings.workflow import TopicFlow
from gongyi.workflow.views import step_url


def counted(topics):
    """With how many plans the public sees under each."""
    shown = ServicePlan.objects.shown_to_all().order_by().values("pk")
    links = ServicePlan.topics.through.objects.filter(industrytopic=OuterRef("pk"), serviceplan__in=shown)
    number = links.order_by().values("industrytopic").annotate(n=Count("pk")).values("n")
    return topics.annotate(plans=Coalesce(Subquery(number), 0))


class Topics(Page):
    title = gettext_lazy("产业专题")
    layout = "public"
    sign_in_required = False
    template_name = "offerings/topics.html"

    def get_context_data(self, **kwargs):
        topics = list(counted(IndustryTopic.objects.published()).select_related("cover"))
        listed = seo.item_list((topic.name, topic.get_absolute_url()) for topic in topics)
        return super().get_context_data(topics=topics, json_ld=listed, **kwargs)


class TopicPage(Page):
    """A topic with the plans under it; one that is not published is shown to the platform administrator alone."""

    layout = "public"
    sign_in_required = False
    template_name = "offerings/topic.html"

    @cached_property
    def topic(self) -> IndustryTopic:
        return get_object_or_404(
            IndustryTopic.objects.visible_to(self.request.user).select_related("cover"), pk=self.kwargs["pk"]
        )

    def allowed(self):
        return bool(self.topic)

    def get_title(self):
        return self.topic.name

    @property
    def is_hidden(self) -> bool:
        """Whether search engines are asked to leave it alone."""
        return self.topic.status != IndustryTopic.Status.PUBLISHED

    def get_context_data(self, **kwargs):
        plans = ServicePlan.objects.shown_to_all().filter(topics=self.topic).select_related(*CARD)
        plans = plans.defer("tsv", "description").order_by("-published_at", "-pk")
        paginator = paging.CappedPaginator(plans, PER_PAGE)
        page = paginator.get_page(self.request.GET.get("page", "1")[:9])
        shown = list(page)
        steps = [
            StepButton(offer.step.label, step_url(TopicFlow, self.topic, offer.step), offer.step.tone, str(offer.refusal or ""))
            for offer in TopicFlow.offered(self.topic, self.request.user)
        ]  # fmt: skip
        return super().get_context_data(
            **{
                "topic": self.topic,
                "is_public": not self.is_hidden,
                "buttons": steps,
                "plans": shown,
                "rows_page": page,
                "pages": paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
                "count_text": paginator.count_text,
                "count_line": paging.line(page, _("个")),
                "others": IndustryTopic.objects.published().exclude(pk=self.topic.pk),
                "json_ld": structured.topic_data(self.topic, shown),
                **kwargs,
            }
        )


class Platform:
    """For the platform administrator; for others it does not exist."""

    def allowed(self) -> bool:
        return bool(self.request.user.is_staff)  # type: ignore[attr-defined]


class KeptTopics(Platform, ListPage):
    title = gettext_lazy("产业专题")
    model = IndustryTopic
    table_class = TopicTable
    filter_class = TopicFilter
    noun = gettext_lazy("产业专题")
    measure = gettext_lazy("个")
    empty_text = gettext_lazy("发布专题后，机构可以把服务方案放在专题下，公众按产业找到它们。")

    def get_queryset(self):
        return counted(IndustryTopic.objects.visible_to(self.request.user))

    def get_actions(self):
        return [
            Action(_("公开页面"), reverse("offerings:topics"), icon="external-link", tone="quiet"),
            Action(_("新增"), reverse("offerings:add_topic"), icon="plus", tone="primary"),
        ]

    @property
    def empty_action(self):
        return self.get_actions()[-1]


class TopicFormPage(Platform, FormPage):
    template_name = "offerings/topic_form.html"
    form_class = TopicForm
    cancel_url = reverse_lazy("offerings:kept_topics")
    sections = (
        Section(gettext_lazy("专题"), ["name", "rank", "summary", "introduction"]),
        Section(gettext_lazy("封面"), ["cover", "remove_cover"]),
    )

    def get_crumbs(self):
        return (Crumb(_("产业专题"), str(self.cancel_url)), Crumb(self.get_title()))

    def save(self, form):
        stored = IndustryTopic.objects.get(pk=self.object.pk) if self.object else None
        saved = services.save_topic(actor=self.request.user, topic=stored, **form.cleaned_data)
        messages.success(self.request, _("产业专题「%s」已保存。") % saved.name)
        return saved


class AddTopic(TopicFormPage):
    title = gettext_lazy("新增产业专题")
    submit_label = gettext_lazy("保存草稿")
    submit_note = gettext_lazy("保存后在专题页核对，再发布。")

    def get_object(self):
        return None


class EditTopic(TopicFormPage):
    title = gettext_lazy("编辑产业专题")
    model = IndustryTopic

    def get_queryset(self):
        return IndustryTopic.objects.visible_to(self.request.user).select_related("cover")
