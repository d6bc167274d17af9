"""A mailbox read over IMAP: a message is marked only after its row is committed, so that a break loses nothing.

How far the folder was read is kept by UIDVALIDITY and UID (RFC 3501 §2.3.1.1). A run that breaks off anywhere begins
again at the message that it had not finished; a message that is met twice is the same one (see `services.take_in`).
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from cityhall.foundation.unit import act

from . import rules, services
from .models import MailFolder
from .states import Door

log = logging.getLogger("cityhall.mailbox")
MOST = 500  # messages a run


class CannotRead(Exception):
    """The mailbox cannot be read now; the sentence says why, without a password."""


@dataclass(frozen=True)
class Mailbox:
    """From `imaps://user:password@host:993/INBOX?move=Done`; `imap://…?starttls=1`, and plain imap on the loopback only."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    move: str = ""
    tls: bool = True
    starttls: bool = False

    @classmethod
    def from_url(cls, url: str) -> Mailbox:
        """Read the setting CITYHALL_IMAP_URL."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
            raise ValueError("CITYHALL_IMAP_URL is imaps://user:password@host/FOLDER")
        tls, starttls = parts.scheme == "imaps", asked.get("starttls", ["0"])[-1] == "1"
        if not tls and not starttls and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError("CITYHALL_IMAP_URL: a password travels encrypted only; use imaps:// or ?starttls=1")
        return cls(
            host=parts.hostname,
            port=parts.port or (993 if tls else 143),
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            move=asked.get("move", [""])[-1],
            tls=tls,
            starttls=starttls,
        )

    @property
    def name(self) -> str:
        """What the folder is called in our records: no password."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"[:300]


def fetch(*, at: datetime) -> int:
    """Read what is new in the mailbox of the settings; return how many messages were taken. Never raises for trouble
    outside: it stands on the folder's row, and the next run tries again."""
    if not settings.IMAP_URL:
        return 0
    mailbox = Mailbox.from_url(settings.IMAP_URL)
    folder, _made = MailFolder.objects.get_or_create(name=mailbox.name)
    try:
        taken = _read(mailbox, folder, at)
    except CannotRead as trouble:
        _note(folder, at, trouble=str(trouble))
        log.warning("mailbox %s: %s", folder.pk, trouble)
        return 0
    _note(folder, at)
    return taken


@act
def _note(folder: MailFolder, at: datetime, *, trouble: str = "") -> None:
    changed = {"tried_at": at, "trouble": trouble[:500]} | ({} if trouble else {"read_at": at})
    MailFolder.objects.filter(pk=folder.pk).update(**changed)


def _read(mailbox: Mailbox, folder: MailFolder, at: datetime) -> int:
    try:
        connection = _open(mailbox)
    except (OSError, imaplib.IMAP4.error) as error:
        raise CannotRead(_words(error, mailbox)) from error
    try:
        return _Session(connection, mailbox, folder, at).run()
    except (OSError, imaplib.IMAP4.error, ValueError, TypeError, IndexError, AttributeError) as error:
        # imaplib meets an answer that is none with whatever exception comes of it.
        raise CannotRead(_words(error, mailbox)) from error
    finally:
        try:
            connection.shutdown()
        except (OSError, imaplib.IMAP4.error):
            pass


def _words(error: Exception, mailbox: Mailbox) -> str:
    said = f"{type(error).__name__}: {error}"
    return said.replace(mailbox.password, "…")[:300] if mailbox.password else said[:300]


def _open(mailbox: Mailbox) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if mailbox.tls:
        connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            mailbox.host, mailbox.port, ssl_context=context, timeout=settings.IMAP_TIMEOUT
        )
    else:
        connection = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=settings.IMAP_TIMEOUT)
        if mailbox.starttls:
            connection.starttls(ssl_context=context)
    try:
        connection.login(mailbox.user, mailbox.password)
    except Exception:
        connection.shutdown()
        raise
    return connection


