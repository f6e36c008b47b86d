"""A reviewer's own common phrases (常用意见)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.views import Crumb, FormPage
from gongyi.reviews.forms import PhraseForm
from gongyi.reviews.models import Phrase
from gongyi.reviews.queries import sits_on_a_body


class Phrases(FormPage):
    """All of one's own phrases, a form for another one, and a button beside each that removes it."""

    template_name = "reviews/phrases.html"
    form_class = PhraseForm
    title = gettext_lazy("常用意见")
    submit_label = gettext_lazy("添加")
    success_message = gettext_lazy("已添加。")
    cancel_url = reverse_lazy("reviews:desk")
    crumbs = (Crumb(gettext_lazy("审核台"), reverse_lazy("reviews:desk")), Crumb(gettext_lazy("常用意见")))

    def allowed(self):
        return sits_on_a_body(self.request.user)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": Phrase(user=self.request.user)}

    def get_context_data(self, **kwargs):
        return super().get_context_data(phrases=Phrase.objects.filter(user=self.request.user), **kwargs)

    def post(self, request, *args, **kwargs) -> HttpResponse:
        if "remove" in request.POST:
            key = request.POST["remove"]
            get_object_or_404(Phrase, user=request.user, pk=key if key.isdecimal() and len(key) < 19 else 0).delete()
            messages.success(request, _("已移除。"))
            return redirect("reviews:phrases")
        return super().post(request, *args, **kwargs)
