"""The desk and petitions about the same matter: what is alike, two side by side, and joining several at once."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Status
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.differences import Piece, difference
from cityhall.web.access import requires

from .. import neighbours, queries
from ..alike import band
from ..forms.neighbours import JoinForm, JoinManyForm, SuspectedFilter
from ..models import AlikePair, Petition
from ..privacy import blanked, words_of
from ..repeats import metres
from ..services import handling, joining
from .desk import READERS

JOIN = "petitions.dispatch"
PAGE = 10


def readable(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Petition:
    """The petition, for those who may read it; for others it does not exist."""
    rows = queries.visible_to(request.user, at).select_related(*queries.FULL)
    petition = rows.filter(case__reference=reference).first()
    if petition is None:
        raise Http404
    return petition


def _hidden(request: HttpRequest, petition: Petition, at: datetime) -> tuple[str, ...] | None:
    """What names the reporter, for a reader who may not see it."""
    may_see = queries.may_see_reporter(request.user, petition, at)
    return None if may_see else words_of(petition.case.requester)


def _may_join(request: HttpRequest, *petitions: Petition, at: datetime) -> bool:
    return all(queries.may_do(request.user, JOIN, one, at) for one in petitions)


# ---- one petition and its neighbours ---------------------------------------------------------------------------------


@requires(*READERS)
@require_safe
def alike(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The open petitions whose words are alike; a piece of the record, and a page of its own."""
    now = timezone.now()
    petition = readable(request, reference, now)
    found = neighbours.alike_to(petition, request.user, now)
    context = {
        "petition": petition,
        "case": petition.case,
        "found": found,
        "may_join": _may_join(request, petition, at=now) and not petition.case.is_ended,
    }
    return render(request, "petitions/desk/alike/of.html", context)


def _side(request: HttpRequest, petition: Petition, pieces: list[Piece], drop: str, at: datetime) -> dict[str, Any]:
    case = petition.case
    hidden = _hidden(request, petition, at)
    shown = [piece for piece in pieces if piece.kind != drop]
    if not shown:
        shown = [Piece(blanked(case.text, hidden), "same")]
    return {"petition": petition, "case": case, "pieces": shown, "title": blanked(case.title, hidden)}


@requires(*READERS)
@form_once
def compare(request: HttpRequest, reference: uuid.UUID, other: uuid.UUID) -> HttpResponse:
    """Two petitions side by side with what differs, and the button that joins them."""
    now = timezone.now()
    petition, beside = readable(request, reference, now), readable(request, other, now)
    if petition.pk == beside.pk or petition.case.confidential or beside.case.confidential:
        raise Http404
    first, second = sorted((petition, beside), key=lambda one: one.pk)
    may = _may_join(request, petition, beside, at=now)
    form = JoinForm(request.POST if request.method == "POST" and "apart" not in request.POST else None)
    if request.method == "POST" and may:
        if "apart" in request.POST:
            _apart([first.pk, second.pk], request, now)
            messages.success(request, _("已記下：這兩件不是同一件事，不再一起提出。"))
            return HttpResponseRedirect(reverse("petitions:record", args=[reference]))
        child, parent = (second, first) if request.POST.get("keep") != "newer" else (first, second)
        if form.is_valid():
            try:
                handling.end(
                    child, Status.MERGED, reason=form.cleaned_data["reason"], parent=parent.case, by=request.user,
                    at=now,
                )  # fmt: skip
            except CannotAct as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, _("已併案，並已通知民眾。之後的回復也會告訴他們。"))
                return HttpResponseRedirect(reverse("petitions:record", args=[parent.case.reference]))
    value, known = neighbours.likeness_of(first, second, now), neighbours.limits(now)
    hidden = (_hidden(request, first, now), _hidden(request, second, now))
    pieces = difference(blanked(first.case.text, hidden[0]), blanked(second.case.text, hidden[1]))
    here, there = neighbours.point_of(first.case), neighbours.point_of(second.case)
    context = {
        "petition": petition,
        "sides": [_side(request, first, pieces, "new", now), _side(request, second, pieces, "gone", now)],
        "likeness": value,
        "band": band(value, known),
        "metres": metres(here, there) if here and there else None,
        "form": form,
        "may_join": may and not first.case.is_ended and not second.case.is_ended,
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "petitions/desk/alike/compare.html", context, status=status)


