"""An e-mail taken apart: what stands in it, read as well as it can be, and what could not be read.

Written on the standard library's old policy (`compat32`): the new one replaces undeclared bytes of a header before
anybody can guess their character set, and raises on some broken headers. Nothing here raises for any bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime

from . import charsets
from .plain import clean, from_html, one_line

DEEPEST = 5  # messages within messages that are opened
MOST_PARTS = 200
MOST_HEADERS = 300
TNEF = "application/ms-tnef"
_ADDRESS = re.compile(r"^[^\s@<>\"(),;:\\]{1,64}@[A-Za-z0-9\u0080-\uffff.-]{1,253}$")
_IDS = re.compile(r"<[^<>\s]{1,250}>")


@dataclass(frozen=True)
class Person:
    """A name and an address of a header; the address in lower case, empty where there is none that could be one."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Attached:
    """One part that is not the text."""

    name: str
    media_type: str
    content: bytes
    inline: bool = False

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content)

    @property
    def is_tnef(self) -> bool:
        """winmail.dat: a container of another make, which is kept and not guessed at."""
        return self.media_type == TNEF or self.name.lower() == "winmail.dat"


@dataclass(frozen=True)
class Mail:
    """Everything that is asked of a message."""

    message_id: str = ""
    sender: Person = Person()
    reply_to: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    from_html: bool = False
    charset: str = ""
    guessed: bool = False
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attached, ...] = ()
    nested: tuple[Mail, ...] = ()
    media_type: str = "text/plain"
    report: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # of a delivery report: its fields

    def header(self, name: str) -> str:
        """The first header of that name; empty without one."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), "")

    def has(self, name: str) -> bool:
        """Whether there is such a header."""
        return any(key == name.lower() for key, _value in self.headers)


def read(raw: bytes) -> Mail:
    """Take a message apart. Never raises."""
    try:
        message = BytesParser(policy=compat32).parsebytes(raw)
    except Exception:  # a message that the library cannot take is text of its own
        return Mail(text=clean(charsets.decoded(raw).text), guessed=True)
    return _Reading().mail(message, depth=0)


def head(raw: bytes) -> bytes:
    """The headers of a message, with the empty line: what is kept of one that is too large."""
    found = re.search(rb"\r?\n\r?\n", raw[: 256 * 1024])
    return raw[: found.end()] if found else raw[: 16 * 1024]


def body_digest(raw: bytes) -> str:
    """The digest of what stands below the headers, whatever line ends it travelled with."""
    body = raw[len(head(raw)) :]
    return hashlib.sha256(re.sub(rb"\r\n?|\n", b"\n", body).rstrip(b"\n")).hexdigest()


class _Reading:
    """One message and all within it; counts its parts, so that a bomb of parts ends."""

    def __init__(self) -> None:
        self.parts = 0

    def mail(self, message: Message, depth: int) -> Mail:
        headers = _headers(message)
        named = dict(reversed(headers))
        texts: list[charsets.Read] = []
        pages: list[charsets.Read] = []
        attachments: list[Attached] = []
        nested: list[Mail] = []
        report: list[tuple[str, str]] = []
        self._walk(message, depth, texts, pages, attachments, nested, report)
        plain = clean("\n".join(one.text for one in texts))
        shown = plain or "\n\n".join(filter(None, (from_html(one.text) for one in pages)))
        used = texts if plain else pages
        people = addresses([named.get("from", ""), named.get("sender", "")])
        recipients = addresses(
            [value for key, value in headers if key in ("to", "cc", "delivered-to", "x-original-to", "x-envelope-to")]
        )
        replies = addresses([named.get("reply-to", "")])
        return Mail(
            message_id=next(iter(_IDS.findall(named.get("message-id", ""))), "")[:250],
            sender=people[0] if people else Person(name=one_line(named.get("from", ""), 200)),
            reply_to=replies[0].email if replies else "",
            recipients=tuple(dict.fromkeys(one.email for one in recipients if one.email)),
            subject=one_line(named.get("subject", "")),
            date=_date(named.get("date", "")),
            text=shown,
            from_html=bool(shown) and not plain,
            charset=used[0].charset if used else "",
            guessed=any(one.guessed for one in used),
            references=tuple(
                dict.fromkeys(_IDS.findall(named.get("in-reply-to", "")) + _IDS.findall(named.get("references", "")))
            )[:50],
            headers=headers,
            attachments=tuple(attachments),
            nested=tuple(nested),
            media_type=_type(message),
            report=tuple(report),
        )

    def _walk(
        self,
        part: Message,
        depth: int,
        texts: list[charsets.Read],
        pages: list[charsets.Read],
        attachments: list[Attached],
        nested: list[Mail],
        report: list[tuple[str, str]],
    ) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            return
        kind, payload = _type(part), _within(part)
        if kind == "message/rfc822" and payload:
            if depth < DEEPEST:
                nested.append(self.mail(payload[0], depth + 1))
            return
        if kind == "message/delivery-status" and payload:
            report += [pair for one in payload[:20] for pair in _headers(one)]
            return
        if kind.startswith("multipart/") and payload:
            for one in payload:
                self._walk(one, depth, texts, pages, attachments, nested, report)
            return
        content, name, disposition = _content(part), _name(part), _disposition(part)
        if kind == "text/rfc822-headers":
            nested.append(_Reading().mail(BytesParser(policy=compat32).parsebytes(content, headersonly=True), DEEPEST))
        elif kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
            (texts if kind == "text/plain" else pages).append(charsets.decoded(content, _charset(part)))
        elif content or name:
            inline = disposition == "inline" or bool(part.get("Content-ID"))
            attachments.append(Attached(name or _nameless(kind), kind, content, inline))


def _within(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _nameless(kind: str) -> str:
    return f"attachment.{re.sub(r'[^a-z0-9]', '', kind.partition('/')[2])[:8] or 'bin'}"


def _headers(message: Message) -> tuple[tuple[str, str], ...]:
    try:
        raw = list(message.raw_items())[:MOST_HEADERS]
    except Exception:
        return ()
    return tuple((str(key).lower()[:100], words(str(value))[:20_000]) for key, value in raw)


def words(value: str) -> str:
    """A header as people read it: its encoded words, and raw bytes of an undeclared set."""
    value = re.sub(r"\r?\n[ \t]*", " ", value[:40_000])
    if not value.isascii():
        bare = value.encode("utf-8", "surrogateescape")
        return re.sub(r"[\x00-\x1f\x7f]+", " ", charsets.decoded(bare).text)
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError, LookupError, IndexError):
        return re.sub(r"[\x00-\x1f\x7f]+", " ", value)
    # A letter may be cut in two between neighbouring words of one set: they are joined before they are read.
    joined: list[tuple[bytes, str]] = []
    for text, charset in parts:
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        if charset and joined and joined[-1][1] == charset.lower():
            joined[-1] = (joined[-1][0] + data, charset.lower())
        else:
            joined.append((data, (charset or "").lower()))
    read = "".join(charsets.decoded(data, charset).text for data, charset in joined)
    # A line break in an encoded word would smuggle a header in.
    return re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+", " ", read)


def addresses(values: list[str]) -> list[Person]:
    """The people of address headers, in order; what cannot be an address has none."""
    try:
        pairs = getaddresses([value[:20_000] for value in values if value])
    except Exception:
        return []
    found = []
    for name, address in pairs[:200]:
        address = address.strip().strip("<>").lower()
        if address or name:
            fits = len(address) <= 254 and _ADDRESS.match(address)
            found.append(Person(one_line(name, 200), address if fits else ""))
    return found


def _type(part: Message) -> str:
    try:
        return part.get_content_type()
    except Exception:
        return "application/octet-stream"


def _charset(part: Message) -> str:
    try:
        found = part.get_param("charset", "")
    except Exception:
        return ""
    return found[2] if isinstance(found, tuple) else str(found or "")


def _disposition(part: Message) -> str:
    return words(str(part.get("Content-Disposition", ""))).partition(";")[0].strip().lower()


def _name(part: Message) -> str:
    """The file's name, by RFC 2231, as an encoded word, or as raw bytes."""
    try:
        found = part.get_param("filename", None, "Content-Disposition") or part.get_param("name", None)
    except Exception:
        return ""
    if isinstance(found, tuple):
        charset, _language, text = found
        raw = str(text).encode("latin-1", "replace") if charset else str(text).encode("utf-8", "surrogateescape")
        return one_line(charsets.decoded(raw, charset or "").text, 120)
    return one_line(words(str(found or "")), 120)


def _content(part: Message) -> bytes:
    try:
        found = part.get_payload(decode=True)
    except Exception:
        found = None
    if isinstance(found, bytes):
        return found
    plain = part.get_payload()
    return plain.encode("utf-8", "surrogateescape") if isinstance(plain, str) else b""


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC) if 1980 <= found.year <= 9000 else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def every(mail: Mail) -> Iterator[Mail]:
    """The message and all within it, from outside in."""
    yield mail
    for one in mail.nested:
        yield from every(one)
