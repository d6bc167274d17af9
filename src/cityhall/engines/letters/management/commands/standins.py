"""`cityhall standins`: a mail server and gateways that keep what they get and send nothing."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cityhall.engines.letters.standins import runner


class Command(BaseCommand):
    help = "Run the local stand-ins for mail, SMS and push. They keep every message; /demo/inbox/ shows them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--smtp-port", type=int, default=2525)
        parser.add_argument("--http-port", type=int, default=2580)

    def handle(self, *args: Any, smtp_port: int, http_port: int, **options: Any) -> None:
        runner.run(smtp_port, http_port, self.stdout.write)
