"""What a unit says about itself without being reviewed again, and whom to ask there; each change is on record."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.files.services import store
from gongyi.kit.refusal import Refused
from gongyi.organizations.forms.certificates import PICTURE_KINDS
from gongyi.organizations.forms.profile import COVER_BYTES, TYPES_ARE_FIXED
from gongyi.organizations.models import ContactPerson, Organization, UnitProfile
from gongyi.organizations.services.units import lock, still_here

CONTACT_FIELDS = ("name", "position", "phone", "email")


@transaction.atomic
def change_profile(
    *,
    organization: Organization,
    actor: User,
    cover: UploadedFile | None = None,
    remove_cover: bool = False,
    **fields: Any,
) -> UnitProfile:
    """Write the given fields of the profile and the cover picture. Refuses other business types than it has, unless the
    platform administrator changes them (S3-15).
    """
    unit = still_here(lock(organization))
    profile, _created = UnitProfile.objects.get_or_create(organization=unit)
    types = fields.get("business_types")
    if types is not None and set(types) != set(profile.business_types) and not actor.is_staff:
        raise Refused(str(TYPES_ARE_FIXED), code="fixed")
    before = {name: getattr(profile, name) for name in fields}
    for name, value in fields.items():
        setattr(profile, name, value)
    profile.save()
    changed = {name for name, value in before.items() if getattr(profile, name) != value}
    told_before, told_after = ({name: row[name] for name in sorted(changed)} for row in (before, vars(profile)))
    if cover or (remove_cover and unit.cover_id):
        told_before["cover"] = unit.cover.name if unit.cover else ""
        unit.cover = None
        if cover:
            unit.cover = store(
                cover,
                actor=actor,
                purpose="organization_cover",
                max_bytes=COVER_BYTES,
                kinds=PICTURE_KINDS,
                subject=unit,
            )
        unit.save(update_fields=["cover"])
        told_after["cover"] = unit.cover.name if unit.cover else ""
    if told_after:
        record(actor, unit, _("修改机构信息"), before=told_before, after=told_after)
    return profile


@transaction.atomic
def change_contact(*, organization: Organization, actor: User, duty: str, **person: str) -> ContactPerson:
    """Let somebody else (or the same person, reached otherwise) be asked about `duty` from now on; who was before stays
    in the history with the day it ended. Saying the same again changes nothing.
    """
    still_here(lock(organization))
    wanted = {name: person.get(name, "").strip() for name in CONTACT_FIELDS}
    before = ContactPerson.objects.current().filter(organization=organization, duty=duty).first()
    if before is not None and all(getattr(before, name) == value for name, value in wanted.items()):
        return before
    now = timezone.now()
    if before is not None:
        before.until = now
        before.save(update_fields=["until"])
    after = ContactPerson.objects.create(organization=organization, duty=duty, since=now, **wanted)
    record(
        actor, organization, _("更换%s") % after.get_duty_display(),
        before=before and {name: getattr(before, name) for name in CONTACT_FIELDS}, after=wanted,
    )  # fmt: skip
    return after


@transaction.atomic
def end_contact(*, organization: Organization, actor: User, duty: str) -> None:
    """Nobody is asked about `duty` any more; who was stays in the history."""
    still_here(lock(organization))
    before = ContactPerson.objects.current().filter(organization=organization, duty=duty).first()
    if before is not None:
        before.until = timezone.now()
        before.save(update_fields=["until"])
        record(actor, organization, _("结束%s") % before.get_duty_display(), before={"name": before.name})
