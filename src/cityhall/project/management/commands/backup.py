"""`cityhall backup [PATH]`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cityhall.project import backup


class Command(BaseCommand):
    help = "Write the whole city (rows, attachments, other files) into one checked file, while it goes on working."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path", nargs="?", type=Path, help="a file, or a folder; default: backups/ of the data folder"
        )
        parser.add_argument("--keep", type=int, metavar="N", help="then delete all but the N newest in that folder")

    def handle(self, *args: Any, path: Path | None, keep: int | None, **options: Any) -> None:
        at = timezone.now()
        named = backup.default_path(at)
        if keep is not None and keep < 1:
            raise CommandError("--keep: at least one backup is kept")
        target = named if path is None else path / named.name if path.is_dir() else path
        tell = self.stdout.write if options["verbosity"] > 1 else backup.quiet
        try:
            done = backup.back_up(target, at=at, tell=tell)
        except (backup.CannotBackUp, OSError) as fault:
            raise CommandError(f"no backup was made: {fault}") from fault
        self.stdout.write(f"{done.path}: {done.rows} rows, {done.files} attachments, {done.path.stat().st_size} bytes")
        for digest in done.missing:
            self.stderr.write(f"attachment {digest} is missing or damaged here, and so in the backup")
        for old in backup.keep_newest(target.parent, keep) if keep else []:
            self.stdout.write(f"deleted {old.name}")
