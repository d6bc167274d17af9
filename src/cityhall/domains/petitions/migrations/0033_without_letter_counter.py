from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("petitions", "0032_numbers_carried_over")]

    operations = [migrations.DeleteModel(name="LetterCounter")]
