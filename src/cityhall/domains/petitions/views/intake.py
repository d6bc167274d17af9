"""A citizen at the telephone, at the counter or in a letter: written down at the desk, on one page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory import queries as directory
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires

from .. import locating
from ..forms.intake import LATER, IntakeForm
from ..models import CategoryQuestion, Petition
from ..services import filing
from ..services.filing import Submission, Where, Who


@requires("petitions.file_on_behalf")
@form_once
def intake(request: HttpRequest) -> HttpResponse:
    """The page; a second look at it asks the category's questions and which of several places is meant."""
    now = timezone.now()
    reach = directory.reach(request.user, "petitions.file_on_behalf", now)  # type: ignore[arg-type]
    vouches = bool(reach.everywhere or reach.agencies)
    posted = request.method == "POST"
    given = request.POST if posted else None
    code = request.POST.get("category", "")
    spots = locating.find(request.POST.get("place", "").strip()) if posted and request.POST.get("place") else []
    form = IntakeForm(
        given, request.FILES if posted else None, on=day_of(now), vouches=vouches,
        spots=spots if len(spots) > 1 else (), questions=questions_of(code) if posted else (),
    )  # fmt: skip
    danger = filing.danger_words(request.POST.get("text", ""), at=now) if posted else ()
    shown: dict[str, Any] = {"form": form, "danger": danger, "asked": code}
    if posted and "look" in request.POST:  # only the questions and places of what is chosen so far
        form.is_valid()
        form.errors.clear()
        return render(request, "petitions/desk/intake.html", shown)
    if posted and form.is_valid():
        if still_to_ask(request, form, spots):
            return render(request, "petitions/desk/intake.html", shown, status=422)
        try:
            petition = _file(request, form, spots, now)
        except (CannotAct, CannotStoreFile, CannotIssueCode) as refusal:
            form.add_error(None, str(getattr(refusal, "sentence", refusal)))
        else:
            return _filed(request, petition)
    return render(request, "petitions/desk/intake.html", shown, status=422 if posted else 200)


def questions_of(code: str) -> list[CategoryQuestion]:
    """The questions of a category."""
    return list(CategoryQuestion.objects.filter(category__code=code).order_by("order")) if code else []


def still_to_ask(request: HttpRequest, form: IntakeForm, spots: list[locating.Spot]) -> bool:
    """Whether the page must be shown once more: a question that nobody saw, or a place that may be several."""
    if form.questions and request.POST.get("asked", "") != request.POST.get("category", ""):
        form.add_error(None, _("這一類還有題目，請一併問；不知道的可以空著。"))
        return True
    if len(spots) > 1 and not form.cleaned_data.get("choice"):
        form.add_error("choice", _("這個地點有好幾處，請問清楚是哪一處"))
        return True
    return False


def where_of(form: IntakeForm, spots: list[locating.Spot]) -> Where:
    """The place that was written and, of several, the one that was chosen."""
    words = form.cleaned_data["place"].strip()
    wanted = form.cleaned_data.get("choice")
    spot = next((one for one in spots if one.key == wanted), spots[0] if len(spots) == 1 else None)
    if spot is None:
        return Where(method="TEXT" if words else "NONE", words=words)
    return Where(
        method=spot.method, lon=spot.lon, lat=spot.lat, words=words, label=spot.label, road=spot.road,
        accuracy_m=spot.accuracy_m,
    )  # fmt: skip


def _file(request: HttpRequest, form: IntakeForm, spots: list[locating.Spot], now: Any) -> Petition:
    data = form.cleaned_data
    by: Any = request.user
    return filing.file(
        Submission(
            text=data["text"],
            channel=data["channel"],
            who=Who(
                name=data["name"], email=data["email"], phone=data["phone"], address=data["address"],
                wants_letter=bool(data["address"]) and not data["email"],
            ),
            where=where_of(form, spots),
            language="en" if (get_language() or "").startswith("en") else "zh-hant",
            category=data["category"].code if data["category"] else "",
            answers=form.answers,
            keep_identity_secret=data["secret"],
            filed_by=by,
        ),
        photos=data["photos"],
        proved="" if data["verified"] == LATER else data["verified"],
        at=now,
    )  # fmt: skip


def _filed(request: HttpRequest, petition: Petition) -> HttpResponse:
    """The number, to be read out; where it went; what comes next."""
    case = petition.case
    record = reverse("petitions:record", args=[case.reference])
    if case.is_confirmed:
        sentence = format_html(_("已成案，案件編號{}，查詢碼{}，請告訴對方。"), case.number, case.tracking_code)
    else:
        sentence = _("已登錄，還沒有成案：等對方輸入驗證碼，或由 1999 回電確認。")
    messages.success(
        request,
        format_html('{} <a class="govuk-notification-banner__link" href="{}">{}</a>', sentence, record, case.title),
    )
    return HttpResponseRedirect(reverse("petitions:intake"))
