"""競賽: seen by everybody, played by teams through an address of their own, run by the commission at the desk."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.states import Role
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.scoring import queries as scoring
from cityhall.engines.subscriptions import views as subscriptions
from cityhall.engines.worklist.services import mark_seen_by
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, public, requires

from .. import competing, contests, forms
from ..models import Contest, Team, Work
from ..refusals import CannotCatalogue
from ..requesting import MODERATE
from ..rules import Stage
from ..states import TeamState, WorkState
from . import asking

A_PAGE = 20
JUDGE = "evaluations.judge"


def _placed(contest: Contest, today: Any) -> tuple[Stage, Any, str]:
    stage = contest.stage(today)
    return stage, contests.STAGES[stage], contests.TONES[stage]


# ---- everybody -------------------------------------------------------------------------------------------------------


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Competitions, the newest first."""
    rows = contests.whole(contests.shown()).order_by("-opens_on", "-number")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    today = day_of(timezone.now())
    return render(
        request,
        "open_data/contests.html",
        {"page": page, "rows": [(one, *_placed(one, today)) for one in page.object_list]},
    )


def _shown(number: int) -> Contest:
    return get_object_or_404(contests.whole(contests.shown()), number=number)


@public
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """A competition: what for, by which rules, when, for which prizes; after its end, who won."""
    found = _shown(number)
    stage, label, tone = _placed(found, day_of(timezone.now()))
    works = list(contests.works(found).filter(state=WorkState.ACCEPTED)) if stage is Stage.AWARDED else []
    won: dict[int, list[Work]] = {}
    for work in works:
        if (award := getattr(work, "award", None)) is not None:
            won.setdefault(award.prize_id, []).append(work)
    context = {
        "one": found, "stage": stage, "label": label, "tone": tone, "open": stage is Stage.OPEN,
        "prizes": [(prize, won.get(prize.pk, [])) for prize in found.prizes.all()],
        "others": [work for work in works if getattr(work, "award", None) is None],
        "datasets": found.datasets.filter(state="PUBLISHED").select_related("agency").order_by("title"),
    }  # fmt: skip
    return render(request, "open_data/contest.html", context)


@public
@never_cache
@require_http_methods(subscriptions.METHODS)
def register(request: HttpRequest, number: int) -> HttpResponse:
    """A team takes part."""
    if request.method == "POST":
        subscriptions.admit(request)
    return _register_once(request, number)


@form_once
def _register_once(request: HttpRequest, number: int) -> HttpResponse:
    found = _shown(number)
    form = forms.TeamForm(
        request.POST if request.method == "POST" else None, initial={"email": asking.mailbox(request)}
    )
    form.fields["members"].help_text = _("連隊長，最多 %(n)s 人。") % {"n": found.most_members}
    return asking.answer(
        request, form, lambda **who: competing.register(found, **form.cleaned_data, **who)[1],
        title=_("報名競賽"), button=_("報名"), lead=found.label,
        back=(reverse("open_data:contest", args=[number]), found.label),
    )  # fmt: skip


@public
@never_cache
@require_http_methods(subscriptions.METHODS)
def send_again(request: HttpRequest, number: int) -> HttpResponse:
    """A leader has lost the letter with the team's address."""
    if request.method == "POST":
        subscriptions.admit(request)
    return _send_again_once(request, number)


@form_once
def _send_again_once(request: HttpRequest, number: int) -> HttpResponse:
    found = _shown(number)
    form = forms.AgainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        competing.send_again(found, email=form.cleaned_data["email"], at=timezone.now())
        messages.success(request, _("如果這個信箱有報名，網址已經寄出；一小時寄一次。"))
        return redirect("open_data:contest", number=number)
    return asking.shown(
        request, form, title=_("再寄一次交作品的網址"), button=_("寄給我"), lead=found.label,
        back=(reverse("open_data:contest", args=[number]), found.label),
    )  # fmt: skip


