"""What a person says when they ask a unit to take them in or let them go."""

from django import forms
from django.utils.translation import gettext_lazy as _

from gongyi.onboarding.models import Binding
from gongyi.organizations.forms.people import limit_to_unit


class BindingForm(forms.ModelForm):
    """Where in the unit the person belongs, and what its administrators should know; leaving asks for the note only."""

    wide = ("note",)

    class Meta:
        model = Binding
        fields = ["department", "note"]
        labels = {"department": _("所在院系/实验室"), "note": _("说明")}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.wish == Binding.Wish.RELEASE:
            del self.fields["department"]
            self.fields["note"].help_text = _("如调动去向、离开日期，供单位审核时参考。")
            return
        limit_to_unit(self.fields["department"], self.instance.organization, empty=_("不指定"))
        self.fields["note"].help_text = _("如工号、学号或导师，便于单位管理员核对。")
