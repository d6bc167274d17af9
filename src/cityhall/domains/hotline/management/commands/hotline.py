"""`cityhall hotline measure | import | traffic`: the exchange's own records."""

import json
import signal
import threading
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cityhall.domains.hotline import following, measures, menu_records, services, traffic
from cityhall.domains.hotline.queue_log import lines_in
from cityhall.foundation.patience import little_memory


class Command(BaseCommand):
    help = "Measure and import the records of the exchange (Asterisk's queue_log and call details)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        measuring = acts.add_parser("measure", help="the measures of a queue log; stores nothing")
        measuring.add_argument("file", type=Path, metavar="FILE")
        measuring.add_argument("--json", action="store_true", dest="as_json")
        measuring.add_argument("--within", type=int, default=measures.WITHIN, metavar="SECONDS")
        measuring.add_argument("--short", type=int, default=measures.SHORT, metavar="SECONDS")
        importing = acts.add_parser("import", help="read what is new in a file into calls")
        importing.add_argument("file", type=Path, metavar="FILE")
        importing.add_argument("--cdr", action="store_true", help="call details (Master.csv): calls of the voice menu")
        importing.add_argument(
            "--menu", action="store_true", help="what callers heard of the voice menu (see docs/hotline.md)"
        )
        growing = acts.add_parser("follow", help="read a growing queue log within two seconds, until Ctrl-C")
        growing.add_argument("file", type=Path, metavar="FILE")
        inventing = acts.add_parser("traffic", help="write an invented queue log, and its call details beside it")
        inventing.add_argument("file", type=Path, metavar="FILE")
        inventing.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2016, 8, 1))
        inventing.add_argument("--days", type=int, default=31)
        inventing.add_argument("--calls", type=int, default=700, help="a day, on average")
        inventing.add_argument("--seed", type=int, default=105)

    def handle(self, *args: Any, act: str, file: Path, **options: Any) -> None:
        if act == "measure":
            self.measure(file, as_json=options["as_json"], within=options["within"], short=options["short"])
        elif act == "import":
            self.take(file, cdr=options["cdr"], menu=options["menu"])
        elif act == "follow":
            self.follow(file)
        else:
            self.invent(file, traffic.Shape(options["first"], options["days"], options["calls"], options["seed"]))

    def measure(self, file: Path, *, as_json: bool, within: int, short: int) -> None:
        try:
            with file.open("rb") as log:
                tally = measures.measured((raw for raw, _end in lines_in(log)), limit=within, short=short)
        except OSError as problem:
            raise CommandError(str(problem)) from None
        found = measures.printed(tally)
        if as_json:
            self.stdout.write(json.dumps(found))
            return
        for name, value in found.items():
            self.stdout.write(f"{name:34} {'—' if value is None else value}")

    def take(self, file: Path, *, cdr: bool, menu: bool) -> None:
        reading = menu_records.import_menu if menu else services.import_cdr if cdr else services.import_queue_log
        little_memory()
        try:
            done = reading(file, by=None, at=timezone.now())
        except services.CannotImport as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"{file.name}: {done.lines:,} lines, {done.calls:,} calls, {done.still_open:,} still open, "
            f"{done.others:,} other events, {done.strays:,} without a call, {done.refused:,} refused"
        )
        if done.cut:
            self.stdout.write("The last line is not whole yet; it is read when it is.")
        if done.lines and done.refused == done.lines:
            raise CommandError("No line of this file is an event of the exchange.")

    def follow(self, file: Path) -> None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        try:
            following.follow(file, now=timezone.now, wait=stop.wait)
        except KeyboardInterrupt:
            self.stdout.write("stopped")

    def invent(self, file: Path, shape: traffic.Shape) -> None:
        beside = file.with_name(f"{file.stem}-cdr.csv")
        try:
            with file.open("w", encoding="utf-8") as log, beside.open("w", encoding="utf-8") as details:
                files = {traffic.LOG: log, traffic.CDR: details}
                for name, text in traffic.lines(shape):
                    files[name].write(f"{text}\n")
        except OSError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"synthetic: {file}, {beside}")