# ---- a team ----------------------------------------------------------------------------------------------------------


def _team(reference: uuid.UUID, key: str) -> Team:
    found = competing.by_key(reference, key)
    if found is None:
        raise Http404(_("這個連結不完整或已經失效。請用信裡的網址再開一次。"))
    return found


@public
@never_cache
@require_safe
def team(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """A team's own page: its work, how it stands, and what can be done until when."""
    found = _team(reference, key)
    now = timezone.now()
    _stage, label, tone = _placed(found.contest, day_of(now))
    context = {
        "team": found, "key": key, "contest": found.contest, "work": getattr(found, "work", None), "label": label, "tone": tone,
        "may_hand_in": competing.may_hand_in(found, now), "playing": found.state == TeamState.IN,
        "may_withdraw": found.state == TeamState.IN and found.contest.stage(day_of(now)) is Stage.OPEN,
    }  # fmt: skip
    return render(request, "open_data/team.html", context)


@public
@never_cache
@require_http_methods(subscriptions.METHODS)
@form_once
def hand_in(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """A work is handed in, or changed."""
    found = _team(reference, key)
    work = getattr(found, "work", None)
    initial = {name: getattr(work, name) for name in ("title", "text", "url", "form")} if work else {}
    if work:
        initial["datasets"] = "\n".join(one.identifier for one in work.datasets.all())
    form = forms.WorkForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            competing.hand_in(found, **form.cleaned_data, at=timezone.now())
        except CannotCatalogue as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("已收到作品，截止前都可以再修改。"))
            return redirect("open_data:team", reference=reference, key=key)
    context = {
        "form": form, "title": _("修改作品") if work else _("交作品"), "button": _("送出作品"), "lead": found.contest.label,
        "back": (reverse("open_data:team", args=[reference, key]), found.name),
    }  # fmt: skip
    return render(request, "open_data/ask.html", context, status=422 if form.is_bound and form.errors else 200)


@public
@never_cache
@require_http_methods(subscriptions.METHODS)
@form_once
def withdraw(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """A team takes part no more."""
    found = _team(reference, key)
    form = forms.ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            competing.withdraw(found, at=timezone.now())
        except CannotCatalogue as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("隊伍已經退出，信箱已刪除。"))
            return redirect("open_data:contest", number=found.contest.number)
    context = {
        "form": form, "title": _("退出競賽"), "button": _("退出"), "lead": _("退出以後，作品不參加評審；想再參加，要重新報名。"),
        "back": (reverse("open_data:team", args=[reference, key]), found.name),
    }  # fmt: skip
    return render(request, "open_data/ask.html", context, status=422 if form.is_bound and form.errors else 200)


# ---- the desk --------------------------------------------------------------------------------------------------------


def _narrowed(request: HttpRequest, at: datetime) -> tuple[forms.ContestFilter, QuerySet[Contest]]:
    rows = contests.whole(Contest.objects.all())
    form = forms.ContestFilter(request.GET or None)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        for word in wanted["q"].split()[:10]:
            rows = rows.filter(Q(title__icontains=word) | Q(purpose__icontains=word))
        rows = rows.filter(kind=wanted["kind"]) if wanted["kind"] else rows
        rows = rows.filter(contests.at_stage(Stage(wanted["stage"]), day_of(at))) if wanted["stage"] else rows
    return form, rows.order_by("-opens_on", "-number")


@requires(MODERATE)
def desk_index(request: HttpRequest) -> HttpResponse:
    """Competitions with where each stands."""
    now = timezone.now()
    form, rows = _narrowed(request, now)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "filtered": any(value for name, value in request.GET.items() if name != "page"),
        "rows": [(one, contests.reference(one), *_placed(one, day_of(now))) for one in page.object_list],
    }  # fmt: skip
    return render(request, "open_data/desk/contests.html", context)


