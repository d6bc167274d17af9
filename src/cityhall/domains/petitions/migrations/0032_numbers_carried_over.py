from datetime import date

from django.db import migrations

SERIES = "petitions.letters"


def carry_over(apps, schema_editor):
    """The engine of numbers goes on where LetterCounter stood."""
    counters = apps.get_model("numbers", "Counter").objects
    counters.bulk_create(
        counters.model(series=SERIES, period=date(row.year, 1, 1), last=row.last)
        for row in apps.get_model("petitions", "LetterCounter").objects.all()
    )


def carry_back(apps, schema_editor):
    counters = apps.get_model("numbers", "Counter").objects.filter(series=SERIES)
    rows = apps.get_model("petitions", "LetterCounter").objects
    rows.bulk_create(rows.model(year=row.period.year, last=row.last) for row in counters)
    counters.delete()


class Migration(migrations.Migration):
    dependencies = [("petitions", "0031_one_index_each"), ("numbers", "0001_initial")]

    operations = [migrations.RunPython(carry_over, carry_back)]
