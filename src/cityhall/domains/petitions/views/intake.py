"""A citizen at the telephone, at the counter or in a letter: written down at the desk, read back, registered.

Two pages of one address, and nothing is stored between them: what was typed goes along in the form, never in an address.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.contacts import one_form
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel
from cityhall.engines.directory import queries as directory
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity import signing_in
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.identity.requests import account_of
from cityhall.engines.letters.services import CannotSend
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.dates import as_date

from .. import arrivals, callers, locating, neighbours, reading
from ..forms.intake import ID_SEEN, LATER, LETTER, READ_BACK, IntakeForm, ReadBackForm
from ..forms.on_behalf import OnBehalfForm
from ..models import CategoryQuestion, Petition
from ..services import filing, on_behalf, supporters
from ..services.filing import Submission, Where, Who
from ..states import ConsentHow, Shares

FACE = "petitions/desk/intake"
REFUSED = (CannotAct, CannotStoreFile, CannotIssueCode, CannotSend)


@requires("petitions.file_on_behalf")
@sensitive_post_parameters()
@form_once
def intake(request: HttpRequest) -> HttpResponse:
    """The form; then what was written down, to be read back; then its number.

    A look on the way asks the category's questions, which of several places is meant, what was reported from the
    caller's number, and what is near.
    """
    now = timezone.now()
    form, spots = _form(request, now)
    if request.method != "POST":
        return _written(request, form, spots, now)
    for look in ("look", "caller", "change"):
        if look in request.POST:
            form.is_valid()
            form.errors.clear()
            form.turn_to({"look": "category", "caller": "text"}.get(look, request.POST[look]))
            return _written(request, form, spots, now)
    if not form.is_valid() or still_to_ask(request, form, spots):
        return _written(request, form, spots, now, status=422)
    if "same" in request.POST:
        return _supports(request, form, spots, now)
    return _read_back(request, form, spots, now)


# ---- what is written down --------------------------------------------------------------------------------------------


def _form(request: HttpRequest, now: datetime) -> tuple[IntakeForm, list[locating.Spot]]:
    reach = directory.reach(account_of(request), "petitions.file_on_behalf", now)
    vouches = bool(reach.everywhere or reach.agencies)
    posted = request.method == "POST"
    words = request.POST.get("place", "").strip()
    spots = locating.find(words) if posted and words else []
    given: dict[str, Any] = {
        "on": day_of(now), "vouches": vouches, "spots": spots if len(spots) > 1 else (),
        "questions": questions_of(request.POST.get("category", "")) if posted else (),
    }  # fmt: skip
    data = request.POST if posted else None
    if not posted and vouches and (came := arrivals.arrival(request.GET.dict())):
        given["initial"] = came.source.begin(came.reference, account_of(request), now) or {}
    return IntakeForm(data, **given) if vouches else OnBehalfForm(data, at=now, **given), spots


def _written(
    request: HttpRequest, form: IntakeForm, spots: list[locating.Spot], now: datetime, *, status: int = 200
) -> HttpResponse:
    """The form, with what a look showed beside it."""
    context: dict[str, Any] = {
        "form": form,
        "danger": filing.danger_words(request.POST.get("text", ""), at=now),
        "asked": request.POST.get("category", ""),
        "readings": _times(request.POST.get("readings", "")),
        "looks_up": callers.may_look(account_of(request), now),
        "came": arrivals.arrival((request.POST or request.GET).dict()),
    }
    if "caller" in request.POST and context["looks_up"]:
        context |= _caller(request, now)
    if request.method == "POST":
        context["near"] = _near(form, spots, now)
    return render(request, f"{FACE}.html", context, status=status)


def _caller(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What was reported from this number; that it was asked is written down, without the number."""
    phone = request.POST.get("phone", "")
    found = callers.recent(account_of(request), phone, now)
    if one_form(phone):
        shown = [one.case.number or str(one.case.reference) for one in found]
        audit.record("petition.caller_looked_up", None, by=request.user, at=now, new={"shown": shown})
    return {"asked_caller": True, "number_known": bool(one_form(phone)), "calls": found}


