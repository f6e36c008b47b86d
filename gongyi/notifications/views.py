"""The message centre: everything a person was told, what they have not read yet, and where else they want to be told."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.kit.paging import CappedPaginator, line
from gongyi.kit.views import ListPage
from gongyi.notifications import gateway, services, sms
from gongyi.notifications.filters import TextMessageFilter
from gongyi.notifications.forms import ReceptionForm
from gongyi.notifications.models import Notification, TextMessage
from gongyi.notifications.tables import TextMessageTable

PER_PAGE = 20


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """All messages, newest first, or with `?unread=1` those not read yet."""
    mine = Notification.objects.visible_to(request.user)
    unread_only = request.GET.get("unread") == "1"
    rows = CappedPaginator(mine.unread() if unread_only else mine, PER_PAGE).get_page(request.GET.get("page"))
    for row in rows:
        row.kind_label = services.KINDS.get(row.kind, "")
    context = {
        "rows_page": rows,
        "count_line": line(rows, _("条")),
        "unread_only": unread_only,
        "unread": mine.unread()[:100].count(),
    }
    return render(request, "notifications/list.html", context)


@login_required
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a message as read and lead to what it is about."""
    message = get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
    services.mark_read(request.user, [message.pk])
    return redirect(message.url or "notifications:list")


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark the messages named by `pk`, or with none all of them, as read."""
    chosen = [int(pk) for pk in request.POST.getlist("pk") if pk.isascii() and pk.isdigit() and len(pk) < 19]
    count = services.mark_read(request.user, chosen if "pk" in request.POST else None)
    if "pk" not in request.POST:
        messages.success(request, _("%s 条消息已标为已读。") % count)
    return redirect("notifications:list")


@login_required
def reception(request: HttpRequest) -> HttpResponse:
    """Which kinds of messages also come through which channel."""
    form = ReceptionForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        services.choose_reception(request.user, form.wanted())
        messages.success(request, _("接收方式已保存。"))
        return redirect("notifications:reception")
    return render(request, "notifications/reception.html", {"form": form})


class Texts(ListPage):
    """What was sent by SMS, and why something was not; for the platform administrator."""

    template_name = "notifications/texts.html"
    model = TextMessage
    table_class = TextMessageTable
    filter_class = TextMessageFilter
    title = gettext_lazy("短信")
    noun = gettext_lazy("短信")
    measure = gettext_lazy("条")
    empty_text = gettext_lazy("验证码、激活链接和用户选择接收的通知，发出后会记在这里。")

    def allowed(self):
        return self.request.user.is_staff

    def get_context_data(self, **kwargs):
        setting = gateway.wrong_setting()
        waiting = sms.waiting_count() if setting else 0
        return super().get_context_data(
            setting=setting, is_missing=not settings.SMS_GATEWAY["url"], waiting=waiting, **kwargs
        )
