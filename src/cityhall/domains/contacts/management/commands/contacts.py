"""`cityhall contacts legs FILE`: what became of transfers, from the exchange's call details."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cityhall.domains.contacts import transfers
from cityhall.domains.contacts.legs import legs


class Command(BaseCommand):
    help = "Read what became of the hotline's transfers from the second legs in the call details."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        reading = acts.add_parser("legs", help="read the second legs of a file whose first line names the columns")
        reading.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, act: str, file: Path, **options: Any) -> None:
        try:
            with file.open(encoding="utf-8", errors="replace", newline="") as lines:
                told = transfers.take_legs(legs(lines), by=None, at=timezone.now())
        except OSError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{file.name}: {told:,} transfers told")
