"""Input about service plans and industry topics (S3-61 … S3-63)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import say_what_to_choose
from gongyi.files.forms import UploadField
from gongyi.kit.rich_text import RichText
from gongyi.offerings.models import Capability, IndustryTopic, ServicePlan
from gongyi.organizations.forms.certificates import PICTURE_BYTES, PICTURE_KINDS
from gongyi.organizations.models import BusinessType, Organization

MOST_CAPABILITIES = 300  # linked with one plan
LONGEST_WORKDAYS = 500
MOST_LINES = 30  # of what is delivered


class PictureField(UploadField):
    """A cover; `held` is the name of the one there is, which stays when no new one is chosen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_bytes=PICTURE_BYTES, kinds=PICTURE_KINDS, required=False, **kwargs)
        self.widget.attrs["data-preview"] = ""


def say_what_is_held(form: forms.Form, cover: Any) -> None:
    """Name the cover there is, or leave out the way to remove one."""
    if cover is None:
        del form.fields["remove_cover"]
        return
    field = form.fields["cover"]
    field.widget.attrs["data-held"] = cover.get_absolute_url()
    field.help_text = gettext("现为「%(name)s」，不选新文件则保留。%(limits)s") % {
        "name": cover.name, "limits": field.help_text,
    }  # fmt: skip


def option_of(capability: Capability) -> dict[str, Any]:
    """What the picker shows of a capability: its name, its standard, and why it cannot be ordered when it cannot."""
    standing = capability.standing_on(timezone.localdate())
    fallen = "" if standing == Capability.Standing.VALID else str(standing.label)
    return {
        "value": str(capability.pk),
        "text": str(capability),
        "note": " · ".join(
            part for part in (capability.get_nature_display(), capability.standard_no, capability.certificate.number) if part
        ),
        "fallen": fallen,
    }  # fmt: skip


class CapabilityPicker(forms.SelectMultiple):
    """Only what is chosen is in the page; the rest is searched for on the server, however many there are."""

    def __init__(self, *, organization: Organization) -> None:
        self.organization = organization
        super().__init__(
            {
                "data-capabilities": reverse("offerings:find_own_capabilities", args=[organization.pk]),
                "aria-label": gettext("关联能力项"),  # the box that is put in its place takes the label away
                "data-none": gettext("没有符合的能力项"),
                "data-find": gettext("输入检测对象、参数或标准编号查找"),
                "data-remove": gettext("移除"),
                "data-lost": gettext("查找失败，请再试。"),
            }
        )

    def optgroups(self, name: str, value: list[str], attrs: dict | None = None) -> list:
        keys = [key for key in value if key.isdecimal() and len(key) < 19]
        rows = Capability.objects.filter(organization=self.organization, pk__in=keys).select_related("certificate")
        options = []
        for number, row in enumerate(rows):
            shown = option_of(row)
            option = self.create_option(name, row.pk, shown["text"], True, number)
            option["attrs"] |= {"data-note": shown["note"], "data-fallen": shown["fallen"]}
            options.append((None, [option], number))
        return options


