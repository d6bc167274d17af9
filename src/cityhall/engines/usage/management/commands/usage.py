"""`cityhall usage import | systems | batches | fold | ask`."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from cityhall.engines.files.sheets import CellError, day
from cityhall.engines.usage import folding, queries, services
from cityhall.engines.usage.models import Batch
from cityhall.engines.usage.queries import Asked
from cityhall.engines.usage.states import BatchState


class Command(BaseCommand):
    help = "Import batches of outside systems, fold what was counted, and ask how much was used."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="what", required=True)
        importing = acts.add_parser("import", help="read a CSV or Parquet file; again after an interruption it goes on")
        importing.add_argument("file", type=Path)
        importing.add_argument("--source", required=True, help="a source that a domain declares, or an outside system")
        importing.add_argument(
            "--from", dest="first", default="", help="the period that the file is the whole report of"
        )
        importing.add_argument("--to", dest="last", default="")
        importing.add_argument("--adds", action="store_true", help="add to what is there instead of correcting it")
        adding = acts.add_parser("system", help="add an outside system")
        adding.add_argument("key")
        adding.add_argument("name")
        acts.add_parser("sources", help="every source")
        acts.add_parser("batches", help="the last batches and what became of them")
        acts.add_parser("fold", help="make events of what was counted, now")
        asking = acts.add_parser("ask", help="how much was used")
        asking.add_argument("--source", action="append", default=[])
        asking.add_argument("--act", action="append", default=[])
        asking.add_argument("--from", dest="first", default="")
        asking.add_argument("--to", dest="last", default="")
        asking.add_argument("--by", action="append", default=[], help="day, month, hour, source, act, subject, place …")
        asking.add_argument("--top", type=int, default=0, help="only so many, the most used first")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        with translation.override("zh-hant"):
            getattr(self, f"_{what}")(**options)

    def _day(self, text: str) -> date | None:
        try:
            return day(text)
        except CellError as problem:
            raise CommandError(str(problem)) from None

    def _import(self, *, file: Path, source: str, first: str, last: str, adds: bool, **_others: Any) -> None:
        try:
            batch = services.take_in(
                file, source=source, first=self._day(first), last=self._day(last), addition=adds, by=None,
                at=timezone.now(), tell=self._progress,
            )  # fmt: skip
        except (services.CannotReceive, OSError) as problem:
            raise CommandError(str(problem)) from None
        except services.ReadElsewhere:
            raise CommandError("this batch is being read by another process right now") from None
        if batch.state == BatchState.REFUSED:
            raise CommandError(f"#{batch.pk}: {batch.refusal}")
        self.stdout.write(self._line(batch))

    def _progress(self, batch: Batch) -> None:
        share = 100 * batch.rows // batch.to_write if batch.to_write else 0
        self.stderr.write(f"{batch.rows:,} of {batch.to_write:,} rows ({share} %), {batch.refused_rows:,} refused")

    def _line(self, batch: Batch) -> str:
        late = ", late" if batch.late else ""
        other = f" by #{batch.replaced_by_id}" if batch.replaced_by_id else ""
        return (
            f"#{batch.pk}\t{batch.source}\t{batch.name}\t{batch.first_day}..{batch.last_day}\t{batch.rows} rows\t"
            f"{batch.refused_rows} refused\t{batch.counted} uses\t{batch.state}{other}{late}"
        )

    def _system(self, *, key: str, name: str, **_others: Any) -> None:
        try:
            services.add_system(key=key, name=name, by=None, at=timezone.now())
        except services.CannotAdd as refusal:
            raise CommandError(refusal.sentence) from None

    def _sources(self, **_others: Any) -> None:
        for key, name in queries.sources().items():
            self.stdout.write(f"{key}\t{name}")

    def _batches(self, **_others: Any) -> None:
        for batch in queries.batches()[:50]:
            self.stdout.write(self._line(batch))

    def _fold(self, **_others: Any) -> None:
        self.stdout.write(f"{folding.fold(timezone.now())} lines")

    def _ask(
        self, *, source: list[str], act: list[str], first: str, last: str, by: list[str], top: int, **_others: Any
    ) -> None:
        asked = Asked(self._day(first), self._day(last), sources=source, acts=act)
        try:
            if not by:
                self.stdout.write(str(queries.total(asked)))
                return
            found = queries.top(asked, by[0], top) if top else queries.by(asked, *by)
        except LookupError as problem:
            raise CommandError(f"uses cannot be told apart by {problem}") from None
        for row in found.to_pylist():
            self.stdout.write("\t".join(str(value) for value in row.values()))
