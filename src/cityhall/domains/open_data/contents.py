"""What a file of data is, by its bytes: its name decides only between kinds of plain text."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from urllib.parse import urlsplit

from defusedxml import ElementTree
from django.utils.translation import gettext as _

from cityhall.engines.tables.encodings import OWN_CHARACTERS

TYPES = {
    "CSV": "text/csv", "TSV": "text/tab-separated-values", "TXT": "text/plain", "JSON": "application/json",
    "GEOJSON": "application/geo+json", "XML": "application/xml", "KML": "application/vnd.google-earth.kml+xml",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "DOCX": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ODS": "application/vnd.oasis.opendocument.spreadsheet", "ODT": "application/vnd.oasis.opendocument.text",
    "ZIP": "application/zip", "SHP": "application/zip", "PDF": "application/pdf", "PARQUET": "application/vnd.apache.parquet",
    "XLS": "application/vnd.ms-excel", "DOC": "application/msword", "JPG": "image/jpeg", "PNG": "image/png",
    "KMZ": "application/vnd.google-earth.kmz",
}  # fmt: skip
"""The media type of each format that we name."""
SAME = ({"SHP", "ZIP", "SHAPEFILE"}, {"JPG", "JPEG"}, {"JSON", "GEOJSON"}, {"XML", "KML"}, {"TXT", "CSV", "TSV"})
TABULAR = frozenset({"CSV", "TSV", "JSON", "GEOJSON", "XML", "KML", "KMZ", "XLSX", "ODS", "SHP", "PARQUET"})
"""Formats that are read as tables."""
MOST_UNPACKED = 500 * 2**20
MOST_PARTS = 2_000


@dataclass(frozen=True)
class Look:
    """What was found: format and media type, how the text is written, or why it is refused."""

    format: str
    media_type: str
    encoding: str = ""
    refused: str = ""


def is_web_address(text: str) -> bool:
    """Whether it is an address of the web that somebody could open."""
    try:
        found = urlsplit(text.strip())
    except ValueError:
        return False
    return found.scheme in ("http", "https") and bool(found.hostname)


def agree(declared: str, found: str) -> bool:
    """Whether bytes of a format may stand where another was declared: a zipped Shapefile is a ZIP."""
    return declared == found or any({declared, found} <= group for group in SAME)


def text_of(data: bytes) -> tuple[str, str]:
    """The text of bytes and how it is written, UTF-8, UTF-16 or Big5; ("", "") where it is none of them."""
    for encoding, name in (("utf-8-sig", "UTF-8"), ("cp950", "Big5")):
        if encoding == "utf-8-sig" and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            encoding, name = "utf-16", "UTF-16"
        try:
            return data.decode(encoding, OWN_CHARACTERS if encoding == "cp950" else "strict"), name
        except UnicodeDecodeError:
            continue
    return "", ""


def look(data: bytes, name: str) -> Look:
    """What the bytes are."""
    extension = name.rpartition(".")[2].upper() if "." in name else ""
    for magic, kind in (
        (b"%PDF-", "PDF"),
        (b"\xff\xd8\xff", "JPG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"PAR1", "PARQUET"),
    ):
        if data.startswith(magic):
            return Look(kind, TYPES[kind])
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        kind = extension if extension in ("XLS", "DOC") else "XLS"
        return Look(kind, TYPES[kind])
    if data.startswith(b"PK\x03\x04"):
        return _packed(data)
    if b"\x00" in data[:4096] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return Look(
            "",
            "application/octet-stream",
            refused=_("這個檔案不是平臺收的格式。請改用 CSV、JSON、XML、XLSX、ODS、KML、SHP（zip）或 PDF。"),
        )
    text, encoding = text_of(data)
    if not encoding:
        return Look("", "", refused=_("這個文字檔的編碼認不出來，請存成 UTF-8 再上傳。"))
    return _written(text, encoding, extension)


def _packed(data: bytes) -> Look:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            names = {one.filename for one in parts}
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > MOST_UNPACKED:
                return Look("ZIP", TYPES["ZIP"], refused=_("這個壓縮檔解開後太大，請分成幾個檔案。"))
            kind = package.read("mimetype").decode("ascii", "replace").strip() if "mimetype" in names else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        return Look("ZIP", TYPES["ZIP"], refused=_("這個壓縮檔打不開，可能在傳送時損壞了。"))
    endings = {one.rpartition(".")[2].lower() for one in names}
    for format in ("ODS", "ODT"):
        if kind == TYPES[format]:
            return Look(format, TYPES[format])
    if "xl/workbook.xml" in names:
        return Look("XLSX", TYPES["XLSX"])
    if "word/document.xml" in names:
        return Look("DOCX", TYPES["DOCX"])
    if {"shp", "dbf"} <= endings:
        return Look("SHP", TYPES["SHP"])
    return Look("KMZ" if "doc.kml" in names else "ZIP", TYPES["KMZ" if "doc.kml" in names else "ZIP"])


def _written(text: str, encoding: str, extension: str) -> Look:
    start = text.lstrip()[:1]
    if start in ("{", "[") and extension not in ("CSV", "TXT"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return Look("JSON", TYPES["JSON"], encoding, refused=_("這個 JSON 檔的寫法不完整，讀到一半就斷了。"))
        if (
            isinstance(found, dict)
            and found.get("type") == "FeatureCollection"
            and isinstance(found.get("features"), list)
        ):
            return Look("GEOJSON", TYPES["GEOJSON"], encoding)
        return Look("JSON", TYPES["JSON"], encoding)
    if start == "<":
        try:
            root = ElementTree.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", text.lstrip()))
        except Exception:  # the parser has many ways to be unhappy, and an entity bomb is one of them
            return Look("XML", TYPES["XML"], encoding, refused=_("這個 XML 檔的寫法不對，打不開。"))
        kind = "KML" if root.tag.rpartition("}")[2].lower() == "kml" else "XML"
        return Look(kind, TYPES[kind], encoding)
    if extension == "TXT":
        return Look("TXT", TYPES["TXT"], encoding)
    if extension == "TSV":
        return Look("TSV", TYPES["TSV"], encoding)
    return Look("CSV", TYPES["CSV"], encoding)


def plain_name(name: str, found: Look) -> str:
    """A name without folders and control characters, with the extension of what the file is."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(char for char in last if unicodedata.category(char)[0] not in "CZ" or char == " ").strip(" .")
    stem = kept.rsplit(".", 1)[0] if "." in kept else kept
    ending = "zip" if found.format == "SHP" else found.format.lower()
    return f"{stem[:80] or 'data'}.{ending}"
