"""Acts on many petitions that were ticked in the to-do list: each is an act of its own, and a refused one stays there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.files import queries as files
from cityhall.engines.identity.requests import account_of
from cityhall.engines.worklist.models import TodoQuerySet
from cityhall.foundation.clock import day_of

from .. import queries
from ..forms.desk import AssignForm, DispatchForm
from ..models import Petition
from ..privacy import words_of
from ..services.acts import ACTS
from .record import signature


def _ticked(request: HttpRequest, todos: TodoQuerySet, code: str) -> tuple[list[Petition], int]:
    """The petitions on which the act is possible now, and how many it is not possible on."""
    now, act = timezone.now(), ACTS[code]
    found = list(
        queries.visible_to(request.user, now)
        .select_related(*queries.FULL)
        .filter(case__in=list(todos.values_list("object_id", flat=True)))
        .order_by("pk")
    )
    possible = [one for one in found if act.possible(one, now) and queries.may_do(request.user, act.right, one, now)]
    return possible, len(found) - len(possible)


def _none_left(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return HttpResponseRedirect(reverse("worklist:list"))


def _each(
    request: HttpRequest, code: str, given: Iterable[tuple[Petition, dict[str, Any]]], refused: str
) -> int:  # fmt: skip
    """Do the act on each; say which were refused and why. Answers how many were done."""
    done = 0
    for petition, values in given:
        try:
            ACTS[code].do(petition, {**values, "version": None}, account_of(request), timezone.now())
        except CannotAct as refusal:
            number = petition.case.number or petition.case.title
            messages.error(request, refused % {"number": number, "why": refusal.sentence})
        else:
            done += 1
    return done


def _page(request: HttpRequest, template: str, todos: TodoQuerySet, code: str, **shown: Any) -> HttpResponse:
    form = shown.get("form")
    context = {"todos": todos, "act": ACTS[code], **shown}
    return render(request, template, context, status=422 if form is not None and form.is_bound else 200)


def assign(request: HttpRequest, todos: TodoQuerySet) -> HttpResponse:
    """分辦 of several at once: one officer for all."""
    petitions, left_out = _ticked(request, todos, "assign")
    if not petitions:
        return _none_left(request, _("勾選的案件現在都不能分辦。"))
    agency = petitions[0].case.agency
    mine = [one for one in petitions if one.case.agency == agency]
    left_out += len(petitions) - len(mine)
    form = AssignForm(
        request.POST if "confirmed" in request.POST else None, petition=mine[0], on=day_of(timezone.now())
    )
    if form.is_bound and form.is_valid():
        done = _each(
            request, "assign", ((one, form.cleaned_data) for one in mine), _("%(number)s沒有分辦：%(why)s")
        )  # fmt: skip
        if done:
            messages.success(
                request,
                ngettext("已分辦 %(n)d 件給%(name)s。", "已分辦 %(n)d 件給%(name)s。", done)
                % {"n": done, "name": form.cleaned_data["officer"].label},
            )
        return HttpResponseRedirect(reverse("worklist:list"))
    return _page(
        request, "petitions/desk/bulk_assign.html", todos, "assign", form=form, petitions=mine, left_out=left_out
    )


def dispatch(request: HttpRequest, todos: TodoQuerySet) -> HttpResponse:
    """派案 of several at once: each to one of its own proposals, or all to one category."""
    petitions, left_out = _ticked(request, todos, "dispatch")
    if not petitions:
        return _none_left(request, _("勾選的案件現在都不能派案。"))
    on = day_of(timezone.now())
    rows = [{"petition": one, "choices": _proposals(one), "name": f"to-{one.pk}"} for one in petitions]
    confirmed = "confirmed" in request.POST
    common = DispatchForm(request.POST if confirmed else None, petition=petitions[0], on=on, prefix="all")
    common.fields["category"].required = False
    if confirmed and common.is_valid():
        for_all = common.cleaned_data if common.cleaned_data["category"] else None
        given = [
            (row["petition"], for_all or {"category": choice, "agency": None, "note": ""})
            for row in rows
            if (choice := _chosen(request, row)) or for_all
        ]
        done = _each(request, "dispatch", given, _("%(number)s沒有派出：%(why)s"))
        if done:
            messages.success(request, ngettext("已派出 %(n)d 件。", "已派出 %(n)d 件。", done) % {"n": done})
        return HttpResponseRedirect(reverse("worklist:list"))
    return _page(
        request, "petitions/desk/bulk_dispatch.html", todos, "dispatch", form=common, rows=rows, left_out=left_out
    )


def _proposals(petition: Petition) -> list[dict[str, Any]]:
    decision = queries.newest_decision(petition)
    return [one for one in queries.top_three(decision) if one["agency"]] if decision else []


def _chosen(request: HttpRequest, row: dict[str, Any]) -> Any:
    wanted = request.POST.get(row["name"], "")
    return next((one["category"] for one in row["choices"] if one["category"].code == wanted), None)


def approve(request: HttpRequest, todos: TodoQuerySet) -> HttpResponse:
    """核定 of several at once: all are read on one page, and those that stay ticked go out."""
    petitions, left_out = _ticked(request, todos, "approve")
    if not petitions:
        return _none_left(request, _("勾選的案件現在都沒有待核定的回復。"))
    if "confirmed" in request.POST:
        kept = set(request.POST.getlist("approve"))
        wanted = [one for one in petitions if str(one.pk) in kept]
        done = _each(request, "approve", ((one, {}) for one in wanted), _("%(number)s沒有送出：%(why)s"))
        if done:
            messages.success(
                request, ngettext("已核定並送出 %(n)d 件。", "已核定並送出 %(n)d 件。", done) % {"n": done}
            )  # fmt: skip
        return HttpResponseRedirect(reverse("worklist:list"))
    return _page(
        request, "petitions/desk/bulk_approve.html", todos, "approve", rows=[_review(request, one) for one in petitions],
        left_out=left_out,
    )  # fmt: skip


def _review(request: HttpRequest, petition: Petition) -> dict[str, Any]:
    reply = case_queries.reply_in_work(petition.case)
    may_see_reporter = queries.may_see_reporter(request.user, petition, timezone.now())
    return {
        "petition": petition,
        "hidden": None if may_see_reporter else words_of(petition.case.requester),
        "reply": reply,
        "files": list(files.of(reply)) if reply else [],
        "signature": signature(petition, reply),
    }
