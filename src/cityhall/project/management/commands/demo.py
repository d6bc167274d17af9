"""`cityhall demo make | start | load | accounts | alike`: the demo city."""

import json
import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cityhall.domains.petitions.year import NotAsPlanned
from cityhall.engines.figures import queries as figures
from cityhall.project.demo import alike, city, full_year

LIVE, FULL = "live", "full"
PREFIX = "petitions."


def share_of(text: str) -> float | None:
    """The part of the full year that is meant by `full`, `10%` or `0.5%`; None for the live city. Raises ValueError."""
    if text == LIVE:
        return None
    if text == FULL:
        return 1.0
    share = float(text.removesuffix("%")) / 100 if text.endswith("%") else 0.0
    if not 0 < share <= 1:
        raise ValueError(f"{text!r} is no part of a year")
    return share


class Command(BaseCommand):
    help = "Make, start and show the demo city."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("make", help="make the city if there is none")
        acts.add_parser("start", help="make the city if there is none, and serve it")
        load = acts.add_parser("load", help="make the city in an empty database")
        load.add_argument("--petitions", type=int, default=city.HOW_MANY, help="so many in the live city's half-year")
        load.add_argument(
            "--scale", default=LIVE,
            help="live (the last 180 days), full (the report's year 105), or a part of that year such as 1%%",
        )  # fmt: skip
        load.add_argument("--seed", type=int, default=105, help="another one makes another year with the same numbers")
        load.add_argument("--processes", type=int, default=full_year.PROCESSES, help="that live the year's batches")
        measured = acts.add_parser("alike", help="the share of petitions that have a near-duplicate")
        measured.add_argument("--sample", type=int, default=500)
        shown = acts.add_parser("accounts", help="who can sign in")
        shown.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        """Do one of the acts."""
        if act == "accounts":
            self.accounts(options["format"])
        elif act == "alike":
            self.alike(options["sample"])
        elif act == "load" and options["scale"] != LIVE:
            self.load_year(**options)
        elif act == "load":
            if city.is_loaded():
                raise CommandError("There is a city in this database already.")
            self.load(options["petitions"])
        elif act == "make":
            self.make()
        else:
            self.start()

    def load(self, how_many: int) -> None:
        started = time.monotonic()

        def say(words: str) -> None:
            self.stdout.write(f"→ {words}")
            self.stdout.flush()

        try:
            tally = city.load(say=say, how_many=how_many)
        except KeyboardInterrupt:
            # One transaction: nothing of the half-made city is kept.
            raise CommandError("已中斷，示範城市沒有建立；再執行一次就會從頭建立。", returncode=130) from None
        self.stdout.write(f"  {tally.filed:,} 件，{tally.acts:,} 個動作，{time.monotonic() - started:.0f} 秒")

    def load_year(self, *, scale: str, seed: int, processes: int, **_options: Any) -> None:
        """Load the report's year, or go on with it; then say what is counted from its rows."""
        try:
            share = share_of(scale)
        except ValueError:
            raise CommandError("--scale takes live, full, or a part of the full year such as 1% or 0.5%.") from None
        assert share
        started = time.monotonic()

        def say(words: str) -> None:
            self.stdout.write(f"→ {words}")
            self.stdout.flush()

        try:
            full_year.load(say=say, share=share, seed=seed, processes=processes)
        except full_year.CannotLoad as refusal:
            raise CommandError(str(refusal)) from None
        except NotAsPlanned as found:
            raise CommandError(f"這一批和計畫不符，沒有寫入：{found}") from None
        except KeyboardInterrupt:
            raise CommandError("已中斷；再執行同一個指令，會從還沒有的那一批接著做。", returncode=130) from None
        for one in figures.listed(None, at=full_year.NOW):
            if one.line.figure.startswith(PREFIX) and one.counted:
                counted = one.counted
                rows = f"{counted.row_count:,} 列"
                self.stdout.write(f"  {one.line.figure} {one.period.spec}：{counted.plain}（{rows}）")
        self.alike(500)
        self.stdout.write(f"  {time.monotonic() - started:.0f} 秒")

    def alike(self, sample: int) -> None:
        """Say how alike the texts are."""
        found = alike.measure(sample=sample)
        self.stdout.write(
            f"  抽 {found.looked_at:,} 件與全部 {found.among:,} 件相比：{found.near_share:.1%} 另有相近的"
            f"（三字組餘弦 0.5 以上），{found.equal_share:.1%} 另有完全相同的"
        )

    def accounts(self, form: str) -> None:
        rows = city.saved_accounts()
        if form == "json":
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        for row in rows:
            secret = f"  TOTP {row['totp_secret']}" if row["totp_secret"] else ""
            key = f"  API {row['api_key']}" if row["api_key"] else ""
            self.stdout.write(f"  {row['role']}　{row['name']}　{row['email']}  {row['password']}{secret}{key}")

    def make(self) -> None:
        """Migrate, and load unless that was done."""
        call_command("migrate", verbosity=0, interactive=False)
        if not city.is_loaded():
            self.stdout.write("第一次啟動，先建立示範城市（大約兩分鐘）")
            self.load(city.HOW_MANY)

    def start(self) -> None:
        """Make the city, show who can sign in, and become the server."""
        self.make()
        self.stdout.write("可以登入的示範帳號（密碼只在這台機器有效）：")
        self.accounts("text")
        self.stdout.write(
            "登入所需的一次性密碼：.venv/bin/cityhall demo accounts --format json 的 totp_secret，可加入任何驗證器 App"
        )
        self.stdout.flush()
        # nosec B606: this very program, no shell, nothing of anybody's in the words
        os.execv(sys.executable, [sys.executable, "-m", "cityhall.project.command", "serve"])  # noqa: S606  # nosec B606
