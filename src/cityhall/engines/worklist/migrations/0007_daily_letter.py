import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("directory", "0006_supervisor"), ("worklist", "0006_late_in_the_city")]

    operations = [
        migrations.CreateModel(
            name="DigestWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rhythm",
                    models.CharField(
                        choices=[("DAILY", "每天，連放假日"), ("WORKING", "只在上班日"), ("OFF", "不要寄")],
                        default="WORKING",
                        max_length=10,
                        verbose_name="什麼時候寄",
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.person"
                    ),
                ),
            ],
            options={"verbose_name": "每日提醒信的選擇", "verbose_name_plural": "每日提醒信的選擇"},
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.CharField(max_length=200, verbose_name="說明")),
                ("url", models.CharField(max_length=200)),
                ("noted_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "每日提醒信的附記",
                "verbose_name_plural": "每日提醒信的附記",
                "indexes": [
                    models.Index(
                        condition=Q(("told_at__isnull", True)), fields=["person"], name="worklist_mention_untold"
                    ),
                    models.Index(fields=["told_at"], name="worklist_mention_told"),
                ],
            },
        ),
    ]
