"""Whose word the category was, and how sure the text model said it was, stand in columns for what was decided before."""

from django.db import migrations

SOURCES = {"words": "RULE", "model": "MODEL", "given": "GIVEN"}
STEP = 1000


def fill(apps, schema_editor):
    Decision = apps.get_model("petitions", "DispatchDecision")
    rows = Decision.objects.filter(source="", stated=None).only("pk", "reasons", "predicted", "decided_by", "source")
    batch = []
    for row in rows.iterator(chunk_size=STEP):
        named = next((SOURCES[reason] for reason in row.reasons if reason in SOURCES), "")
        row.source = "PERSON" if row.decided_by_id else named
        row.stated = row.predicted[0]["probability"] if row.predicted else None
        batch.append(row)
        if len(batch) == STEP:
            Decision.objects.bulk_update(batch, ["source", "stated"])
            batch = []
    Decision.objects.bulk_update(batch, ["source", "stated"])


class Migration(migrations.Migration):
    dependencies = [("petitions", "0011_dispatch_that_learns")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
