"""An analysis keeps which codes were mapped, and which no area has."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spatial", "0005_open_layers")]

    operations = [
        migrations.AddField(
            model_name="analysis",
            name="mapped",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="analysis",
            name="unknown",
            field=models.JSONField(default=list),
        ),
    ]
