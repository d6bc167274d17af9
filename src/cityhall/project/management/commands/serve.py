"""`cityhall serve`: the whole program on one machine, until Ctrl-C."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cityhall.project import serving


class Command(BaseCommand):
    help = "Start the web server and the task workers (in the demo city also the stand-ins) and keep them running."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("CITYHALL_HOST", serving.LOOPBACK))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--web-workers", type=int, default=2)
        parser.add_argument("--threads", type=int, default=4, help="threads of each web worker")
        parser.add_argument("--task-workers", type=int, default=2)
        parser.add_argument("--standins", action="store_true", default=settings.DEMO, help="also the mail stand-in")
        parser.add_argument("--log-file", type=Path, help="write the logs there instead of to the terminal")
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")

    def handle(self, *args: Any, migrate: bool, **options: Any) -> None:
        if migrate:
            from django.core.management import call_command

            call_command("migrate", interactive=False, verbosity=0)
        elif serving.unapplied_migrations():
            raise CommandError("the database is not up to date: run `cityhall migrate` or add --migrate")
        names = ("host", "port", "web_workers", "threads", "task_workers", "standins", "log_file")
        plan = serving.Plan(**{name: options[name] for name in names})
        try:
            serving.serve(plan, ready=lambda: self._ready(plan.port))
        except serving.CannotServe as obstacle:
            raise CommandError(str(obstacle)) from obstacle

    def _ready(self, port: int) -> None:
        self.stdout.write(f"ready: http://localhost:{port}")
        self.stdout.flush()
