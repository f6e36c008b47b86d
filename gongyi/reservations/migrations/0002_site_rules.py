from django.db import migrations

# What a new site starts with; its administrator changes it on the rules page. The notes of where the numbers come from
# stand in docs/decisions.
SITE = {
    "slot_minutes": 30,
    "min_minutes": 30,
    "max_minutes": 480,
    "horizon_days": 14,
    "min_notice_minutes": 60,
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 0,
    "cancel_deadline_minutes": 1440,
    "late_cancel_percent": 50,
    "review_normal": True,
    "review_senior": False,
    "pending_expires_minutes": 2880,
    "early_check_in_minutes": 15,
    "no_show_after_minutes": 30,
    "walk_up": True,
    "minimum_bill_minutes": 30,
    "offline_after_minutes": 10,
}
MONDAY, SATURDAY = 1, 6
OPENS_MINUTE, CLOSES_MINUTE = 8 * 60, 22 * 60


def open_the_site(apps, schema_editor):
    rules = apps.get_model("reservations", "BookingRules").objects.create(**SITE)
    apps.get_model("reservations", "OpeningHours").objects.bulk_create(
        apps.get_model("reservations", "OpeningHours")(
            rules=rules, weekday=weekday, opens_minute=OPENS_MINUTE, closes_minute=CLOSES_MINUTE
        )
        for weekday in range(MONDAY, SATURDAY + 1)
    )


class Migration(migrations.Migration):
    dependencies = [("reservations", "0001_initial")]
    operations = [migrations.RunPython(open_the_site, migrations.RunPython.noop)]
