"""Gives Django's own sentences in forms the tone of this site: what to do, not what is wrong with a field."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


def say_what_to_do():
    """Replace Django's sentences about a field by what the person should do."""
    from django import forms

    forms.Field.default_error_messages["required"] = _("请填写这一项。")
    for field in (
        forms.ChoiceField,
        forms.MultipleChoiceField,
        forms.ModelChoiceField,
        forms.ModelMultipleChoiceField,
    ):
        field.default_error_messages["required"] = _("请选择一项。")
    forms.BooleanField.default_error_messages = {"required": _("请勾选后再提交。")}
    forms.FileField.default_error_messages["required"] = _("请选择文件。")
    forms.DateField.default_error_messages["invalid"] = _("请填写日期，如 2026-11-21。")
    forms.DateTimeField.default_error_messages["invalid"] = _("请填写日期和时间，如 2026-11-21 14:00。")
    forms.TimeField.default_error_messages["invalid"] = _("请填写时间，如 14:00。")
    forms.DecimalField.default_error_messages["invalid"] = _("请填写数字。")
    forms.IntegerField.default_error_messages["invalid"] = _("请填写整数。")


class KitConfig(AppConfig):
    name = "gongyi.kit"
    label = "kit"
    default_auto_field = "django.db.models.BigAutoField"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        say_what_to_do()  # before any form is declared: a field takes its sentences when it is made
