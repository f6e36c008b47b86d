"""Who may carry an import on, and what must hold before it is."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.imports.models import ImportRun
from gongyi.imports.registry import IMPORTERS
from gongyi.workflow import Role

STANDS_STILL_AFTER = timedelta(seconds=90)  # a batch takes a few seconds, a killed worker's jobs are taken up within 90


def may_carry_on(run: ImportRun, user: Any) -> bool:
    """Who uploaded the list, or a platform administrator, while they may still import into that context."""
    kind = IMPORTERS.get(run.importer)
    return (run.actor_id == user.pk or user.is_staff) and kind is not None and kind.may_use(user, run.context_id)


def has_good_rows(run: ImportRun, *, actor: Any) -> str | None:
    """At least one row is new or changed and without a problem."""
    if run.good_count:
        return None
    if run.bad_count:
        return _("没有可以导入的行。请下载问题行，更正后重新上传。")
    return _("每一行都与现有数据相同，不需要导入。")


def stands_still(run: ImportRun, *, actor: Any) -> str | None:
    """Nothing has moved for a minute and a half."""
    if run.beat_at is None or run.beat_at < timezone.now() - STANDS_STILL_AFTER:
        return None
    return _("后台正在处理，不需要继续。")


importing_person = Role(
    gettext_lazy("上传的人"), may_carry_on, people=lambda run: [run.actor] if run.actor.is_active else []
)
