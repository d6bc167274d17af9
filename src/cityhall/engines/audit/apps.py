from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AuditConfig(AppConfig):
    name = "cityhall.engines.audit"
    label = "audit"

    def ready(self) -> None:
        from cityhall.engines.audit import wiring

        autodiscover_modules("audit_events")
        wiring.listen()