# ---- groups ----------------------------------------------------------------------------------------------------------


@requires(JOIN)
@require_safe
def suspected(request: HttpRequest) -> HttpResponse:
    """疑似同案: groups of open petitions, the largest first."""
    now = timezone.now()
    return _groups(request, now, None, {})


def _groups(
    request: HttpRequest, now: datetime, refused: JoinManyForm | None, sent: dict[str, Any], status: int = 200
) -> HttpResponse:
    form = SuspectedFilter(request.GET or None)
    narrowed, least = Q(), None
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        fields = {
            "agency": "case__agency__code",
            "category": "category__code",
            "district": "case__place__district_code",
        }
        narrowed = Q(**{field: wanted[name] for name, field in fields.items() if wanted[name]})
        least = wanted["least"] / 100 if wanted["least"] else None
    found = neighbours.suspected(request.user, now, narrowed=narrowed or None, least=least)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "groups": neighbours.with_petitions(page.object_list),
        "filtered": bool(request.GET),
        "refused": refused,
        "sent": sent,
        "most": joining.most_joined(now),
    }
    return render(request, "petitions/desk/alike/list.html", context, status=status)


@requires(JOIN)
@require_POST
@form_once
def join_many(request: HttpRequest) -> HttpResponse:
    """Join the ticked petitions of a group under one of them; what cannot be joined says why, the others are."""
    now = timezone.now()
    form = JoinManyForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(str(one) for one in errors))
        return _groups(request, now, form, {}, status=422)
    parent = readable(request, form.cleaned_data["parent"], now)
    chosen = [one for one in form.cleaned_data["petition"] if one != str(parent.case.reference)]
    done, refused = 0, []
    for one in chosen:
        try:
            child = readable(request, uuid.UUID(one), now)
        except ValueError:
            raise Http404 from None
        if not _may_join(request, child, parent, at=now):
            raise Http404
        try:
            handling.end(
                child, Status.MERGED, reason=form.cleaned_data["reason"], parent=parent.case, by=request.user, at=now
            )
        except CannotAct as refusal:
            refused.append(f"{child.case.number}：{refusal.sentence}")
        else:
            done += 1
    if done:
        said = ngettext("已把 %(n)s 件併入 %(number)s。", "已把 %(n)s 件併入 %(number)s。", done)
        messages.success(request, said % {"n": done, "number": parent.case.number})
    for sentence in refused:
        messages.warning(request, sentence)
    if not chosen:
        messages.warning(request, _("請勾選主案以外的案件。"))
    return HttpResponseRedirect(reverse("petitions:suspected"))


@requires(JOIN)
@require_POST
@form_once
def keep_apart(request: HttpRequest) -> HttpResponse:
    """Not the same matter: the group is not suggested again; pressed again it is."""
    now = timezone.now()
    try:
        references = [uuid.UUID(one) for one in request.POST.getlist("group")[:200]]
    except ValueError:
        raise Http404 from None
    rows = queries.visible_to(request.user, now).filter(case__reference__in=references)
    keys = list(rows.values_list("pk", flat=True))
    if "undo" in request.POST:
        joining.suggest_again(keys, by=request.user, at=now)
        messages.success(request, _("已恢復提出。"))
    else:
        _apart(keys, request, now)
        messages.success(request, _("已記下：不是同一件事，不再一起提出。"))
    return HttpResponseRedirect(reverse("petitions:suspected"))


def _apart(keys: list[int], request: HttpRequest, now: datetime) -> int:
    pairs = AlikePair.objects.filter(newer__in=keys, older__in=keys)
    if len(keys) == 2 and not pairs.exists():
        AlikePair.objects.create(newer_id=max(keys), older_id=min(keys), likeness=0.0, found_at=now)
    return joining.keep_apart(pairs, by=request.user, at=now)
