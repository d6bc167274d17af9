"""Words of petitions for templates: `{% load petitions %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.engines.audit.catalogue import sentence
from cityhall.engines.letters.rules import masked
from cityhall.engines.mailbox.addresses import box
from cityhall.engines.mailbox.rules import base, tag
from cityhall.foundation.clock import day_of
from cityhall.web import charts, maps

from ..models import CategoryQuestion
from ..privacy import blanked
from ..quality import MOST
from ..rules import Finding, Look
from ..services import words
from ..states import Outcome
from ..wording import actor, event_text, event_title, masked_name

register = template.Library()


@register.filter
def has(codes: Any, code: str) -> bool:
    """Whether an act is among those possible."""
    return code in (codes or ())


@register.filter
def own(case: Any, field: str) -> str:
    """What a citizen wrote, as its own writer reads it."""
    return words.own(case, field, getattr(case, field))


@register.filter
def unabused(text: str, at: Any) -> str:
    """What somebody wrote to the desk, without insults."""
    return words.unabused(text or "", on_day=day_of(at))


@register.filter
def covered(text: str, hidden: Any) -> str:
    """The citizen's words; for a reader who may not see the reporter, without what names them."""
    return blanked(text, hidden)


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
def distance(metres: float | None) -> str:
    """How far apart, as people say it: to ten metres, or in kilometres."""
    if metres is None:
        return ""
    if metres < 1000:
        return _("相距約 %(n)d 公尺") % {"n": max(10, round(metres / 10) * 10)}
    return _("相距約 %(n).1f 公里") % {"n": metres / 1000}


@register.filter
def cluster_tone(cluster: Any) -> str:
    """The colour of an incident's or campaign's tag."""
    return {"PROPOSED": "blue", "OPEN": "amber"}.get(cluster.state, "grey")


@register.filter
def cluster_event(step: Any) -> str:
    """What happened to an incident or campaign."""
    return str(sentence(f"petition.cluster_{step.type}"))


@register.filter
def listing_tone(restriction: Any) -> str:
    """The colour of a listing's tag."""
    tones = {"PROPOSED": "blue", "APPROVED": "blue", "IN_FORCE": "amber", "APPEALED": "red"}
    return tones.get(restriction.state, "grey")


@register.filter
def listing_event(step: Any) -> str:
    """What happened to a listing."""
    return str(sentence(f"petition.restriction_{step.type}"))


@register.filter
def outside_event(step: Any) -> str:
    """What happened to what lies at an outside body."""
    return str(sentence(f"petition.outside_{step.type}"))


@register.filter
def listing_actor(step: Any) -> str:
    """Who did it."""
    return str(getattr(getattr(step.by, "person", None), "label", step.by.name))


SHEET_TONES = {
    "WAITING": "grey", "GOOD": "", "WANTING": "red", "CONTESTED": "amber", "REDO": "amber", "ANSWERED": "blue",
    "IMPROVED": "", "NOT_IMPROVED": "red", "NO_REDO": "red",
}  # fmt: skip


@register.filter
def sheet_tone(sheet: Any) -> str:
    """The colour of a sheet's tag."""
    return SHEET_TONES.get(sheet.state, "grey")


@register.filter
def sheet_event(step: Any) -> str:
    """What happened to a sheet of the monthly check."""
    return str(sentence(f"petition.quality_{step.type}"))


@register.filter
def award_tone(award: Any) -> str:
    """The colour of a proposal's tag."""
    return {"PROPOSED": "blue", "REFUSED": "grey"}.get(award.state, "")


@register.filter
def points(mark: Any) -> int:
    """A mark times its weight."""
    return int(mark.value * mark.criterion.weight)


@register.filter
def most_points(criterion: Any) -> int:
    """What a criterion can bring."""
    return MOST * int(criterion.weight)


@register.simple_tag
def year_name(year: int) -> str:
    """115年, or 2026."""
    return charts.year_name(year)


register.filter("month_name", charts.month_name)


@register.filter
def letter_tone(letter: Any) -> str:
    """The colour of the tag of a letter that came in."""
    return {"WAITING": "amber", "FILED": "green", "ADDED": "green"}.get(letter.fate, "grey")


@register.filter
def mail_tone(message: Any) -> str:
    """The colour of a message's tag."""
    tones = {
        "DESK": "amber",
        "WAITING": "blue",
        "OPENED": "green",
        "ADDED": "green",
        "BOUNCE": "red",
        "TOO_LARGE": "red",
    }
    return tones.get(message.fate, "grey")


@register.filter
def import_tone(job: Any) -> str:
    """The colour of an import's tag."""
    tones = {"READY": "amber", "MAPPING": "amber", "DONE": "green", "UNREADABLE": "red"}
    return tones.get(job.state, "grey" if job.state in ("UNDONE", "DISCARDED") else "blue")


@register.filter
def of_message(cases: Any, message: Any) -> Any:
    """The case of a message, from those of the page."""
    return cases.get(message.pk)


@register.filter
def masked_address(address: str) -> str:
    """Enough of an address to recognise it in a list."""
    return masked(address) if address else ""


@register.filter
def bare_address(address: str) -> str:
    """An address of ours without its signed part, which would let a reader write into the case."""
    return base(address) if tag(address) and base(address) == box() else address


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


register.filter(masked_name)
register.filter(event_title)
register.filter(actor)
register.filter(event_text)


@register.simple_tag
def small_map(spot: Any, village: str) -> SafeString:
    """The pin in its village, drawn on the server."""
    return maps.locator(spot, village=village)
