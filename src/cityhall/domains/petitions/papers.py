"""A petition on paper: what was reported, the answers and what happened, as PDF/UA by Typst with our own font."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.foundation.clock import TAIPEI
from cityhall.web.context import language
from cityhall.web.dates import as_date, as_datetime

from . import following, queries
from .models import Petition
from .privacy import blanked, words_of
from .services import words
from .wording import actor, event_text, event_title, masked_name

TEMPLATE = Path(__file__).parent / "paper.typ"
SHEET = Path(__file__).parent / "sheet.typ"
SCALES = (1.0, 0.92, 0.84, 0.76)


class CannotMakePaper(Exception):
    """The document cannot be made here and now; the sentence says what to do instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def as_pdf(petition: Petition, *, at: datetime) -> bytes:
    """One petition as its citizen sees it. Raises CannotMakePaper."""
    return compiled(TEMPLATE, _content(petition, at), at)


def sheet(petition: Petition, *, at: datetime) -> bytes:
    """One petition on one page, as the desk knows it and without the reporter's contact data. Raises CannotMakePaper.

    What is long is set smaller, and cut where even that does not fit: the page says so and names where the rest is.
    """
    full = _sheet(petition, at)
    for longest, events in ((4000, 40), (900, 24), (420, 14), (200, 8)):
        for scale in SCALES:
            content = {**_cut(full, longest, events), "scale": scale}
            if _pages(content) == 1:
                return compiled(SHEET, content, at)
    return compiled(SHEET, content, at)


def _fonts() -> Path:
    fonts = Path(settings.BUILD_DIR) / "fonts"
    if not any(fonts.glob("*.[ot]tf")):
        raise CannotMakePaper(_("這台主機現在無法製作 PDF。請用瀏覽器的列印功能，這一頁印出來就是完整的內容。"))
    return fonts


def compiled(template: Path, content: dict[str, Any], at: datetime) -> bytes:
    """A document of one of our templates. Raises CannotMakePaper."""
    try:
        return bytes(
            typst.compile(
                template,
                font_paths=[_fonts()],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards="ua-1",
                sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
                timestamp=int(at.astimezone(TAIPEI).timestamp()),
            )
        )
    except typst.TypstError as error:
        raise CannotMakePaper(_("現在無法製作 PDF。請用瀏覽器的列印功能，這一頁印出來就是完整的內容。")) from error


def _pages(content: dict[str, Any]) -> int:
    """How many pages the sheet would have."""
    try:
        found = typst.query(
            SHEET, "<pages>", field="value", one=True, font_paths=[_fonts()], ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
        )  # fmt: skip
    except typst.TypstError as error:
        raise CannotMakePaper(_("現在無法製作 PDF。請用瀏覽器的列印功能，這一頁印出來就是完整的內容。")) from error
    return int(found)


def _cut(content: dict[str, Any], longest: int, events: int) -> dict[str, Any]:
    def short(text: str) -> str:
        return text if len(text) <= longest else text[: longest - 1] + "…" + _("（全文在系統裡）")

    return {
        **content,
        "words": short(content["words"]),
        "parts": [{**part, "text": short(part["text"])} for part in content["parts"]],
        "events": content["events"][:events],
    }


