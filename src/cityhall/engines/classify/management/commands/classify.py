"""`cityhall classify train | list | live | roll-back`."""

import csv
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cityhall.engines.classify import queries, registry, services
from cityhall.engines.classify.model import CannotTrain, Text
from cityhall.engines.classify.models import ModelVersion

SHOWN = ("accuracy", "macro_f1", "top_3", "ece", "auto_share", "auto_precision")


class Command(BaseCommand):
    help = "Train text models and choose which one is used."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        train = acts.add_parser("train", help="learn from staff's corrections, the shipped texts and files of your own")
        train.add_argument("--purpose", required=True, help=", ".join(registry.purposes))
        train.add_argument(
            "--file", type=Path, action="append", default=[], help="CSV with the columns label, subject and body"
        )
        train.add_argument("--seed", type=int, default=0)
        acts.add_parser("list", help="all versions with their state and quality")
        live = acts.add_parser("live", help="let a version be used")
        live.add_argument("--purpose", required=True)
        live.add_argument("--number", type=int, required=True)
        live.add_argument("--reason", default="")
        live.add_argument("--even-if-worse", action="store_true")
        back = acts.add_parser("roll-back", help="return to the version that was used before")
        back.add_argument("--purpose", required=True)
        back.add_argument("--reason", required=True)

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        """Do one of the acts."""
        try:
            getattr(self, act.replace("-", "_"))(**options)
        except registry.UnknownPurpose as unknown:
            raise CommandError(f"No purpose {unknown}; there are: {', '.join(registry.purposes)}") from None
        except CannotTrain:
            raise CommandError(
                "There is too little to learn from: two labels are needed, and texts that share words."
            ) from None
        except (services.CannotGoLive, services.CannotRollBack) as refusal:
            raise CommandError(refusal.sentence) from None

    def train(self, *, purpose: str, file: list[Path], seed: int, **options: Any) -> None:
        now = timezone.now()
        rows = [row for path in file for row in read(path)]
        version = services.train_from_sources(
            purpose, at=now, seed=seed, more=rows, more_from=", ".join(path.name for path in file)
        )
        self.show(version)
        try:
            services.go_live(version, at=now)
            self.stdout.write("It is used from now on.")
        except services.CannotGoLive as refusal:
            self.stdout.write(f"It is watched and not yet used: {refusal.sentence}")

    def list(self, **options: Any) -> None:
        for version in ModelVersion.objects.light():
            self.show(version)

    def live(self, *, purpose: str, number: int, reason: str, even_if_worse: bool, **options: Any) -> None:
        version = queries.versions(purpose).filter(number=number).first()
        if version is None:
            raise CommandError(f"There is no version {number} of {purpose}.")
        services.go_live(version, at=timezone.now(), reason=reason, even_if_worse=even_if_worse)
        self.stdout.write(f"{version} is used from now on.")

    def roll_back(self, *, purpose: str, reason: str, **options: Any) -> None:
        version = services.roll_back(purpose, at=timezone.now(), reason=reason)
        self.stdout.write(f"{version} is used again.")

    def show(self, version: ModelVersion) -> None:
        """One version."""
        quality = "  ".join(f"{name} {version.metrics[name]:.3f}" for name in SHOWN if name in version.metrics)
        self.stdout.write(
            f"{version}  {version.state}  {version.trained_at:%Y-%m-%d %H:%M}  {version.rows} texts  {quality}"
        )


def read(path: Path) -> Iterator[registry.Row]:
    """Rows of a file of one's own."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if not {"label", "subject", "body"} <= set(lines.fieldnames or ()):
                raise CommandError(f"{path} needs the columns label, subject and body.")
            for line in lines:
                yield registry.Row(Text(line["subject"] or "", line["body"] or ""), (line["label"] or "").strip())
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise CommandError(f"{path} cannot be read as a CSV file in UTF-8: {problem}") from None
