"""`cityhall standins`: a mail server and gateways that keep what they get and send nothing."""

import os
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cityhall.engines.letters.standins.gateway import Gateway
from cityhall.engines.letters.standins.mailserver import MailServer
from cityhall.engines.letters.standins.store import Store


class Command(BaseCommand):
    help = "Run the local stand-ins for mail, SMS and push. They keep every message; /demo/inbox/ shows them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--smtp-port", type=int, default=2525)
        parser.add_argument("--http-port", type=int, default=2580)

    def handle(self, *args: Any, smtp_port: int, http_port: int, **options: Any) -> None:
        store = Store(Path(settings.DATA_DIR) / "standins.sqlite3")
        stop, parent = threading.Event(), os.getppid()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        mail = MailServer(store, port=smtp_port)
        with mail, Gateway(store, port=http_port, mail_plan=mail.plan) as gateway:
            self.stdout.write(f"mail on {mail.url}, SMS on {gateway.url('sms')}, push on {gateway.url('push')}")
            while not stop.wait(1.0) and os.getppid() == parent:
                pass
