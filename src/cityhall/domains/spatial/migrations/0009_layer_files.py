"""Files that agencies hand in as layers."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0007_judge"),
        ("spatial", "0008_own_client"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LayerFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(max_length=80, verbose_name="圖資名稱")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="說明")),
                ("file_name", models.CharField(max_length=120, verbose_name="檔名")),
                ("size", models.PositiveBigIntegerField(verbose_name="檔案大小")),
                ("digest", models.CharField(db_index=True, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "讀取中"),
                            ("READ", "待檢查"),
                            ("REFUSED", "無法讀取"),
                            ("TAKEN", "已收為圖資"),
                            ("RETURNED", "已退回"),
                        ],
                        default="WAITING",
                        max_length=8,
                        verbose_name="狀態",
                    ),
                ),
                ("report", models.JSONField(default=dict)),
                ("table", models.CharField(blank=True, max_length=64)),
                ("rows", models.PositiveIntegerField(null=True)),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="理由")),
                ("handed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.agency",
                        verbose_name="提供機關",
                    ),
                ),
                (
                    "handed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "layer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="files", to="spatial.layer"
                    ),
                ),
            ],
            options={
                "verbose_name": "交付的圖資檔",
                "verbose_name_plural": "交付的圖資檔",
                "ordering": ["-handed_at", "-pk"],
                "indexes": [models.Index(fields=["agency", "-handed_at"], name="spatial_file_of_agency")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="spatial_file_is_named"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["READ", "TAKEN"]), _negated=True),
                            models.Q(models.Q(("table", ""), _negated=True), ("rows__isnull", False)),
                            _connector="OR",
                        ),
                        name="spatial_file_read_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "TAKEN"), _negated=True), ("layer__isnull", False), _connector="OR"
                        ),
                        name="spatial_file_taken_is_a_layer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "RETURNED"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="spatial_file_returned_says_why",
                    ),
                ],
            },
        ),
    ]
