from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cityhall.engines.cases"
    label = "cases"
