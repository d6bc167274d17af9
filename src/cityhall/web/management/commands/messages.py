"""`cityhall messages extract|check|compile`."""

from __future__ import annotations

import argparse

from django.core.management.base import BaseCommand, CommandError

from cityhall.web import messages


class Command(BaseCommand):
    help = "Translations: extract source strings into .po files, check them, compile them. Needs no gettext tools."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("act", choices=["extract", "check", "compile"])
        parser.add_argument("apps", nargs="*", help="folders such as petitions; all, if none is named")

    def handle(self, *args: object, act: str, apps: list[str], **options: object) -> None:
        if act == "extract":
            for app, missing in messages.extract(only=apps).items():
                note = f"{missing} to translate" if missing else "complete"
                self.stdout.write(f"{messages.catalogue_path(app).relative_to(messages.PACKAGE)}: {note}")
        elif act == "compile":
            self.stdout.write(f"{messages.compile_all()} catalogues compiled")
        else:
            wrong = messages.check(only=apps)
            for sentence in wrong:
                self.stderr.write(sentence)
            if wrong:
                raise CommandError(f"{len(wrong)} faults in the translations; `cityhall messages extract` helps")
            self.stdout.write("Every string is translated.")
