"""`cityhall figures list | show`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from cityhall.engines.figures import queries, registry
from cityhall.engines.figures.queries import CannotCount, Counted
from cityhall.foundation.numerals import unspaced
from cityhall.foundation.period import NotAPeriod, Period


class Command(BaseCommand):
    help = "List every figure of the report with its value, or show one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        listing = acts.add_parser("list", help="every line of spec/figures.csv; not built ones without a value")
        showing = acts.add_parser("show", help="one figure: value, phrase, definition, file and line")
        showing.add_argument("key", help="such as petitions.received")
        showing.add_argument("--of", default="", help="the dimension, if the figure has any")
        for one in (listing, showing):
            one.add_argument("--format", choices=["text", "json"], default="text")
            one.add_argument("--from", dest="first", default="", metavar="DAY", help="first day, month or year")
            one.add_argument("--to", dest="last", default="", metavar="DAY", help="last day, month or year, included")
            one.add_argument("--period", default="", help="a period as in spec/figures.csv instead")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        asked = period_of(options["first"], options["last"], options.pop("period"))
        getattr(self, act)(asked, **options)

    def list(self, period: Period | None, *, format: str, **options: Any) -> None:
        found = queries.listed(period, at=timezone.now())
        if format == "json":
            self.stdout.write(json.dumps([one.as_json for one in found], ensure_ascii=False, indent=1))
            return
        for one in found:
            shown = one.counted.plain if one.counted else "(not built yet)"
            of = f" [{one.line.of}]" if one.line.of else ""
            self.stdout.write(f"{one.line.section:6} {one.line.figure}{of} {one.period.spec}: {shown}")

    def show(self, period: Period | None, *, key: str, of: str, format: str, **options: Any) -> None:
        try:
            counted = queries.value(key, period, of, at=timezone.now())
        except registry.UnknownFigure:
            wanted = f"{key} of {of}" if of else key
            raise CommandError(f"No figure {wanted} is built. `cityhall figures list` names all.") from None
        except CannotCount as refusal:
            raise CommandError(refusal.sentence) from None
        if format == "json":
            self.stdout.write(json.dumps(as_json(counted), ensure_ascii=False, indent=1))
            return
        figure = counted.figure
        with translation.override("zh-hant"):
            self.stdout.write(f"{figure.key}  §{figure.section}  {figure.name}  {figure.kind}")
            self.stdout.write(f"{counted.covered.spec}: {counted.plain} {figure.unit} ({counted.row_count} rows)")
            self.stdout.write(unspaced(counted.sentence))
            for words in (figure.counts, figure.leaves_out, figure.dated_by, figure.rule, counted.source):
                if words:
                    self.stdout.write(f"  {words}")
        self.stdout.write(f"{figure.path}:{figure.line}")


def as_json(counted: Counted) -> dict[str, Any]:
    """One figure for a program."""
    figure = counted.figure
    return {
        "figure": figure.key,
        "of": counted.of,
        "section": figure.section,
        "period": counted.period.spec,
        "value": queries.number(counted.rounded),
        "exact": None if counted.value is None else str(counted.value),
        "rows": counted.row_count,
        "kind": str(figure.kind),
        "phrase": counted.sentence,
        "file": figure.path,
        "line": figure.line,
    }


def period_of(first: str, last: str, spec: str = "") -> Period | None:
    """The period of the command's arguments; None where none is given."""
    if not (first or last or spec):
        return None
    try:
        return Period.parse(spec or f"{first}..{last}")
    except NotAPeriod as error:
        raise CommandError(f"{error}: write 2016, 2016-03, 2016-08-22 or 2016-08-01..2017-02-28") from None