def _near(form: IntakeForm, spots: list[locating.Spot], now: datetime) -> list[neighbours.NearOne]:
    """What lies near and may be the same, as soon as there are words and a place."""
    data = getattr(form, "cleaned_data", {})
    text = data.get("text", "")
    where = where_of(form, spots) if text and data.get("place") else None
    if where is None or where.lon is None or where.lat is None:
        return []
    return neighbours.near(text, data.get("category"), (where.lon, where.lat), now)


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


# ---- what is read back -----------------------------------------------------------------------------------------------


def _read_back(request: HttpRequest, form: IntakeForm, spots: list[locating.Spot], now: datetime) -> HttpResponse:
    """The script; registered when the very words that were read come back with the citizen's yes."""
    where = where_of(form, spots)
    parts, told = reading.script(_said(form, where)), _digest(form, where)
    if isinstance(form, OnBehalfForm):
        parts.append(_consent_part(form))
    verified = form.cleaned_data["verified"]
    answered = request.POST.get("said", "")
    times = _times(request.POST.get("readings", ""))
    more = ReadBackForm(
        request.POST if answered else None, request.FILES if answered else None, by_phone=verified == READ_BACK
    )
    changed = bool(answered) and answered != told
    if answered == told and more.is_valid():
        try:
            petition = _file(request, form, where, more, parts, times, now)
        except REFUSED as refusal:
            more.add_error(
                "photos" if isinstance(refusal, CannotStoreFile) else None, str(getattr(refusal, "sentence", refusal))
            )
        else:
            return _filed(request, petition)
    if answered != told:
        more = ReadBackForm(None, by_phone=verified == READ_BACK)
        times = min(times + 1, reading.MOST_READINGS)
    context = {
        "form": more,
        "parts": parts,
        "said": told,
        "readings": times,
        "kept": [*form.kept(), ("asked", request.POST.get("category", "")), *_came(request)],
        "verified": verified,
        "title": TITLES[verified],
        "near": _near(form, spots, now),
        "changed": changed,
        "danger": filing.danger_words(form.cleaned_data["text"], at=now),
    }
    status = 422 if changed or (more.is_bound and more.errors) else 200
    return render(request, f"{FACE}_read_back.html", context, status=status)


def _came(request: HttpRequest) -> list[tuple[str, str]]:
    """Where the operator came from, to go along to the next page."""
    came = arrivals.arrival(request.POST.dict())
    return [(came.name, str(came.reference))] if came else []


TITLES = {
    READ_BACK: gettext_lazy("念給對方聽"),
    ID_SEEN: gettext_lazy("給對方看一遍"),
    LETTER: gettext_lazy("對照來信再看一次"),
    LATER: gettext_lazy("登錄前再看一次"),
}
"""What the page is called, by how the citizen says yes."""


def _consent_part(form: OnBehalfForm) -> reading.Part:
    """What the citizen agreed to, to be looked at once more."""
    given = form.consent
    words = (
        _("%(day)s，%(how)s。") % {"day": as_date(given.obtained_on), "how": ConsentHow(given.how).label},
        _("民眾同意讓您看到：%(what)s。") % {"what": Shares(given.shares).label},
    )
    return reading.Part("consent", _("民眾的同意"), words, "consent_how")


def _said(form: IntakeForm, where: Where) -> reading.Said:
    data = form.cleaned_data
    return reading.Said(
        text=data["text"], name=data["name"], phone=data["phone"], email=data["email"], address=data["address"],
        secret=data["secret"], place=where.label or where.words, found=where.lon is not None,
        category=str(data["category"].label) if data["category"] else "", answers=form.answered,
    )  # fmt: skip


def _digest(form: IntakeForm, where: Where) -> str:
    given = {key: str(value) for key, value in form.cleaned_data.items() if isinstance(value, (str, bool, date))}
    category = form.cleaned_data["category"]
    return reading.digest(
        {**given, "category": category.code if category else "", "answers": form.answers, "where": str(where)}
    )


