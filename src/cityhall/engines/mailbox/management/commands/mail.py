"""`cityhall mail fetch | take | state`: incoming mail by hand."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cityhall.engines.mailbox import imap, registry, services
from cityhall.engines.mailbox.models import MailFolder
from cityhall.engines.mailbox.pages import of_the_day
from cityhall.engines.mailbox.states import Door


class Command(BaseCommand):
    help = "Read the mailbox now, take single messages in, or say how it stands."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("fetch", help="read the mailbox of CITYHALL_IMAP_URL now; the worker decides on what came")
        take = acts.add_parser("take", help="take messages in from files (.eml), or one from standard input")
        take.add_argument("files", nargs="*", type=Path)
        take.add_argument("--to", action="append", default=[], help="the address it was delivered to")
        acts.add_parser("state", help="when the mailbox was read, and what became of the mail of the last 24 hours")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        at = timezone.now()
        if act == "fetch":
            self.fetch()
        elif act == "take":
            for raw in [path.read_bytes() for path in options["files"]] or [sys.stdin.buffer.read()]:
                message = services.take_in(raw, door=Door.SMTP, at=at, recipients=tuple(options["to"]))
                self.stdout.write(f"{message.reference} {message.subject[:60]}")
        else:
            for folder in MailFolder.objects.order_by("name"):
                self.stdout.write(
                    f"{folder.name}: read {folder.read_at or 'never'}, {folder.taken} taken {folder.trouble}"
                )
            for fate, n in of_the_day().items():
                self.stdout.write(f"{fate}: {n}")

    def fetch(self) -> None:
        if not settings.IMAP_URL and not registry.further_boxes():
            raise CommandError("CITYHALL_IMAP_URL names no mailbox: see docs/operations.md")
        at = timezone.now()
        try:
            taken = imap.fetch(at=at)
        except ValueError as fault:
            raise CommandError(str(fault)) from None
        if (
            trouble := MailFolder.objects.filter(tried_at=at)
            .exclude(trouble="")
            .values_list("trouble", flat=True)
            .first()
        ):
            raise CommandError(trouble)
        self.stdout.write(f"{taken} messages")
