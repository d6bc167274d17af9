"""The report as a document: HTML, ODT by pandoc, PDF/UA by Typst, JSON. The same text, numbers and charts in each.

Typst uses the font that was built with the program and none of the machine's; pandoc runs without network and files.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cityhall.engines.figures.queries import Counted
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.foundation.sentence import registry as sentences
from cityhall.report.appendices import Table, appendices
from cityhall.report.blocks import blocks_of
from cityhall.report.edition import Edition
from cityhall.report.odt import odt_of
from cityhall.report.sections import CHAPTERS, Chapter, Section
from cityhall.report.templatetags.report import address, with_unit
from cityhall.web.charts import Chart
from cityhall.web.context import HTML_LANGUAGES, city_name, language
from cityhall.web.dates import as_date
from cityhall.web.markup import at_level

PACKAGE = Path(__file__).resolve().parents[1]
TEMPLATE = Path(__file__).parent / "report.typ"
CHART_TEMPLATE = (
    "#set page(width: auto, height: auto, margin: 0pt)\n"
    '#set text(font: "Noto Sans TC")\n'
    '#image(bytes(sys.inputs.svg), format: "svg", width: 16cm)\n'
)
CHART_PPI = 220


class CannotMakeDocument(Exception):
    """The document cannot be made here and now; the sentence says what is missing."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Definition:
    """A number of a section with what it counts: the margin notes of a page, as a list."""

    name: str
    number: str
    period: str
    words: str
    url: str


@dataclass(frozen=True)
class Rule:
    """Code that a section's words without a number rest on: a rule or an act, and where it stands."""

    name: str
    file: str
    line: int


@dataclass(frozen=True)
class Text:
    """A section as a document prints it."""

    section: Section
    html: SafeString
    definitions: tuple[Definition, ...]
    later: int  # how many of its figures no system counts yet

    @property
    def rules(self) -> list[Rule]:
        """The rules and acts that carry out the section, each once: pages show them, for those who look for the code."""
        found = {
            (mark.file, mark.target.__name__): Rule(mark.target.__name__, within_package(mark.file), mark.line)
            for mark in sentences
            if mark.section == self.section.number
        }
        return sorted(found.values(), key=lambda rule: (rule.file, rule.line))


@dataclass(frozen=True)
class Part:
    """A chapter: the texts that are there, and a line that names the sections that are not."""

    chapter: Chapter
    texts: tuple[Text, ...]
    not_built: str


@dataclass(frozen=True)
class Document:
    """The whole report before it becomes a file."""

    edition: Edition
    title: str
    city: str
    lines: tuple[str, ...]  # below the title: period, state of the data, issue
    chapters: tuple[Part, ...]
    tables: tuple[tuple[str, Table], ...]
    charts: dict[str, Chart]


def within_package(file: Path) -> str:
    """A source file from the top of the package, as pages show it."""
    return file.resolve().relative_to(PACKAGE).as_posix()


def text_of(section: Section, edition: Edition, *, medium: str = "document", level: int = 3) -> Text:
    """The text of a built section with its numbers. `level` is that of the headings in it."""
    edition.mentioned.clear()
    context = {"edition": edition, "medium": medium, "level": level}
    html = at_level(render_to_string(section.template(language()), context), level)
    definitions = tuple(_definition(edition, one) for one in edition.mentioned.values())
    return Text(section, html, definitions, len(edition.later(section)))


def _definition(edition: Edition, counted: Counted) -> Definition:
    figure = counted.figure
    said = [figure.counts]
    if figure.leaves_out:
        said.append(_("不算：%(words)s") % {"words": figure.leaves_out})
    said += [figure.dated_by, figure.rule]
    if counted.source and counted.valid_from:
        source = {"source": counted.source, "day": as_date(counted.valid_from)}
        said.append(_("依據%(source)s，自%(day)s起。") % source)
    between = " " if language() == "en" else ""
    return Definition(
        str(figure.name),
        with_unit(counted),
        counted.covered.label(language()),
        between.join(str(words).strip() for words in said if words),
        address(edition, counted),
    )


def compose(edition: Edition) -> Document:
    """Count and write the whole report."""
    chapters = tuple(
        Part(chapter, tuple(text_of(section, edition) for section in chapter.built), not_built(chapter))
        for chapter in CHAPTERS
    )
    day = edition.period.last_day if edition.period and edition.period.last_day else day_of(edition.at)
    day = min(day, day_of(edition.at))
    tables = [(str(one.title), one.table(day, edition.full_names)) for one in appendices()]
    return Document(
        edition=edition,
        title=edition.title,
        city=city_name(),
        lines=tuple(about(edition)),
        chapters=chapters,
        tables=tuple((title, table) for title, table in tables if table),
        charts=dict(edition.drawn),
    )


def not_built(chapter: Chapter) -> str:
    """The sections of a chapter whose systems are not there, named in one line; empty where all are."""
    names = [
        f"{section.number} {section.name}" if section.number != chapter.number else str(section.name)
        for section in chapter.sections
        if not section.is_built
    ]
    return _("尚未建置：%(sections)s。") % {"sections": _("、").join(names)} if names else ""


