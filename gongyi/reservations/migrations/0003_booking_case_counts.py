from pathlib import Path

from django.db import migrations

FUNCTION = Path(__file__).parent.parent / "sql" / "booking_case.sql"
BEFORE = "reservations_booking_case(bigint, bigint, bigint, bigint, timestamptz, timestamptz, bigint, timestamptz, boolean)"


class Migration(migrations.Migration):
    dependencies = [("reservations", "0002_booking_case")]
    operations = [
        migrations.RunSQL(f"DROP FUNCTION IF EXISTS {BEFORE}", migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTION.read_text(), migrations.RunSQL.noop),
    ]
