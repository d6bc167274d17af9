"""`cityhall report build`."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from cityhall.engines.figures.management.commands.figures import period_of
from cityhall.engines.figures.models import Issue
from cityhall.report.documents import FORMATS, CannotMakeDocument
from cityhall.report.edition import Edition

LANGUAGES = {"zh-TW": "zh-hant", "en": "en"}


class Command(BaseCommand):
    help = "Build the work report as HTML, ODT, PDF or JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        build = acts.add_parser("build", help="for a period; without one each figure has the old report's period")
        build.add_argument("--from", dest="first", default="", metavar="DAY", help="first day, month or year")
        build.add_argument("--to", dest="last", default="", metavar="DAY", help="last day, month or year, included")
        build.add_argument("--issue", type=int, help="the number of an issued report: its frozen values")
        build.add_argument("--format", choices=list(FORMATS), default="html")
        build.add_argument("--lang", choices=list(LANGUAGES), default="zh-TW")
        build.add_argument("--output", type=Path, help="the file to write; without it, standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        build, _mime = FORMATS[options["format"]]
        edition = self.edition(options)
        try:
            with translation.override(LANGUAGES[options["lang"]]):
                content = build(edition)
        except CannotMakeDocument as refusal:
            raise CommandError(refusal.sentence) from None
        if options["output"]:
            options["output"].write_bytes(content)
        else:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()

    def edition(self, options: dict[str, Any]) -> Edition:
        """The report that the options name."""
        at, absolute = timezone.now(), settings.SITE_URL
        if options["issue"]:
            issue = Issue.objects.filter(pk=options["issue"]).first()
            if issue is None:
                raise CommandError(f"No report was issued as number {options['issue']}.")
            return Edition(issue.period, at, issue, absolute, full_names=True)
        period = period_of(options["first"], options["last"])
        if period and not (period.first_day and period.last_day):
            raise CommandError("A report needs both --from and --to.")
        return Edition(period, at, absolute=absolute, full_names=True)
