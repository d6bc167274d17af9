"""Layers in versions: boundaries, roads, landmarks, door plates, managers."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Layer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="代碼")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("BOUNDARIES", "行政區界線"),
                            ("ROADS", "道路"),
                            ("LANDMARKS", "地標"),
                            ("PLATES", "門牌"),
                            ("MANAGERS", "權管範圍"),
                        ],
                        max_length=12,
                        verbose_name="種類",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("NATIONAL", "中央機關"),
                            ("CITY", "市府機關"),
                            ("DISTRICT", "區公所"),
                            ("PRIVATE", "私有"),
                        ],
                        max_length=8,
                        verbose_name="權管層級",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名稱")),
                ("name_en", models.CharField(blank=True, max_length=100, verbose_name="英文名稱")),
            ],
            options={
                "verbose_name": "圖層",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "MANAGERS"), ("level__in", ["NATIONAL", "CITY", "DISTRICT", "PRIVATE"])),
                            models.Q(models.Q(("kind", "MANAGERS"), _negated=True), ("level", "")),
                            _connector="OR",
                        ),
                        name="places_layer_of_managers_has_a_level",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LayerVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="版次")),
                ("token", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("source", models.CharField(max_length=200, verbose_name="資料來源")),
                ("dated_on", models.DateField(blank=True, null=True, verbose_name="資料日期")),
                ("files", models.CharField(blank=True, max_length=300, verbose_name="檔案")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="筆數")),
                ("refused", models.JSONField(default=list, verbose_name="退回的資料")),
                ("refused_rows", models.PositiveIntegerField(default=0, verbose_name="退回筆數")),
                ("imported_at", models.DateTimeField(verbose_name="匯入時間")),
                (
                    "imported_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="匯入人員",
                    ),
                ),
                (
                    "layer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="places.layer",
                        verbose_name="圖層",
                    ),
                ),
            ],
            options={
                "verbose_name": "圖層版次",
                "ordering": ["layer", "-number"],
            },
        ),
        migrations.CreateModel(
            name="LayerFeature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="名稱")),
                ("manager_code", models.CharField(max_length=40, verbose_name="權管機關代碼")),
                ("geometry", models.JSONField()),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="features", to="places.layerversion"
                    ),
                ),
            ],
            options={
                "verbose_name": "權管範圍",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Landmark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="名稱")),
                ("aliases", models.CharField(blank=True, max_length=200, verbose_name="別名")),
                ("kind", models.CharField(blank=True, max_length=20, verbose_name="類別")),
                ("address", models.CharField(blank=True, max_length=120, verbose_name="地址")),
                ("district_code", models.CharField(max_length=20, verbose_name="行政區代碼")),
                ("lon", models.FloatField(verbose_name="經度")),
                ("lat", models.FloatField(verbose_name="緯度")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="landmarks", to="places.layerversion"
                    ),
                ),
            ],
            options={
                "verbose_name": "地標",
                "ordering": ["district_code", "name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DoorPlate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("district_code", models.CharField(max_length=20, verbose_name="行政區代碼")),
                ("road", models.CharField(max_length=40, verbose_name="路名")),
                ("key", models.CharField(max_length=40)),
                ("section", models.PositiveSmallIntegerField(default=0, verbose_name="段")),
                ("lane", models.PositiveIntegerField(default=0, verbose_name="巷")),
                ("alley", models.PositiveIntegerField(default=0, verbose_name="弄")),
                ("number", models.PositiveIntegerField(verbose_name="號")),
                ("sub", models.PositiveIntegerField(default=0, verbose_name="之")),
                ("lon", models.FloatField(verbose_name="經度")),
                ("lat", models.FloatField(verbose_name="緯度")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="plates", to="places.layerversion"
                    ),
                ),
            ],
            options={
                "verbose_name": "門牌",
                "ordering": ["district_code", "key", "section", "lane", "alley", "number", "sub", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Area",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("DISTRICT", "區"), ("VILLAGE", "里")], max_length=8)),
                ("code", models.CharField(max_length=20, verbose_name="代碼")),
                ("name", models.CharField(max_length=40, verbose_name="名稱")),
                ("name_en", models.CharField(blank=True, max_length=80, verbose_name="英文名稱")),
                ("geometry", models.JSONField()),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="villages",
                        to="places.area",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="areas", to="places.layerversion"
                    ),
                ),
            ],
            options={
                "verbose_name": "行政區",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Road",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="路名")),
                ("key", models.CharField(max_length=40)),
                ("section", models.PositiveSmallIntegerField(default=0, verbose_name="段")),
                ("route", models.CharField(blank=True, max_length=20, verbose_name="路線編號")),
                ("district_code", models.CharField(max_length=20, verbose_name="行政區代碼")),
                ("geometry", models.JSONField()),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roads", to="places.layerversion"
                    ),
                ),
            ],
            options={
                "verbose_name": "道路",
                "ordering": ["district_code", "key", "section", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "layer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="terms", to="places.layer"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="terms", to="places.layerversion"
                    ),
                ),
            ],
            options={
                "verbose_name": "生效期間",
                "ordering": ["starts_at", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="layerversion",
            constraint=models.UniqueConstraint(fields=("layer", "number"), name="places_version_number"),
        ),
        migrations.AddIndex(
            model_name="doorplate",
            index=models.Index(fields=["version", "key", "section", "lane", "alley", "number"], name="places_plate"),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.UniqueConstraint(fields=("version", "code"), name="places_area_code"),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "DISTRICT"), ("parent__isnull", True)),
                    models.Q(("kind", "VILLAGE"), ("parent__isnull", False)),
                    _connector="OR",
                ),
                name="places_village_lies_in_a_district",
            ),
        ),
        migrations.AddIndex(
            model_name="road",
            index=models.Index(fields=["version", "key"], name="places_road_key"),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_at__isnull", True)), fields=("layer",), name="places_one_version_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__isnull", True), ("ends_at__gte", models.F("starts_at")), _connector="OR"),
                name="places_term_runs_forward",
            ),
        ),
    ]
