"""The same words asked in vain twice in one talk are one question."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("faq", "0003_chasing_and_proposals")]

    operations = [
        migrations.AddField(
            model_name="unanswered",
            name="once",
            field=models.CharField(blank=True, max_length=64, null=True, unique=True),
        ),
    ]
