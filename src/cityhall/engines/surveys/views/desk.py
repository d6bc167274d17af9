"""問卷調查 at the desk: surveys, the versions of their questions, and complaints."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.worklist import services as worklist
from cityhall.web.access import Forbidden, allowed, requires

from .. import queries, registry, rules, services
from ..forms import NO_OPINION, POINTS, AnswerForm, HandlingForm, QuestionForm, SurveyForm
from ..models import Question, Questionnaire, Survey, together
from ..services import CannotAct, CannotChange
from ..states import Kind

READ, MANAGE = "surveys.read", "surveys.manage"
PAGE = 50


def hidden_owners(request: HttpRequest) -> list[str]:
    """The owners whose surveys this reader does not see."""
    return [one.code for one in registry.owners() if one.reads and not allowed(request, one.reads)]


def found_survey(request: HttpRequest, reference: uuid.UUID) -> Survey:
    """The survey, if this reader may see it."""
    survey = get_object_or_404(Survey, reference=reference)
    must_read(request, survey)
    return survey


def must_read(request: HttpRequest, survey: Survey) -> None:
    """Refuse who does not see its owner's surveys."""
    if (act := survey.declared.reads) and not allowed(request, act):
        raise Forbidden(act)


def must_manage(request: HttpRequest, survey: Survey) -> None:
    """Refuse who may not change its owner's surveys."""
    must_read(request, survey)
    if not may_manage(request, survey):
        raise Forbidden(survey.declared.manages or MANAGE)


def may_manage(request: HttpRequest, survey: Survey) -> bool:
    """Whether this reader may change it."""
    act = survey.declared.manages
    return allowed(request, MANAGE) and (not act or allowed(request, act))


# ---- surveys ---------------------------------------------------------------------------------------------------------


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """All surveys that this reader sees, the newest first."""
    hidden = hidden_owners(request)
    page = Paginator(queries.surveys().exclude(owner__in=hidden), PAGE).get_page(request.GET.get("page"))
    waiting = queries.complaints(open_only=True).exclude(invitation__wave__survey__owner__in=hidden).count()
    context = {"page": page, "waiting": waiting, "may_manage": allowed(request, MANAGE)}
    return render(request, "surveys/desk/index.html", context)


@requires(MANAGE)
@form_once
def add(request: HttpRequest) -> HttpResponse:
    """A survey of the commission's own."""
    form = SurveyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = services.create_survey(form.wording, owner=registry.CITY, by=request.user, at=timezone.now())
        messages.success(request, _("已建立。接著請寫題目。"))
        return redirect("surveys:version", reference=made.reference, number=1)
    context = {
        "form": form, "title": _("新增問卷調查"), "button": _("建立"), "back": (reverse("surveys:index"), _("問卷調查")),
    }  # fmt: skip
    return render(request, "idempotency/act.html", context, status=422 if form.is_bound else 200)


