from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_numbers_carried_over")]

    operations = [migrations.DeleteModel(name="DayCounter")]
