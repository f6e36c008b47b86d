from pathlib import Path

from django.db import migrations

# The file is the newest version; a change of it comes with another migration like this one.
FUNCTION = Path(__file__).parent.parent / "sql" / "take.sql"


class Migration(migrations.Migration):
    dependencies = [("reservations", "0004_number_once"), ("ledger", "0003_set_aside")]
    operations = [migrations.RunSQL(FUNCTION.read_text(), "DROP FUNCTION reservations_take")]
