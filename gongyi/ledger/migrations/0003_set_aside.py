"""Setting money aside as a function of the database: its plans are kept, and whoever books time can call it in one go."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_set_aside(
    account_ bigint, source_ text, amount_ numeric, actor_ bigint, at_ timestamptz,
    OUT status text, OUT available numeric, OUT credit_line numeric, OUT hold_id bigint
) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    booked bigint;
BEGIN
    -- Lock the account, look at it as it stands under the lock, and book the hold only if it can be paid.
    SELECT a.status, a.available, a.credit_line
      INTO ledger_set_aside.status, ledger_set_aside.available, ledger_set_aside.credit_line
      FROM ledger_paymentaccount a WHERE a.id = account_ FOR NO KEY UPDATE;
    IF NOT FOUND OR ledger_set_aside.status <> 'active'
       OR ledger_set_aside.available + ledger_set_aside.credit_line < amount_ THEN
        RETURN;
    END IF;
    INSERT INTO ledger_hold (account_id, source, amount, created_at, revision) VALUES (account_, source_, amount_, at_, 0)
        ON CONFLICT (source) DO NOTHING RETURNING ledger_hold.id INTO ledger_set_aside.hold_id;
    IF ledger_set_aside.hold_id IS NULL OR amount_ = 0 THEN
        RETURN;
    END IF;
    INSERT INTO ledger_transaction (account_id, kind, key, at, actor_id, source, voucher_no, note)
        VALUES (account_, 'hold', 'hold:' || source_, at_, actor_, source_, '', '')
        RETURNING ledger_transaction.id INTO booked;
    INSERT INTO ledger_entry (transaction_id, account_id, book, amount, at)
        VALUES (booked, account_, 'available', -amount_, at_), (booked, account_, 'held', amount_, at_);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_triggers")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION ledger_set_aside")]
