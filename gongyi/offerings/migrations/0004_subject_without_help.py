"""The remark about metrology was for those who read the code."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("offerings", "0003_own_certificates")]

    operations = [
        migrations.AlterField(
            model_name="capability",
            name="subject",
            field=models.CharField(max_length=200, verbose_name="检测对象"),
        ),
    ]
