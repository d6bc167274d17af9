"""What the stand-ins got: one small SQLite file beside the data, written by them, read by the inbox page."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

_TABLE = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, channel TEXT NOT NULL, recipient TEXT NOT NULL, message_id TEXT NOT NULL,
    at TEXT NOT NULL, raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS by_recipient ON message (recipient, id);
CREATE INDEX IF NOT EXISTS by_message_id ON message (message_id);
"""


@dataclass(frozen=True)
class Received:
    """One message as it arrived."""

    id: int
    channel: str
    to: str
    message_id: str
    at: datetime
    raw: bytes

    @property
    def email(self) -> EmailMessage:
        """An e-mail, taken apart."""
        message = message_from_bytes(self.raw, policy=default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def subject(self) -> str:
        """The subject of an e-mail, the title of a push message; an SMS has none."""
        return str(self.email["Subject"] or "") if self.channel == "email" else str(self.fields.get("title", ""))

    @property
    def text(self) -> str:
        """The plain text."""
        if self.channel != "email":
            return str(self.fields.get("text", ""))
        body = self.email.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""

    @property
    def fields(self) -> dict[str, object]:
        """What a gateway was posted."""
        return dict(json.loads(self.raw)) if self.channel != "email" else {}


class Store:
    """The file of messages."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=10)
        try:
            connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLE)
            with connection:
                yield connection
        finally:
            connection.close()

    def add(self, channel: str, to: str, message_id: str, raw: bytes, at: datetime) -> None:
        """Keep a message."""
        with self._open() as connection:
            connection.execute(
                "INSERT INTO message (channel, recipient, message_id, at, raw) VALUES (?, ?, ?, ?, ?)",
                (channel, to, message_id, at.astimezone(UTC).isoformat(), raw),
            )

    def all(self, *, to: str = "", message_id: str = "", limit: int = 1000) -> list[Received]:
        """The newest messages first, those to a recipient or with an id only."""
        like = "%" + to.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        sql = (
            "SELECT id, channel, recipient, message_id, at, raw FROM message "
            "WHERE recipient LIKE ? ESCAPE '!' AND (? = '' OR message_id = ?) ORDER BY id DESC LIMIT ?"
        )
        return [self._received(row) for row in self._rows(sql, [like, message_id, message_id, limit])]

    def get(self, number: int) -> Received | None:
        """One message."""
        rows = self._rows("SELECT id, channel, recipient, message_id, at, raw FROM message WHERE id = ?", [number])
        return self._received(rows[0]) if rows else None

    def _rows(self, sql: str, values: list[object]) -> list[tuple[int, str, str, str, str, bytes]]:
        if not self.path.exists():
            return []
        with self._open() as connection:
            return connection.execute(sql, values).fetchall()

    @staticmethod
    def _received(row: tuple[int, str, str, str, str, bytes]) -> Received:
        number, channel, to, message_id, at, raw = row
        return Received(number, channel, to, message_id, datetime.fromisoformat(at), raw)
