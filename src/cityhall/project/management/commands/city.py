"""`cityhall city open`: a real city, empty: tables, calendar, boundaries, the first administrator."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.identity.models import Account
from cityhall.project.boundaries import NothingBuilt, take_boundaries


class Command(BaseCommand):
    help = "Open an empty city in an empty database, and say what comes next."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        opening = acts.add_parser("open", help="tables, calendar, boundaries and the first administrator")
        opening.add_argument("--email", required=True, help="the administrator's mailbox")
        opening.add_argument("--name", required=True, help="the administrator's name")

    def handle(self, *args: Any, act: str, email: str, name: str, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        if Account.objects.exists():
            raise CommandError(
                "There is a city in this database already. `cityhall administrator list` names who has it."
            )
        try:
            with transaction.atomic():
                days = seed_calendar()
                layers = take_boundaries(at=timezone.now())
                self.stdout.write(f"calendar: {days} days that differ from their weekday")
                for version in layers:
                    self.stdout.write(f"boundaries: {version.rows} districts and villages")
                call_command("administrator", "add", email, name=name, stdout=self.stdout)
        except NothingBuilt as obstacle:
            raise CommandError(str(obstacle)) from None
        self.stdout.write("Next: agencies and people at /desk/directory/imports/, then `cityhall petitions import` and")
        self.stdout.write("`cityhall places import`; docs/operations.md says how.")