@requires(MODERATE)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered competitions as a sheet; written down."""
    if kind not in downloads.TYPES:
        raise Http404
    now = timezone.now()
    _form, rows = _narrowed(request, now)
    audit.record("open_data.contests_exported", None, by=request.user, at=now, new={"rows": rows.count()})
    headings = [
        _("編號"), pgettext("contest", "種類"), _("競賽名稱"), pgettext("contest", "進度"), _("開始報名日"), _("報名與交件截止日"),
        _("競賽日"), _("預計公布結果日"), _("公布結果日"), pgettext("contest", "隊數"), pgettext("contest", "作品數"),
    ]  # fmt: skip
    return downloads.sheet(kind, f"contests.{kind}", headings, _lines(rows, now))


def _lines(rows: QuerySet[Contest], at: datetime) -> Iterator[list[Any]]:
    for one in rows.iterator(chunk_size=500):
        days = [
            day.isoformat() if day else ""
            for day in (one.opens_on, one.closes_on, one.held_on, one.result_on, one.awarded_on)
        ]
        yield [
            contests.reference(one), one.get_kind_display(), one.title, str(contests.STAGES[one.stage(day_of(at))]), *days,
            one.many_teams, one.many_works,
        ]  # fmt: skip


def _one(number: int) -> Contest:
    return get_object_or_404(contests.whole(Contest.objects.all()), number=number)


@requires(MODERATE)
def desk_one(request: HttpRequest, number: int) -> HttpResponse:
    """A competition with its teams and works, and what can be done now."""
    found, now = _one(number), timezone.now()
    mark_seen_by(found, request.user, at=now)
    stage, label, tone = _placed(found, day_of(now))
    edit, off = ("edit_contest", pgettext("contest", "修改")), ("call_off_contest", pgettext("contest", "停辦"))
    judge = ("judge_contest", _("開始評審"))
    last_day = stage is Stage.OPEN and day_of(now) == found.closes_on
    offered = {
        Stage.DRAFT: [("announce_contest", _("公告")), edit], Stage.COMING: [edit, off],
        Stage.OPEN: [judge, edit, off] if last_day else [edit, off], Stage.CLOSED: [judge, off],
        Stage.JUDGED: [("award_contest", _("公布結果"))],
    }.get(stage, [])  # fmt: skip
    points = contests.judged(found)
    rows = found.teams.exclude(state=TeamState.UNCONFIRMED).select_related("work__award__prize").order_by("n")
    page = Paginator(rows, 100).get_page(request.GET.get("page"))
    context = {
        "one": found, "reference": contests.reference(found), "stage": stage, "label": label, "tone": tone,
        "acts": [(reverse(f"open_data_desk:{name}", args=[number]), words) for name, words in offered],
        "prizes": found.prizes.all(), "datasets": found.datasets.select_related("agency").order_by("title"), "page": page,
        "teams": [(row, getattr(row, "work", None), points.get(row.work.pk) if hasattr(row, "work") else None) for row in page.object_list],
    }  # fmt: skip
    return render(request, "open_data/desk/contest.html", context)


@requires(MODERATE)
def export_one(request: HttpRequest, number: int, kind: str) -> HttpResponseBase:
    """Teams and works of a competition as a sheet, without the leaders' mailboxes; written down."""
    if kind not in downloads.TYPES:
        raise Http404
    found = _one(number)
    audit.record("open_data.contest_exported", found, by=request.user, at=timezone.now(), new={"kind": kind})
    headings = [
        _("隊伍編號"), _("隊名（會公開）"), _("人數"), pgettext("team", "狀態"), _("作品名稱"), _("作品形式"), _("作品網址"),
        pgettext("work", "狀態"), _("總分"), _("名次"), _("獎項"),
    ]  # fmt: skip
    return downloads.sheet(kind, f"contest-{number}.{kind}", headings, _team_lines(found))


