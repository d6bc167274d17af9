"""A wave at the desk: who was asked, what came back, what people wrote, and files in and out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.letters.services import Recipient
from cityhall.foundation.clock import day_of, end_of_day, start_of_day
from cityhall.web import charts
from cityhall.web.access import allowed, requires
from cityhall.web.context import language
from cityhall.web.forms import Form

from .. import keypad, queries, rules, services
from ..forms import NO_OPINION, POINTS, InviteForm, KeypadForm, WaveForm
from ..models import KeypadUpload, Question, Response, Wave
from ..services import CannotAct, CannotInvite, CannotOpenWave, Plan
from ..states import Kind
from .desk import MANAGE, READ, found_version, may_manage, must_manage, must_read

EXPORT = "surveys.export"
PAGE = 50
MOST_SHOWN = 100


def found_wave(request: HttpRequest, reference: uuid.UUID) -> Wave:
    """The wave, if this reader may see it."""
    one = get_object_or_404(Wave.objects.select_related("survey", "questionnaire"), reference=reference)
    must_read(request, one.survey)
    return one


def _managed(request: HttpRequest, reference: uuid.UUID) -> Wave:
    one = found_wave(request, reference)
    must_manage(request, one.survey)
    return one


@requires(MANAGE)
@form_once
def open_wave(request: HttpRequest, reference: uuid.UUID, number: int) -> HttpResponse:
    """Begin to ask the questions of a version."""
    version, now = found_version(request, reference, number), timezone.now()
    must_manage(request, version.survey)
    form = WaveForm(request.POST if request.method == "POST" else None, initial={"opens_on": day_of(now), "days": 14})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.open_wave(version, _plan(form.cleaned_data, now), by=request.user, at=now)
        except CannotOpenWave as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("已開始這個波次。"))
            return redirect("surveys:wave", reference=made.reference)
    context = {
        "form": form, "title": _("開始調查波次"), "button": _("開始"), "back": (
            reverse("surveys:version", args=[reference, number]), str(version.survey)
        ),
        "lead": _("問的是第 %(n)d 版的題目。有人作答之後，這一版就不能再改。") % {"n": number},
    }  # fmt: skip
    return render(request, "idempotency/act.html", context, status=422 if form.is_bound else 200)


def _plan(given: dict[str, Any], now: datetime) -> Plan:
    """A wave that begins today begins now."""
    closes_on = given["closes_on"]
    return Plan(
        given["name"], given["population"], given["sampling"], max(start_of_day(given["opens_on"]), now),
        end_of_day(closes_on) if closes_on else None, given["days"],
    )  # fmt: skip


@requires(READ)
def wave(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Who was asked in a wave, and how many answered."""
    one, now = found_wave(request, reference), timezone.now()
    context = {
        "wave": one,
        "survey": one.survey,
        "asking": queries.asking([one])[one.pk],
        "is_open": services.is_open(one, now),
        "is_over": one.closes_at is not None and one.closes_at <= now,
        "uploads": one.keypad_uploads.select_related("uploaded_by").defer("refused")[:10],
        "may_manage": may_manage(request, one.survey),
    }
    return render(request, "surveys/desk/wave.html", context)


