"""An issued value may be names in their order: five topics with long names have room."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("figures", "0001_issues")]

    operations = [
        migrations.AlterField(
            model_name="issuedvalue",
            name="exact",
            field=models.CharField(max_length=400, null=True),
        ),
    ]
