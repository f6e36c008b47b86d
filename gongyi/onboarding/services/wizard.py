"""Drafts of applications: begun, kept as typed at every step, given files, handed in, taken back, discarded."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from gongyi.accounts.codes import is_phone
from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.files.acceptance import check, safe_name
from gongyi.files.models import StoredFile
from gongyi.files.services import store
from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import Application, ApplicationDocument
from gongyi.onboarding.registrations import Part, Registration, Slot, registration_of
from gongyi.onboarding.registrations.base import documents_of
from gongyi.onboarding.workflow import ApplicationFlow, last_approved_application
from gongyi.organizations.models import Organization
from gongyi.reviews.models import ReviewedStatus, Submission

PURPOSE = "application"
FILES_PER_APPLICATION = 150  # replaced ones included
LINK_MAILS_PER_DRAFT = 5
LINK_MAIL = "onboarding.send_link_mail"  # the task of tasks, by name


# beginning


def open_draft(registration: Registration, user: Any) -> Application | None:
    """The application this person began and did not finish, if there is one: it is continued, not begun again."""
    if not user.is_authenticated:
        return None
    rows = Application.objects.filter(applicant=user, capacity=registration.capacity, is_change=False)
    return rows.exclude(status__in=[ReviewedStatus.APPROVED, ReviewedStatus.PENDING]).order_by("-saved_at").first()


@transaction.atomic
def begin(registration: Registration, user: Any) -> Application:
    """A new draft, or the one this person has open. A visitor's opens for whoever has its link."""
    if user.is_authenticated:
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks are one draft
        if draft := open_draft(registration, user):
            return draft
    elif registration.needs_account:
        raise Refused(_("请先登录或注册账号，再填写这份申请。"), code="sign_in")
    application = Application.objects.create(
        capacity=registration.capacity,
        applicant=user if user.is_authenticated else None,
        opens_by_link=not user.is_authenticated,
    )
    ApplicationFlow.opened(application, _("开始填写"), actor=user if user.is_authenticated else None)
    return application


@transaction.atomic
def begin_change(registration: Registration, organization: Organization, user: Any) -> Application:
    """A draft that starts from the unit's present data and files; the open one where there is one already."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    under_way = Application.objects.filter(organization=organization, capacity=registration.capacity)
    if found := under_way.exclude(status=ReviewedStatus.APPROVED).first():
        return found
    if not organization.participations.filter(capacity=registration.capacity, ended_at=None).exists():
        raise Refused(
            _("「%(unit)s」还没有以%(capacity)s身份入网，没有可变更的资料。")
            % {"unit": organization.name, "capacity": registration.capacity.label},
            code="not_joined",
        )
    change = Application(capacity=registration.capacity, applicant=user, organization=organization, is_change=True)
    change.name, change.uscc = organization.name, organization.uscc or ""
    change.data = registration.prefill(organization)
    change.proved = registration.known_addresses(organization)
    change.save()
    if last := last_approved_application(change):
        now = timezone.now()
        ApplicationDocument.objects.bulk_create(
            ApplicationDocument(application=change, slot=slot, stored=row.stored, added_at=now)
            for slot, row in documents_of(last).items()
        )
    ApplicationFlow.opened(change, _("开始变更"), actor=user)
    return change


# filling in


def _locked(application: Application) -> Application:
    row = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    if not row.is_editable:
        raise Refused(
            _("这份申请现为「%s」，不能修改。") % row.get_status_display(),
            code="not_editable",
            remedy=_("要修改，请先撤回。") if row.status == ReviewedStatus.PENDING else _("请从单位资料发起变更。"),
        )
    return row


@transaction.atomic
def keep(application: Application, part: Part, data: QueryDict) -> Application:
    """Keep what was typed in one part, right or wrong, and the time. Refuses while it is under review."""
    row = _locked(application)
    row.data = row.data | {part.key: part.keep(data)}
    return _saved(application, row, part)


@transaction.atomic
def press(application: Application, part: Part, go: str) -> str:
    """Take a button of the part's own (add, remove a block); returns the anchor to go to."""
    row = _locked(application)
    anchor = part.changed_by(row, go)
    _saved(application, row, part)
    return anchor


def _saved(application: Application, row: Application, part: Part) -> Application:
    name, code = registration_of(row).identity_of(row)
    row.name, row.uscc = name[:150], code[:18]
    row.reached = part.key
    row.save(update_fields=["data", "name", "uscc", "reached", "saved_at"])
    for field in ("data", "name", "uscc", "reached", "saved_at"):
        setattr(application, field, getattr(row, field))
    return application


@transaction.atomic
def note_proved(application: Application, addresses: Iterable[str]) -> None:
    """Remember with the draft that these addresses were proved to be read, so that nobody need prove them twice."""
    row = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    row.proved = sorted({*row.proved, *addresses})
    row.save(update_fields=["proved"])
    application.proved = row.proved


# files


def add_file(application: Application, slot: Slot, upload: UploadedFile, *, actor: Any) -> ApplicationDocument:
    """Take a file into a slot; the one before it stays in the history. Refuses, with a sentence and the remedy, what is
    empty, too large, broken, of another kind or named as something it is not; then nothing is written."""
    name = safe_name(upload.name or "")
    media_type = check(upload, name=name, max_bytes=slot.max_bytes, kinds=slot.kinds)
    if media_type not in slot.media_types:
        raise Refused(
            _("「%s」的图片格式不在可接受之列。") % name, code="file_type",
            remedy=_("请另存为 %s 后再上传。") % slot.kinds_read,
        )  # fmt: skip
    with transaction.atomic():
        row = _locked(application)
        if ApplicationDocument.objects.filter(application=row).count() >= FILES_PER_APPLICATION:
            raise Refused(
                _("这份申请已上传 %s 个文件（含被替换的），不能再传。") % FILES_PER_APPLICATION, code="too_many"
            )
        stored = store(
            upload, actor=actor, purpose=PURPOSE, max_bytes=slot.max_bytes, kinds=slot.kinds, subject=application
        )
        _end(row, slot.key)
        return ApplicationDocument.objects.create(application=row, slot=slot.key, stored=stored)


