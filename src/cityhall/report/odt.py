"""OpenDocument text by pandoc, and what pandoc leaves out: alternatives of pictures, the language and font of Chinese."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

import pypandoc

LONGEST_SECONDS = 60
FONT = "Noto Sans TC"
_NO_DATE = "1970-01-01T00:00:00Z"


def odt_of(
    html: bytes, *, title: str, contents: str, language: str, alternatives: Sequence[str], at: datetime
) -> bytes:
    """An ODT of an HTML page; `alternatives` are those of its pictures, in order.

    pandoc runs as a program of its own, without network and files. Raises SubprocessError, OSError.
    """
    command = [
        pypandoc.get_pandoc_path(), "--from=html", "--to=odt", "--sandbox", "--table-of-contents", "--toc-depth=2",
        f"--metadata=lang:{language}", f"--metadata=title:{title}", f"--metadata=toc-title:{contents}", "--output=-",
    ]  # fmt: skip
    done = subprocess.run(command, input=html, capture_output=True, check=True, timeout=LONGEST_SECONDS)
    return _finished(done.stdout, alternatives, at)


def _finished(odt: bytes, alternatives: Sequence[str], at: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(odt)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in given.infolist():
            data = given.read(entry)
            if entry.filename == "content.xml":
                data = _described(data.decode(), alternatives).encode()
            elif entry.filename == "styles.xml":
                data = _chinese(data.decode()).encode()
            elif entry.filename == "meta.xml":
                data = data.decode().replace(_NO_DATE, at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")).encode()
            made.writestr(entry, data, compress_type=entry.compress_type)
    return out.getvalue()


def _described(content: str, alternatives: Sequence[str]) -> str:
    """Put each picture's alternative behind it."""
    pieces = content.split("</draw:frame>")
    said = [f"<svg:desc>{escape(one)}</svg:desc></draw:frame>" for one in alternatives]
    said += ["</draw:frame>"] * (len(pieces) - 1 - len(said))
    return "".join(piece + end for piece, end in zip(pieces, [*said, ""], strict=True))


def _chinese(styles: str) -> str:
    """Say that Asian text is Taiwan's Chinese, and in which font."""
    styles = styles.replace('style:language-asian="zxx"', 'style:language-asian="zh"')
    styles = styles.replace('style:country-asian="none"', 'style:country-asian="TW"')
    styles = styles.replace('style:font-name-asian="Lucida Sans Unicode"', f"style:font-name-asian={quoteattr(FONT)}")
    face = f'<style:font-face style:name="{FONT}" svg:font-family="{FONT}" style:font-pitch="variable" />'
    return styles.replace("</office:font-face-decls>", f"{face}</office:font-face-decls>")
