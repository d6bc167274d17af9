from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "cityhall.engines.directory"
    label = "directory"
