"""What must never be false about money, whoever writes: kept by the database itself.

Entries and transactions are only ever added; each transaction's entries sum to zero and stand on its own account when it
is committed; the balances on the account follow the entries and nothing else.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused; book a correction instead', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_never_emptied BEFORE TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_never_emptied BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total numeric;
    strays bigint;
BEGIN
    SELECT sum(e.amount), count(*) FILTER (WHERE e.account_id <> t.account_id) INTO total, strays
    FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
    WHERE e.transaction_id = NEW.transaction_id;
    IF total <> 0 OR strays > 0 THEN
        RAISE EXCEPTION 'ledger transaction % is refused: its entries sum to %, % of them on another account',
            NEW.transaction_id, total, strays USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transaction_balanced';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_transaction_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balanced();

CREATE FUNCTION ledger_keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT account_id,
               coalesce(sum(amount) FILTER (WHERE book = 'available'), 0) AS available,
               coalesce(sum(amount) FILTER (WHERE book = 'held'), 0) AS held
        FROM added WHERE book IN ('available', 'held') GROUP BY account_id ORDER BY account_id
    LOOP
        UPDATE ledger_paymentaccount SET available = available + change.available, held = held + change.held
        WHERE id = change.account_id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_keep_balances AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_balances();

CREATE FUNCTION ledger_refuse_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the balance of payment account % follows its entries; it is not written', NEW.id
        USING ERRCODE = 'restrict_violation';
END $$;

-- A WHEN clause is evaluated outside the trigger: depth 0 is a statement of the application, 1 is ledger_keep_balances.
CREATE TRIGGER ledger_balance_not_written BEFORE UPDATE ON ledger_paymentaccount FOR EACH ROW
    WHEN ((OLD.available, OLD.held) IS DISTINCT FROM (NEW.available, NEW.held) AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_refuse_balance();
CREATE TRIGGER ledger_balance_begins_at_zero BEFORE INSERT ON ledger_paymentaccount FOR EACH ROW
    WHEN (NEW.available <> 0 OR NEW.held <> 0)
    EXECUTE FUNCTION ledger_refuse_balance();

CREATE SEQUENCE ledger_account_code;
"""

BACKWARD = """
DROP SEQUENCE ledger_account_code;
DROP TRIGGER ledger_balance_begins_at_zero ON ledger_paymentaccount;
DROP TRIGGER ledger_balance_not_written ON ledger_paymentaccount;
DROP FUNCTION ledger_refuse_balance();
DROP TRIGGER ledger_keep_balances ON ledger_entry;
DROP FUNCTION ledger_keep_balances();
DROP TRIGGER ledger_transaction_balanced ON ledger_entry;
DROP FUNCTION ledger_check_balanced();
DROP TRIGGER ledger_never_emptied ON ledger_entry;
DROP TRIGGER ledger_never_emptied ON ledger_transaction;
DROP TRIGGER ledger_append_only ON ledger_entry;
DROP TRIGGER ledger_append_only ON ledger_transaction;
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
