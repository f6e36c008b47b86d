"""Plans have pictures in their description, a price exactly when it is not negotiated, and capabilities of their own institution."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION offerings_plan_links_its_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT organization_id FROM offerings_serviceplan WHERE id = NEW.serviceplan_id)
        <> (SELECT organization_id FROM offerings_capability WHERE id = NEW.capability_id) THEN
        RAISE EXCEPTION 'a service plan links capabilities of its own institution only'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'service_plan_links_its_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER service_plan_links_its_own BEFORE INSERT OR UPDATE ON offerings_serviceplan_capabilities
    FOR EACH ROW EXECUTE FUNCTION offerings_plan_links_its_own();
"""
BACKWARD = """
DROP TRIGGER service_plan_links_its_own ON offerings_serviceplan_capabilities;
DROP FUNCTION offerings_plan_links_its_own();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0001_initial"),
        ("offerings", "0001_initial"),
        ("organizations", "0004_what_it_shows"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "方案图片",
                "ordering": ["pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="serviceplan",
            name="service_plan_has_its_price",
        ),
        migrations.AlterField(
            model_name="serviceplan",
            name="description",
            field=models.TextField(blank=True, max_length=20000, verbose_name="方案介绍"),
        ),
        migrations.AddConstraint(
            model_name="serviceplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("price__isnull", True), ("price_kind", "negotiable")),
                    models.Q(
                        models.Q(("price_kind", "negotiable"), _negated=True),
                        ("price__gte", 0),
                        ("price__isnull", False),
                    ),
                    models.Q(
                        models.Q(("price_kind", "negotiable"), _negated=True),
                        ("price__isnull", True),
                        ("status", "draft"),
                    ),
                    _connector="OR",
                ),
                name="service_plan_has_its_price",
                violation_error_message="请填写价格，或选择「面议」；面议的方案不填价格。",
            ),
        ),
        migrations.AddField(
            model_name="planpicture",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="pictures",
                to="offerings.serviceplan",
                verbose_name="服务方案",
            ),
        ),
        migrations.AddField(
            model_name="planpicture",
            name="stored",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="files.storedfile",
                verbose_name="图片",
            ),
        ),
        migrations.AddConstraint(
            model_name="planpicture",
            constraint=models.UniqueConstraint(fields=("plan", "stored"), name="plan_picture_once"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
