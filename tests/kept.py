"""Puts the tables back to what migration left in them after a test that commits: a hundred times a run, so it must be quick.

Django's own way (TRUNCATE of every table, then all reference data anew through post_migrate) takes about a second; this takes
a few milliseconds, and is stricter: tables without a managed model, like the queue's, are put back as well.
"""

from django.db import connection
from django.test import TransactionTestCase

KEEP = """
DROP SCHEMA IF EXISTS kept CASCADE;
CREATE SCHEMA kept;
CREATE TABLE kept.tables (place regclass, copy text, fingerprint numeric);
CREATE FUNCTION kept.fingerprint(place regclass) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE found numeric;
BEGIN
  EXECUTE format('SELECT sum(hashtextextended(one::text, 0)) FROM %s one', place) INTO found;
  RETURN found;
END $$;
DO $$
DECLARE place regclass; copy text;
BEGIN
  FOR place, copy IN SELECT oid, format('kept.%I', relname) FROM pg_class
                     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname LOOP
    EXECUTE format('CREATE TABLE %s AS TABLE %s', copy, place);
    INSERT INTO kept.tables VALUES (place, copy, kept.fingerprint(place));
  END LOOP;
END $$;
-- Neither triggers nor foreign keys act (nothing may empty the ledger); whoever still writes is waited for.
CREATE FUNCTION kept.put_back() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE one record;
BEGIN
  FOR one IN SELECT * FROM kept.tables LOOP
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', one.place);
  END LOOP;
  FOR one IN SELECT * FROM kept.tables WHERE kept.fingerprint(place) IS DISTINCT FROM fingerprint LOOP
    EXECUTE format('DELETE FROM %s', one.place);
    EXECUTE format('INSERT INTO %s SELECT * FROM %s', one.place, one.copy);
  END LOOP;
END $$;
"""


def keep() -> None:
    """Copy what the tables hold now; from now on every test that commits ends with it. Only a superuser may turn triggers off:
    with another account the tests run as well, but Django empties the tables its own way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() == (True,):
            cursor.execute(KEEP)
            TransactionTestCase._fixture_teardown = _put_back


def _put_back(_case: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept.put_back()")
