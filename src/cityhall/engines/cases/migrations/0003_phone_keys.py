"""The keyed digest of a caller's number beside the number, for those who asked before, too."""

from django.db import migrations, models
from django.db.models import Q

AT_ONCE = 1000


def fill(apps, schema_editor):
    from cityhall.engines.cases.contacts import phone_key

    requesters = apps.get_model("cases", "Requester").objects
    last = 0
    while rows := list(requesters.filter(pk__gt=last).exclude(phone="").order_by("pk")[:AT_ONCE]):
        for row in rows:
            row.phone_key = phone_key(row.phone)
        requesters.bulk_update(rows, ["phone_key"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_newest_first")]

    operations = [
        migrations.AddField(
            model_name="requester",
            name="phone_key",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="requester",
            index=models.Index(condition=~Q(phone_key=""), fields=["phone_key"], name="requester_by_phone"),
        ),
    ]