def _team_lines(contest: Contest) -> Iterator[list[Any]]:
    points = contests.judged(contest)
    rows = contest.teams.exclude(state=TeamState.UNCONFIRMED).select_related("work__award__prize").order_by("n")
    for row in rows:
        work: Work | None = getattr(row, "work", None)
        said: list[Any] = [""] * 7
        if work is not None:
            award = getattr(work, "award", None)
            said = [
                work.title, work.get_form_display(), work.url, work.get_state_display(), *points.get(work.pk, ("", "")),
                award.prize.name if award else "",
            ]  # fmt: skip
        yield [row.call, row.name, row.members, row.get_state_display(), *said]


def _act(
    request: HttpRequest, found: Contest, *, form: Any, title: str, button: str, do: Callable[[dict[str, Any]], str],
    lead: str = "",
) -> HttpResponse:  # fmt: skip
    here = reverse("open_data_desk:contest", args=[found.number])
    return act_page(
        request, form=form, title=title, button=button, do=do, back=(here, found.title), to=here, refused=CannotCatalogue,
        lead=lead,
    )  # fmt: skip


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@requires(MODERATE)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """A draft of a competition."""
    form = forms.ContestForm(_posted(request))

    def do(given: dict[str, Any]) -> str:
        made = contests.draft(**given, by=request.user, at=timezone.now())
        return _("已建立草稿 %(reference)s，公告以後民眾才看得到。") % {"reference": contests.reference(made)}

    here = reverse("open_data_desk:contests")
    return act_page(
        request, form=form, title=_("新增競賽"), button=_("建立草稿"), do=do, back=(here, _("管理競賽")), to=here,
        refused=CannotCatalogue,
    )  # fmt: skip


@requires(MODERATE)
@form_once
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """What is said of a competition."""
    found = _one(number)
    form = forms.ContestForm(_posted(request), initial=forms.initial_of_contest(found))
    del form.fields["kind"]

    def do(given: dict[str, Any]) -> str:
        contests.change(found, **given, by=request.user, at=timezone.now())
        return _("已修改競賽。")

    lead = _("已經公告的，修改後民眾馬上看到；日期與獎項改了，請另外通知隊伍。")
    return _act(request, found, form=form, title=_("修改競賽"), button=_("儲存"), do=do, lead=lead)


@requires(MODERATE)
@form_once
def announce(request: HttpRequest, number: int) -> HttpResponse:
    """Everybody sees it."""
    found = _one(number)

    def do(_given: dict[str, Any]) -> str:
        contests.announce(found, by=request.user, at=timezone.now())
        return _("已公告。")

    return _act(
        request, found, form=forms.ConfirmForm(_posted(request)), title=_("公告競賽"), button=_("公告"), do=do,
        lead=_("公告以後，民眾在開放資料看得到，開始報名日起可以報名。"),
    )  # fmt: skip


@requires(MODERATE)
@form_once
def call_off(request: HttpRequest, number: int) -> HttpResponse:
    """It does not take place."""
    found = _one(number)

    def do(given: dict[str, Any]) -> str:
        contests.call_off(found, reason=given["reason"], by=request.user, at=timezone.now())
        return _("已停辦，隊伍會收到通知。")

    return _act(
        request, found, form=forms.ReasonForm(_posted(request)), title=_("停辦競賽"), button=pgettext("contest", "停辦"), do=do,
        lead=_("理由會公開，也會寄給每個隊伍。"),
    )  # fmt: skip


@requires(MODERATE)
@form_once
def judging(request: HttpRequest, number: int) -> HttpResponse:
    """Judges score the accepted works."""
    found, now = _one(number), timezone.now()
    form = forms.JudgingForm(_posted(request), people=directory.holders(Role.JUDGE, on=day_of(now)))

    def do(given: dict[str, Any]) -> str:
        judges = [form.people[key] for key in given["judges"]]
        contests.begin_judging(found, judges=judges, due_on=given["due_on"], by=request.user, at=now)
        return _("已開始評審，評審委員會收到待辦。")

    lead = _("開始以後不再收件。委員各自評分，自己評完才看得到別人的分數。")
    return _act(request, found, form=form, title=_("開始評審競賽"), button=_("開始評審"), do=do, lead=lead)