def nothing_sent() -> str:
    """What an upload without a file is answered."""
    return str(Refused(_("没有收到文件。"), remedy=_("请选择文件后再上传。")))


@transaction.atomic
def remove_file(application: Application, slot_key: str) -> None:
    """Empty a slot; the file stays in the history."""
    _end(_locked(application), slot_key)


def _end(application: Application, slot_key: str) -> None:
    present = ApplicationDocument.objects.filter(application=application, slot=slot_key, replaced_at=None)
    present.update(replaced_at=timezone.now())


# handing in


def hand_in(application: Application, *, actor: Any, step: str = "submit") -> Application:
    """Submit (or put a small change into effect). A visitor's application gets its applicant here: the contact whose phone
    was proved, with the account that has this phone, or else one that becomes usable with the approval (S3-33)."""
    try:
        with transaction.atomic():
            if application.opens_by_link:
                actor = _contact_account(application)
            return ApplicationFlow.fire(application, step, actor=actor)
    except IntegrityError as clash:
        if "application_one_waiting" in str(clash):
            raise Refused(
                _("统一社会信用代码 %s 的另一份同类申请正在审核。") % application.uscc, code="waiting",
                remedy=_("请等待其审核结果，或联系提交人撤回。"),
            ) from clash  # fmt: skip
        raise


def _contact_account(application: Application) -> User:
    row = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    name, phone = registration_of(row).contact(row)
    if not phone:
        raise Refused(_("请先在联系人处填写手机号码并用验证码确认。"), code="no_contact")
    user = User.objects.by_address(phone)
    if user is None:
        user = User(username=_free_username(row), name=name, phone=phone, is_active=False)
        user.set_unusable_password()
        user.save()
        record(None, user, _("随入网申请建立账号"), after={"username": user.username, "name": name})
    elif not user.is_active and not _awaits_approval(user):
        raise Refused(
            _("手机号 %s 的账号已停用。") % phone, code="inactive", remedy=_("请换一位联系人，或联系平台管理员。")
        )
    if row.applicant_id != user.pk:
        row.applicant = user
        row.save(update_fields=["applicant"])
    application.applicant = user
    return user


def _awaits_approval(user: User) -> bool:
    """An account that an application opened and no approval has made usable yet."""
    return (
        user.last_login is None
        and not user.has_usable_password()
        and user.applications.filter(opens_by_link=True).exists()
    )


def _free_username(application: Application) -> str:
    name = f"unit{application.pk:05d}"
    number = 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"unit{application.pk:05d}-{number}"
    return name


def withdraw(application: Application, *, actor: Any) -> Application:
    """Take it back while it waits; whoever has the link of a visitor's application acts as its contact."""
    who = application.applicant if application.opens_by_link else actor
    return ApplicationFlow.fire(application, "withdraw", actor=who)


def discard(application: Application, *, actor: Any) -> None:
    """Delete a draft that was never handed in, with its files. What reviewers have seen stays."""
    with transaction.atomic():
        row = _locked(application)
        if Submission.objects.of(row).exists():
            raise Refused(
                _("提交过的申请留有审核记录，不能删除。"),
                code="submitted",
                remedy=_("可以修改后重新提交，或不再处理。"),
            )
        own = list(StoredFile.objects.filter(purpose=PURPOSE, subject_id=row.pk))
        if actor is not None and actor.is_authenticated:
            record(actor, row, _("删除草稿"), before={"name": row.name, "capacity": row.capacity})
        row.delete()
        for stored in own:
            stored.delete()
        transaction.on_commit(lambda: _drop_bytes(own))


def _drop_bytes(files: list[StoredFile]) -> None:
    for stored in files:
        stored.content.delete(save=False)


# the link


def queue_link_mail(application: Application, address: str) -> None:
    """Mail the link that opens the draft again, a few times per draft at most. Refuses what is no address."""
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError as problem:
        raise Refused(_("请填写完整的邮箱地址，如 name@example.com。"), code="no_address") from problem
    with transaction.atomic():
        row = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
        if row.links_mailed >= LINK_MAILS_PER_DRAFT:
            raise Refused(
                _("这份申请的链接已发送 %s 次，请查收邮件，或复制链接保存。") % row.links_mailed, code="too_many"
            )
        row.links_mailed += 1
        row.save(update_fields=["links_mailed"])
        app.configure_task(LINK_MAIL).defer(application_pk=row.pk, address=address)


def send_link_mail(application_pk: int, address: str) -> bool:
    """Mail the link; False when the draft is gone."""
    application = Application.objects.filter(pk=application_pk).first()
    if application is None:
        return False
    registration = registration_of(application)
    context = {
        "application": application,
        "registration": registration,
        "site_name": settings.SITE_NAME,
        "link": f"{settings.SITE_URL}{application.resume_url}",
    }
    subject = _("%(site)s：继续填写%(title)s") % {"site": settings.SITE_NAME, "title": registration.title}
    send_mail(subject, render_to_string("onboarding/link_mail.txt", context), None, [address])
    return True


def known_address(application: Application) -> str:
    """An e-mail address the link may be offered for: the applicant's own."""
    if application.applicant and application.applicant.email:
        return application.applicant.email
    return next((address for address in application.proved if not is_phone(address)), "")
