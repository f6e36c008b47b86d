from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_everything_that_is_registered")]

    operations = [
        migrations.AlterField(
            "instrument", "street", models.CharField(blank=True, max_length=500, verbose_name="安放地址（街道门牌）")
        )
    ]
