from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "cityhall.domains.contacts"
    label = "contacts"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
