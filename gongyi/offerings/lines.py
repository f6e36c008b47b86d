"""What one line of an annex must say before it is a capability: the same judgement for the form, a list and the API.

A line under a CMA certificate has everything the annex's columns have; under CNAS at least the standard with its year. Under any
other certificate a test may follow a method of the institution's own, which then stands where the standard's name would. Metrology
always names its rule, range, accuracy and where the authorisation holds (domain rules 1.3 and 5; S3-39, S3-60).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from gongyi.kit.spreadsheets.columns import tidy
from gongyi.offerings import standard_numbers
from gongyi.offerings.models import Capability
from gongyi.organizations.models import Certificate

TEST_TEXTS = (
    "group_no", "domain", "category", "subject", "parameter_no", "parameter", "standard_name", "standard_no", "measuring_range",
    "site", "remark",
)  # fmt: skip
METROLOGY_TEXTS = ("subject", "measuring_range", "accuracy", "standard_no", "authorized_area", "remark")
TEST_FIELDS = (*TEST_TEXTS, "price", "lead_days")
METROLOGY_FIELDS = ("nature", *METROLOGY_TEXTS, "authorization_category", "valid_until", "price", "lead_days")
ALWAYS = {True: ("subject", "parameter"), False: ("subject", "measuring_range", "accuracy", "authorized_area")}
BY_CERTIFICATE = {
    Certificate.Nature.CMA: ("group_no", "domain", "category", "parameter_no", "standard_no", "standard_name"),
    Certificate.Nature.CNAS: ("standard_no", "standard_name"),
    Certificate.Nature.OTHER: (),
}
FORMAL = (Certificate.Nature.CMA, Certificate.Nature.CNAS)
TEST_LABELS = {"measuring_range": "限制范围"}
METROLOGY_LABELS = {
    "subject": "项目名称", "measuring_range": "测量范围", "standard_no": "依据检定规程编号", "authorization_category": "类别",
    "remark": "备注",
}  # fmt: skip


@dataclass
class Line:
    """A line as it would be stored; `problems` (field, sentence) keep it out, `doubts` are told and keep nothing out."""

    fields: dict[str, Any]
    problems: list[tuple[str, str]] = field(default_factory=list)
    doubts: list[tuple[str, str]] = field(default_factory=list)


def label_of(name: str, nature: str) -> str:
    """What a field is called where a test, or where metrology, is written down."""
    own = TEST_LABELS if nature == Capability.Nature.TEST else METROLOGY_LABELS
    return _(own[name]) if name in own else str(Capability._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def read(fields: Mapping[str, Any], *, certificate: Certificate | None, today: date) -> Line:
    """Judge a line. Without a certificate (not chosen, or unknown) only what holds for every certificate is asked."""
    nature = fields.get("nature") or Capability.Nature.TEST
    is_test = nature == Capability.Nature.TEST
    texts = TEST_TEXTS if is_test else METROLOGY_TEXTS
    line = Line({**fields, "nature": str(nature)})
    for name in texts:
        line.fields[name] = " ".join(tidy(fields.get(name) or "").split())
    _standard(line, is_test, certificate, today)
    wanted = [*ALWAYS[is_test]]
    if is_test:
        wanted += BY_CERTIFICATE[Certificate.Nature(certificate.nature)] if certificate else ()
    else:
        wanted += ("standard_no", "authorization_category")
    wrong = {name for name, _sentence in line.problems}
    for name in wanted:
        if not line.fields.get(name) and name not in wrong:
            line.problems.append((name, _missing(name, is_test, certificate)))
    for name in texts:
        limit = Capability._meta.get_field(name).max_length or 0  # type: ignore[union-attr]
        if len(line.fields[name]) > limit:
            words = {"length": len(line.fields[name]), "limit": limit}
            line.problems.append((name, _("有 %(length)s 个字，最多 %(limit)s 个，请缩短。") % words))
    return line


def _standard(line: Line, is_test: bool, certificate: Certificate | None, today: date) -> None:
    fields = line.fields
    seen = standard_numbers.checked(fields["standard_no"], today)
    line.problems += [("standard_no", sentence) for sentence in seen.problems]
    line.doubts += [("standard_no", sentence) for sentence in seen.doubts]
    fields["standard_no"] = seen.text
    if is_test and not fields["standard_name"]:
        fields["standard_name"] = standard_numbers.JOINED.join(seen.names)
    if not seen.method:
        return
    if not is_test or (certificate and certificate.nature in FORMAL):
        sentence = _("「%s」不是标准编号。请照证书附表写出编号和年号，如 GB/T 228.1-2021。") % seen.method
        line.problems.append(("standard_no", sentence))
    else:
        fields["standard_name"] = fields["standard_name"] or seen.method


def _missing(name: str, is_test: bool, certificate: Certificate | None) -> str:
    if is_test and name not in ALWAYS[True] and certificate:
        return _("%s 证书下的能力须填写这一项，请照能力附表填写。") % certificate.get_nature_display()
    return _("必填，请补上。")
