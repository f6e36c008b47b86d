"""What must agree between reservations, the time they hold, the money they hold and the instruments they use."""

from collections.abc import Iterator

from django.db import connection
from django.utils.translation import gettext_lazy

from gongyi.catalog.services.service_counts import wrongly_counted

_MISCOUNTED = gettext_lazy("仪器的服务次数与完成的服务不一致")

_CHECKS = (
    (
        gettext_lazy("待审核、有效或使用中的预约没有占用时间"),
        """SELECT r.number FROM reservations_reservation r LEFT JOIN reservations_occupancy o ON o.reservation_id = r.id
            WHERE r.status IN ('pending', 'valid', 'in_use') AND o.holds IS NOT TRUE""",
    ),
    (
        gettext_lazy("已拒绝、已取消或失约的预约仍占用时间"),
        """SELECT r.number FROM reservations_reservation r JOIN reservations_occupancy o ON o.reservation_id = r.id
            WHERE r.status IN ('rejected', 'cancelled', 'no_show') AND o.holds""",
    ),
    (
        gettext_lazy("未结束的预约没有冻结金额"),
        """SELECT r.number FROM reservations_reservation r
             LEFT JOIN ledger_hold h ON h.settled_at IS NULL AND h.source =
                  'reservation:' || r.id || CASE WHEN r.payment_no > 0 THEN ':' || r.payment_no ELSE '' END
            WHERE r.status IN ('pending', 'valid', 'in_use') AND r.account_id IS NOT NULL
              AND (h.id IS NULL OR h.amount <> r.estimate OR h.account_id <> r.account_id)""",
    ),
    (
        gettext_lazy("已结束的预约仍冻结着金额"),
        """SELECT r.number FROM ledger_hold h
             JOIN reservations_reservation r ON r.id = split_part(h.source, ':', 2)::bigint
            WHERE h.settled_at IS NULL AND h.source LIKE 'reservation:%'
              AND r.status NOT IN ('pending', 'valid', 'in_use')""",
    ),
    (
        gettext_lazy("显示使用中的仪器没有人在用"),
        """SELECT i.number FROM catalog_instrument i WHERE i.running_status = 'in_use' AND NOT EXISTS (
               SELECT FROM reservations_reservation r WHERE r.instrument_id = i.id AND r.status = 'in_use')""",
    ),
)


def inconsistencies() -> Iterator[tuple[str, list[str]]]:
    """Each thing that does not agree, with the numbers of those it is true of; nothing when all is well. Reads every row."""
    with connection.cursor() as cursor:
        for sentence, sql in _CHECKS:
            cursor.execute(sql)
            if numbers := [number for (number,) in cursor.fetchall()]:
                yield str(sentence), numbers
    if numbers := list(wrongly_counted().values_list("number", flat=True)):
        yield str(_MISCOUNTED), numbers
