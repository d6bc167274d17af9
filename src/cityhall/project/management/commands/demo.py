"""`cityhall demo make | start | load | accounts`: the demo city."""

import json
import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cityhall.project.demo import city


class Command(BaseCommand):
    help = "Make, start and show the demo city."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("make", help="make the city if there is none")
        acts.add_parser("start", help="make the city if there is none, and serve it")
        load = acts.add_parser("load", help="make the city in an empty database")
        load.add_argument("--petitions", type=int, default=city.HOW_MANY)
        shown = acts.add_parser("accounts", help="who can sign in")
        shown.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        """Do one of the acts."""
        if act == "accounts":
            self.accounts(options["format"])
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
            self.stdout.write("第一次啟動，先建立示範城市（不到一分鐘）")
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
        os.execv(sys.executable, [sys.executable, "-m", "cityhall.project.command", "serve"])  # noqa: S606
