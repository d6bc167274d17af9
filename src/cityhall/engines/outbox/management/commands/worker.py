"""`cityhall worker`: keep promises until stopped."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cityhall.engines.outbox import services
from cityhall.engines.outbox.worker import Worker


class Command(BaseCommand):
    help = "Keep promised work (mail, indexing, schedules) until SIGTERM. Several may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="keep what is due now, then stop")

        parser.add_argument("--name", default="", help="a name that only one living process has; takes back its work")

    def handle(self, *args: Any, once: bool, name: str, **options: Any) -> None:
        if once:
            services.run_schedule(timezone.now())
            while services.run_due(timezone.now(), limit=1):
                pass
            return
        worker = Worker(timezone.now, name)
        worker.stop_on_signals()
        worker.run()
