from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "cityhall.engines.files"
    label = "files"
