"""Layers show tables: of open data, version after version, or of a file that was handed in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spatial", "0004_point_lists")]

    operations = [
        migrations.AddField(
            model_name="layer",
            name="resource",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="layer",
            name="resource_number",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="layer",
            name="table",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="layer",
            name="trouble",
            field=models.CharField(
                blank=True,
                choices=[
                    ("COLUMNS", "新版本少了欄位，或欄位的型別不同"),
                    ("PLACES", "新版本沒有圖形，也沒有經緯度"),
                    ("ROWS", "新版本的筆數太多"),
                    ("UNFIT", "新版本的內容不能當圖資"),
                ],
                editable=False,
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="trouble_about",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddIndex(
            model_name="layer",
            index=models.Index(
                condition=models.Q(("resource", ""), _negated=True), fields=["resource"], name="spatial_layer_resource"
            ),
        ),
        migrations.AddConstraint(
            model_name="layer",
            constraint=models.CheckConstraint(
                condition=models.Q(("content", ""), ("table", ""), _connector="OR"),
                name="spatial_layer_has_one_content",
            ),
        ),
        migrations.AddConstraint(
            model_name="layer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resource", ""), ("resource_number", None), ("trouble", "")),
                    models.Q(
                        models.Q(("resource", ""), _negated=True),
                        models.Q(("table", ""), _negated=True),
                        ("resource_number__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="spatial_layer_of_open_data_whole",
            ),
        ),
    ]
