"""Letters on paper: a PDF/UA by Typst with our own font, for somebody to print, fold and post."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.letters.carriers import NotAccepted
from cityhall.engines.letters.models import Letter
from cityhall.foundation.clock import TAIPEI
from cityhall.web.dates import as_date

TEMPLATE = Path(__file__).parent / "paper.typ"


def path_of(letter: Letter) -> Path:
    """Where a letter's PDF lies."""
    return Path(settings.DATA_DIR) / "letters" / f"{letter.message_id.strip('<>').partition('@')[0]}.pdf"


def carry(letter: Letter, offered: Callable[[], None]) -> str:
    """Make the PDF; making it again makes the same file."""
    made = together([letter])
    path = path_of(letter)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(made)
    draft.replace(path)
    return path.name


def together(letters: Sequence[Letter]) -> bytes:
    """Letters as one PDF, each on a page of its own: to be printed at once. Raises NotAccepted."""
    fonts = Path(settings.BUILD_DIR) / "fonts"
    if not any(fonts.glob("*.[ot]tf")):
        raise NotAccepted("the fonts are not built: make setup")
    try:
        return bytes(
            typst.compile(
                TEMPLATE,
                font_paths=[fonts],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards="ua-1",
                sys_inputs={"data": json.dumps([_content(one) for one in letters], ensure_ascii=False)},
                timestamp=int(letters[0].written_at.timestamp()),
            )
        )
    except typst.TypstError as error:
        raise NotAccepted(f"{type(error).__name__}: {error}") from error


def _content(letter: Letter) -> dict[str, Any]:
    english = letter.language == "en"
    with translation.override(letter.language):
        return {
            "language": "en" if english else "zh",
            "region": "GB" if english else "TW",
            "sender": _("市政廳（%(city)s）") % {"city": settings.CITY_NAME[letter.language]},
            "to": letter.address if letter.address == letter.name else f"{letter.address}\n{letter.name}",
            "date": as_date(letter.written_at.astimezone(TAIPEI).date()),
            "subject": letter.subject,
            "paragraphs": letter.text.strip().split("\n\n"),
            "footer": settings.SITE_URL,
        }
