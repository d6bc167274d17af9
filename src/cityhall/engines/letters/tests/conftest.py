"""A letter's template, a mail server and gateways that only these tests know."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cityhall.engines.letters import wording
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.standins.gateway import Gateway
from cityhall.engines.letters.standins.mailserver import MailServer
from cityhall.engines.letters.standins.store import Store

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CHINESE = """Subject: 案件 {{ number }} 的驗證碼
Requires: code

{{ name }} 您好：

驗證碼是 {{ code }}，{{ due|roc_date }}前有效。
{% if link %}也可以點 {{ link }}
{% endif %}"""
ENGLISH = """Subject: Code for case {{ number }}
Requires: code

Dear {{ name }},

Your code is {{ code }}, valid until {{ due|roc_date }}.
"""
SECRET = "Subject: 密碼\nForget: yes\n\n{{ code }}\n"


@pytest.fixture(autouse=True)
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Three templates: test.code in both languages, test.secret, test.page with an HTML twin."""
    files = {
        ("test.code", "zh-hant"): CHINESE,
        ("test.code", "en"): ENGLISH,
        ("test.secret", "zh-hant"): SECRET,
        ("test.page", "zh-hant"): "Subject: 頁\n\n{{ name }}\n",
    }
    paths = {}
    for (name, language), text in files.items():
        paths[name, language] = tmp_path / f"{name}.{language}.txt"
        paths[name, language].write_text(text)
    (tmp_path / "test.page.zh-hant.html").write_text("<p>{{ name }}</p>")
    monkeypatch.setattr(wording, "files", lambda: paths)
    wording.source_of.cache_clear()
    yield tmp_path
    wording.source_of.cache_clear()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "standins.sqlite3")


@pytest.fixture
def mail(store: Store, settings) -> Iterator[MailServer]:  # type: ignore[no-untyped-def]
    with MailServer(store) as server:
        settings.SMTP_URL = server.url
        yield server


@pytest.fixture
def gateway(store: Store, settings) -> Iterator[Gateway]:  # type: ignore[no-untyped-def]
    with Gateway(store) as server:
        settings.GATEWAYS = {name: (server.url(name), "secret") for name in ("sms", "push")}
        yield server


@pytest.fixture
def wang() -> Recipient:
    return Recipient(email="wang@city.example", phone="0912-345-678", name="王小明", account_id=7)
