from django.db import migrations

SERIES = "cases"


def carry_over(apps, schema_editor):
    """The engine of numbers goes on where DayCounter stood."""
    counters = apps.get_model("numbers", "Counter").objects
    counters.bulk_create(
        counters.model(series=SERIES, period=row.day, last=row.last)
        for row in apps.get_model("cases", "DayCounter").objects.all()
    )


def carry_back(apps, schema_editor):
    counters = apps.get_model("numbers", "Counter").objects.filter(series=SERIES)
    rows = apps.get_model("cases", "DayCounter").objects
    rows.bulk_create(rows.model(day=row.period, last=row.last) for row in counters)
    counters.delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_chat_channel"), ("numbers", "0001_initial")]

    operations = [migrations.RunPython(carry_over, carry_back)]