@requires(MODERATE)
@form_once
def award(request: HttpRequest, number: int) -> HttpResponse:
    """Which works win."""
    found = _one(number)
    points = contests.judged(found)
    works = [one for one in contests.works(found).filter(state=WorkState.ACCEPTED) if one.pk in points]
    works.sort(key=lambda one: (points[one.pk][1] or 0, one.team.n or 0))
    said = [
        (one, _("第 %(place)s 名，%(points)s 分。隊伍：%(team)s") % {
            "place": points[one.pk][1], "points": f"{points[one.pk][0].normalize():f}", "team": one.team.name,
        })
        for one in works
    ]  # fmt: skip
    form = forms.AwardForm(_posted(request), works=said, prizes=found.prizes.all())

    def do(_given: dict[str, Any]) -> str:
        contests.award(found, chosen=form.chosen, by=request.user, at=timezone.now())
        return _("已公布結果，得獎作品已列入應用案例，隊伍會收到通知。")

    lead = _("同一個獎項可以給幾隊，最多到它的得獎隊數；沒有合適的作品，獎項可以從缺。")
    return _act(request, found, form=form, title=_("公布競賽結果"), button=_("公布結果"), do=do, lead=lead)


# ---- a work ----------------------------------------------------------------------------------------------------------


def _work(reference: uuid.UUID) -> Work:
    rows = Work.objects.select_related("team__contest__review")
    return get_object_or_404(rows, team__reference=reference)


@requires(MODERATE, JUDGE)
def work(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """A work as it was handed in, for the commission and for those who judge it."""
    found, moderates = _work(reference), allowed(request, MODERATE)
    review = found.team.contest.review
    if not moderates and (review is None or scoring.judge_of(review, request.user) is None):
        raise Http404
    if moderates:
        mark_seen_by(found, request.user, at=timezone.now())
    stage = found.team.contest.stage(day_of(timezone.now()))
    context = {
        "one": found, "team": found.team, "contest": found.team.contest, "moderates": moderates, "review": review,
        "checks": moderates and found.team.state == TeamState.IN and stage in (Stage.OPEN, Stage.CLOSED),
        "datasets": found.datasets.select_related("agency").order_by("title"),
    }  # fmt: skip
    return render(request, "open_data/desk/work.html", context)


@requires(MODERATE)
@form_once
def check(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """A work is judged as it is, or sent back."""
    found, now = _work(reference), timezone.now()
    form = forms.CheckForm(_posted(request), initial={"seen": found.changed_at.isoformat()})
    form.fields["verdict"].label = _("檢核結果")
    form.fields["verdict"].choices = [("yes", pgettext("work", "通過檢核")), ("no", pgettext("work", "退回修改"))]
    form.fields["reason"].help_text = _("退回時要寫，會寄給隊長。")
    here = reverse("open_data_desk:work", args=[reference])

    def do(given: dict[str, Any]) -> str:
        accepted, found.changed_at = given["verdict"] == "yes", given["seen"]
        contests.check(found, accepted=accepted, reason=given["reason"], by=request.user, at=now)
        return _("作品通過檢核。") if accepted else _("已退回，理由已寄給隊長。")

    return act_page(
        request, form=form, title=_("檢核參賽作品"), button=_("送出檢核結果"), do=do, back=(here, found.title), to=here,
        refused=CannotCatalogue, lead=_("請打開作品看過：能不能用、合不合規則、有沒有用到列出的資料集。"),
        summary=[(_("作品名稱"), found.title), (_("作品說明"), found.text), (_("作品網址"), found.url)],
    )  # fmt: skip
