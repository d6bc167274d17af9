"""`cityhall administrator add | list | reset`: the first administrator, and the way back when the last one is locked out."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone, translation

from cityhall.engines.identity import services
from cityhall.engines.identity.models import Account
from cityhall.engines.identity.rules import normalise_email
from cityhall.engines.identity.services import CannotChangeAccount


class Command(BaseCommand):
    help = "Administrators, from the machine itself: whoever may run this may read the database anyway."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="make an administrator; prints the initial password once")
        add.add_argument("email")
        add.add_argument("--name", required=True)
        acts.add_parser("list", help="who administers")
        reset = acts.add_parser("reset", help="a new initial password, and second factors set up anew")
        reset.add_argument("email")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        with translation.override("en"):
            try:
                getattr(self, act)(**options)
            except CannotChangeAccount as refusal:
                raise CommandError(str(refusal.sentence)) from None

    def add(self, *, email: str, name: str, **_others: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no e-mail address.") from None
        at = timezone.now()
        account, password = services.open_administrator(email=normalise_email(email), name=name, at=at)
        self.stdout.write(f"{account.name} <{account.email}> administers the system.")
        self._say(password)

    def list(self, **_others: Any) -> None:
        for account in Account.objects.filter(is_superuser=True).order_by("pk"):
            state = "" if account.is_active else "  (disabled)"
            self.stdout.write(f"{account.email}  {account.name}{state}")

    def reset(self, *, email: str, **_others: Any) -> None:
        account = Account.objects.filter(email=normalise_email(email), is_superuser=True).first()
        if account is None:
            raise CommandError(f"{email} is no administrator. `cityhall administrator list` names them.")
        self._say(services.let_administrator_back_in(account, at=timezone.now()))

    def _say(self, password: str) -> None:
        self.stdout.write(f"Initial password: {password}")
        self.stdout.write("Sign in at /desk/sign-in/: it asks for a password of one's own and for a second factor.")
