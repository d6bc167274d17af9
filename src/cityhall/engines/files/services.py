"""Take a file in, after looking at what it is."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import uuid
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Any, BinaryIO

import pillow_heif
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps

from cityhall.engines.audit import services as audit
from cityhall.foundation.unit import act

from . import rules
from .models import StoredFile, path_of
from .rules import Format, Kind

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = rules.MOST_PIXELS


class CannotStoreFile(Exception):
    """The file is not taken; the sentence says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def _read(content: BinaryIO, most: int) -> bytes:
    content.seek(0)
    return content.read(most + 1)


def checked(content: BinaryIO, *, allow: frozenset[Kind]) -> tuple[Format, bytes]:
    """The format by content, and the bytes. Raises CannotStoreFile."""
    content.seek(0)
    found = rules.format_of(content.read(16))
    if found is None or found.kind not in allow:
        accepted = _("JPG、PNG、HEIC 照片、PDF 或短片") if Kind.PDF in allow else _("JPG、PNG 或 HEIC 照片")
        raise CannotStoreFile(_("這個檔案不是我們能收的格式。請改用%(accepted)s。") % {"accepted": accepted})
    most = rules.LARGEST[found.kind]
    data = _read(content, most)
    if len(data) > most:
        raise CannotStoreFile(_("檔案太大，最多 %(mb)d MB。請縮小後再試。") % {"mb": most // rules.MEGABYTE})
    return found, data


def refusal(content: bytes, *, allow: frozenset[Kind] = rules.ATTACHMENTS) -> str:
    """Why `store` would not take these bytes, as a sentence; empty where it would."""
    try:
        found, data = checked(io.BytesIO(content), allow=allow)
        if found.kind is Kind.PICTURE:
            _open_picture(data)
        elif found.kind is Kind.PDF and rules.active_pdf(data):
            raise CannotStoreFile(_("這份 PDF 含有程式或夾帶檔案，請另存成一般 PDF 再試。"))
    except CannotStoreFile as reason:
        return reason.sentence
    return ""


def _open_picture(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data))
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise CannotStoreFile(_("照片的尺寸太大，請縮小後再試。")) from None
    except Exception:  # Pillow raises many kinds for broken files
        raise CannotStoreFile(_("這張照片打不開，可能在傳送時損壞了。請再選一次。")) from None
    return picture


def _clean_picture(data: bytes) -> tuple[bytes, bytes, tuple[int, int]]:
    """The picture drawn anew: turned upright, without EXIF or anything hidden, and its thumbnail."""
    picture = ImageOps.exif_transpose(_open_picture(data)).convert("RGB")
    picture.thumbnail((rules.LONGEST_SIDE, rules.LONGEST_SIDE))
    small = picture.copy()
    small.thumbnail((rules.THUMBNAIL_SIDE, rules.THUMBNAIL_SIDE))
    return _jpeg(picture, 85), _jpeg(small, 80), picture.size


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    # A fresh image carries no metadata over.
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    bare.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def exif_place(content: BinaryIO) -> tuple[float, float] | None:
    """Longitude and latitude that a photo remembers, so that the sender can be offered it; None without."""
    data = _read(content, rules.LARGEST[Kind.PICTURE])
    content.seek(0)
    if rules.format_of(data[:16]) not in (rules.JPEG, rules.HEIC, rules.PNG, rules.WEBP):
        return None
    try:
        gps = _open_picture(data).getexif().get_ifd(ExifTags.IFD.GPSInfo)
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "W")
    except (KeyError, CannotStoreFile, TypeError, ValueError, ZeroDivisionError):
        return None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 and (lon, lat) != (0.0, 0.0) else None