@requires(READ)
def survey(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One survey: its versions and its waves with their response rates."""
    one = found_survey(request, reference)
    waves = list(one.waves.select_related("questionnaire", "survey"))
    asking, now = queries.asking(waves), timezone.now()
    versions = list(one.questionnaires.all())
    context = {
        "survey": one,
        "versions": versions,
        "newest": versions[0],
        "waves": [(wave, asking[wave.pk], services.is_open(wave, now)) for wave in waves],
        "may_manage": may_manage(request, one),
    }
    return render(request, "surveys/desk/survey.html", context)


@requires(MANAGE)
@form_once
def edit(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Another name or purpose."""
    one = found_survey(request, reference)
    must_manage(request, one)
    initial = {name: getattr(one, name) for name in ("title", "title_en", "purpose", "purpose_en")}
    form = SurveyForm(request.POST if request.method == "POST" else None, initial=initial)

    def do(given: dict[str, Any]) -> str:
        services.reword_survey(one, form.wording, by=request.user, at=timezone.now())
        return _("已改好。")

    back = reverse("surveys:survey", args=[reference])
    return act_page(
        request, form=form, title=_("修改名稱與目的"), button=_("儲存"), do=do, back=(back, str(one)), to=back,
        refused=CannotAct,
    )  # fmt: skip


@requires(MANAGE)
@require_POST
@form_once
def new_version(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The next version of the questions, to be written."""
    one = found_survey(request, reference)
    must_manage(request, one)
    made = services.new_version(one, by=request.user, at=timezone.now())
    return HttpResponseRedirect(reverse("surveys:version", args=[reference, made.number]))


# ---- versions and questions ------------------------------------------------------------------------------------------


def found_version(request: HttpRequest, reference: uuid.UUID, number: int) -> Questionnaire:
    """The version, if this reader may see its survey."""
    one = found_survey(request, reference)
    return get_object_or_404(one.questionnaires.select_related("survey"), number=number)


@requires(READ)
def version(request: HttpRequest, reference: uuid.UUID, number: int) -> HttpResponse:
    """The questions of a version; while nobody has answered, to be written, moved and taken out."""
    one = found_version(request, reference, number)
    context = {
        "survey": one.survey,
        "version": one,
        "questions": services.questions_of(one),
        "before": one.survey.questionnaires.filter(number=number - 1).first(),
        "may_change": one.frozen_at is None and may_manage(request, one.survey),
        "may_manage": may_manage(request, one.survey),
    }
    return render(request, "surveys/desk/version.html", context)


@requires(READ)
def preview(request: HttpRequest, reference: uuid.UUID, number: int) -> HttpResponse:
    """The questions as people see them; nothing is sent."""
    one = found_version(request, reference, number)
    context = {"survey": one.survey, "version": one, "form": AnswerForm(questions=services.questions_of(one))}
    return render(request, "surveys/desk/preview.html", context)


PARTS = {
    "kind": gettext_lazy("怎麼回答"), "text": gettext_lazy("題目內容"), "text_en": gettext_lazy("題目的英文"),
    "choices": gettext_lazy("選項"), "required": gettext_lazy("必答"), "no_opinion": gettext_lazy("可以選「沒有意見」"),
    "complaint_at_most": gettext_lazy("幾分以下要有人處理"),
}  # fmt: skip
CHANGES = {
    rules.Change.SAME: (gettext_lazy("沒有改"), "grey"),
    rules.Change.ADDED: (pgettext_lazy("question", "新增"), ""),
    rules.Change.REMOVED: (pgettext_lazy("question", "刪除"), "red"),
    rules.Change.CHANGED: (gettext_lazy("改過"), "amber"),
}


@requires(READ)
def compare(request: HttpRequest, reference: uuid.UUID, number: int) -> HttpResponse:
    """A version beside the one before: what is new, gone, and written otherwise."""
    one = found_version(request, reference, number)
    earlier = one.survey.questionnaires.filter(number=number - 1).first()
    if earlier is None:
        raise Http404(_("這是第一個版本，沒有可以比較的。"))
    old = {question.key: question for question in services.questions_of(earlier)}
    new = {question.key: question for question in services.questions_of(one)}
    rows = [
        (old.get(key), new.get(key), *CHANGES[change], together(str(PARTS[part]) for part in parts))
        for key, change, parts in rules.differences(queries.parts_of(earlier), queries.parts_of(one))
    ]
    context = {"survey": one.survey, "version": one, "before": earlier, "rows": rows}
    return render(request, "surveys/desk/compare.html", context)


def _to_version(one: Questionnaire) -> str:
    return reverse("surveys:version", args=[one.survey.reference, one.number])


@requires(MANAGE)
@form_once
def add_question(request: HttpRequest, reference: uuid.UUID, number: int) -> HttpResponse:
    """A further question at the end."""
    one = found_version(request, reference, number)
    must_manage(request, one.survey)
    form = QuestionForm(request.POST if request.method == "POST" else None, initial={"required": True})

    def do(given: dict[str, Any]) -> str:
        services.add_question(one, form.wanted, by=request.user, at=timezone.now())
        return _("已新增題目。")

    to = _to_version(one)
    return act_page(
        request, form=form, title=_("新增問卷題目"), button=_("新增"), do=do, back=(to, str(one.survey)), to=to,
        refused=CannotChange,
    )  # fmt: skip


def _question(request: HttpRequest, reference: uuid.UUID, number: int, key: str) -> Question:
    one = found_version(request, reference, number)
    must_manage(request, one.survey)
    found = get_object_or_404(one.questions.prefetch_related("choices"), key=key)
    found.questionnaire = one
    return found


@requires(MANAGE)
@form_once
def question(request: HttpRequest, reference: uuid.UUID, number: int, key: str) -> HttpResponse:
    """Write a question anew."""
    one = _question(request, reference, number, key)
    form = QuestionForm(request.POST if request.method == "POST" else None, initial=QuestionForm.values_of(one))

    def do(given: dict[str, Any]) -> str:
        services.change_question(one, form.wanted, by=request.user, at=timezone.now())
        return _("已改好。")

    to = _to_version(one.questionnaire)
    return act_page(
        request, form=form, title=_("修改問卷題目"), button=_("儲存"), do=do, back=(to, str(one.questionnaire.survey)), to=to,
        refused=CannotChange,
    )  # fmt: skip


@requires(MANAGE)
@require_POST
@form_once
def move(request: HttpRequest, reference: uuid.UUID, number: int, key: str) -> HttpResponse:
    """One place up or down."""
    one = _question(request, reference, number, key)
    try:
        services.move_question(one, up=request.POST.get("to") == "up", by=request.user, at=timezone.now())
    except CannotChange as refusal:
        messages.error(request, refusal.sentence)
    return HttpResponseRedirect(_to_version(one.questionnaire))


@requires(MANAGE)
@require_POST
@form_once
def remove(request: HttpRequest, reference: uuid.UUID, number: int, key: str) -> HttpResponse:
    """Take a question out."""
    one = _question(request, reference, number, key)
    try:
        services.remove_question(one, by=request.user, at=timezone.now())
    except CannotChange as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("已刪除題目。"))
    return HttpResponseRedirect(_to_version(one.questionnaire))


# ---- complaints ------------------------------------------------------------------------------------------------------


@requires(READ)
def complaints(request: HttpRequest) -> HttpResponse:
    """Who was little satisfied: what waits, or all of them."""
    everything = request.GET.get("all") == "1"
    rows = queries.complaints(open_only=not everything).exclude(
        invitation__wave__survey__owner__in=hidden_owners(request)
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "surveys/desk/complaints.html", {"page": page, "everything": everything})


@requires(READ)
@form_once
def complaint(request: HttpRequest, pk: int) -> HttpResponse:
    """What somebody answered who was little satisfied, and what was done about it."""
    response = get_object_or_404(queries.complaints(open_only=False), pk=pk)
    wave, now = response.invitation.wave, timezone.now()
    must_read(request, wave.survey)
    may_handle = response.handled_at is None and may_manage(request, wave.survey)
    form = HandlingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        must_manage(request, wave.survey)
        if form.is_valid():
            try:
                services.handle_complaint(response, words=form.cleaned_data["words"], by=request.user, at=now)
            except CannotAct as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, _("已登錄處理情形。"))
                return redirect("surveys:complaints")
    elif request.user.is_authenticated:
        worklist.mark_seen_by(response, request.user, at=now)
    given = queries.given_by([response])[response.pk]
    context = {
        "response": response,
        "wave": wave,
        "answers": [(one, _said(one, given.get(one.key, ""))) for one in services.questions_of(wave.questionnaire)],
        "form": form,
        "may_handle": may_handle,
    }
    return render(request, "surveys/desk/complaint.html", context, status=422 if form.errors else 200)


def _said(question: Question, said: str) -> str:
    """An answer in words: points are called what they were called when they were given."""
    if question.kind != Kind.SCALE or not said:
        return said
    return str(POINTS.get(int(said), NO_OPINION))
