"""Letters without a database: how a template's text is read, what may stand in a header, what an outcome means."""

import re
import unicodedata
from dataclasses import dataclass

_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_DOTS = re.compile(rb"(?m)^\.")
_ENDS = re.compile(rb"\r\n|\r|\n")
_PHONE = re.compile(r"\+?[0-9]{8,15}")


@dataclass(frozen=True)
class Source:
    """A template as it is written: headers, an empty line, the text.

    `Subject:` comes first. `Requires: code, link` names what a city's own wording may not leave out. `Forget: yes`
    says that it holds a secret and is not kept once the letter is delivered; such a letter, for which somebody waits,
    and one with `Urgent: yes`, goes out before all others.
    """

    subject: str
    body: str
    requires: tuple[str, ...] = ()
    forget: bool = False
    urgent: bool = False


class BrokenTemplate(Exception):
    """A template file without its subject line."""


def read_source(text: str) -> Source:
    """Take a template file apart."""
    head, _, body = text.replace("\r\n", "\n").lstrip("\ufeff\n").partition("\n\n")
    headers: dict[str, str] = {}
    for line in head.split("\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise BrokenTemplate(f"not a header: {line!r}")
        headers[name.strip().lower()] = value.strip()
    if not headers.get("subject"):
        raise BrokenTemplate("the first line of a letter is 'Subject: …'")
    requires = tuple(name.strip() for name in headers.get("requires", "").split(",") if name.strip())
    forget, urgent = (headers.get(name, "").lower() == "yes" for name in ("forget", "urgent"))
    return Source(headers["subject"], body.strip("\n") + "\n", requires, forget, urgent or forget)


def one_line(text: str) -> str:
    """Make text fit for a header: the line breaks with which headers are smuggled in become spaces."""
    return re.sub(r" {2,}", " ", _BREAKS.sub(" ", text)).strip()


_LINK = re.compile(r"(https?://[^/\s]+/)\S+")
_CODE = re.compile(r"(?<![0-9A-Za-z])[2-9A-HJ-KMNP-TV-Z]{8}(?![0-9A-Za-z])")


def without_keys(text: str) -> str:
    """The text as others than its reader see it: no link and no code with which they could act as the reader."""
    return _CODE.sub("········", _LINK.sub(r"\1…", text))


def printable(text: str) -> str:
    """Text without control characters other than line ends and tabs; no database and no mail reader wants them."""
    return _CONTROLS.sub("", text)


def has_breaks(text: str) -> bool:
    """Whether text holds what no header may hold."""
    return bool(_BREAKS.search(text))


def phone_number(typed: str) -> str | None:
    """A telephone number without its spaces and hyphens, also from full-width digits; None when it is none."""
    plain = re.sub(r"[ ()\-.]", "", unicodedata.normalize("NFKC", typed))
    return plain if _PHONE.fullmatch(plain) else None


def masked(address: str) -> str:
    """wa***@city.example, 0912***678: enough to recognise, not enough to use."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[: 2 if len(name) > 3 else 1]}***@{host}"
    return f"{address[:4]}***{address[-3:]}" if len(address) > 7 else "***"


def on_the_wire(message: bytes) -> bytes:
    """A message as it follows DATA: CRLF line ends, dots doubled, without the final dot (RFC 5321 §4.5.2)."""
    text = _ENDS.sub(b"\r\n", message)
    return _DOTS.sub(b"..", text if text.endswith(b"\r\n") else text + b"\r\n")