def _degrees(parts: Any, hemisphere: str, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return round(-value if hemisphere == negative else value, 6)


def put(data: bytes) -> str:
    """Write bytes under their digest, whole or not at all; the same bytes are written once. Returns the digest."""
    digest = hashlib.sha256(data).hexdigest()
    path = path_of(digest)
    if path.exists():
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
    return digest


@act
def store(
    content: BinaryIO,
    *,
    name: str,
    owner: Model,
    by: Any | None,
    at: datetime,
    allow: frozenset[Kind] = rules.ATTACHMENTS,
    caption: str = "",
    label: str = "",
) -> StoredFile:
    """Attach a file to a record. Photos are drawn anew, so position and everything hidden stays out.

    Raises CannotStoreFile.
    """
    found, data = checked(content, allow=allow)
    thumbnail = ""
    size: tuple[int | None, int | None] = (None, None)
    if found.kind is Kind.PICTURE:
        data, small, size = _clean_picture(data)
        thumbnail, found = put(small), rules.JPEG
    elif found.kind is Kind.PDF and rules.active_pdf(data):
        raise CannotStoreFile(_("這份 PDF 含有程式或夾帶檔案，請另存成一般 PDF 再試。"))
    stored = StoredFile.objects.create(
        owner_type=ContentType.objects.get_for_model(owner),
        owner_id=owner.pk,
        reference=uuid.uuid4(),
        name=rules.plain_name(name, found),
        kind=found.kind.value,
        media_type=found.media_type,
        size=len(data),
        digest=put(data),
        thumbnail_digest=thumbnail,
        width=size[0],
        height=size[1],
        caption=caption[:200],
        label=label,
        stored_by=by,
        stored_at=at,
    )
    audit.record("files.stored", stored, by=by, at=at, new={"kind": stored.kind, "size": stored.size})
    return stored


@act
def keep_mail(content: bytes, *, name: str, owner: Model, at: datetime) -> StoredFile:
    """Keep an e-mail byte for byte: evidence, whatever is in it. Pages never show it; it is only downloaded."""
    stored = StoredFile.objects.create(
        owner_type=ContentType.objects.get_for_model(owner),
        owner_id=owner.pk,
        reference=uuid.uuid4(),
        name=rules.plain_name(name, rules.EML),
        kind=Kind.MAIL.value,
        media_type=rules.EML.media_type,
        size=len(content),
        digest=put(content),
        label="mail",
        stored_by=None,
        stored_at=at,
    )
    audit.record("files.stored", stored, by=None, at=at, new={"kind": stored.kind, "size": stored.size})
    return stored


@act
def hand_over(stored: StoredFile, *, owner: Model) -> StoredFile:
    """Give a file that a draft held to the record that the draft became."""
    stored.owner_type, stored.owner_id = ContentType.objects.get_for_model(owner), owner.pk
    stored.save(update_fields=["owner_type", "owner_id"])
    return stored


@act
def copy_to(stored: StoredFile, *, owner: Model, by: Any | None, at: datetime) -> StoredFile:
    """The same file for another record as well; the bytes lie once, and go when nobody has them any more."""
    copy = StoredFile.objects.create(
        owner_type=ContentType.objects.get_for_model(owner), owner_id=owner.pk, reference=uuid.uuid4(), name=stored.name,
        kind=stored.kind, media_type=stored.media_type, size=stored.size, digest=stored.digest,
        thumbnail_digest=stored.thumbnail_digest, width=stored.width, height=stored.height, caption=stored.caption,
        label=stored.label, stored_by=by, stored_at=at,
    )  # fmt: skip
    audit.record("files.stored", copy, by=by, at=at, new={"kind": copy.kind, "size": copy.size})
    return copy


@act
def remove(stored: StoredFile, *, why: str, by: Any | None, at: datetime) -> None:
    """Take a file away; its bytes go when nobody else's file has the same."""
    if stored.removed_at:
        return
    digests = {stored.digest, stored.thumbnail_digest} - {""}
    stored.removed_at, stored.removed_why = at, why
    stored.save(update_fields=["removed_at", "removed_why"])
    audit.record("files.removed", stored, by=by, at=at, note=why)
    transaction.on_commit(lambda: _drop(digests))


@act
def erase(stored: StoredFile, *, why: str, at: datetime) -> None:
    """Take a file away with what names people: what it was called, what was said of it, who handed it in."""
    remove(stored, why=why, by=None, at=at)
    stored.name = stored.caption = ""
    stored.stored_by = None
    stored.save(update_fields=["name", "caption", "stored_by"])


_holders: list[Callable[[str], bool]] = []


def held_by(holds: Callable[[str], bool]) -> None:
    """Declare who else keeps bytes by their digest (`put`): while one of them says so, they stay."""
    if holds not in _holders:
        _holders.append(holds)


def _drop(digests: set[str]) -> None:
    for digest in digests:
        live = StoredFile.objects.filter(removed_at=None)
        used = live.filter(digest=digest).exists() or live.filter(thumbnail_digest=digest).exists()
        if not used and not any(holds(digest) for holds in _holders):
            path_of(digest).unlink(missing_ok=True)
