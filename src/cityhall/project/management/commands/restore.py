"""`cityhall restore FILE`."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cityhall.project import backup


class Command(BaseCommand):
    help = "Take a backup into an empty database, on SQLite or PostgreSQL, and verify what came in."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--check", action="store_true", help="only see whether every byte is as it was written")
        parser.add_argument("--other-key", action="store_true", help="go on although the secret key is another")

    def handle(self, *args: Any, path: Path, check: bool, other_key: bool, **options: Any) -> None:
        tell = self.stdout.write if options["verbosity"] > 1 else backup.quiet
        started = time.monotonic()
        try:
            if check:
                found = backup.checked(path, tell=tell)
                self.stdout.write(
                    f"whole: made {found['made_at']} on {found['database']}, {sum(found['tables'].values())} rows"
                )
                return
            done = backup.restore(path, at=timezone.now(), other_key=other_key, tell=tell)
        except backup.CannotRestore as fault:
            raise CommandError(f"not restored: {fault}") from fault
        self.stdout.write(
            f"restored in {time.monotonic() - started:.0f} s: {done.rows} rows, {done.files} attachments; "
            f"audit trail verified, {done.audit_rows} rows"
        )
        for digest in done.missing:
            self.stderr.write(f"attachment {digest} was missing when the backup was made")
