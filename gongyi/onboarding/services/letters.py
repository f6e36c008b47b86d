"""Letters of commitment: a new version is drafted, published once, and never changed afterwards (S1-24)."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import CommitmentLetter


def draft_letter(*, actor: Any, **fields: Any) -> CommitmentLetter:
    """A new version that nobody sees yet. Refuses a version that exists."""
    try:
        with transaction.atomic():
            letter = CommitmentLetter.objects.create(**fields)
            record(actor, letter, _("起草承诺书"), after=_facts(letter))
    except IntegrityError:
        raise Refused(_("这类承诺书已有 %s 版，请换一个版本号。") % fields["version"], code="version_taken") from None
    return letter


def change_letter(*, letter: CommitmentLetter, actor: Any, **fields: Any) -> CommitmentLetter:
    """Change a draft. Refuses one that is published: units promised that text."""
    try:
        with transaction.atomic():
            row = _draft(letter)
            before = _facts(row)
            for name, value in fields.items():
                setattr(row, name, value)
            row.save()
            record(actor, row, _("修改承诺书草稿"), before=before, after=_facts(row))
    except IntegrityError:
        raise Refused(_("这类承诺书已有 %s 版，请换一个版本号。") % fields["version"], code="version_taken") from None
    return row


@transaction.atomic
def publish_letter(*, letter: CommitmentLetter, actor: Any) -> CommitmentLetter:
    """Put a draft in force: from now on new applications and changes are asked to accept it. Refuses a second time."""
    row = _draft(letter)
    row.published_at = timezone.now()
    row.save(update_fields=["published_at"])
    record(actor, row, _("发布承诺书"), after=_facts(row))
    return row


@transaction.atomic
def discard_letter(*, letter: CommitmentLetter, actor: Any) -> None:
    """Delete a draft. Refuses a published letter."""
    row = _draft(letter)
    record(actor, row, _("删除承诺书草稿"), before=_facts(row))
    row.delete()


def _draft(letter: CommitmentLetter) -> CommitmentLetter:
    row = CommitmentLetter.objects.select_for_update(no_key=True).filter(pk=letter.pk).first()
    if row is None:
        raise Refused(_("这份承诺书已不存在。"), code="gone")
    if row.published_at is not None:
        raise Refused(
            _("「%s」已发布，不能再改：已有单位按这一版作出承诺。") % row, code="published",
            remedy=_("请起草新版本。"),
        )  # fmt: skip
    return row


def _facts(letter: CommitmentLetter) -> dict[str, str]:
    return {"title": letter.title, "version": letter.version, "capacity": letter.capacity, "text": letter.text}
