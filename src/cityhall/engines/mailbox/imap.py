"""A mailbox read over IMAP: a message is marked only after its row is committed, so that a break loses nothing.

How far the folder was read is kept by UIDVALIDITY and UID (RFC 3501 §2.3.1.1). A run that breaks off anywhere begins
again at the message that it had not finished; a message that is met twice is the same one (see `services.take_in`).
"""

from __future__ import annotations

import imaplib
import logging
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.db.models import F

from cityhall.foundation.unit import act

from . import registry, rules, services
from .models import MailFolder
from .registry import Mailbox
from .states import Door, Trouble

log = logging.getLogger("cityhall.mailbox")
MOST = 500  # messages a run


class CannotRead(Exception):
    """The mailbox cannot be read now: of which kind, and what was said, without a password."""

    def __init__(self, kind: Trouble, words: str) -> None:
        super().__init__(words)
        self.kind = kind


def from_url(url: str) -> Mailbox:
    """Read the setting CITYHALL_IMAP_URL: `imaps://user:password@host:993/INBOX?move=Done`; `imap://…?starttls=1`, and
    plain imap on the loopback only.
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
        raise ValueError("CITYHALL_IMAP_URL is imaps://user:password@host/FOLDER")
    tls, starttls = parts.scheme == "imaps", asked.get("starttls", ["0"])[-1] == "1"
    if not tls and not starttls and not is_loopback(parts.hostname):
        raise ValueError("CITYHALL_IMAP_URL: a password travels encrypted only; use imaps:// or ?starttls=1")
    return Mailbox(
        host=parts.hostname,
        port=parts.port or (993 if tls else 143),
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        move=asked.get("move", [""])[-1],
        tls=tls,
        starttls=starttls,
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: a password may go there in the clear."""
    return host in {"127.0.0.1", "localhost", "::1"}


def fetch(*, at: datetime) -> int:
    """Read what is new in the mailbox of the settings, then in each further one; return how many messages were taken.

    Never raises for trouble outside: it stands on the folder's row, keeps no other mailbox waiting, and is tried again:
    the city's own at the next run, a further one after a pause that grows with each failure.
    """
    own = [from_url(settings.IMAP_URL)] if settings.IMAP_URL else []
    return sum(_fetch(mailbox, at) for mailbox in own) + sum(_fetch(one, at) for one in registry.further_boxes())


def own_folder() -> MailFolder | None:
    """How reading the city's own mailbox goes; None where it is not read or was never."""
    return MailFolder.objects.filter(name=from_url(settings.IMAP_URL).name).first() if settings.IMAP_URL else None


def _fetch(mailbox: Mailbox, at: datetime) -> int:
    folder, _made = MailFolder.objects.get_or_create(name=mailbox.name)
    if mailbox.address and folder.tried_at and at < folder.tried_at + rules.pause_after(folder.failures):
        return 0
    try:
        taken = _read(mailbox, folder, at)
    except CannotRead as trouble:
        _note(folder, at, trouble=trouble)
        log.warning("mailbox %s: %s", folder.pk, trouble)
        return 0
    _note(folder, at)
    return taken


@act
def _note(folder: MailFolder, at: datetime, *, trouble: CannotRead | None = None) -> None:
    """Write down how it went."""
    changed: dict[str, Any] = {"tried_at": at, "read_at": at, "trouble": "", "kind": "", "failures": 0}
    if trouble:
        changed = {
            "tried_at": at, "trouble": str(trouble)[:500], "kind": str(trouble.kind), "failures": F("failures") + 1
        }  # fmt: skip
    MailFolder.objects.filter(pk=folder.pk).update(**changed)


def try_out(mailbox: Mailbox, *, timeout: float = 8.0) -> int:
    """Open a mailbox without taking or marking anything; return how many messages lie in it. Raises CannotRead."""
    with _opened(mailbox, timeout) as connection:
        answer, found = connection.select(_quoted(mailbox.folder), readonly=True)
        if answer != "OK":
            raise CannotRead(Trouble.FOLDER, f"the folder {mailbox.folder} cannot be opened")
        return int((found[0] if found else None) or 0)


def _read(mailbox: Mailbox, folder: MailFolder, at: datetime) -> int:
    with _opened(mailbox, settings.IMAP_TIMEOUT) as connection:
        return _Session(connection, mailbox, folder, at).run()


@contextmanager
def _opened(mailbox: Mailbox, timeout: float) -> Iterator[imaplib.IMAP4]:
    """A connection that is signed in; whatever goes wrong on it is a CannotRead."""
    connection: imaplib.IMAP4 | None = None
    kind = Trouble.BROKEN
    try:
        connection = _connect(mailbox, timeout)
        kind = Trouble.LOGIN
        connection.login(mailbox.user, mailbox.password)
        kind = Trouble.BROKEN
        yield connection
    except (OSError, imaplib.IMAP4.error, ValueError, TypeError, IndexError, AttributeError) as error:
        # imaplib meets an answer that is none with whatever exception comes of it.
        raise CannotRead(_kind_of(error, kind), _words(error, mailbox)) from error
    finally:
        if connection is not None:
            with suppress(OSError, imaplib.IMAP4.error):
                connection.shutdown()


def _connect(mailbox: Mailbox, timeout: float) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if mailbox.tls:
        return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=timeout)
    connection = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=timeout)
    if mailbox.starttls:
        try:
            connection.starttls(ssl_context=context)
        except imaplib.IMAP4.error as error:
            connection.shutdown()
            raise ssl.SSLError(str(error)) from error
        except OSError:
            connection.shutdown()
            raise
    return connection


def _kind_of(error: Exception, kind: Trouble) -> Trouble:
    """What went wrong, by the exception: the name, the connection, its encryption, else what was being done."""
    for of, found in (
        (socket.gaierror, Trouble.NAME), (ConnectionRefusedError, Trouble.REFUSED), (ssl.SSLError, Trouble.TLS),
        (TimeoutError, Trouble.SILENT), (OSError, Trouble.BROKEN), (imaplib.IMAP4.abort, Trouble.BROKEN),
    ):  # fmt: skip
        if isinstance(error, of):
            return found
    return kind


def _words(error: Exception, mailbox: Mailbox) -> str:
    said = f"{type(error).__name__}: {error}"
    return said.replace(mailbox.password, "…")[:300] if mailbox.password else said[:300]


class _Session:
    """One run over one folder."""

    def __init__(self, connection: imaplib.IMAP4, mailbox: Mailbox, folder: MailFolder, at: datetime) -> None:
        self.connection, self.mailbox, self.folder, self.at = connection, mailbox, folder, at

    def run(self) -> int:
        answer, found = self.connection.select(_quoted(self.mailbox.folder))
        if answer != "OK":
            raise CannotRead(Trouble.FOLDER, f"the folder {self.mailbox.folder} cannot be opened")
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
            size=size if size > rules.LARGEST else None, box=self.mailbox.address,
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
            raise CannotRead(Trouble.BROKEN, f"UID {command}: {answer}")
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
