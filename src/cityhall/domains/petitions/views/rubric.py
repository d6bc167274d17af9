"""評分標準: every version; a new one, looked at before it is saved; one that has not begun, taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires
from cityhall.web.charts import month_name
from cityhall.web.dates import as_date
from cityhall.web.forms import Form

from ..checking import DECIDE, READ
from ..forms.rubric import RubricForm
from ..models import QualityCheck, QualityRubric, QualitySheet
from ..services import quality, rubric
from ..services.rubric import CannotChangeRubric, Version


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    now = timezone.now()
    quality.rubric_on(day_of(now))
    versions = list(QualityRubric.objects.prefetch_related("criteria").select_related("set_by").order_by("-version"))
    decides = allowed(request, DECIDE)
    context = {
        "versions": versions,
        "today": day_of(now),
        "decides": decides,
        "coming": versions[0].pk if decides and rubric.may_take_back(versions[0], at=now) else None,
    }
    return render(request, "petitions/desk/quality/rubric.html", context)


@requires(DECIDE)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """A new version, from the last one; between, what changes and what last month's findings would have been."""
    now = timezone.now()
    quality.rubric_on(day_of(now))
    before = rubric.written(rubric.newest())
    form = RubricForm(request.POST or None, before=before, initial={"valid_from": _next_month(day_of(now))})
    if form.is_bound and form.is_valid() and (why := rubric.fault(form.cleaned_data["wanted"], at=now)):
        form.add_error(None, why)

    def do(given: dict[str, Any]) -> str:
        made = rubric.new_version(given["wanted"], by=account_of(request), at=now)
        return _("第%(n)s版自%(day)s起施行。") % {"n": made.version, "day": as_date(made.valid_from)}

    here = reverse("petitions:quality_rubric")
    return act_page(
        request, form=form, title=_("新版評分標準"), button=_("看有什麼不同"), do=do, back=(here, _("評分標準")), to=here,
        refused=CannotChangeRubric, template="petitions/desk/quality/rubric_new.html",
        lead=_("每項0到5分，乘上權重，滿分100，所以權重合計是20。清空項目名稱，新版就沒有這一項。"),
        confirm=lambda given: {
            "title": _("新版評分標準和現在的不同"), "button": _("自該日起施行"),
            "rows": _differences(before, given["wanted"]),
        },
    )  # fmt: skip


def _next_month(day: date) -> date:
    """When a version usually begins: with a month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _differences(before: Version, after: Version) -> list[tuple[str, str]]:
    """What changes, line by line, and what it would have meant for the last month that was scored."""
    old, new = {one.code: one for one in before.lines}, {one.code: one for one in after.lines if one.code}
    rows = [(_("自何日起"), as_date(after.valid_from)), (_("依據"), after.source)]
    for line in after.lines:
        was = old.get(line.code)
        if was is None:
            rows.append((line.name, _("新的項目，權重%(n)s") % {"n": line.weight}))
        elif was != line:
            rows.append((line.name, _("、").join(_changes(was, line))))
    rows += [(line.name, _("不再看")) for code, line in old.items() if code not in new]
    for label, one, other in (
        (_("幾分以上符合"), before.enough, after.enough),
        (_("低於幾分要寫理由"), before.reason_below, after.reason_below),
    ):
        if one != other:
            rows.append((label, f"{one} → {other}"))
    rows.append((_("用新版再算一次"), _last_month(after)))
    return rows


def _changes(was: Any, line: Any) -> list[str]:
    found = []
    if was.weight != line.weight:
        found.append(_("權重%(old)s → %(new)s") % {"old": was.weight, "new": line.weight})
    if was.must != line.must:
        found.append(_("零分就應予改善") if line.must else _("零分不再直接應予改善"))
    if (was.name, was.name_en, was.about, was.about_en) != (line.name, line.name_en, line.about, line.about_en):
        found.append(_("文字有改"))
    return found


def _last_month(after: Version) -> str:
    scored = QualitySheet.objects.judged()
    check = QualityCheck.objects.filter(sheets__in=scored).order_by("-month").first()
    if check is None:
        return _("還沒有評過的月份可以比較。")
    known = rubric.compared(after, list(scored.filter(check_plan=check)))
    month = month_name(check.month)
    if known is None:
        return _("有新的項目，%(month)s沒有評過，無從比較。") % {"month": month}
    return _("%(month)s評的%(all)s件，應予改善從%(before)s件變成%(after)s件，共%(changed)s件結論不同。已經評的不會改。") % {
        "month": month, "all": known.sheets, "before": known.wanting_before, "after": known.wanting_after,
        "changed": known.changed,
    }  # fmt: skip


@requires(DECIDE)
@form_once
def take_back(request: HttpRequest, version: int) -> HttpResponse:
    """撤回 a version that has not begun."""
    now: datetime = timezone.now()
    found = QualityRubric.objects.filter(version=version).first()
    if found is None:
        raise Http404
    here = reverse("petitions:quality_rubric")

    def do(_given: dict[str, Any]) -> str:
        rubric.take_back(found, by=account_of(request), at=now)
        return _("第%(n)s版已撤回，前一版繼續施行。") % {"n": version}

    return act_page(
        request, form=Form(request.POST if request.method == "POST" else None), title=_("撤回還沒施行的評分標準"), button=_("撤回"), do=do,
        back=(here, _("評分標準")), to=here, refused=CannotChangeRubric,
        summary=[(_("版次"), version), (_("自何日起"), as_date(found.valid_from)), (_("依據"), found.source)],
    )  # fmt: skip
