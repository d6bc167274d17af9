"""The field-visit page, made for a telephone: the checklist, photos, place and time."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.idempotency.views import form_once
from cityhall.web.access import requires

from .. import forms, visiting
from ..models import Gathering
from ..queries import VISIT
from ..refusals import CannotGather
from .desk import found, sent


def _visit(request: HttpRequest, reference: uuid.UUID) -> Gathering:
    one = found(request, reference, timezone.now())
    if not one.declared.checklist:
        raise Http404
    return one


def _page(
    request: HttpRequest, one: Gathering, form: forms.ChecklistForm | None, photo: forms.PhotoForm | None, status: int
) -> HttpResponse:
    marks = {mark.line: mark for mark in one.marks.all()}
    context: dict[str, Any] = {
        "one": one,
        "form": form or forms.ChecklistForm(profile=one.declared, marks=marks),
        "photo_form": photo or forms.PhotoForm(profile=one.declared, auto_id="id_photo_%s"),
        "photos": list(one.photos.select_related("file")),
        "done": len(marks),
        "all": len(one.declared.lines),
    }
    return render(request, "gatherings/checklist.html", context, status=status)


@requires(VISIT)
@form_once
def checklist(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """What was found, line by line; what is not filled in yet may come later."""
    one, now = _visit(request, reference), timezone.now()
    marks = {mark.line: mark for mark in one.marks.all()}
    form = forms.ChecklistForm(sent(request), profile=one.declared, marks=marks)
    if request.method != "POST":
        return _page(request, one, form, None, 200)
    if form.is_valid():
        try:
            n = visiting.mark(one, marks=form.marks(), where=form.where, by=request.user, at=now)
        except visiting.Unfinished as gaps:
            form.show(gaps.gaps)
        except CannotGather as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("已存%(n)s項。") % {"n": n})
            return HttpResponseRedirect(f"{reverse('gatherings:checklist', args=[reference])}?kept=yes")
    return _page(request, one, form, None, 422)


@requires(VISIT)
@require_POST
@form_once
def add_photo(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """A photo with its place and time."""
    one, now = _visit(request, reference), timezone.now()
    form = forms.PhotoForm(request.POST, request.FILES, profile=one.declared, auto_id="id_photo_%s")
    if form.is_valid():
        upload, given = form.cleaned_data["photo"], form.cleaned_data
        try:
            visiting.add_photo(
                one, upload.file, name=upload.name, line=given["line"], caption=given["caption"], where=form.where,
                taken_at=now, by=request.user, at=now,
            )  # fmt: skip
        except CannotGather as refusal:
            form.add_error("photo", refusal.sentence)
        else:
            messages.success(request, _("照片已存。"))
            return HttpResponseRedirect(f"{reverse('gatherings:checklist', args=[reference])}?kept=photo#photos")
    return _page(request, one, None, form, 422)
