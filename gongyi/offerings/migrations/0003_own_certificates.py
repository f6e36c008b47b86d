"""A capability hangs on a certificate of its own institution; tests may follow a method of one's own, metrology never."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION offerings_capability_own_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM organizations_certificate WHERE id = NEW.certificate_id AND organization_id = NEW.organization_id
    ) THEN
        RAISE EXCEPTION 'a capability hangs on a certificate of its own institution'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'capability_own_certificate';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER capability_own_certificate BEFORE INSERT OR UPDATE OF organization_id, certificate_id ON offerings_capability
    FOR EACH ROW EXECUTE FUNCTION offerings_capability_own_certificate();
"""
BACKWARD = """
DROP TRIGGER capability_own_certificate ON offerings_capability;
DROP FUNCTION offerings_capability_own_certificate();
"""


class Migration(migrations.Migration):
    dependencies = [("offerings", "0002_plans_with_pictures"), ("organizations", "0004_what_it_shows")]

    operations = [
        migrations.AlterField(
            model_name="capability",
            name="standard_no",
            field=models.CharField(blank=True, max_length=100, verbose_name="标准编号（含年号）"),
        ),
        migrations.AddConstraint(
            model_name="capability",
            constraint=models.CheckConstraint(
                condition=models.Q(("nature", "test"), models.Q(("standard_no", ""), _negated=True), _connector="OR"),
                name="capability_metrology_names_its_rule",
                violation_error_message="请填写依据的检定规程或校准规范编号。",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
