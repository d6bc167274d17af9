"""Whoever has no mailbox may support a petition at the desk by their mobile number."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("petitions", "0023_letters")]

    operations = [
        migrations.AddField(
            model_name="supporter",
            name="phone",
            field=models.CharField(blank=True, db_default="", default="", max_length=30, verbose_name="手機"),
        ),
        migrations.RemoveConstraint(model_name="supporter", name="petition_supported_once"),
        migrations.AddConstraint(
            model_name="supporter",
            constraint=models.UniqueConstraint(
                condition=Q(left_at__isnull=True) & ~Q(email=""), fields=("petition", "email"),
                name="petition_supported_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="supporter",
            constraint=models.UniqueConstraint(
                condition=Q(left_at__isnull=True) & ~Q(phone=""), fields=("petition", "phone"),
                name="petition_supported_once_by_phone",
            ),
        ),
    ]  # fmt: skip
