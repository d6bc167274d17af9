"""What the tests of identity share: a clock that stands where it is put, and a letter box."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client as Browser

from cityhall.engines.identity import notices, passwords, second_factor, services
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import TAIPEI

MORNING = datetime(2017, 3, 20, 9, 0, tzinfo=TAIPEI)
PASSWORD = "公園的榕樹 1999 開花了"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with its real code and a hundredth of its cost."""
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 1024)
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "parallelism", 1)
    passwords._nobodys.cache_clear()


@dataclass
class Clock:
    """The time that the views read."""

    now: datetime = MORNING

    def tick(self, **span: float) -> datetime:
        """Later by so much."""
        self.now += timedelta(**span)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that moves only when it is told to."""
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock.now)
    return clock


@pytest.fixture
def at() -> datetime:
    return MORNING


@dataclass
class LetterBox:
    """Letters as identity hands them over."""

    letters: list[dict[str, Any]] = field(default_factory=list)

    def send(self, template: str, **rest: Any) -> None:
        """In place of `letters.send`."""
        self.letters.append({"template": template, **rest})

    def to(self, address: str) -> list[str]:
        """Which letters an address got."""
        return [one["template"] for one in self.letters if address in (one["to"].email, one["to"].phone)]

    def code(self) -> str:
        """The code in the last letter."""
        return str(self.letters[-1]["context"]["code"])


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> LetterBox:
    box = LetterBox()
    monkeypatch.setattr(notices.letters, "send", box.send)
    return box


@pytest.fixture
def officer(db: None, at: datetime) -> Account:
    """An officer with a password and an authenticator app."""
    return services.create_officer(
        email="lin@example.org", name="林怡君", password=PASSWORD, at=at, must_change_password=False, totp_secret=SECRET
    )


@pytest.fixture
def administrator(db: None, at: datetime) -> Account:
    return services.create_officer(
        email="admin@example.org", name="管理員", password=PASSWORD, at=at, must_change_password=False,
        totp_secret=SECRET, administrator=True,
    )  # fmt: skip


@pytest.fixture
def citizen(db: None, at: datetime) -> Account:
    return services.open_citizen_account(email="ming@example.org", at=at)


@pytest.fixture
def sign_in(clock: Clock) -> Callable[..., Browser]:
    """Sign an officer in by the pages, with both factors."""

    def through_the_pages(account: Account, browser: Browser | None = None) -> Browser:
        browser = browser or Browser()
        browser.post("/desk/sign-in/", {"email": account.email, "password": PASSWORD})
        clock.tick(seconds=30)  # a code opens once
        code = second_factor.totp_code(SECRET, at=clock.now)
        answer = browser.post("/desk/sign-in/second-factor/", {"code": code})
        assert answer.status_code == 302, answer.content.decode()
        return browser

    return through_the_pages
