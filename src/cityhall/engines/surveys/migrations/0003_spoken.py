"""Somebody may be asked by a person on the telephone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0002_reminded")]

    operations = [
        migrations.AlterField(
            model_name="invitation",
            name="way",
            field=models.CharField(
                choices=[("EMAIL", "電子郵件"), ("SMS", "簡訊"), ("KEYPAD", "電話按鍵"), ("SPOKEN", "電話訪問")],
                max_length=6,
            ),
        ),
    ]
