"""A layer that was withdrawn and came back: the time without it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0006_codes_of_analyses"),
    ]

    operations = [
        migrations.CreateModel(
            name="LayerAbsence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField(verbose_name="下架日")),
                ("until", models.DateField(verbose_name="恢復日")),
                ("why", models.CharField(max_length=300, verbose_name="下架的理由")),
                ("back", models.CharField(max_length=300, verbose_name="恢復的理由")),
                (
                    "layer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="absences", to="spatial.layer"
                    ),
                ),
            ],
            options={
                "verbose_name": "圖資下架期間",
                "verbose_name_plural": "圖資下架期間",
                "ordering": ["layer", "since", "pk"],
                "indexes": [models.Index(fields=["since", "until"], name="spatial_layer_absent")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gte", models.F("since"))), name="spatial_absence_runs_forward"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("why", ""), _negated=True), models.Q(("back", ""), _negated=True)),
                        name="spatial_absence_is_explained",
                    ),
                ],
            },
        ),
    ]
