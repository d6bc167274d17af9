from django.apps import AppConfig


class TablesConfig(AppConfig):
    name = "cityhall.engines.tables"
    label = "tables"
