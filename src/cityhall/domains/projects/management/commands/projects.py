"""`cityhall projects export --format oc4ids`: listed projects for other programs."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cityhall.domains.projects import oc4ids, queries
from cityhall.domains.projects.models import Project
from cityhall.domains.projects.profiles import MAJOR, PROFILES


class Command(BaseCommand):
    help = "Write the listed projects of a profile in an open format."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        exporting = acts.add_parser("export", help="all listed projects, those that ended too")
        exporting.add_argument("--profile", choices=list(PROFILES), default=MAJOR)
        exporting.add_argument("--format", choices=["oc4ids"], default="oc4ids", dest="kind")
        exporting.add_argument("--to", type=Path, metavar="FILE", help="instead of printing it")

    def handle(self, *args: Any, profile: str = MAJOR, to: Path | None = None, **options: Any) -> None:
        rows = Project.objects.of(profile).exclude(plan__opened_on=None).order_by("number")
        text = json.dumps(oc4ids.package(queries.with_plan(rows), at=timezone.now()), ensure_ascii=False, indent=1)
        if to is None:
            (self.stdout or sys.stdout).write(text)
        else:
            to.write_text(text + "\n", encoding="utf-8")
