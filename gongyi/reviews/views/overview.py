"""What a reviewer finds first: how much waits, of what kind, what is late, what was decided last."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.views import Action, DashboardPage, Panel, Stat
from gongyi.kit.when import format_day
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.models import Review
from gongyi.reviews.queries import in_order, sits_on_a_body, tally, waiting_for

SHOWN = 8


class Overview(DashboardPage):
    """The landing of those who review (S1-95, S1-96, S2-52, S3-88, S4-86, S4-87)."""

    title = gettext_lazy("审核概览")

    def allowed(self):
        return sits_on_a_body(self.request.user)

    def get_fact(self):
        return format_day(timezone.localdate(), full=True)

    def get_actions(self):
        return [Action(_("开始审核"), reverse("reviews:desk"), icon="clipboard-check", tone="primary")]

    @property
    def rows(self):
        return waiting_for(self.request.user)

    def get_stats(self):
        desk, found = reverse("reviews:desk"), tally(self.rows, self.request.user)
        return [
            Stat(_("待审核"), found["waiting"], _("件"), desk, "wait" if found["waiting"] else "idle"),
            Stat(_("已逾期"), found["overdue"], _("件"), f"{desk}?due=overdue", "bad" if found["overdue"] else "ok"),
            Stat(_("今天到期"), found["today"], _("件"), f"{desk}?due=today", "bad" if found["today"] else "ok"),
            Stat(
                _("我认领的"), found["claimed"], _("件"), f"{desk}?claim=mine", "act_" if found["claimed"] else "idle"
            ),
        ]

    def get_panels(self):
        user, today = self.request.user, timezone.localdate()
        by_kind = (
            self.rows.order_by()
            .values("kind")
            .annotate(n=Count("pk"), late=Count("pk", Q(due_on__lt=today)))
            .order_by("-n", "kind")
        )
        kinds = [(KINDS[row["kind"]], row["n"], row["late"]) for row in by_kind if row["kind"] in KINDS]
        decided = Review.objects.visible_to(user).filter(decided_by__isnull=False)
        decided = decided.select_related("submission__organization", "decided_by").defer("submission__content")
        return [
            Panel(
                _("最先到期"), "reviews/_soonest.html", {"rows": in_order(self.rows, "due")[:SHOWN]}, bare=True,
                link=(_("全部"), reverse("reviews:desk")),
            ),
            Panel(_("按类别"), "reviews/_by_kind.html", {"kinds": kinds}, side=True, bare=True),
            Panel(
                _("最近的审核"), "reviews/_decided.html", {"rows": decided.order_by("-decided_at")[:SHOWN]}, side=True,
                bare=True, link=(_("审核记录"), reverse("reviews:history")),
            ),
        ]  # fmt: skip
