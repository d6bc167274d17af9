from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "series", "period", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("series", models.CharField(max_length=30)),
                ("period", models.DateField()),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "流水號",
                "verbose_name_plural": "流水號",
            },
        ),
    ]
