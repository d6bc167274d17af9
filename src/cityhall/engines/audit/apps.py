from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "cityhall.engines.audit"
    label = "audit"
