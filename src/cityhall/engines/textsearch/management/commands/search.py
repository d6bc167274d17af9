"""`cityhall search rebuild`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cityhall.engines.textsearch import services


class Command(BaseCommand):
    help = "Make the search index anew from the records."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("rebuild", help="empty the index and fill it; a search finds less until it is done")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        totals: dict[str, int] = {}
        for model, done in services.rebuild():
            totals[model._meta.label] = done
            if options["verbosity"] > 1 or done % 10_000 == 0:
                self.stdout.write(f"{model._meta.label}: {done}")
        for label, done in totals.items():
            self.stdout.write(f"{label}: {done} indexed")
        if not totals:
            self.stdout.write("nothing to index")
