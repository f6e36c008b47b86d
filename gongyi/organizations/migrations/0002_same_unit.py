"""A superior department, and the department of a member, belong to the same unit, whoever writes."""

from django.db import migrations

ADD = """
ALTER TABLE organizations_department ADD CONSTRAINT department_parent_of_same_unit
    FOREIGN KEY (parent_id, organization_id) REFERENCES organizations_department (id, organization_id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_membership ADD CONSTRAINT membership_department_of_same_unit
    FOREIGN KEY (department_id, organization_id) REFERENCES organizations_department (id, organization_id)
    DEFERRABLE INITIALLY DEFERRED;
"""
DROP = """
ALTER TABLE organizations_membership DROP CONSTRAINT membership_department_of_same_unit;
ALTER TABLE organizations_department DROP CONSTRAINT department_parent_of_same_unit;
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0001_initial")]
    operations = [migrations.RunSQL(ADD, DROP)]
