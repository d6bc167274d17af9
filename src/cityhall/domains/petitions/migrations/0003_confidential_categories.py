from django.db import migrations, models


def as_filed(apps, schema_editor):
    """What is confidential so far was filed so."""
    petitions = apps.get_model("petitions", "Petition")
    petitions.objects.filter(case__confidential=True).update(filed_confidential=True)


class Migration(migrations.Migration):
    dependencies = [
        ("petitions", "0002_addressed_to"),
    ]

    operations = [
        migrations.AddField(
            model_name="category",
            name="confidential",
            field=models.BooleanField(default=False, verbose_name="一律不公開"),
        ),
        migrations.AddField(
            model_name="petition",
            name="filed_confidential",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(as_filed, migrations.RunPython.noop),
    ]
