"""How the text model learns: each night's training, a version's evidence, and the watched one beside the one in use."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.classify import queries as classify_queries
from cityhall.engines.classify.gate import ENOUGH_FOR_OWN
from cityhall.engines.classify.guard import Guard
from cityhall.engines.classify.making import TARGETS
from cityhall.engines.classify.models import ModelVersion
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from .. import queries, watching
from ..forms import learning as forms
from ..models import Category, Training
from ..services import automatic, learning
from ..services.dispatch import PURPOSE
from ..states import LabelCheck
from ..trust import Precision

READ = "petitions.automatic.read"
MANAGE = "petitions.automatic.manage"
PAGE = 50


def _version(number: int) -> ModelVersion:
    found = classify_queries.versions(PURPOSE).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@requires(READ)
def model(request: HttpRequest, number: int) -> HttpResponse:
    """One version: what the guard found, and the threshold of each category with the predictions that it rests on."""
    version, now = _version(number), timezone.now()
    asked = request.GET.get("percent", "")
    usual = automatic.usual_percent(now)
    percent = int(asked) if asked.isdecimal() and int(asked) in TARGETS else usual
    conditions = classify_queries.conditions(day_of(now))
    labels = {one.code: one.label for one in Category.objects.all()}
    context = {
        "version": version,
        "training": Training.objects.filter(number=number).first(),
        "findings": [_finding(one, number) for one in version.findings],
        "passed": version.is_guarded,
        "percent": percent,
        "percents": sorted({*TARGETS, usual}),
        "usual": usual,
        "rows": _evidence(version, percent, labels, conditions.labels_in_class),
        "enough": sum(version.counts.values()) >= conditions.labels,
        "conditions": conditions,
        "sources": [_source(one) for one in version.sources],
        "own_from": ENOUGH_FOR_OWN,
        "since": classify_queries.watched_since(PURPOSE),
        "may_manage": allowed(request, "petitions.rules.manage"),
        "manages": allowed(request, MANAGE),
    }
    return render(request, "petitions/desk/automatic/model.html", context)


def _source(one: str) -> tuple[str, int]:
    """Where rows came from, in words, and how many."""
    name, _colon, number = one.partition(": ")
    words = {
        "shipped": _("隨系統附的案例"), "corrections": _("人員的判定"), "looked_at": _("抽查確認的"), "golden": _("考題"),
    }  # fmt: skip
    return words.get(name, name), int(number) if number.isdecimal() else 0


def _evidence(version: ModelVersion, percent: int, labels: dict[str, str], least: int) -> list[dict[str, Any]]:
    """By category, most examples first: how many were learnt, the threshold, and how right it was above it."""
    limits = version.thresholds.get("by_target", {}).get(str(percent))
    if limits is None:
        return []
    found = []
    for code, learnt in sorted(version.counts.items(), key=lambda one: (-one[1], one[0])):
        own = limits["by_label"].get(code)
        level = own if own is not None else limits["overall"]
        told, above, right = limits["evidence"].get(code, (0, 0, 0))
        precision = Precision(right, above)
        found.append(
            {
                "label": labels.get(code, code), "learnt": learnt, "enough": learnt >= least, "own": own is not None,
                "level": level if level <= 1 else None, "told": told, "above": above, "right": right,
                "share": precision.share, "between": precision.between,
            }
        )  # fmt: skip
    return found


def _finding(one: dict[str, Any], number: int) -> dict[str, Any]:
    """What a guard found, in words a person at the desk reads."""
    words = {
        Guard.MACRO_F1: _("各類平均（F1）：同樣的案件上，最多比使用中的低 1 個百分點"),
        Guard.URGENT_RECALL: _("急迫類別找得到的比率：不能比使用中的低"),
        Guard.GOLDEN: _("從不拿來學的考題：不能比使用中的明顯變差"),
        Guard.CONSENSUS: _("每個人的新標註：不能有太多和其他人的標註明顯相反"),
        Guard.CLASSES: _("新標註的類別組成：不能突然大變"),
    }
    shown: dict[str, Any] = {
        "words": words[Guard(one["guard"])],
        "passed": one["passed"],
        "rows": one["rows"],
        "number": number,
    }
    if one["now"] is None:
        return {**shown, "told": False}
    is_index = one["guard"] == Guard.CLASSES
    places = (lambda value: f"{value:.2f}") if is_index else (lambda value: f"{value * 100:.1f}%")
    shown |= {"told": True, "now": places(one["now"]), "was": places(one["was"]) if one["was"] is not None else ""}
    shown["limit"] = places(one["limit"]) if one["limit"] is not None else ""
    if one["by"] is not None:
        person = Account.objects.filter(pk=one["by"]).first()
        shown |= {"by": person.name if person else "—", "by_pk": one["by"]}
    return shown


@requires(MANAGE)
@form_once
def labels(request: HttpRequest, number: int, person: int) -> HttpResponse:
    """The new labels of a person that the guard stopped at: look, then keep them or learn from none of them."""
    version, now = _version(number), timezone.now()
    stopped = {one["by"] for one in version.findings if one["guard"] == Guard.CONSENSUS and not one["passed"]}
    account = Account.objects.filter(pk=person).first()
    if person not in stopped or account is None:
        raise Http404
    rows = learning.labels_of(number, person)
    form = forms.LabelsForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                many = learning.check_labels(
                    number,
                    person,
                    verdict=LabelCheck(given["verdict"]),
                    reason=given["reason"],
                    by=request.user,
                    at=now,
                )
            except CannotAct as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, _("已記下 %(n)d 筆。下一次夜間訓練就照這樣學。") % {"n": many})
                return HttpResponseRedirect(reverse("petitions:model", args=[number]))
    shown = rows.filter(petition__in=queries.visible_to(request.user, now).values("pk"))
    shown = shown.select_related("petition__case", "category", "before").order_by("-at", "-pk")
    context = {
        "version": version, "person": account, "form": form,
        "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "open": rows.filter(checked="").count(), "own": request.user.pk == person,
    }  # fmt: skip
    return render(request, "petitions/desk/automatic/labels.html", context, status=status)


@requires(READ)
def compare(request: HttpRequest) -> HttpResponse:
    """A watched version beside the one in use, on the petitions that came in meanwhile."""
    versions = watching.watched_versions()
    asked = request.GET.get("version", "")
    numbers = [number for number, _n, _since in versions]
    number = int(asked) if asked.isdecimal() and int(asked) in numbers else (numbers[0] if numbers else None)
    context: dict[str, Any] = {
        "versions": versions, "number": number, "may_manage": allowed(request, "petitions.rules.manage"),
    }  # fmt: skip
    if number is not None:
        total, rows = watching.compared(number)
        labels = {one.code: one.label for one in Category.objects.all()}
        context |= {
            "total": total,
            "rows": [(labels.get(one.category, one.category), one) for one in rows],
            "since": next(since for n, _many, since in versions if n == number),
            "live": classify_queries.live(PURPOSE),
            "charts": _charts([(labels.get(one.category, one.category), one) for one in rows]),
            "shared": _shares(total),
        }
    return render(request, "petitions/desk/automatic/compare.html", context)


def _shares(total: watching.Compared) -> dict[str, Any]:
    """Both versions on the petitions whose category a person has said."""
    return {
        "live": Precision(total.live_right, total.known).share,
        "watched": Precision(total.watched_right, total.known).share,
        "agreement": total.agreement,
    }


def _charts(rows: list[tuple[str, watching.Compared]]) -> list[charts.Chart]:
    differing = sorted(
        ((label, one.rows - one.same) for label, one in rows if one.rows > one.same), key=lambda row: -row[1]
    )[:10]
    if not differing:
        return []
    return [
        charts.horizontal_bars(
            _("兩版說法不同的案件"), differing, unit=_("件"), source=_("市政廳派案紀錄"), first_column=_("試行版說的類別")
        )
    ]  # fmt: skip
