"""Text messages get an outbox; what people choose per channel may also be to be reached where they would not be."""

import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

STATES = [("queued", "待发送"), ("sending", "发送中"), ("sent", "已发送"), ("failed", "发送失败")]


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint("mute", "mute_once"),
        migrations.RenameModel("Mute", "Choice"),
        migrations.AddField("choice", "wanted", models.BooleanField(default=False, verbose_name="接收")),
        migrations.AlterModelOptions("choice", {"verbose_name": "接收方式"}),
        migrations.AddConstraint(
            "choice", models.UniqueConstraint(fields=["user", "channel", "kind"], name="choice_once")
        ),
        migrations.CreateModel(
            name="TextMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(choices=STATES, default="queued", max_length=10, verbose_name="状态")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="下次尝试")),
                ("last_error", models.TextField(blank=True, verbose_name="最近错误")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="发送时间")),
                ("phone", models.CharField(max_length=20, verbose_name="手机号")),
                ("body", models.CharField(blank=True, max_length=500, verbose_name="内容")),
                ("purpose", models.CharField(blank=True, max_length=80, verbose_name="用途")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                ("useless_after", models.DateTimeField(null=True, verbose_name="失效时间")),
                ("secret", models.BooleanField(default=False, verbose_name="机密")),
                ("key", models.CharField(editable=False, max_length=80, null=True, unique=True)),
            ],
            options={
                "verbose_name": "短信",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        condition=Q(state__in=["queued", "sending"]), fields=["due_at"], name="text_due"
                    )
                ],
            },
        ),
    ]