class PlanForm(forms.ModelForm):
    """A service plan; a draft needs little more than its name, publishing asks for the rest."""

    cover = PictureField(label=_("封面"))
    remove_cover = forms.BooleanField(label=_("不再使用现在的封面"), required=False)
    wide = ("deliverables", "summary", "capabilities", "topics")
    narrow = ("name",)

    class Meta:
        model = ServicePlan
        fields = [
            "name", "business_type", "summary", "description", "price_kind", "price", "price_unit", "workdays_from",
            "workdays_to", "deliverables", "capabilities", "topics",
        ]  # fmt: skip
        widgets = {
            "price_kind": forms.RadioSelect(),
            "deliverables": forms.Textarea(attrs={"rows": 4}),
            "topics": forms.CheckboxSelectMultiple(),
        }

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = self.instance.organization = organization
        fields = self.fields
        self._offer_types()
        fields["price_kind"].choices = ServicePlan.PriceKind.choices
        fields["price_kind"].help_text = _("选「面议」时不填价格。")
        fields["price_unit"].help_text = _("如 件、批次、套，写在价格后面。")
        fields["deliverables"].help_text = _("每行一项，如：检测报告（CMA）一式两份。")
        fields["name"].help_text = _("本机构内不重名，显示在卡片和搜索结果里。")
        fields["summary"].help_text = _("一句话说清做什么、给谁用，显示在卡片上。")
        for name in ("workdays_from", "workdays_to"):
            fields[name].widget.attrs |= {"inputmode": "numeric", "min": 0, "max": LONGEST_WORKDAYS}
        fields["description"].widget = RichText(
            upload_url=reverse("offerings:plan_picture", args=[organization.pk]), picture_bytes=PICTURE_BYTES
        )
        fields["description"].max_length = None  # what counts is its length once it is cleaned
        fields["description"].validators = []
        own = Capability.objects.filter(organization=organization)
        fields["capabilities"].queryset = own
        fields["capabilities"].widget = CapabilityPicker(organization=organization)
        fields["capabilities"].help_text = _("可以关联一项或一组。证书失效、暂停或取消的能力项不能新增关联。")
        fields["topics"].queryset = IndustryTopic.objects.published()
        fields["topics"].help_text = self._topics_help()
        say_what_is_held(self, self.instance.cover)

    def _offer_types(self) -> None:
        profile = getattr(self.organization, "profile", None)
        held = set(profile.business_types) if profile else set()
        held |= {self.instance.business_type} if self.instance.business_type else set()
        offered = [(value, label) for value, label in BusinessType.choices if value in held] or BusinessType.choices
        field = self.fields["business_type"]
        field.choices = [("", ""), *offered]
        say_what_to_choose(field)
        if len(offered) == 1 and not self.instance.pk:
            self.initial.setdefault("business_type", offered[0][0])

    def _topics_help(self) -> str:
        if not self.fields["topics"].queryset.exists():
            return gettext("平台还没有发布产业专题。")
        closed = self.instance.topics.exclude(status=IndustryTopic.Status.PUBLISHED) if self.instance.pk else ()
        names = "、".join(map(str, closed))
        return (
            gettext("已关联、现已下线的专题仍保留：%s。") % names
            if names
            else gettext("选中后，方案同时显示在专题下。")
        )

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        others = ServicePlan.objects.filter(organization=self.organization, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("本机构已有同名的服务方案。请换一个名称，或修改那一个。"))
        return name

    def clean_deliverables(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["deliverables"].splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            sentence = _("交付内容最多 %(most)s 项，现在有 %(count)s 项。")
            raise ValidationError(sentence % {"most": MOST_LINES, "count": len(lines)})
        return "\n".join(lines)

    def clean_capabilities(self) -> Any:
        chosen = self.cleaned_data["capabilities"]
        if len(chosen) > MOST_CAPABILITIES:
            sentence = _("一个方案最多关联 %(most)s 项能力，现在选了 %(count)s 项。")
            raise ValidationError(sentence % {"most": MOST_CAPABILITIES, "count": len(chosen)})
        return chosen

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        if data.get("price_kind") == ServicePlan.PriceKind.NEGOTIABLE and data.get("price") is not None:
            self.add_error("price", _("选了「面议」就不填价格；请清空价格，或改选价格方式。"))
        if data.get("price") is not None and data["price"] < 0:
            self.add_error("price", _("价格不能小于 0。"))
        first, last = data.get("workdays_from"), data.get("workdays_to")
        if first is not None and last is not None and last < first:
            self.add_error("workdays_to", _("最长工作日不能少于最短工作日。"))
        for name in ("workdays_from", "workdays_to"):
            if (days := data.get(name)) is not None and days > LONGEST_WORKDAYS:
                self.add_error(name, _("不能超过 %s 个工作日，请核对。") % LONGEST_WORKDAYS)
        return data

    def answers(self) -> dict[str, Any]:
        """What `save_plan` takes."""
        data = dict(self.cleaned_data)
        data["capabilities"], data["topics"] = list(data["capabilities"]), list(data["topics"])
        return data


class TopicForm(forms.ModelForm):
    """An industry topic of the platform (S3-63)."""

    cover = PictureField(label=_("封面"))
    remove_cover = forms.BooleanField(label=_("不再使用现在的封面"), required=False)
    wide = ("summary",)

    class Meta:
        model = IndustryTopic
        fields = ["name", "rank", "summary", "introduction"]
        widgets = {"introduction": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_what_is_held(self, self.instance.cover)
