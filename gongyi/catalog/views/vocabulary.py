"""The synonyms of the search, kept by the platform administrator."""

from django.contrib.postgres.fields.array import ArrayLenTransform as ArrayLength
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog import services
from gongyi.catalog.filters import SynonymFilter
from gongyi.catalog.forms import SynonymForm
from gongyi.catalog.models import Synonym
from gongyi.catalog.search.meaning import meaning_of
from gongyi.catalog.search.words import MAX_QUERY_CHARACTERS
from gongyi.catalog.tables import SynonymTable
from gongyi.kit.views import Action, BulkAction, BulkResult, FormPage, ListPage


class Synonyms(ListPage):
    title = gettext_lazy("搜索同义词")
    fact = gettext_lazy("改动在几分钟内对仪器、机构、服务方案和能力项的搜索生效。")
    model = Synonym
    template_name = "catalog/synonyms.html"
    table_class = SynonymTable
    filter_class = SynonymFilter
    noun = gettext_lazy("同义词")
    measure = gettext_lazy("组")
    empty_text = gettext_lazy("写成一组的词，搜其中一个就能找到其他的。")

    bulk_actions = (
        BulkAction(
            "delete",
            gettext_lazy("删除"),
            tone="bad",
            effect=gettext_lazy("删除后，搜其中一个词不再找到用其他词命名的仪器、机构、方案和能力项。"),
        ),
    )

    def allowed(self):
        return self.request.user.is_staff

    def get_queryset(self):
        return Synonym.objects.annotate(words=ArrayLength("terms"))

    def get_context_data(self, **kwargs):
        """With a word to try: what it is understood as."""
        tried = self.request.GET.get("try", "").strip()[:MAX_QUERY_CHARACTERS]
        return super().get_context_data(**kwargs) | {"tried": tried, "meaning": meaning_of(tried) if tried else None}

    def bulk_delete(self, groups):
        return BulkResult.of(groups, lambda group: services.delete_synonym(group=group))

    def get_actions(self):
        return [Action(_("新增一组"), reverse("catalog:add_synonym"), "plus", "primary", dialog=True)]

    @property
    def empty_action(self):
        return self.get_actions()[0]


class EditSynonym(FormPage):
    """A new group of words, or one to change."""

    model = Synonym
    form_class = SynonymForm
    success_message = gettext_lazy("同义词已保存，几分钟内对全部搜索生效。")
    cancel_url = reverse_lazy("catalog:synonyms")

    def allowed(self):
        return self.request.user.is_staff

    def get_title(self):
        return _("修改同义词") if self.object else _("新增同义词")

    def get_queryset(self):
        return Synonym.objects.all()

    def save(self, form):
        return services.save_synonym(group=form.save(commit=False))

    def get_success_url(self, saved):
        return reverse("catalog:synonyms")
