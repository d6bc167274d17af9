"""Words of petitions for templates: `{% load petitions %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.engines.audit.catalogue import sentence
from cityhall.web import maps

from ..models import CategoryQuestion
from ..rules import Finding, Look
from ..states import Outcome

register = template.Library()


@register.filter
def has(codes: Any, code: str) -> bool:
    """Whether an act is among those possible."""
    return code in (codes or ())


@register.filter
def masked_name(requester: Any) -> str:
    """陳○○: the family name only, until somebody needs more."""
    if requester is None:
        return str(_("（個資已清除）"))
    name = requester.name.strip()
    return f"{name[0]}○○" if name else str(_("未留姓名"))


@register.filter
def answers(petition: Any) -> list[tuple[str, str]]:
    """The category's own questions with what was answered."""
    rows = CategoryQuestion.objects.filter(code__in=list(petition.answers))
    # Two categories may use one code: the petition's own comes last and so counts.
    asked = {row.code: row for row in sorted(rows, key=lambda row: row.category_id == petition.category_id)}
    return [
        (asked[code].text, asked[code].words_of(answer)) if code in asked else (code, str(answer))
        for code, answer in petition.answers.items()
    ]


@register.filter
def outcome(code: str) -> str:
    """What the final reply says became of it."""
    return str(Outcome(code).label) if code in Outcome.values else code


@register.filter
def photo_label(stored: Any) -> str:
    """When a photo was taken: before the work, or after it."""
    return {"before": _("施作前"), "after": _("施作後")}.get(stored.label, "")


@register.filter
def finding_words(finding: Finding) -> str:
    """What was found in a reply, in a sentence."""
    words = _("、").join(finding.words)
    if finding.look is Look.SLOTS:
        return _("還有空格要填：%(words)s") % {"words": words}
    if finding.look is Look.PROMISE:
        return (
            _("承諾日在期限之前，送出後列入追蹤。")
            if finding.fine
            else _("承諾日晚於正式回復的期限；需要更久，請申請展期。")
        )
    if finding.look is Look.PERSONAL:
        return (
            _("沒有電話、信箱或證號。")
            if finding.fine
            else _("有個人的電話、信箱或證號，請確認：%(words)s") % {"words": words}
        )
    return _("有寫到日期。") if finding.fine else _("沒有寫到哪一天；民眾最想知道什麼時候。")


@register.filter
def hours(seconds: float) -> str:
    """3 小時, 2 天 4 小時."""
    whole = int(seconds // 3600)
    days, rest = divmod(whole, 24)
    parts = [ngettext("%(n)d 天", "%(n)d 天", days) % {"n": days}] if days else []
    parts.append(ngettext("%(n)d 小時", "%(n)d 小時", rest) % {"n": rest})
    return " ".join(parts)


@register.filter
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
        "promise_kept": _("承諾事項完成"),
    }
    return str(own.get(event.type) or sentence(f"case.{event.type}"))


@register.filter
def actor(event: Any) -> str:
    """Who did it; a deputy signs 代."""
    if event.by is None:
        return str(_("系統"))
    if event.by.kind == "CITIZEN":
        return str(_("民眾"))
    name = getattr(getattr(event.by, "person", None), "label", event.by.name)
    return f"{name}（{_('代')} {event.for_person.label}）" if event.for_person else name


@register.filter
def event_text(event: Any, names: Any) -> str:
    """What was said with it: agency, reason, level."""
    payload, said = event.payload, []
    for key in ("agency", "proposed_agency"):
        if (code := payload.get(key)) in (names or {}):
            said.append(f"{_('建議：') if key == 'proposed_agency' else ''}{names[code]}")
    for key in ("reason", "result", "proof"):
        if payload.get(key):
            said.append(str(payload[key]))
    if event.type == "warned":
        said.append(f"{payload.get('level')}%")
    return "\n".join(said)


@register.simple_tag
def small_map(spot: Any, village: str) -> SafeString:
    """The pin in its village, drawn on the server."""
    return maps.locator(spot, village=village)
