"""Proves the stored balances and holds from the entries alone, with one pass of SQL for each promise."""

from django.db import connection
from django.utils.translation import gettext as _

from gongyi.kit.money import format_money

# Each query returns what differs: a name, what is stored, what the entries say.
UNBALANCED = """
SELECT t.id, coalesce(sum(e.amount), 0), count(e.id), count(*) FILTER (WHERE e.account_id <> t.account_id)
FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id
GROUP BY t.id
HAVING coalesce(sum(e.amount), 0) <> 0 OR count(e.id) < 2 OR count(*) FILTER (WHERE e.account_id <> t.account_id) > 0
ORDER BY t.id LIMIT %(limit)s
"""

BALANCES = """
WITH entries AS (
    SELECT account_id, sum(amount) FILTER (WHERE book = 'available') AS available, sum(amount) FILTER (WHERE book = 'held') AS held
    FROM ledger_entry GROUP BY account_id
), holds AS (
    SELECT account_id, sum(amount) AS open FROM ledger_hold WHERE settled_at IS NULL GROUP BY account_id
)
SELECT a.code, a.available, coalesce(entries.available, 0), a.held, coalesce(entries.held, 0), coalesce(holds.open, 0)
FROM ledger_paymentaccount a
LEFT JOIN entries ON entries.account_id = a.id
LEFT JOIN holds ON holds.account_id = a.id
WHERE a.available <> coalesce(entries.available, 0)
   OR a.held <> coalesce(entries.held, 0)
   OR a.held <> coalesce(holds.open, 0)
ORDER BY a.code LIMIT %(limit)s
"""

HOLDS = """
WITH entries AS (
    SELECT t.source, t.account_id,
           coalesce(sum(e.amount) FILTER (WHERE e.book = 'held'), 0) AS held,
           coalesce(sum(e.amount) FILTER (WHERE e.book = 'revenue'), 0) AS charged
    FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
    WHERE t.source <> '' GROUP BY t.source, t.account_id
)
SELECT coalesce(h.source, entries.source),
       CASE WHEN h.settled_at IS NULL THEN coalesce(h.amount, 0) ELSE 0 END, coalesce(entries.held, 0),
       coalesce(h.captured, 0), coalesce(entries.charged, 0)
FROM ledger_hold h FULL JOIN entries ON entries.source = h.source AND entries.account_id = h.account_id
WHERE CASE WHEN h.settled_at IS NULL THEN coalesce(h.amount, 0) ELSE 0 END <> coalesce(entries.held, 0)
   OR coalesce(h.captured, 0) <> coalesce(entries.charged, 0)
ORDER BY 1 LIMIT %(limit)s
"""


def differences(limit: int = 100) -> list[str]:
    """What does not agree, as sentences, at most `limit` of each kind; an empty list proves the ledger.

    Every transaction has at least two entries, all on its own account, whose sum is zero; each account's available and held
    amounts are the sums of its entries, its held amount also the sum of its open holds; and each hold agrees with the
    entries of its source.
    """
    found = []
    with connection.cursor() as cursor:
        cursor.execute(UNBALANCED, {"limit": limit})
        for number, total, lines, strays in cursor.fetchall():
            found.append(
                _("记账 %(number)s 不平：合计 %(total)s，共 %(lines)s 行，其中 %(strays)s 行属于别的账户。")
                % {"number": number, "total": format_money(total), "lines": lines, "strays": strays}
            )
        cursor.execute(BALANCES, {"limit": limit})
        for code, available, available_proved, held, held_proved, held_open in cursor.fetchall():
            found.append(
                _(
                    "账户 %(code)s：可用余额记为 %(available)s，按分录为 %(available_proved)s；"
                    "冻结金额记为 %(held)s，按分录为 %(held_proved)s，按未结冻结为 %(held_open)s。"
                )
                % {
                    "code": code,
                    "available": format_money(available),
                    "available_proved": format_money(available_proved),
                    "held": format_money(held),
                    "held_proved": format_money(held_proved),
                    "held_open": format_money(held_open),
                }
            )
        cursor.execute(HOLDS, {"limit": limit})
        for source, held, held_proved, charged, charged_proved in cursor.fetchall():
            found.append(
                _(
                    "%(source)s：未结冻结 %(held)s，按分录为 %(held_proved)s；"
                    "扣款 %(charged)s，按分录为 %(charged_proved)s。"
                )
                % {
                    "source": source,
                    "held": format_money(held),
                    "held_proved": format_money(held_proved),
                    "charged": format_money(charged),
                    "charged_proved": format_money(charged_proved),
                }
            )
    return found
