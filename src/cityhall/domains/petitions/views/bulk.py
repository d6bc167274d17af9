"""Acts on many petitions that were ticked in the to-do list."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.worklist.models import TodoQuerySet
from cityhall.foundation.clock import day_of

from .. import queries
from ..forms.desk import AssignForm
from ..models import Petition
from ..services.acts import ACTS


def assign(request: HttpRequest, todos: TodoQuerySet) -> HttpResponse:
    """分辦 of several at once: one officer for all; each is an act of its own, and a refused one stays on the list."""
    now = timezone.now()
    act = ACTS["assign"]
    petitions = list(
        queries.visible_to(request.user, now)
        .select_related(*queries.FULL)
        .filter(case__in=list(todos.values_list("object_id", flat=True)))
        .order_by("pk")
    )
    agency = petitions[0].case.agency if petitions else None
    mine = [
        one
        for one in petitions
        if one.case.agency == agency and act.possible(one, now) and queries.may_do(request.user, act.right, one, now)
    ]
    if not mine:
        messages.error(request, _("勾選的案件現在都不能分辦。"))
        return HttpResponseRedirect(reverse("worklist:list"))
    form = AssignForm(request.POST if "confirmed" in request.POST else None, petition=mine[0], on=day_of(now))
    if form.is_bound and form.is_valid():
        done = _assign_each(request, mine, form.cleaned_data)
        if done:
            messages.success(
                request,
                ngettext("已分辦 %(n)d 件給%(name)s。", "已分辦 %(n)d 件給%(name)s。", done)
                % {"n": done, "name": form.cleaned_data["officer"].label},
            )
        return HttpResponseRedirect(reverse("worklist:list"))
    context = {"form": form, "petitions": mine, "left_out": len(petitions) - len(mine), "todos": todos, "act": act}
    return render(request, "petitions/desk/bulk_assign.html", context, status=422 if form.is_bound else 200)


def _assign_each(request: HttpRequest, petitions: list[Petition], given: dict[str, object]) -> int:
    done = 0
    for petition in petitions:
        try:
            ACTS["assign"].do(petition, {**given, "version": None}, request.user, timezone.now())
        except CannotAct as refusal:
            number = petition.case.number or petition.case.title
            messages.error(request, _("%(number)s沒有分辦：%(why)s") % {"number": number, "why": refusal.sentence})
        else:
            done += 1
    return done
