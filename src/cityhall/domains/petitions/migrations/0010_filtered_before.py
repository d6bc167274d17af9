"""What was filtered before the register was kept gets its line there: ground and reason stand in the timeline."""

from django.db import migrations


def register(apps, schema_editor):
    Petition = apps.get_model("petitions", "Petition")
    SetAside = apps.get_model("petitions", "SetAside")
    Event = apps.get_model("cases", "Event")
    for petition in Petition.objects.filter(case__status="NOT_PROCESSED", set_aside=None).iterator():
        event = Event.objects.filter(case=petition.pk, type="not_processed").order_by("-n").first()
        if event is not None:
            SetAside.objects.create(
                petition=petition, kind="FILTERED", ground=event.payload.get("ground", ""),
                reason=event.payload.get("reason", "")[:500], at=event.at, by=event.by,
            )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("petitions", "0009_restrictions"), ("cases", "0002_newest_first")]

    operations = [migrations.RunPython(register, migrations.RunPython.noop)]
