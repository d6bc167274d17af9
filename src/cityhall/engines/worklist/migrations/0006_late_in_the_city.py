from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("worklist", "0005_judge")]

    operations = [
        migrations.AddIndex(
            model_name="todo",
            index=models.Index(
                condition=Q(("closed_at__isnull", True)),
                fields=["due_at", "agency", "kind", "urgent"],
                name="worklist_open_by_due",
            ),
        ),
        migrations.AddIndex(
            model_name="todo",
            index=models.Index(
                condition=Q(("closed_at__gt", F("due_at"))),
                fields=["closed_at", "due_at"],
                name="worklist_done_late",
            ),
        ),
    ]
