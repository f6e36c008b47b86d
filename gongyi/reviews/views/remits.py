"""Which authority decides about what and where, and over how many tiers: kept by the platform's administrators."""

from django.contrib import messages
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.views import Action, Crumb, FormPage, ListPage, Page
from gongyi.organizations.models import Membership, Remit
from gongyi.regions.models import Region
from gongyi.reviews import services
from gongyi.reviews.filters import RemitFilter
from gongyi.reviews.forms import PolicyForm, RemitForm, RemoveRemitForm, WhereForm
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.models import Review
from gongyi.reviews.queries import covering, policy_of, turns_under, who_decides
from gongyi.reviews.tables import RemitTable


class ForThePlatform:
    """Only its administrators keep these."""

    def allowed(self):
        return self.request.user.is_staff  # type: ignore[attr-defined]


class Remits(ForThePlatform, ListPage):
    """All remits: authority, matter, region; with how many reviewers it has and how much waits there."""

    model = Remit
    table_class = RemitTable
    filter_class = RemitFilter
    title = gettext_lazy("审核职责")
    noun, measure = gettext_lazy("职责"), gettext_lazy("条")
    empty_text = gettext_lazy("没有设置职责时，所有提交都由平台管理员审核。")

    def get_queryset(self):
        reviewers = Membership.objects.current().filter(
            organization=OuterRef("organization"), role=Membership.Role.REVIEWER, user__is_active=True
        )
        waiting = Review.objects.filter(authority=OuterRef("organization"), status=Review.Status.PENDING)
        return (
            super().get_queryset()
            .select_related("organization", "region")
            .annotate(reviewers=counted(reviewers, "organization"), waiting=counted(waiting, "authority"))
        )  # fmt: skip

    def get_actions(self):
        return [
            Action(_("谁审核什么"), reverse("reviews:coverage"), icon="map-search"),
            Action(_("审核级数和期限"), reverse("reviews:policies"), icon="adjustments"),
            Action(_("增加职责"), reverse("reviews:add_remit"), icon="plus", tone="primary"),
        ]


def counted(rows, key: str):
    """So many rows for each value of `key`, which `rows` is already narrowed down to."""
    return Coalesce(Subquery(rows.order_by().values(key).annotate(n=Count("pk")).values("n"), IntegerField()), 0)


class AddRemit(ForThePlatform, FormPage):
    """A new remit; what changes hands is said on the next page's message, since it depends on what is chosen."""

    form_class = RemitForm
    title = gettext_lazy("增加审核职责")
    submit_label = gettext_lazy("增加")
    submit_note = gettext_lazy("以后的提交按新的职责分派；已在办的仍由原部门办完。")
    cancel_url = reverse_lazy("reviews:remits")
    crumbs = (Crumb(gettext_lazy("审核职责"), reverse_lazy("reviews:remits")), Crumb(gettext_lazy("增加")))

    def save(self, form):
        remit = form.instance
        before = covering(remit.matter, remit.region)
        saved = services.add_remit(remit, actor=self.request.user)
        inside = Remit.objects.filter(matter=remit.matter, region__in=Region.objects.within(remit.region_id))
        nearer = inside.exclude(pk=saved.pk).count()
        words = {
            "what": saved,
            "who": saved.organization,
            "before": before[0] if before else _("平台管理员"),
            "n": nearer,
        }
        text = _("%(what)s 以后由%(who)s审核，此前由%(before)s审核。") % words
        if nearer:
            text += _("其中 %(n)s 处更近的部门各自的职责不变。") % words
        if not saved.organization.memberships.current().filter(role=Membership.Role.REVIEWER).exists():
            text += _("%(who)s还没有审核人员，请尽快指定。") % words
        messages.success(self.request, text)
        return saved

    def get_success_url(self, saved):
        return reverse("reviews:remits")


class RemoveRemit(ForThePlatform, FormPage):
    """Take a remit away, after saying who takes over and how much is still waiting."""

    model = Remit
    form_class = RemoveRemitForm
    template_name = "reviews/remove_remit.html"
    dialog_name = "reviews/remove_remit_dialog.html"
    title = gettext_lazy("移除审核职责")
    submit_label = gettext_lazy("移除")
    submit_tone = "bad"
    cancel_url = reverse_lazy("reviews:remits")

    def get_queryset(self):
        return super().get_queryset().select_related("organization", "region")

    def get_context_data(self, **kwargs):
        remit = self.object
        to = services.successor_of(remit)
        waiting = len(turns_under(remit.organization, remit.matter, remit.region))
        return super().get_context_data(remit=remit, successor=to, waiting=waiting, **kwargs)

    def save(self, form):
        moved = services.remove_remit(self.object, actor=self.request.user, move=form.cleaned_data["move"])
        text = _("已移除。")
        messages.success(self.request, text + (_("转交了 %s 件在办的。") % moved if moved else ""))

    def get_success_url(self, saved):
        return reverse("reviews:remits")


class Coverage(ForThePlatform, Page):
    """谁审核什么: pick a place and see, matter by matter, who would get a submission from there."""

    template_name = "reviews/coverage.html"
    title = gettext_lazy("谁审核什么")
    crumbs = (Crumb(gettext_lazy("审核职责"), reverse_lazy("reviews:remits")), Crumb(gettext_lazy("谁审核什么")))

    def get_context_data(self, **kwargs):
        form = WhereForm(self.request.GET if "region" in self.request.GET else None)
        region = form.cleaned_data["region"] if form.is_bound and form.is_valid() else None
        levels = list(Region.Level.choices)[::-1]
        rows = [
            (one, [one.by_level.get(level) for level, _label in levels], one.first) for one in who_decides(region)
        ] if region else []  # fmt: skip
        return super().get_context_data(form=form, region=region, levels=levels, rows=rows, **kwargs)


class Policies(ForThePlatform, Page):
    """Over how many tiers and in how many working days each kind is reviewed."""

    template_name = "reviews/policies.html"
    title = gettext_lazy("审核级数和期限")
    crumbs = (Crumb(gettext_lazy("审核职责"), reverse_lazy("reviews:remits")), Crumb(gettext_lazy("审核级数和期限")))

    def get_context_data(self, **kwargs):
        waiting = dict(
            Review.objects.filter(status=Review.Status.PENDING).order_by().values_list("kind").annotate(n=Count("pk"))
        )
        rows = [(kind, policy_of(kind), waiting.get(kind.name, 0)) for kind in KINDS.values()]
        return super().get_context_data(rows=rows, **kwargs)


class EditPolicy(ForThePlatform, FormPage):
    """Tiers and term of one kind; a unit's decisions about its own people have one tier."""

    form_class = PolicyForm
    submit_note = gettext_lazy("以后的提交按新的设置办理；已在办的级数和期限不变。")
    success_message = gettext_lazy("已保存，从下一件提交起生效。")
    cancel_url = reverse_lazy("reviews:policies")

    def allowed(self):
        if self.kwargs["kind"] not in KINDS:
            raise Http404
        return super().allowed()

    @cached_property
    def kind(self):
        return KINDS[self.kwargs["kind"]]

    def get_title(self):
        return self.kind.label

    def get_crumbs(self):
        return (*Policies.crumbs[:1], Crumb(_("审核级数和期限"), reverse("reviews:policies")), Crumb(self.kind.label))

    def get_form(self):
        form = super().get_form()
        if self.kind.unit is not None:
            del form.fields["tiers"]
        return form

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": policy_of(self.kind)}

    def save(self, form):
        return services.set_policy(form.instance, actor=self.request.user, before=policy_of(self.kind))

    def get_success_url(self, saved):
        return reverse("reviews:policies")