@requires(MANAGE)
@form_once
def invite(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Ask people by e-mail."""
    one = _managed(request, reference)
    form = InviteForm(request.POST if request.method == "POST" else None, initial={"language": "zh-hant"})

    def do(given: dict[str, Any]) -> str:
        people = [Recipient(email=email, language=given["language"]) for email in given["people"]]
        asked = services.invite_many(one, people, by=request.user, at=timezone.now())
        return _("已寄出 %(new)d 封邀請；另外 %(known)d 個信箱之前已經邀請過。") % {
            "new": asked, "known": len(people) - asked,
        }  # fmt: skip

    back = reverse("surveys:wave", args=[reference])
    return act_page(
        request, form=form, title=_("寄出填答邀請"), button=_("寄出"), do=do, back=(back, str(one)), to=back,
        refused=CannotInvite, lead=_("系統寄信，每人一個專屬連結，只能填一次。這一頁不保存信箱名單。"),
    )  # fmt: skip


class _Nothing(Form):
    """An act that asks for nothing."""


@requires(MANAGE)
@form_once
def close(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """No more answers from now on."""
    one = _managed(request, reference)

    def do(given: dict[str, Any]) -> str:
        services.close_wave(one, by=request.user, at=timezone.now())
        return _("這個波次已經結束。")

    back = reverse("surveys:wave", args=[reference])
    return act_page(
        request, form=_Nothing(request.POST if request.method == "POST" else None), title=_("結束調查波次"),
        button=_("結束"), do=do, back=(back, str(one)), to=back, refused=CannotAct,
        lead=_("結束之後，還沒填的人打開連結會看到填答期間已經過了。不能再開。"),
    )  # fmt: skip


# ---- what came back --------------------------------------------------------------------------------------------------


def labels_of(result: queries.Result) -> dict[str, str]:
    """What each code of a question is called."""
    if result.question.kind == Kind.SCALE:
        return {str(point): str(label) for point, label in POINTS.items()}
    return {one.code: str(one) for one in result.question.choices.all()}


@requires(READ)
def results(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Every question with its distribution: people, shares, their denominator, and the interval where there is one."""
    one = found_wave(request, reference)
    found = queries.results(one.questionnaire, wave=one)
    shown = []
    for number, result in enumerate(found, start=1):
        labels = labels_of(result)
        rows = [(labels[code], share) for code, share in result.tally.shares]
        chart = None
        if result.tally.base and rows:
            points = [charts.Point(label, round(share.percent or 0, 1)) for label, share in rows]
            chart = charts.horizontal_bars(
                f"{number}. {result.question}", points, unit="%", source=str(one.survey), first_column=_("答案"),
                about=_("分母是回答這題的 %(n)d 人。") % {"n": result.tally.base},
            )  # fmt: skip
        shown.append((number, result, rows, chart))
    context = {
        "wave": one,
        "survey": one.survey,
        "asking": queries.asking([one])[one.pk],
        "shown": shown,
        "interval": queries.has_interval(one),
        "may_export": allowed(request, EXPORT),
    }
    return render(request, "surveys/desk/results.html", context)


@requires(READ)
def words(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """What people wrote, without who they are."""
    one = found_wave(request, reference)
    question = get_object_or_404(one.questionnaire.questions, key=key, kind=Kind.TEXT)
    page = Paginator(queries.words(question, wave=one), PAGE).get_page(request.GET.get("page"))
    said = [(row.response.answered_at, queries.covered(row.text)) for row in page.object_list]
    context = {"wave": one, "survey": one.survey, "question": question, "page": page, "said": said}
    return render(request, "surveys/desk/words.html", context)


@requires(EXPORT)
def export(request: HttpRequest, reference: uuid.UUID, kind: str) -> HttpResponseBase:
    """A row for each who answered, words covered, nobody named; that it left is written down."""
    one, now = found_wave(request, reference), timezone.now()
    if kind not in downloads.TYPES:
        raise Http404
    questions = services.questions_of(one.questionnaire)
    rows = Response.objects.filter(invitation__wave=one).select_related("invitation").order_by("answered_at", "pk")
    audit.record("survey.exported", one, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"survey-{day_of(now):%Y%m%d}.{kind}"
    headings = [_("填答日"), _("方式"), *(str(question) for question in questions)]
    return downloads.sheet(kind, name, headings, _cells(rows, questions))


def _cells(rows: Any, questions: list[Question]) -> Iterator[list[Any]]:
    """So many at a time, each time by one question more."""
    block: list[Response] = []
    for response in rows.iterator(chunk_size=500):
        block.append(response)
        if len(block) == 500:
            yield from _of(block, questions)
            block = []
    yield from _of(block, questions)


def _of(block: list[Response], questions: list[Question]) -> Iterator[list[Any]]:
    given = queries.given_by(block)
    for response in block:
        said = given.get(response.pk, {})
        cells = [_cell(one, said.get(one.key, "")) for one in questions]
        yield [day_of(response.answered_at), response.invitation.get_way_display(), *cells]


def _cell(question: Question, said: str) -> str:
    if question.kind == Kind.SCALE and said == str(rules.NO_OPINION):
        return str(NO_OPINION)
    return said.replace("\n", " ")


# ---- keys ------------------------------------------------------------------------------------------------------------


@requires(MANAGE)
@form_once
def keypad_upload(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Hand in a file of the exchange."""
    one = _managed(request, reference)
    form = KeypadForm(request.POST if request.method == "POST" else None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            done = keypad.take_in(one, file.file, name=file.name, by=request.user, at=timezone.now())
        except CannotAct as refusal:
            form.add_error("file", refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("surveys:keypad_uploaded", args=[done.pk]))
    columns = keypad.columns(services.questions_of(one.questionnaire))
    context = {"wave": one, "survey": one.survey, "form": form, "columns": columns}
    return render(request, "surveys/desk/keypad.html", context, status=422 if form.is_bound else 200)


@requires(MANAGE)
def keypad_sheet(request: HttpRequest, reference: uuid.UUID) -> HttpResponseBase:
    """An empty sheet with the right headings."""
    one = _managed(request, reference)
    columns = keypad.columns(services.questions_of(one.questionnaire))
    return downloads.sheet("csv", "keypad.csv", [str(column.label) for column in columns], [])


def _upload(request: HttpRequest, pk: int) -> KeypadUpload:
    done = get_object_or_404(KeypadUpload.objects.select_related("wave__survey", "wave__questionnaire"), pk=pk)
    must_read(request, done.wave.survey)
    return done


def _refused(done: KeypadUpload) -> Iterator[list[Any]]:
    """Each refused cell in the reader's words."""
    labels = {one.key: str(one.label) for one in keypad.columns(services.questions_of(done.wave.questionnaire))}
    for one in done.refused:
        why = one["why"].get(language()) or next(iter(one["why"].values()))
        yield [one["row"], labels.get(one["column"], one["column"]), one["value"], why]


@requires(READ)
def keypad_uploaded(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a file, with every row that was refused."""
    done = _upload(request, pk)
    refused = list(_refused(done))
    context = {
        "upload": done,
        "wave": done.wave,
        "refused": refused[:MOST_SHOWN],
        "more": max(len(refused) - MOST_SHOWN, 0),
    }
    return render(request, "surveys/desk/keypad_uploaded.html", context)


@requires(READ)
def keypad_refused(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The refused rows as a sheet."""
    done = _upload(request, pk)
    return downloads.sheet("csv", f"refused-{done.pk}.csv", [_("列"), _("欄位"), _("內容"), _("原因")], _refused(done))
