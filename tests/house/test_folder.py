"""A process of the tests works in a folder of its own."""

import os

from django.conf import settings


def test_the_settings_name_the_folder_of_this_process():
    assert str(settings.DATA_DIR) == os.environ["CITYHALL_DATA_DIR"]
