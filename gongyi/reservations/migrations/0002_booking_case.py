from pathlib import Path

from django.db import migrations

# The file is the newest version; a change of it comes with another migration like this one.
FUNCTION = Path(__file__).parent.parent / "sql" / "booking_case.sql"
NAME = "reservations_booking_case"


class Migration(migrations.Migration):
    dependencies = [("reservations", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTION.read_text(), f"DROP FUNCTION {NAME}")]
