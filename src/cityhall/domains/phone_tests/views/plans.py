"""The commission's pages: months drawn and to be drawn, a month's plan, the scenario cards."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.directory.models import Agency
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.charts import month_name

from .. import forms, queries, services
from ..models import CallPlan, ScenarioCard
from ..queries import PLAN
from ..refusals import CannotTest
from ..results import COUNTS
from ..states import CallState


def months_to_draw(today: date) -> list[date]:
    """This month and the next, where they are not drawn yet."""
    this = today.replace(day=1)
    both = [this, (this + timedelta(days=32)).replace(day=1)]
    done = set(CallPlan.objects.filter(month__in=both).values_list("month", flat=True))
    return [month for month in both if month not in done]


@requires(PLAN)
def index(request: HttpRequest) -> HttpResponse:
    """The months, the newest first, and which can be drawn."""
    counts = {name: Count("tests", filter=condition) for name, condition in (
        ("calls", Q()), ("waiting", Q(tests__state=CallState.WAITING)), ("passed", Q(tests__state=CallState.PASSED)),
        ("failed", Q(tests__state=CallState.FAILED)), ("unanswered", Q(tests__state=CallState.UNANSWERED)),
    )}  # fmt: skip
    rows = CallPlan.objects.annotate(**counts).order_by("-month")
    open_months = months_to_draw(day_of(timezone.now()))
    context = {
        "page": Paginator(rows, 24).get_page(request.GET.get("page")),
        "form": forms.DrawForm(months=open_months) if open_months else None,
    }
    return render(request, "phone_tests/plans.html", context)


@requires(PLAN)
@require_POST
@form_once
def draw(request: HttpRequest) -> HttpResponse:
    """抽出 by hand; on the first of the month the daily job does the same."""
    now = timezone.now()
    form = forms.DrawForm(request.POST, months=months_to_draw(day_of(now)))
    if not form.is_valid():
        messages.error(request, _("請選一個還沒抽過的月份。"))
        return HttpResponseRedirect(reverse("phone_tests:plans"))
    try:
        made = services.draw(date.fromisoformat(f"{form.cleaned_data['month']}-01"), by=request.user, at=now)
    except CannotTest as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("phone_tests:plans"))
    messages.success(request, _("已抽出%(n)s通，並分給測試員。") % {"n": made.tests.count()})
    return HttpResponseRedirect(reverse("phone_tests:plan", args=[made.slug]))


def _plan(month: str) -> CallPlan:
    try:
        return CallPlan.objects.select_related("drawn_by").get(month=date.fromisoformat(f"{month}-01"))
    except (ValueError, CallPlan.DoesNotExist) as error:
        raise Http404 from error


@requires(PLAN)
def plan(request: HttpRequest, month: str) -> HttpResponse:
    """A month: how it was drawn, how far each tester is, and its calls."""
    made = _plan(month)
    state = request.GET.get("state", "")
    rows = queries.with_everything(made.tests.all()).order_by("n")
    total = made.tests.aggregate(**COUNTS, calls=Count("pk"))
    states = dict(made.tests.order_by().values_list("state").annotate(n=Count("pk")))
    context = {
        "plan": made,
        "name": month_name(made.month),
        "total": total,
        "done": total["calls"] - states.get(CallState.WAITING, 0),
        "states": [(one.value, one.label, states[one]) for one in CallState if one in states],
        "state": state if state in CallState.values else "",
        "page": Paginator(rows.filter(state=state) if state in CallState.values else rows, 50).get_page(
            request.GET.get("page")
        ),
        "testers": list(
            made.tests.order_by()
            .values("tester__name", "tester__name_en")
            .annotate(many=Count("pk"), left=Count("pk", filter=Q(state=CallState.WAITING)))
            .order_by("tester__name")
        ),
        "agreement": queries.agreement_of(made.tests.all()),
        "short": made.size > total["calls"],
        "may_redraw": not services.begun(made) and services.last_day(made.month) >= day_of(timezone.now()),
    }
    return render(request, "phone_tests/plan.html", context)


@requires(PLAN)
@form_once
def redraw(request: HttpRequest, month: str) -> HttpResponse:
    """重抽, while nobody has called yet."""
    made, now = _plan(month), timezone.now()
    here = reverse("phone_tests:plan", args=[month])

    def do(given: dict[str, Any]) -> str:
        again = services.redraw(made, reason=given["reason"], by=request.user, at=now)
        return _("已用新的種子重抽%(n)s通。") % {"n": again.tests.count()}

    return act_page(
        request, form=forms.BecauseForm(request.POST if request.method == "POST" else None),
        title=_("重抽%(month)s的電話測試") % {"month": month_name(made.month)}, button=_("重抽"), do=do,
        back=(here, month_name(made.month)), to=here, refused=CannotTest,
        lead=_("原來抽出的全部作廢，換一個種子，照今天的參數與通訊錄再抽。開始打電話以後就不能重抽。"),
    )  # fmt: skip


# ---- cards -----------------------------------------------------------------------------------------------------------


@requires(PLAN)
def cards(request: HttpRequest) -> HttpResponse:
    """The scenario cards: those in use first, and how often each was asked."""
    today = day_of(timezone.now())
    rows = ScenarioCard.objects.select_related("agency").annotate(asked=Count("tests")).order_by("code")
    in_use = {card.pk for card in ScenarioCard.objects.on(today)}
    ordered = sorted(rows, key=lambda one: (one.pk not in in_use, one.code))
    context = {"page": Paginator(ordered, 50).get_page(request.GET.get("page")), "in_use": in_use, "today": today}
    return render(request, "phone_tests/cards.html", context)


@requires(PLAN)
@form_once
def new_card(request: HttpRequest) -> HttpResponse:
    """A new card, from a day on."""
    now = timezone.now()
    agencies = Agency.objects.as_of(day_of(now)).order_by("order", "code")
    form = forms.CardForm(
        request.POST if request.method == "POST" else None, agencies=agencies, initial={"valid_from": day_of(now)}
    )

    def do(given: dict[str, Any]) -> str:
        card = services.add_card(
            code=given["code"], topic=given["topic"], question=given["question"], answer=given["answer"],
            agency=agencies.filter(code=given["agency"]).first() if given["agency"] else None,
            valid_from=given["valid_from"], by=request.user, at=now,
        )  # fmt: skip
        return _("已新增情境卡%(code)s。") % {"code": card.code}

    here = reverse("phone_tests:cards")
    return act_page(
        request, form=form, title=_("新增情境卡"), button=_("新增"), do=do, back=(here, _("情境卡")), to=here,
        refused=CannotTest, lead=_("寫民眾會怎麼問，和正確的答復要有什麼；測試員照卡問，也照卡評。"),
    )  # fmt: skip


@requires(PLAN)
@form_once
def retire_card(request: HttpRequest, code: str) -> HttpResponse:
    """停用 a card."""
    card, now = get_object_or_404(ScenarioCard, code=code), timezone.now()
    here = reverse("phone_tests:cards")

    def do(_given: dict[str, Any]) -> str:
        services.retire_card(card, by=request.user, at=now)
        return _("已停用情境卡%(code)s。") % {"code": card.code}

    return act_page(
        request, form=forms.Form(request.POST if request.method == "POST" else None), title=_("停用這張情境卡"),
        button=_("停用這張卡"), do=do, back=(here, _("情境卡")), to=here, refused=CannotTest,
        lead=_("從明天起不再抽到；已經抽到的照打，評過的保留原來的卡。"), summary=[(card.code, card.question)],
    )  # fmt: skip
