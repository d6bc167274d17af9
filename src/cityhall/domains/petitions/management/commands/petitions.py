"""`cityhall petitions import`: a city's categories, routing, keyword rules and reply texts."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from cityhall.domains.petitions.services.rulebook_sheets import SHEETS, CannotTakeSheet, Given, take
from cityhall.engines.files.sheets import CannotReadSheet, CellError, day
from cityhall.foundation.clock import day_of


class Command(BaseCommand):
    help = "Enter the rulebook of petitions from sheets (CSV, ODS or XLSX): each is taken whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        importing = acts.add_parser("import", help="enter the rows of a sheet")
        importing.add_argument("what", choices=list(SHEETS))
        importing.add_argument("file", type=Path, metavar="FILE")
        importing.add_argument("--since", default="", metavar="DAY", help="from which day it holds; today if not given")
        importing.add_argument(
            "--source", default="", help="the rule or letter it rests on; the file's name if not given"
        )
        columns = acts.add_parser("columns", help="the columns that a sheet has")
        columns.add_argument("what", choices=list(SHEETS))

    def handle(self, *args: Any, act: str, what: str, **options: Any) -> None:
        with translation.override("zh-hant"):
            if act == "columns":
                for column in SHEETS[what][0]:
                    self.stdout.write(f"{column.key}\t{column.label}{'  (required)' if column.required else ''}")
                return
            self._import(what, at=timezone.now(), **options)

    def _import(self, what: str, *, at: datetime, file: Path, since: str, source: str, **_others: Any) -> None:
        try:
            given = Given(day(since) or day_of(at), source or file.name, None, at)
            with file.open("rb") as content:
                rows = take(what, content, given)
        except CannotTakeSheet as refusal:
            for cell in refusal.refused:
                self.stderr.write(f"{file.name}:{cell.row} {cell.column} {cell.value!r} {cell.why}")
            raise CommandError(refusal.sentence) from None
        except (CannotReadSheet, CellError, OSError) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{what}: {rows} rows, in force from {given.valid_from}")
