"""How forms look: label above, star, hint, error with its remedy, classes by kind of widget."""

from django import forms

from gongyi.kit.money import MoneyFormField
from gongyi.kit.parts import ExampleForm


def test_a_field_has_its_label_star_hint_and_error_tied_together():
    field = str(ExampleForm({})["name"].as_field_group())
    assert (
        '<label class="form-label" for="id_name">仪器名称<span class="req" aria-hidden="true">*</span></label>' in field
    )
    assert 'aria-describedby="id_name_helptext id_name_error"' in field
    assert 'id="id_name_error"' in field
    assert 'class="form-control is-invalid"' in field


def test_money_has_its_sign_before_and_its_unit_after():
    field = str(ExampleForm()["price"].as_field_group())
    assert '<span class="input-group-text">¥</span>' in field
    assert '<span class="input-group-text">每小时</span>' in field
    assert 'inputmode="decimal"' in field


def test_an_initial_amount_is_written_with_separators():
    class Form(forms.Form):
        amount = MoneyFormField()

    from decimal import Decimal

    assert 'value="1,450,000.00"' in str(Form(initial={"amount": Decimal(1450000)})["amount"])


def test_days_are_typed_or_picked_and_never_a_browsers_own_input():
    assert 'type="text"' in str(ExampleForm()["bought_on"])
    assert 'data-picker="day"' in str(ExampleForm()["bought_on"])
    assert 'data-picker="moment"' in str(ExampleForm()["arrives_at"])


def test_boxes_stand_before_their_words_in_a_group_with_a_legend():
    field = str(ExampleForm()["modes"].as_field_group())
    assert "<legend" in field
    assert field.count('class="form-check-input"') == 2


def test_a_native_file_button_is_replaced_by_our_words():
    assert "选择文件" in str(ExampleForm()["photo"])


def test_own_classes_of_a_widget_are_kept():
    class Form(forms.Form):
        code = forms.CharField(widget=forms.TextInput(attrs={"class": "num"}))

    assert 'class="num form-control"' in str(Form()["code"])


def test_short_fields_share_a_line_and_long_ones_do_not():
    form = ExampleForm()
    assert {f.name for f in form if f.is_wide} == {"name", "modes", "review", "photo", "note", "agreed"}


def test_what_people_typed_is_escaped():
    assert "<script>" not in str(ExampleForm({"name": "<script>alert(1)</script>"}))


def test_nothing_chosen_yet_is_said_in_words_not_dashes():
    class Asking(forms.Form):
        size = forms.ChoiceField(choices=[(None, "---------"), ("s", "小")])

    html = str(Asking()["size"])
    assert "---" not in html
    assert ">请选择</option>" in html
    assert '<option value="s">小</option>' in html
