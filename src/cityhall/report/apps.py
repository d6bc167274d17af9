from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "cityhall.report"
    label = "report"
