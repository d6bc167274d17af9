"""Insults: the original on one deliberate click, and the list of words with its trial."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.engines.rules.queries import history, parameter
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires

from .. import queries
from ..abuse import Word
from ..forms.words import WordsForm
from ..models import KeptWords
from ..privacy import blanked, words_of
from ..services import ethics, words
from ..services.words import Found
from .record import context

MANAGE = "petitions.words.manage"
MOST_SHOWN = 40
_tried = signing.Signer(salt="petitions.words.tried")

NAMES = {"title": gettext_lazy("主旨"), "text": gettext_lazy("內容"), "answer": gettext_lazy("題目的回答"), "addition": gettext_lazy("補充與催辦"), "question": gettext_lazy("補正的回答"),
         "reopening": gettext_lazy("申請重新處理的理由"), "rating": gettext_lazy("滿意度的意見"), "withdrawal": gettext_lazy("撤案的理由")}  # fmt: skip


@requires("petitions.read", "petitions.co_handle")
@require_POST
def original(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The petition as it was written, once, because somebody asked for it; who and when is written down."""
    now = timezone.now()
    readable = queries.visible_to(account_of(request), now).select_related(*queries.FULL, "alert")
    petition = readable.filter(case__reference=reference).first()
    if petition is None:
        raise Http404
    if petition.sealed:
        ethics.read(petition, by=account_of(request), at=now, what="original")
    try:
        texts = words.show_original(petition, by=account_of(request), at=now)
    except CannotAct as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("petitions:record", args=[reference]))
    may_see = queries.may_see_reporter(account_of(request), petition, now)
    hidden = None if may_see else words_of(petition.case.requester)
    shown = [(str(NAMES[field.partition(":")[0]]), blanked(text, hidden)) for field, text in texts.items()]
    page = context(request, petition, now, originals=shown)
    return render(request, "petitions/desk/record.html", page)


@requires(MANAGE)
def index(request: HttpRequest) -> HttpResponse:
    """The list of today, what comes, what was before, and how many petitions it covered something in."""
    now = timezone.now()
    today = day_of(now)
    held = parameter(words.KEY, on=today)
    year = KeptWords.objects.filter(at__year=today.year).exclude(case__confirmed_at=None)
    page: dict[str, Any] = {
        "held": held,
        "words": words.on(today).words,
        "history": [(one, one.valid_from > today, one.version == held.version) for one in history(words.KEY)],
        "covered": year.values("case").distinct().count(),
        "year": today.year,
    }
    return render(request, "petitions/desk/words/list.html", page)


def _lines(found: tuple[Word, ...]) -> str:
    return "\n".join(str(word) for word in found)


def _tried_as(found: tuple[Word, ...], valid_from: date) -> str:
    return f"{valid_from.isoformat()}\n{_lines(found)}"


@requires(MANAGE)
@form_once
def change(request: HttpRequest) -> HttpResponse:
    """Another list: tried on past petitions first; only what was tried as it is can be put in force."""
    now = timezone.now()
    today = day_of(now)
    versions = {one.version: one for one in history(words.KEY)}
    asked = request.GET.get("version", "")
    start = versions.get(int(asked) if asked.isdecimal() and len(asked) < 6 else 0) or parameter(words.KEY, on=today)
    form = WordsForm(request.POST or None, initial={"lines": "\n".join(start.value), "valid_from": today})
    page: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        tried = _tried.signature(_tried_as(given["lines"], given["valid_from"]))
        if "save" in request.POST and request.POST.get("tried") == tried:
            try:
                words.set_words(
                    given["lines"], valid_from=given["valid_from"], source=given["source"], by=account_of(request), at=now
                )  # fmt: skip
            except CannotAct as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, _("新的字詞表已存入。"))
                return HttpResponseRedirect(reverse("petitions:words"))
        elif given["valid_from"] < today:
            form.add_error("valid_from", _("生效日要是今天或以後：之前已經照當時的值決定了。"))
        else:
            page |= _trial(request, given["lines"], today) | {"tried": tried}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "petitions/desk/words/change.html", page, status=status)


def _around(one: Found) -> dict[str, Any]:
    """The words before, at and after the place, without whoever wrote them: as long as they were, so the place fits."""
    piece = blanked(one.piece, words_of(one.petition.case.requester))
    parts = {"before": piece[: one.start], "hit": piece[one.start : one.end], "after": piece[one.end :]}
    return {"petition": one.petition, **parts}


def _trial(request: HttpRequest, found: tuple[Word, ...], today: date) -> dict[str, Any]:
    now = timezone.now()
    most = int(parameter("petitions.abusive_words_trial", on=today).value)
    rows = queries.visible_to(account_of(request), now).select_related("case__place", "case__requester")
    past = (
        rows.filter(case__confirmed_at__isnull=False).prefetch_related("case__kept_words").order_by("-case__pk")[:most]
    )
    trial = words.try_out(found, past, on_day=today)
    held = set(words.on(today).words)
    shown = [
        (title, [_around(one) for one in found_in[:MOST_SHOWN]], len(found_in))
        for title, found_in in (
            (_("新的字詞表會遮蔽，現在不會"), trial.newly),
            (_("現在會遮蔽，新的字詞表不會"), trial.no_more),
        )
    ]
    return {
        "trial": trial,
        "added": [word for word in found if word not in held],
        "removed": sorted(held - set(found), key=str),
        "shown": shown,
        "by_word": sorted(trial.by_word.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_SHOWN],
        "most_shown": MOST_SHOWN,
    }
