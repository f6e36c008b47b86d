from pathlib import Path

from django.db import migrations

FUNCTION = Path(__file__).parent.parent / "sql" / "booking_case.sql"


class Migration(migrations.Migration):
    """The function asks for instruments in the state their approval gives them."""

    dependencies = [("reservations", "0005_take")]
    operations = [migrations.RunSQL(FUNCTION.read_text(), migrations.RunSQL.noop)]