def _sheet(petition: Petition, at: datetime) -> dict[str, Any]:
    case = petition.case
    english = language() == "en"
    decision = queries.newest_decision(petition)
    events = list(case_queries.timeline(case, public_only=False))
    names = queries.names_of(events)
    hidden = words_of(case.requester)  # whoever prints it: paper goes from hand to hand
    clocks = list(deadline_queries.clocks_of(case))
    dues = [
        [_stage(clock.stage), f"{as_datetime(clock.due_at, weekday=True)}　{clock.get_state_display()}"]
        for clock in clocks
    ]
    return {
        "language": "en" if english else "zh",
        "region": "GB" if english else "TW",
        "city": settings.CITY_NAME[language()],
        "title": _("案件單：%(number)s") % {"number": case.number or _("未成案")},
        "heading": case.title,
        "confidential": _("內部使用，不含民眾聯絡資料") if not case.confidential else _("不公開案件，內部使用"),
        "facts": [
            [_("案件編號"), case.number or _("未成案")],
            [_("狀態"), case.get_status_display()],
            [_("類別"), str(petition.category or "—")],
            [_("管道"), case.get_channel_display()],
            [_("收件"), as_datetime(case.received_at, weekday=True)],
            [_("成案"), as_datetime(case.confirmed_at, weekday=True) if case.confirmed_at else "—"],
            [_("地點"), following.where_words(case) or "—"],
        ],
        "people": [
            [_("主辦機關"), _agency(petition)],
            [_("承辦人"), case.officer.label if case.officer else "—"],
            [_("民眾"), _masked(petition)],
            [_("催辦"), str(case.additions.filter(kind="URGE").count())],
            *dues,
        ],
        "words_title": _("民眾原文"),
        "words": blanked(case.text, hidden),
        "parts": [
            *(
                [{"title": _("派案理由"), "note": "", "text": _("，").join(queries.explain(decision).sentences)}]
                if decision
                else []
            ),
            *(_part(reply) for reply in case_queries.sent_replies(case).select_related("drafted_by", "approved_by")),
        ],
        "happened": _("經過"),
        "events": [
            [
                as_datetime(event.at),
                event_title(event),
                "　".join(filter(None, [actor(event), blanked(event_text(event, names), hidden).replace("\n", " ")])),
            ]
            for event in events
        ],
        "printed": _("%(when)s列印") % {"when": as_datetime(at)},
    }


def _stage(stage: str) -> str:
    return {"first": _("初步回復期限"), "final": _("正式回復期限"), "redo": _("重新回復期限")}.get(stage, stage)


def _masked(petition: Petition) -> str:
    """身分保密 is kept on paper too, whoever prints it."""
    return _("身分保密") if petition.case.keep_identity_secret else masked_name(petition.case.requester)


def _part(reply: Any) -> dict[str, str]:
    return {
        "title": _("初步回復") if reply.stage == 1 else _("正式回復"),
        "note": "　".join(
            filter(
                None,
                [
                    as_datetime(reply.sent_at) if reply.sent_at else "",
                    _("承辦 %(name)s") % {"name": reply.drafted_by.label} if reply.drafted_by else "",
                    _("核定 %(name)s") % {"name": reply.approved_by.label} if reply.approved_by else "",
                ],
            )
        ),
        "text": reply.text,
    }


def _content(petition: Petition, at: datetime) -> dict[str, Any]:
    case = petition.case
    english = language() == "en"
    coming = following.next_step(petition, at=at)
    when = ""
    if coming.when is not None:
        when = (
            as_datetime(coming.when, weekday=True)
            if isinstance(coming.when, datetime)
            else as_date(coming.when, weekday=True)
        )
    return {
        "language": "en" if english else "zh",
        "region": "GB" if english else "TW",
        "city": settings.CITY_NAME[language()],
        "title": _("您反映的事：案件%(number)s") % {"number": case.number},
        "heading": words.own(case, "title", case.title),
        "facts": [
            [_("案件編號"), case.number or ""],
            [_("目前情形"), following.standing(case).words],
            [_("處理機關"), _agency(petition)],
            [pgettext("進度", "下一步"), f"{coming.before}{when}{coming.after}"],
            [_("地點"), following.where_words(case)],
        ],
        "happened": _("經過"),
        "moments": [
            {
                "title": moment.title,
                "at": as_datetime(moment.at, weekday=True),
                "lines": [line for line in (moment.text, moment.why) if line],
                "quote": moment.quote,
                "contact": contact_words(moment.contact) if moment.contact else "",
            }
            for moment in following.moments(petition)
        ],
        "printed": _("%(when)s列印") % {"when": as_datetime(at)},
        "page": _("第 {} 頁，共 {} 頁"),
    }


def _agency(petition: Petition) -> str:
    case = petition.case
    if case.agency is None:
        return _("分送中")
    return f"{case.agency.full_label} {case.unit.label}" if case.unit else case.agency.full_label


def contact_words(contact: following.Contact) -> str:
    """Agency, unit, officer and telephone in a line."""
    parts = [contact.agency, contact.unit, contact.officer]
    if contact.phone:
        parts.append(
            _("電話%(phone)s轉%(extension)s") % {"phone": contact.phone, "extension": contact.extension}
            if contact.extension
            else _("電話%(phone)s") % {"phone": contact.phone}
        )
    return pgettext("between the parts of an address", "，").join(part for part in parts if part)
