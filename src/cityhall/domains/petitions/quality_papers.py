"""What leaves the monthly check on paper: a sheet for the agency, and the analysis of a year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.engines.cases import queries as case_queries
from cityhall.web.charts import month_name
from cityhall.web.context import language
from cityhall.web.dates import as_date, as_datetime

from . import checking
from .models import QualityAward, QualitySheet
from .papers import compiled
from .privacy import blanked, words_of
from .quality import MOST

TEMPLATE = Path(__file__).parent / "findings.typ"


def _page(
    title: str, lead: str, facts: Sequence[Any], tables: Sequence[Any], parts: Sequence[Any], at: datetime
) -> Any:
    english = language() == "en"
    return {
        "language": "en" if english else "zh",
        "region": "GB" if english else "TW",
        "city": settings.CITY_NAME[language()],
        "title": title,
        "lead": lead,
        "facts": [[str(key), str(value)] for key, value in facts],
        "tables": tables,
        "parts": parts,
        "printed": _("%(when)s列印") % {"when": as_datetime(at)},
    }


def _table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    widths: Sequence[int],
    numbers: Sequence[int] = (),
    note: str = "",
) -> Any:
    return {
        "title": title,
        "columns": [str(one) for one in columns],
        "rows": [["" if cell is None else str(cell) for cell in row] for row in rows],
        "widths": list(widths),
        "numbers": list(numbers),
        "note": note,
        "empty": _("沒有。"),
    }


def sheet(found: QualitySheet, *, readable: bool, at: datetime) -> bytes:
    """One scored sheet, with the replies that it is about where they may be read. Raises CannotMakePaper."""
    case = found.petition.case
    hidden = words_of(case.requester)
    facts = [
        (pgettext("quality", "案件"), f"{case.number}　{case.title}"),
        (_("主辦機關"), found.agency.full_label),
        (_("抽查"), f"{month_name(found.check_plan.month)}　{_('急迫案件') if found.urgent else _('抽樣')}"),
        (
            _("分數"),
            _("%(points)s分（%(enough)s分以上符合）") % {"points": found.points, "enough": found.rubric.enough},
        ),
        (_("結果"), found.get_state_display()),
        (pgettext("quality", "評分"), as_date(found.scored_at) if found.scored_at else ""),
    ]
    if found.contest_until:
        facts.append((_("申復期限"), as_date(found.contest_until, weekday=True)))
    rows = [
        [
            mark.criterion.label,
            f"{mark.value}／{MOST}",
            mark.criterion.weight,
            mark.value * mark.criterion.weight,
            mark.reason,
        ]
        for mark in checking.marks(found)
    ]
    marks = _table(
        pgettext("quality", "評分"), [_("項目"), _("給分"), _("權重"), _("得分"), _("理由")], rows, widths=(0, 0, 0, 0, 1), numbers=(1, 2, 3),
        note=_("評分標準第%(n)s版，依據：%(source)s") % {"n": found.rubric.version, "source": found.rubric.source},
    )  # fmt: skip
    parts = [
        {
            "title": f"{_('初步回復') if reply.stage == 1 else _('正式回復')}　{as_datetime(reply.sent_at) if reply.sent_at else ''}",
            "text": blanked(reply.text, hidden),
        }
        for reply in case_queries.sent_replies(case)
        if readable
    ]
    contest = getattr(found, "contest", None)
    if contest is not None:
        parts.append({"title": _("申復理由"), "text": contest.reason})
        if contest.decision:
            parts.append({"title": _("申復的決定"), "text": contest.decision})
    if found.remark:
        parts.insert(0, {"title": _("整體意見"), "text": found.remark})
    title = _("評核表%(number)s") % {"number": found.number}
    return compiled(TEMPLATE, _page(title, "", facts, [marks], parts, at), at)


def percent(share: float | None) -> str:
    """12.5%, or a dash where there is nothing to be a share of."""
    return "—" if share is None else f"{share:.1f}%"


def analysis(year: checking.Year, awards: Iterable[QualityAward], *, name: str, at: datetime) -> bytes:
    """The year's analysis as it goes to the agencies and to the head. Raises CannotMakePaper."""
    total, urgent = year.total, year.urgent
    of = _("%(n)s件，佔已評%(all)s件的%(share)s")
    facts = [
        (one.label, of % {"n": f"{one.wanting:,}", "all": f"{one.scored:,}", "share": percent(one.percent)})
        for one in (total, urgent)
    ]
    facts.append(
        (
            _("兩人評分一致"),
            _("%(same)s／%(pairs)s件（%(share)s），平均相差%(points)s分")
            % {
                "same": year.agreement.same_verdict, "pairs": year.agreement.pairs,
                "share": percent(year.agreement.percent), "points": year.agreement.mean_difference,
            },
        )
    )  # fmt: skip
    heads = [_("應予改善"), _("已評"), _("比率")]
    shares = [
        _table(
            title, [first, *heads],
            [[one.label or _("還沒有分類"), f"{one.wanting:,}", f"{one.scored:,}", percent(one.percent)] for one in rows],
            widths=(1, 0, 0, 0), numbers=(1, 2, 3),
        )
        for title, first, rows in (
            (_("各機關"), _("主辦機關"), year.agencies), (_("各類別"), _("類別"), year.categories),
        )
    ]  # fmt: skip
    criteria = _table(
        _("各項目的低分"), [_("項目"), _("低分"), _("已評"), _("比率"), _("平均"), _("常見的理由")],
        [
            [
                one.label, f"{one.low:,}", f"{one.scored:,}", percent(one.percent), f"{one.mean:.2f}",
                _("；").join(f"{reason}（{n}）" for reason, n in one.reasons),
            ]
            for one in year.faults
        ],
        widths=(0, 0, 0, 0, 0, 1), numbers=(1, 2, 3, 4),
    )  # fmt: skip
    proposed = _table(
        _("獎懲建議"), [_("機關"), _("對象"), _("建議"), _("理由"), _("狀態")],
        [
            [one.agency.label, one.whom, one.get_kind_display(), one.reason, one.get_state_display()]
            for one in awards
        ],
        widths=(0, 0, 0, 1, 0), note=_("只是建議；同意的仍依人事程序辦理。"),
    )  # fmt: skip
    title = _("%(year)s陳情案件處理品質分析") % {"year": name}
    lead = _("每月急迫案件逐件檢核，其他案件分機關抽樣；不公開案件不在內。")
    return compiled(TEMPLATE, _page(title, lead, facts, [*shares, criteria, proposed], [], at), at)
