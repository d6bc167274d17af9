"""Who reported for a citizen, and what the citizen agreed to."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("petitions", "0026_passed_on"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("SPOKEN", "當面口頭同意"),
                            ("PHONE", "電話裡同意"),
                            ("SIGNED", "簽了同意書"),
                            ("WRITTEN", "用訊息或字條請託"),
                        ],
                        max_length=10,
                        verbose_name="怎麼同意的",
                    ),
                ),
                ("obtained_on", models.DateField(verbose_name="哪一天同意的")),
                (
                    "shares",
                    models.CharField(
                        choices=[("STATE", "只有案件編號和進度"), ("CONTENT", "進度，加上反映的內容和機關的回復")],
                        max_length=10,
                        verbose_name="同意讓代為反映的人看到",
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "intermediary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "petition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consent", to="petitions.petition"
                    ),
                ),
            ],
            options={
                "verbose_name": "代為反映的同意",
                "verbose_name_plural": "代為反映的同意",
                "indexes": [models.Index(fields=["intermediary", "-recorded_at"], name="petition_consent_newest")],
            },
        ),
    ]
