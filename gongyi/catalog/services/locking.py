"""The row of an instrument whose registration is about to change."""

from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.kit.refusal import Refused


def editable(instrument: Instrument) -> Instrument:
    """The row as it stands, locked until the transaction ends; refuses one that is under review or scrapped (S1-39, S1-41)."""
    row = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    if row.status == Instrument.Status.PENDING:
        raise Refused(_("正在审核，不能修改。"), code="pending", remedy=_("请先撤回，修改后重新提交。"))
    if row.status == Instrument.Status.SCRAPPED:
        raise Refused(_("仪器已报废，不能修改。"), code="scrapped", remedy=_("报废有误的，请先撤销报废。"))
    return row
