from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_numbers_carried_over")]

    operations = [migrations.DeleteModel(name="ProjectCounter")]