class _Session:
    """One run over one folder."""

    def __init__(self, connection: imaplib.IMAP4, mailbox: Mailbox, folder: MailFolder, at: datetime) -> None:
        self.connection, self.mailbox, self.folder, self.at = connection, mailbox, folder, at

    def run(self) -> int:
        answer, found = self.connection.select(_quoted(self.mailbox.folder))
        if answer != "OK":
            raise CannotRead(f"the folder {self.mailbox.folder} cannot be opened")
        validity = int((self.connection.response("UIDVALIDITY")[1] or [b"0"])[-1] or 0)
        if validity != self.folder.validity:
            # The server has numbered the folder anew: everything is looked at again, and known messages stay what they are.
            self._remember(validity, 0)
        taken = 0
        for uid in self._new()[:MOST]:
            taken += self._take(uid)
            self._remember(self.folder.validity, uid, taken=1)
        return taken

    def _new(self) -> list[int]:
        last = self.folder.last_uid
        found = self._ask("SEARCH", None, f"UID {last + 1}:*")
        numbers = {int(word) for part in found if isinstance(part, bytes) for word in part.split() if word.isdigit()}
        # n:* names the newest message too where there is none beyond n.
        return sorted(one for one in numbers if one > last)

    def _take(self, uid: int) -> int:
        size = self._size(uid)
        if size is None:
            return 0  # somebody else has moved it meanwhile
        part = "(BODY.PEEK[])" if size <= rules.LARGEST else "(BODY.PEEK[HEADER])"
        raw = self._literal(self._ask("FETCH", str(uid), part))
        if raw is None:
            return 0
        services.take_in(
            raw, door=Door.IMAP, at=self.at, position=f"{self.mailbox.name};{self.folder.validity};{uid}"[-300:],
            size=size if size > rules.LARGEST else None,
        )  # fmt: skip
        self._mark(uid)
        return 1

    def _size(self, uid: int) -> int | None:
        for one in self._ask("FETCH", str(uid), "(RFC822.SIZE)"):
            line = one[0] if isinstance(one, tuple) else one
            if isinstance(line, bytes) and (found := re.search(rb"RFC822\.SIZE (\d+)", line)):
                return int(found[1])
        return None

    def _literal(self, answer: list[object]) -> bytes | None:
        parts = [one[1] for one in answer if isinstance(one, tuple) and len(one) > 1 and isinstance(one[1], bytes)]
        return parts[0] if parts else None

    def _mark(self, uid: int) -> None:
        """Seen, or moved: the row is there already, so that a break here only means meeting the message again."""
        self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
        if not self.mailbox.move:
            return
        where = _quoted(self.mailbox.move)
        if "MOVE" in self.connection.capabilities:
            self._ask("MOVE", str(uid), where)
        elif "UIDPLUS" in self.connection.capabilities:
            self._ask("COPY", str(uid), where)
            self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
            self._ask("EXPUNGE", str(uid))

    def _ask(self, command: str, *words: str | None) -> list[object]:
        answer, found = self.connection.uid(command, *[word for word in words if word is not None])
        if answer != "OK":
            raise CannotRead(f"UID {command}: {answer}")
        return list(found)

    @act
    def _remember(self, validity: int, uid: int, *, taken: int = 0) -> None:
        self.folder.validity, self.folder.last_uid = validity, uid
        self.folder.taken += taken
        self.folder.save(update_fields=["validity", "last_uid", "taken"])


def _quoted(name: str) -> str:
    """A folder's name as the protocol wants it: modified UTF-7 (RFC 3501 §5.1.3), in quotation marks."""
    out, run = [], ""
    for char in [*name, ""]:
        if char and not 0x20 <= ord(char) <= 0x7E:
            run += char
            continue
        if run:
            encoded = _base64(run.encode("utf-16-be"))
            out.append(f"&{encoded}-")
            run = ""
        out.append("&-" if char == "&" else char)
    plain = "".join(out).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode().rstrip("=").replace("/", ",")
