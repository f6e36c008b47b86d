"""Keeping a unit's certificates: add, change, withdraw, and warning in time (S3-21 … S3-27, S3-53)."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Field
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.files.models import StoredFile
from gongyi.files.services import attach, store
from gongyi.kit.refusal import Refused
from gongyi.kit.when import format_day
from gongyi.notifications.services import notify, register_kind
from gongyi.organizations.certificate_numbers import regular
from gongyi.organizations.consequences import Act, consequences_of
from gongyi.organizations.forms.certificates import PICTURE_BYTES, PICTURE_KINDS, SCOPE_BYTES, SCOPE_KINDS
from gongyi.organizations.models import Certificate, Organization, UnitRules
from gongyi.organizations.rules import Place, people_in
from gongyi.organizations.services.units import lock, still_here

EXPIRY = "organizations.certificate_expiry"
PURPOSE = "certificate"
WORDS = ("nature", "grade", "number", "issuer", "issued_on", "expires_on", "remark")

register_kind(EXPIRY, gettext_lazy("资质证书到期提醒"))
Follower = Callable[[Certificate], None]
_FOLLOWERS: list[Follower] = []


def follow_certificate_changes(follower: Follower) -> Follower:
    """Let a higher app know, in the same transaction, that something a certificate says of itself has changed."""
    _FOLLOWERS.append(follower)
    return follower


@transaction.atomic
def add_certificate(
    *,
    organization: Organization,
    actor: User,
    picture: UploadedFile,
    scope_file: UploadedFile | None = None,
    **fields: Any,
) -> Certificate:
    """Put a certificate on record with its picture and the table of what it covers. Refuses a number the unit has already."""
    still_here(lock(organization))
    certificate = Certificate(organization=organization, **_tidy(fields))
    certificate.picture = _stored(picture, actor, PICTURE_BYTES, PICTURE_KINDS)
    certificate.scope_file = _stored(scope_file, actor, SCOPE_BYTES, SCOPE_KINDS)
    _save(certificate)
    for stored in filter(None, (certificate.picture, certificate.scope_file)):
        attach(stored, certificate)
    record(actor, certificate, _("新增证书"), after=as_told(certificate))
    return certificate


@transaction.atomic
def change_certificate(
    *,
    certificate: Certificate,
    actor: User,
    picture: UploadedFile | None = None,
    scope_file: UploadedFile | None = None,
    **fields: Any,
) -> Certificate:
    """Change what is said of a certificate, or its files; what stood before is kept in the history.

    A new last day begins the warnings anew. Refuses a withdrawn certificate, and a number the unit has already.
    """
    row = _locked(certificate)
    if row.withdrawn_at is not None:
        raise Refused(_("证书 %s 已撤销，不能修改。请先恢复它，或新增一张。") % row.number, code="withdrawn")
    before = as_told(row)
    for name, value in _tidy(fields).items():
        if name == "expires_on" and value != row.expires_on:
            row.warned_days, row.expiry_told = None, False
        setattr(row, name, value)
    row.picture = _stored(picture, actor, PICTURE_BYTES, PICTURE_KINDS, row) or row.picture
    row.scope_file = _stored(scope_file, actor, SCOPE_BYTES, SCOPE_KINDS, row) or row.scope_file
    _save(row)
    if (after := as_told(row)) != before:
        record(actor, row, _("修改证书"), before=before, after=after)
        for follow in _FOLLOWERS:
            follow(row)
    return row


@transaction.atomic
def withdraw_certificate(*, certificate: Certificate, actor: User, reason: str) -> Certificate:
    """Mark a certificate as no longer held, from now on, with a reason. Refuses one that is withdrawn already."""
    row = _locked(certificate)
    if row.withdrawn_at is not None:
        raise Refused(_("证书 %s 已撤销，无需重复操作。") % row.number, code="already_done")
    row.withdrawn_at, row.withdrawn_reason = timezone.now(), reason
    row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    record(actor, row, _("撤销证书"), reason=reason)
    return row


@transaction.atomic
def restore_certificate(*, certificate: Certificate, actor: User) -> Certificate:
    """Take back a withdrawal made by mistake. Refuses while the unit has another certificate of that number."""
    row = _locked(certificate)
    if row.withdrawn_at is None:
        raise Refused(_("证书 %s 没有撤销。") % row.number, code="already_done")
    before = {"withdrawn_reason": row.withdrawn_reason}
    row.withdrawn_at, row.withdrawn_reason = None, ""
    _save(row)
    record(actor, row, _("恢复证书"), before=before)
    return row


def warn_of_expiring(day: date) -> int:
    """Tell institutions whose certificates run out within the days of UnitRules, and those whose have; how many were told.

    Each of the days (90, 60, 30) is said once, on it or, when a night was missed, on the first one after; the last day
    is day 0, and the day after it the certificate has expired. Running it twice says nothing twice.
    """
    warn_days = sorted(UnitRules.current().certificate_warn_days)
    told = 0
    candidates = Certificate.objects.filter(
        expires_on__isnull=False, withdrawn_at=None, expiry_told=False, organization__status__in=_PRESENT
    )
    for pk in candidates.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            told += _warn(pk, day, warn_days)
    return told


_PRESENT = (Organization.Status.ACTIVE, Organization.Status.SUSPENDED)


def _warn(pk: int, day: date, warn_days: list[int]) -> bool:
    rows = Certificate.objects.select_for_update(no_key=True, of=("self",), skip_locked=True).select_related(
        "organization"
    )
    row = rows.filter(pk=pk, withdrawn_at=None, expiry_told=False, expires_on__isnull=False).first()
    if row is None:
        return False
    assert row.expires_on is not None
    left = (row.expires_on - day).days
    words = {"certificate": row, "day": format_day(row.expires_on, full=True), "left": left}
    if left < 0:
        row.expiry_told = True
        title, body = _("%(certificate)s 已过期") % words, _("%(day)s 到期。换发后请更新证书；") % words
    else:
        due = next((days for days in warn_days if left <= days), None)
        if due is None or (row.warned_days is not None and row.warned_days <= due):
            return False
        row.warned_days = due
        title, body = (
            _("%(certificate)s 将于 %(left)s 天后到期") % words,
            _("%(day)s 到期。请及时换发并更新证书；") % words,
        )
        if left == 0:
            title = _("%(certificate)s 今天到期") % words
    row.save(update_fields=["warned_days", "expiry_told"])
    hanging = "；".join(
        f"{item.label} {item.shown or item.count}：{item.what_happens}"
        for item in consequences_of(row, Act.CERTIFICATE_ENDS)
    )
    body += hanging or _("没有其他内容依赖这张证书。")
    url = reverse("organizations:certificates", args=[row.organization_id])
    notify(people_in(row.organization, Place.UNIT_ADMIN), title=title, body=body, url=url, kind=EXPIRY)
    return True


def as_told(certificate: Certificate) -> dict[str, Any]:
    """What the history keeps of a certificate: every word in words, every file by name and key."""
    told: dict[str, Any] = {}
    for name in WORDS:
        shown = getattr(certificate, f"get_{name}_display", None)
        value = shown() if shown else getattr(certificate, name)
        told[_label(name)] = str(value) if value else ""
    for name in ("picture", "scope_file"):
        stored = getattr(certificate, name)
        told[_label(name)] = {"name": stored.name, "id": str(stored.public_id)} if stored else ""
    return told


def _label(name: str) -> str:
    return str(cast(Field, Certificate._meta.get_field(name)).verbose_name)


def _tidy(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"number": regular(fields["number"])} if "number" in fields else fields


def _stored(
    upload: UploadedFile | None, actor: User, max_bytes: int, kinds: tuple[str, ...], subject: Certificate | None = None
) -> StoredFile | None:
    if not upload:
        return None
    return store(upload, actor=actor, purpose=PURPOSE, max_bytes=max_bytes, kinds=kinds, subject=subject)


def _locked(certificate: Certificate) -> Certificate:
    still_here(lock(certificate.organization))
    return Certificate.objects.select_related("organization").get(pk=certificate.pk)


def _save(certificate: Certificate) -> None:
    try:
        with transaction.atomic():
            certificate.save()
    except IntegrityError as error:
        if "certificate_number_once" not in str(error):
            raise
        sentence = _("本机构已有编号为 %s 的证书。请修改那一张，或核对编号。") % certificate.number
        raise Refused(sentence, code="taken") from None
