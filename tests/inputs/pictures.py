"""Files that are not what they say, or more than they say."""

import io
import struct
import zipfile
import zlib

BROKEN_JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 50
PROGRAM = b"MZ\x90\x00 this is a program"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
ACTIVE_PDF = b"%PDF-1.4 /JavaScript (app.alert(1))"
XML = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><request>&e;</request>'


def bomb(side: int = 30_000) -> bytes:
    """A PNG of some hundred kilobytes that unpacks to nearly a gigapixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    press, row = zlib.compressobj(9), b"\x00" * (side // 8 + 1)
    data = b"".join(press.compress(row) for _line in range(side)) + press.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def archive() -> bytes:
    """A ZIP that unpacks to a thousand times its size."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("zero", b"\x00" * 10_000_000)
    return out.getvalue()
