"""What a file is, by its first bytes; its name decides nothing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What people may attach."""

    PICTURE = "picture"
    PDF = "pdf"
    VIDEO = "video"
    MAIL = "mail"  # an e-mail as it came; nobody attaches one, and it is never shown in a page


@dataclass(frozen=True)
class Format:
    """A format by its magic bytes."""

    name: str
    kind: Kind
    media_type: str
    extension: str


JPEG = Format("JPEG", Kind.PICTURE, "image/jpeg", ".jpg")
PNG = Format("PNG", Kind.PICTURE, "image/png", ".png")
WEBP = Format("WEBP", Kind.PICTURE, "image/webp", ".webp")
GIF = Format("GIF", Kind.PICTURE, "image/gif", ".gif")
HEIC = Format("HEIF", Kind.PICTURE, "image/heic", ".heic")
PDF = Format("PDF", Kind.PDF, "application/pdf", ".pdf")
MP4 = Format("MP4", Kind.VIDEO, "video/mp4", ".mp4")
EML = Format("EML", Kind.MAIL, "message/rfc822", ".eml")
MOV = Format("MOV", Kind.VIDEO, "video/quicktime", ".mov")

_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}


def format_of(head: bytes) -> Format | None:
    """The format that the first bytes name; None for anything that is not accepted."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"%PDF-"):
        return PDF
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _HEIF_BRANDS:
            return HEIC
        return MOV if brand == b"qt  " else MP4
    return None


MEGABYTE = 2**20
LARGEST = {Kind.PICTURE: 20 * MEGABYTE, Kind.PDF: 20 * MEGABYTE, Kind.VIDEO: 100 * MEGABYTE}
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2400
THUMBNAIL_SIDE = 480

PICTURES = frozenset({Kind.PICTURE})
ATTACHMENTS = frozenset({Kind.PICTURE, Kind.PDF, Kind.VIDEO})


def plain_name(name: str, format: Format) -> str:
    """A name without folders, control characters or tricks, with the extension of what the file really is."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(char for char in last if unicodedata.category(char)[0] not in "CZ" or char == " ").strip(" .")
    stem = kept.rsplit(".", 1)[0] if "." in kept else kept
    return f"{stem[:80] or 'file'}{format.extension}"


def active_pdf(content: bytes) -> bool:
    """Whether a PDF carries script or starts programs: such are refused."""
    return any(mark in content for mark in (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile"))
