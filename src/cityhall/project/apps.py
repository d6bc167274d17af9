from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "cityhall.project"
    label = "project"
