"""`cityhall open-data import-list | export-list`."""

import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from cityhall.domains.open_data import listing
from cityhall.domains.open_data.refusals import CannotCatalogue


class Command(BaseCommand):
    help = "Take a portal's list of datasets in, and write the catalogue as such a list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        taking = acts.add_parser("import-list", help="datasets from a CSV in the portal's columns; again: what changed")
        taking.add_argument("file", type=Path, metavar="FILE")
        giving = acts.add_parser(
            "export-list", help="the published datasets in the same columns, to a file or the screen"
        )
        giving.add_argument("--month", default="2018-07", help="the month of the counts, such as 2018-07")
        giving.add_argument("--output", type=Path, default=None, metavar="FILE")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        with translation.override("zh-hant"):
            if act == "import-list":
                self._import(options["file"])
            else:
                self._export(options["month"], options["output"])

    def _import(self, file: Path) -> None:
        try:
            done = listing.take_in(file.read_bytes(), by=None, at=timezone.now())
        except OSError as error:
            raise CommandError(f"cannot read {file}: {error.strerror}") from None
        except CannotCatalogue as refusal:
            raise CommandError(refusal.sentence) from None
        for kind, lines in (("refused", done.refused), ("note", done.noted)):
            for line in lines:
                self.stdout.write(f"line {line.number} {kind}: {line.title}: {line.sentence}")
        self.stdout.write(
            f"{done.read} lines: {done.entered} entered, {done.changed} changed, {done.same} the same, "
            f"{len(done.refused)} refused"
        )

    def _export(self, month: str, output: Path | None) -> None:
        try:
            first = date.fromisoformat(f"{month}-01")
        except ValueError:
            raise CommandError("--month is a month such as 2018-07") from None
        data = listing.written(first)
        if output is None:
            sys.stdout.buffer.write(data)
        else:
            output.write_bytes(data)
            self.stdout.write(f"{output}: {len(data):,} bytes")
