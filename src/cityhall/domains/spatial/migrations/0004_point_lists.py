"""Long lists of points and addresses that the worker answers."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spatial", "0003_analyses"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="PointList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="檔名")),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("layers", models.JSONField(default=list)),
                ("headings", models.JSONField(default=list)),
                ("added", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("WAITING", "查詢中"), ("DONE", "查完"), ("REFUSED", "無法查詢"), ("GONE", "已刪除")],
                        default="WAITING",
                        max_length=8,
                        verbose_name="狀態",
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=300)),
                ("rows", models.PositiveIntegerField(blank=True, null=True)),
                ("done", models.PositiveIntegerField(default=0)),
                ("found", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("goes_on", models.DateField()),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "點位清單",
                "verbose_name_plural": "點位清單",
                "ordering": ["-asked_at", "-pk"],
            },
        ),
        migrations.AddIndex(
            model_name="pointlist",
            index=models.Index(fields=["asked_by", "-asked_at"], name="spatial_point_list_mine"),
        ),
        migrations.AddIndex(
            model_name="pointlist",
            index=models.Index(fields=["state", "goes_on"], name="spatial_point_list_goes"),
        ),
        migrations.AddConstraint(
            model_name="pointlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "GONE"), _negated=True),
                    models.Q(("digest", ""), ("name", ""), ("refusal", "")),
                    _connector="OR",
                ),
                name="spatial_point_list_gone_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rows", None),
                    models.Q(("done__lte", models.F("rows")), ("found__lte", models.F("done"))),
                    _connector="OR",
                ),
                name="spatial_point_list_counts",
            ),
        ),
    ]
