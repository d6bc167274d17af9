"""Documents on paper: OpenDocument text by pandoc, PDF/UA by Typst with the font that travels with us.

pandoc runs as a program of its own, without network and files (`--sandbox`).
"""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pypandoc
import typst
from django.conf import settings

from cityhall.foundation.clock import TAIPEI
from cityhall.web.context import language

LONGEST_SECONDS = 60


class CannotMake(Exception):
    """The document cannot be made here and now."""


def odt_of(html: str, *, title: str) -> bytes:
    """An OpenDocument text of a page, in the active language. Raises CannotMake."""
    command = [
        pypandoc.get_pandoc_path(), "--from=html", "--to=odt", "--sandbox", "--output=-",
        f"--metadata=lang:{'en-GB' if language() == 'en' else 'zh-TW'}", f"--metadata=title:{title}",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, input=html.encode(), capture_output=True, check=True, timeout=LONGEST_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        raise CannotMake("pandoc") from error
    return done.stdout


def pdf_of(template: Path, data: dict[str, Any], *, at: datetime) -> bytes:
    """A PDF/UA-1 of a Typst template that reads its data as one JSON value. Raises CannotMake."""
    fonts = Path(settings.BUILD_DIR) / "fonts"
    if not any(fonts.glob("*.[ot]tf")):
        raise CannotMake("fonts")
    english = language() == "en"
    given = {"language": "en" if english else "zh", "region": "GB" if english else "TW", **data}
    try:
        return bytes(
            typst.compile(
                template, font_paths=[fonts], ignore_system_fonts=True, format="pdf", pdf_standards="ua-1",
                sys_inputs={"data": json.dumps(given, ensure_ascii=False)},
                timestamp=int(at.astimezone(TAIPEI).timestamp()),
            )
        )  # fmt: skip
    except typst.TypstError as error:
        raise CannotMake("typst") from error