def about(edition: Edition) -> list[str]:
    """Which period the report speaks of, and as of when its numbers stand."""
    period = edition.period
    lines = [
        _("期間：%(period)s。") % {"period": period.label(language())} if period else _("期間：各數字依原報告的期間。")
    ]
    if edition.issue:
        issue = {"day": as_date(day_of(edition.issue.issued_at)), "edition": edition.issue.edition}
        lines.append(_("%(day)s發布，第%(edition)s版。數字自發布起凍結。") % issue)
    else:
        lines.append(_("尚未發布。數字依%(day)s的紀錄計算。") % {"day": as_date(day_of(edition.at))})
    return lines


# --- formats ----------------------------------------------------------------------------------------------------------


def as_json(edition: Edition) -> bytes:
    """The same list as `cityhall figures list --format json` for this period."""
    return (json.dumps([one.as_json for one in edition.lines()], ensure_ascii=False, indent=1) + "\n").encode()


def as_html(edition: Edition) -> bytes:
    """One page that needs nothing beside it."""
    return _page(edition, lambda chart: "data:image/svg+xml;base64," + _base64(chart.standalone.encode()), style=True)[
        0
    ]


def _page(edition: Edition, image: Callable[[Chart], str], *, style: bool) -> tuple[bytes, list[Chart]]:
    """The report as one page of HTML, and its charts in the order of the text."""
    document = compose(edition)
    html: str = render_to_string(
        "report/document.html", {"document": document, "style": style, "html_lang": HTML_LANGUAGES[language()]}
    )
    for key, chart in document.charts.items():
        drawn = render_to_string("report/_drawn.html", {"chart": chart, "image": image(chart)})
        html = html.replace(f'<figure data-chart="{key}"></figure>', drawn)
    return html.encode(), list(document.charts.values())


def as_odt(edition: Edition) -> bytes:
    """An OpenDocument text."""
    html, charts = _page(edition, lambda chart: "data:image/png;base64," + _base64(_png(chart)), style=False)
    try:
        return odt_of(
            html, title=edition.title, contents=_("目次"), language="en-GB" if language() == "en" else "zh-TW",
            alternatives=[chart.about for chart in charts], at=edition.at,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as error:
        raise CannotMakeDocument(_("現在無法製作 ODT 檔。請改下載 PDF，或稍後再試。")) from error


def as_pdf(edition: Edition) -> bytes:
    """A PDF/UA-1: tagged, titled, with its language, its charts with their text alternatives."""
    document = compose(edition)
    english = language() == "en"
    data = {
        "title": document.title,
        "city": document.city,
        "lines": document.lines,
        "language": "en" if english else "zh",
        "region": "GB" if english else "TW",
        "words": {
            "contents": _("目次"),
            "page": _("第 {} 頁，共 {} 頁"),
            "definitions": _("數字怎麼算"),
            "definition_columns": [_("數字"), _("值"), _("怎麼算")],
            "later": _("這一節還有 {} 個數字的系統尚未建置，因此不列。"),
            "source": _("單位：{}。資料：{}"),
            "appendix": _("附錄"),
        },
        "chapters": [
            {
                "number": part.chapter.number,
                "name": str(part.chapter.name),
                "sections": [_for_typst(text) for text in part.texts],
                "not_built": part.not_built,
            }
            for part in document.chapters
        ],
        "charts": {
            key: {
                "svg": chart.standalone, "about": chart.about, "heading": chart.heading, "unit": chart.unit,
                "source": chart.source, "columns": chart.columns, "rows": chart.rows,
            }
            for key, chart in document.charts.items()
        },
        "tables": [{"title": title, "columns": table.columns, "rows": table.rows} for title, table in document.tables],
    }  # fmt: skip
    return bytes(
        _typst(
            TEMPLATE,
            format="pdf",
            pdf_standards="ua-1",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            timestamp=int(edition.at.astimezone(TAIPEI).timestamp()),
        )
    )


def _for_typst(text: Text) -> dict[str, Any]:
    return {
        "heading": text.section.heading,
        "later": text.later,
        "blocks": blocks_of(text.html),
        "definitions": [
            {"name": one.name, "number": one.number, "period": one.period, "words": one.words, "url": one.url}
            for one in text.definitions
        ],
    }


def _png(chart: Chart) -> bytes:
    """The chart as pixels, for readers of ODT that know no SVG."""
    drawn = _typst(CHART_TEMPLATE.encode(), format="png", ppi=CHART_PPI, sys_inputs={"svg": chart.standalone})
    return bytes(drawn if isinstance(drawn, bytes) else drawn[0])


def _typst(source: Path | bytes, **options: Any) -> Any:
    fonts = settings.BUILD_DIR / "fonts"
    if not any(fonts.glob("*.[ot]tf")):
        raise CannotMakeDocument(_("這台主機還沒有建置中文字型，無法製作這份文件。請先執行 make setup。"))
    try:
        return typst.compile(source, font_paths=[fonts], ignore_system_fonts=True, **options)
    except typst.TypstError as error:
        raise CannotMakeDocument(_("現在無法製作這份文件，請稍後再試。")) from error


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


FORMATS: dict[str, tuple[Callable[[Edition], bytes], str]] = {
    "html": (as_html, "text/html; charset=utf-8"),
    "odt": (as_odt, "application/vnd.oasis.opendocument.text"),
    "pdf": (as_pdf, "application/pdf"),
    "json": (as_json, "application/json; charset=utf-8"),
}
