"""Input about imports: the file, how to import, and which header means which column."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.imports.models import ImportRun
from gongyi.imports.registry import Importer
from gongyi.kit.spreadsheets import Column
from gongyi.kit.templatetags.gongyi import filesize_zh
from gongyi.workflow.forms import StepForm

Mode = ImportRun.Mode


class UploadForm(forms.Form):
    """The list; the limits stand beside it."""

    file = forms.FileField(
        label=gettext_lazy("文件"), widget=forms.ClearableFileInput(),
        error_messages={"empty": gettext_lazy("文件是空的。请先下载模板，填写后再上传。")},
    )  # fmt: skip
    wide = ("file",)

    def __init__(self, *args, importer: Importer, **kwargs):
        super().__init__(*args, **kwargs)
        self.importer = importer
        self.fields["file"].widget.attrs["accept"] = ",".join(importer.suffixes)
        self.fields["file"].help_text = _("%(formats)s；不超过 %(size)s、%(rows)s %(row)s。") % {
            "formats": importer.formats, "size": importer.size_limit, "rows": f"{importer.max_rows:,}", "row": importer.row,
        }  # fmt: skip

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > self.importer.max_bytes:
            raise ValidationError(
                _("文件有 %(size)s，超过上限 %(limit)s。请分成几个文件上传。")
                % {"size": filesize_zh(file.size), "limit": self.importer.size_limit}
            )
        return file


class StartForm(StepForm):
    """All or nothing, or only the good rows."""

    mode = forms.ChoiceField(label=gettext_lazy("怎样导入"), choices=Mode.choices, widget=forms.RadioSelect())

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        run, field = self.obj, self.fields["mode"]
        words = {"good": f"{run.good_count:,}", "bad": f"{run.bad_count:,}", "row": run.row_word}
        field.choices = [
            (Mode.ALL, _("全部导入：有一%(row)s不成，就一%(row)s也不导入") % words),
            (
                Mode.GOOD,
                _("只导入没有问题的 %(good)s %(row)s，其余 %(bad)s %(row)s之后更正") % words
                if run.bad_count
                else _("能导入的都导入，其间出现问题的%(row)s留下") % words,
            ),
        ]
        field.initial = Mode.GOOD if run.bad_count else Mode.ALL

    def clean_mode(self):
        mode = self.cleaned_data["mode"]
        if mode == Mode.ALL and self.obj.bad_count:
            raise ValidationError(
                _("还有 %(bad)s %(row)s有问题，不能全部导入。请更正后重新上传，或选择只导入没有问题的%(row)s。")
                % {"bad": f"{self.obj.bad_count:,}", "row": self.obj.row_word}
            )
        return mode


class MappingForm(forms.Form):
    """For every header of the file the column it means, or none."""

    def __init__(self, *args, run: ImportRun, columns: list[Column], **kwargs):
        super().__init__(*args, **kwargs)
        self.columns = columns
        self.headers = {f"h{place}": header for place, header in enumerate(run.headers) if header}
        meant = {place: name for name, place in run.places.items()}
        choices = [("", _("不导入这一列"))]
        choices += [(c.name, f"{c.header}{' *' if c.required else ''}") for c in columns]
        for name, header in self.headers.items():
            self.fields[name] = forms.ChoiceField(
                label=header, choices=choices, required=False, initial=meant.get(int(name[1:]), "")
            )

    @property
    def mapping(self) -> dict[str, str]:
        """Header → column name, "" for none."""
        return {header: self.cleaned_data[name] for name, header in self.headers.items()}

    def clean(self):
        data = super().clean()
        chosen: dict[str, str] = {}
        for name in self.headers:
            column = data.get(name)
            if not column:
                continue
            if column in chosen:
                self.add_error(name, _("「%s」已对应到同一列，请只留一个。") % self.headers[chosen[column]])
            chosen.setdefault(column, name)
        missing = [c.header for c in self.columns if c.required and c.name not in chosen]
        if missing:
            raise ValidationError(_("必填的列还没有对应：%s。") % "、".join(missing))
        return data
