"""How the desk says what happened and who did it: on its pages and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit.catalogue import sentence

from .states import ConsentHow, Shares


def masked_name(requester: Any) -> str:
    """陳○○: the family name only, until somebody needs more."""
    if requester is None:
        return str(_("（個資已清除）"))
    name = requester.name.strip()
    return f"{name[0]}○○" if name else str(_("未留姓名"))


LISTING_EVENTS = ("proposed", "approved", "returned", "lifted", "appealed")
"""What the timeline of a petition tells of the listing that was proposed from it."""


MAIL_EVENTS = ("referred", "mail_attached", "mail_taken_back", "letter_returned")
"""What the timeline of a petition tells of e-mail."""


def event_title(event: Any) -> str:
    """What an event of the timeline is called on the desk."""
    own = {
        "handed_over": _("移交"),
        "succeeded": _("機關業務移轉"),
        "warned": _("時限提醒"),
        "due_moved": _("期限調整"),
        "category_set": _("判定類別"),
        "alerted": _("危險通報"),
        "alert_handled": _("通報處理結果"),
        "extension_asked": _("申請展期"),
        "extended": _("展期"),
        "extension_refused": _("不同意展期"),
        **{one: sentence(f"petition.{one}") for one in ("read_back", "consent_recorded", "consent_withdrawn")},
        "contractor_asked": _("請廠商上傳照片"),
        "contractor_handed_in": _("廠商上傳照片"),
        "promise_kept": _("承諾事項完成"),
        "conference_asked": _("機關看法不同，待協調"),
        "conference_held": _("派案協調"),
        "migrated": sentence("petition.migrated"),
        **{one: sentence(f"petition.{one}") for one in MAIL_EVENTS},
        "promise_moved": _("承諾改期"),
        "promise_overdue": _("承諾的日子已過，已告訴主管"),
        "quality_wanting": _("品質抽查：應予改善"),
        "quality_taken_back": _("品質抽查：收回重評"),
        "quality_lifted": _("品質抽查：申復有理由，撤銷"),
        "quality_returned": _("品質抽查：退回重辦"),
        "quality_judged": _("品質抽查：複查重新回復"),
        **{f"restriction_{one}": sentence(f"petition.restriction_{one}") for one in LISTING_EVENTS},
    }
    if event.type == "reopened" and event.payload.get("sheet"):
        return str(own["quality_returned"])
    return str(own.get(event.type) or sentence(f"case.{event.type}"))


def actor(event: Any) -> str:
    """Who did it; a deputy signs 代."""
    if event.by is None:
        return str(_("系統"))
    if event.by.kind == "CITIZEN":
        return str(_("民眾"))
    name = getattr(getattr(event.by, "person", None), "label", event.by.name)
    return f"{name}（{_('代')} {event.for_person.label}）" if event.for_person else name


def event_text(event: Any, names: Any) -> str:
    """What was said with it: agency, reason, level."""
    payload, said = event.payload, []
    for key in ("agency", "proposed_agency"):
        if (code := payload.get(key)) in (names or {}):
            said.append(f"{_('建議：') if key == 'proposed_agency' else ''}{names[code]}")
    keys = ("document_number", "reason", "result", "proof")
    for key in (*keys, "text") if event.type == "conference_held" else keys:
        if payload.get(key):
            said.append(str(payload[key]))
    if event.type == "succeeded" and payload.get("from") in (names or {}):
        said.append(str(_("原來由%(agency)s辦理；期限不變。") % {"agency": names[payload["from"]]}))
    if event.type == "read_back":
        said.extend(_read_back(payload))
    if event.type == "consent_recorded":
        said.append(f"{ConsentHow(payload['how']).label}　{Shares(payload['shares']).label}")
    if payload.get("migrated"):
        said.append(str(_("舊系統的紀錄")))
    if event.type == "warned":
        said.append(f"{payload.get('level')}%")
    return "\n".join(said)


def _read_back(payload: Any) -> Iterator[str]:
    """How it was read back, how often, and where to hear it."""
    yield str(_("內容給對方看過") if payload.get("how") == "id_seen" else _("內容念給對方聽"))
    if (times := int(payload.get("readings") or 1)) > 1:
        yield str(_("照對方的話改過，一共 %(times)s 次") % {"times": times})
    if payload.get("recording"):
        yield str(_("通話錄音 %(number)s") % {"number": payload["recording"]})