def _times(typed: str) -> int:
    return min(int(typed), reading.MOST_READINGS) if typed.isdecimal() and len(typed) < 3 else 0


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh-hant"


def _file(
    request: HttpRequest, form: IntakeForm, where: Where, more: ReadBackForm, parts: list[reading.Part], times: int,
    now: datetime,
) -> Petition:  # fmt: skip
    data, verified = form.cleaned_data, form.cleaned_data["verified"]
    by: Any = request.user
    recording = more.cleaned_data.get("recording", "")
    read_back = {
        "how": verified,
        "parts": [one.key for one in parts],
        "readings": max(times, 1),
        **({"recording": recording} if recording else {}),
    }
    submission = Submission(
        text=data["text"],
        channel=data["channel"],
        who=Who(
            name=data["name"], email=data["email"], phone=data["phone"], address=data["address"],
            wants_letter=bool(data["address"]) and not data["email"],
        ),
        where=where,
        language=_language(),
        category=data["category"].code if data["category"] else "",
        answers=form.answers,
        keep_identity_secret=data["secret"],
        filed_by=by,
    )  # fmt: skip
    if isinstance(form, OnBehalfForm):
        return on_behalf.file(submission, consent=form.consent, photos=more.cleaned_data["photos"], by=by, at=now)
    return filing.file(
        submission,
        photos=more.cleaned_data["photos"],
        proved="" if verified == LATER else verified,
        read_back=read_back if verified in (READ_BACK, ID_SEEN) else None,
        at=now,
    )


def _filed(request: HttpRequest, petition: Petition) -> HttpResponse:
    """The number, to be read out; where it went; what comes next."""
    case = petition.case
    seen_at = "petitions:on_behalf_one" if case.channel == Channel.ON_BEHALF else "petitions:record"
    record = reverse(seen_at, args=[case.reference])
    if case.is_confirmed:
        sentence = format_html(_("已成案，案件編號{}，查詢碼{}，請告訴對方。"), case.number, case.tracking_code)
    else:
        sentence = _("已登錄，還沒有成案：等對方輸入驗證碼，或由 1999 回電確認。")
    messages.success(
        request,
        format_html('{} <a class="govuk-notification-banner__link" href="{}">{}</a>', sentence, record, case.title),
    )
    came = arrivals.arrival(request.POST.dict())
    if came is None:
        return HttpResponseRedirect(reverse("petitions:intake"))
    back = came.source.filed(came.reference, case, account_of(request), timezone.now())
    return HttpResponseRedirect(signing_in.safe_back(request, back) or record)


# ---- the same as one that is there -----------------------------------------------------------------------------------


def _supports(request: HttpRequest, form: IntakeForm, spots: list[locating.Spot], now: datetime) -> HttpResponse:
    """附議 instead of a petition of its own: counted, and told of every reply."""
    data = form.cleaned_data
    petition = neighbours.supportable().filter(case__number=request.POST["same"]).select_related("case").first()
    if petition is None:
        raise Http404(_("找不到這件，可能已經不公開。"))
    try:
        supporter = supporters.at_desk(
            petition, email=data["email"], phone=data["phone"],
            proved=data["verified"] if data["verified"] in (READ_BACK, ID_SEEN) else "", language=_language(),
            by=account_of(request), at=now,
        )  # fmt: skip
    except REFUSED as refusal:
        form.add_error(None, str(getattr(refusal, "sentence", refusal)))
        return _written(request, form, spots, now, status=422)
    number = petition.case.number
    said = (
        _("已附議案件 %(number)s，機關回復時會同時通知對方；不另外成案。")
        if supporter.confirmed_at
        else _("已寄驗證碼給對方，輸入後就算附議案件 %(number)s。")
    )
    messages.success(request, said % {"number": number})
    return HttpResponseRedirect(reverse("petitions:intake"))
