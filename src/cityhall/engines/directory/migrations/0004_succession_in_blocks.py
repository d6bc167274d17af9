from django.db import migrations, models
from django.db.models import F


def begun_when_carried_out(apps, schema_editor):
    """What was carried out in one piece began at that moment."""
    succession = apps.get_model("directory", "Succession")
    succession.objects.filter(carried_out_at__isnull=False).update(begun_at=F("carried_out_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0003_ethics"),
    ]

    operations = [
        migrations.AddField(
            model_name="succession",
            name="begun_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(begun_when_carried_out, migrations.RunPython.noop),
    ]
