"""What of a platform is published: the version that was approved, which stays so while a change of it is under way.

The row is what its unit is working on; the frozen copy of the last approval is what the public reads and what giving up a
change goes back to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from gongyi.accounts.subjects import subject_names
from gongyi.files.models import StoredFile
from gongyi.kit.refusal import Refused
from gongyi.kit.when import format_day
from gongyi.onboarding.models import InnovationPlatform
from gongyi.reviews.kinds import entry, section
from gongyi.reviews.models import Review, Submission

PLAIN = (
    "name", "platform_type", "approved_by", "approval_no", "host_name", "host_uscc", "introduction", "director",
    "contact_name", "contact_phone", "contact_email", "address",
)  # fmt: skip
ORDER = (
    "name", "platform_type", "level", "approved_by", "approval_no", "approved_on", "host_name", "host_uscc", "introduction",
    "director", "contact_name", "contact_phone", "contact_email", "address",
)  # fmt: skip
ASKED = ("platform_type", "level", "host_name", "host_uscc", "introduction", "contact_name", "contact_phone")


def label_of(name: str) -> str:
    """What people call a field of a platform."""
    field = InnovationPlatform._meta.get_field(name)
    return str(getattr(field, "verbose_name", name))


def freeze(platform: InnovationPlatform) -> list[dict]:
    """The frozen copy of a platform: every field as people read it."""
    fields = []
    for name in ORDER:
        shown = getattr(platform, f"get_{name}_display", None)
        value = shown() if shown else getattr(platform, name)
        if isinstance(value, date):
            value = format_day(value, full=True)
        fields.append(entry(name, label_of(name), value))
    fields.append(entry("subject_codes", _("主要学科领域"), "、".join(subject_names(platform.subject_codes))))
    file = platform.approval_file
    return [section(_("创新平台"), *fields, entry("approval_file", _("批文"), files=[file] if file else []))]


def complete(platform: InnovationPlatform, *, actor: Any) -> Refused | None:
    """Everything that must be known of a platform before it is reviewed (S2-12)."""
    missing = [label_of(name) for name in ASKED if not getattr(platform, name)]
    if platform.level == InnovationPlatform.Level.CITY:
        return Refused(_("只登记省级以上创新平台；市级平台不在这里登记。"), code="level")
    if missing:
        return Refused(_("还没有填写：%s。") % "、".join(missing), code="incomplete", remedy=_("请在「编辑」中补充。"))
    return None


@dataclass(frozen=True)
class Published:
    """The approved version of a platform, as the public reads it; `values` by field name."""

    platform: InnovationPlatform
    submission: Submission
    values: dict[str, str]

    @property
    def name(self) -> str:
        return self.values["name"]


def published(platforms: Iterable[InnovationPlatform]) -> list[Published]:
    """The approved version of each of these platforms that has one, in their order; one query."""
    rows = list(platforms)
    kind = ContentType.objects.get_for_model(InnovationPlatform)
    approved = Review.objects.filter(status=Review.Status.APPROVED, tier=F("tiers")).values("submission")
    versions = Submission.objects.filter(subject_type=kind, subject_id__in=[row.pk for row in rows], pk__in=approved)
    newest = {version.subject_id: version for version in versions.order_by("round")}
    return [Published(row, newest[row.pk], _values(newest[row.pk])) for row in rows if row.pk in newest]


def published_version(platform: InnovationPlatform) -> Published | None:
    return next(iter(published([platform])), None)


def was_published(platform: InnovationPlatform, *, actor: Any) -> str | None:
    """Only what was approved once can be gone back to."""
    return None if published_version(platform) else _("还没有审核通过的内容，没有可恢复的。")


def restore(platform: InnovationPlatform) -> None:
    """Give the row back every field of the approved version."""
    version = published_version(platform)
    if version is None:
        raise Refused(_("还没有审核通过的内容，没有可恢复的。"), code="never_published")
    values = version.values
    for name in PLAIN:
        setattr(platform, name, values.get(name, ""))
    platform.level = {str(level.label): level.value for level in InnovationPlatform.Level}.get(values["level"], "")
    platform.approved_on = parse_date(values["approved_on"][:10]) if values.get("approved_on") else None
    platform.subject_codes = [name.split()[0] for name in values["subject_codes"].split("、") if name]
    files = [
        file["id"] for item in _fields(version.submission) for file in item["files"] if item["key"] == "approval_file"
    ]
    platform.approval_file = StoredFile.objects.filter(public_id__in=files).first()


def _fields(submission: Submission) -> list[dict]:
    return [item for part in submission.content for item in part["fields"]]


def _values(submission: Submission) -> dict[str, str]:
    return {item["key"]: item["value"] for item in _fields(submission)}
