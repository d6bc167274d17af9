from datetime import date

from django.db import migrations

SERIES = "tracking."


def carry_over(apps, schema_editor):
    """The engine of numbers goes on where Counter stood."""
    counters = apps.get_model("numbers", "Counter").objects
    counters.bulk_create(
        counters.model(series=SERIES + row.profile, period=date(row.year, 1, 1), last=row.last)
        for row in apps.get_model("tracking", "Counter").objects.all()
    )


def carry_back(apps, schema_editor):
    counters = apps.get_model("numbers", "Counter").objects.filter(series__startswith=SERIES)
    rows = apps.get_model("tracking", "Counter").objects
    rows.bulk_create(
        rows.model(profile=row.series.removeprefix(SERIES), year=row.period.year, last=row.last) for row in counters
    )
    counters.delete()


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_initial"), ("numbers", "0001_initial")]

    operations = [migrations.RunPython(carry_over, carry_back)]
