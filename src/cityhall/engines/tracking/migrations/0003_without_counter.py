from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tracking", "0002_numbers_carried_over")]

    operations = [migrations.DeleteModel(name="Counter")]
