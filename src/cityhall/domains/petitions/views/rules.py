"""The dispatch desk's rules and text models: listed, tried on past petitions, saved as tried, undone by version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.classify import queries as classify_queries
from cityhall.engines.classify import services as classify
from cityhall.engines.classify.states import ModelState
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.dates import as_date

from .. import queries
from .. import rule_list as questions
from ..forms import rules as forms
from ..models import ReplayDifference, RuleReplay, StaffWords, Training
from ..rule_list import Names, Rule, Wanted
from ..services import replay as replays
from ..services import rule_editor
from ..services.dispatch import PURPOSE
from ..services.rule_editor import KINDS, Change, RulesChanged
from ..services.rulebook import CannotSaveRule, RulesTie
from ..states import Effect, ReplayAct, ReplayState

MANAGE = "petitions.rules.manage"
PAGE = 50
STUCK_AFTER = timedelta(hours=1)  # so long no replay takes; its worker has given up
FORMS: dict[str, type[forms.WordsForm] | type[forms.RoutingForm]] = {
    "words": forms.WordsForm,
    "routing": forms.RoutingForm,
}


def _rule(kind: str, pk: int) -> Rule:
    """A rule, or there is none."""
    found = rule_editor.rule_of(kind, pk) if kind in KINDS else None
    if found is None:
        raise Http404
    return found


def _address(rule: Rule, page: str = "rule") -> str:
    return reverse(f"petitions:{page}", args=[rule_editor.kind_of(rule), rule.pk])


def title_of(rule: Rule) -> str:
    """A rule in a few words."""
    if isinstance(rule, StaffWords):
        return "、".join([*rule.every, *rule.any_of][:4])
    return _("%(category)s → %(agency)s") % {
        "category": rule.category.label if rule.category else _("不論類別"), "agency": rule.agency.label,
    }  # fmt: skip


# ---- the list --------------------------------------------------------------------------------------------------------


def _wanted(request: HttpRequest) -> tuple[forms.FilterForm, Wanted]:
    form = forms.FilterForm(request.GET or None)
    given = form.cleaned_data if form.is_valid() else {}
    wanted = Wanted(
        text=given.get("q", ""),
        kind=given.get("kind", ""),
        category=given.get("category", ""),
        owner=given.get("owner", ""),
        status=given.get("status", ""),
    )
    return form, wanted


@requires(MANAGE)
def rules(request: HttpRequest) -> HttpResponse:
    """The rules in force and to come, with how well each decides."""
    now = timezone.now()
    form, wanted = _wanted(request)
    lines = questions.listed(wanted, now, day_of(now))
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    names = Names.of(line.rule for line in page.object_list)
    context = {
        "form": form,
        "page": page,
        "rows": [(line, title_of(line.rule), _details(line.rule, names)) for line in page.object_list],
        "filtered": wanted != Wanted(),
        "days": questions.COUNTED_DAYS,
    }
    return render(request, "petitions/desk/rules/list.html", context)


def _details(rule: Rule, names: Names) -> str:
    """What stands under a rule's name: where it leads, and where it speaks."""
    if isinstance(rule, StaffWords):
        return _("判為%(category)s") % {"category": rule.category.label}
    places = _("、").join(names.place_of(rule)) or _("不論地點")
    said = _("、").join([*rule.every, *rule.any_of][:4])
    return _("%(places)s，寫到「%(words)s」") % {"places": places, "words": said} if said else places


@requires(MANAGE)
def export_rules(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The listed rules as CSV, ODS or XLSX, in the columns of the sheets they can be imported from."""
    now = timezone.now()
    _form, wanted = _wanted(request)
    lines = questions.listed(wanted, now, day_of(now))
    names = Names.of(line.rule for line in lines)
    audit.record("petition.rules_exported", None, by=request.user, at=now, new={"rows": len(lines), "kind": kind})
    headings = [
        _("代碼"), _("種類"), _("類別代碼"), _("任一字詞"), _("全部字詞"), _("不含字詞"), _("優先序"), _("行政區"), _("里"),
        _("權管機關代碼"), _("圖層"), _("機關代碼"), _("自何日起"), _("至何日止"), _("版本"), _("誰訂的"), _("為什麼"),
        _("決定件數"), _("改判件數"),
    ]  # fmt: skip
    return downloads.sheet(kind, f"dispatch-rules.{kind}", headings, [_cells(line, names) for line in lines])


def _cells(line: questions.Line, names: Names) -> list[Any]:
    rule = line.rule
    words = ["|".join(one) for one in (rule.any_of, rule.every, rule.none_of)]
    if isinstance(rule, StaffWords):
        what = [_("關鍵詞規則"), rule.category.code, *words]
        where: list[Any] = [rule.priority, "", "", "", "", ""]
    else:
        what = [_("派案規則"), rule.category.code if rule.category else "", *words]
        where = [
            None, names.districts.get(rule.district_code, ""), names.villages.get(rule.village_code, ""),
            rule.manager_code, rule.layer_code, rule.agency.code,
        ]  # fmt: skip
    owner = rule.owner.name if rule.owner else ""
    life = [rule.valid_from, rule.valid_until, rule.version, owner, rule.reason]
    return [questions.key_of(rule), *what, *where, *life, line.used.decided, line.used.corrected]


# ---- one rule --------------------------------------------------------------------------------------------------------


@requires(MANAGE)
def rule(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One rule: what it says, how well it decides, and all its versions."""
    one, now = _rule(kind, pk), timezone.now()
    today = day_of(now)
    versions = questions.versions_of(one)
    used, names = questions.uses(kind, now), Names.of(versions)
    replaced = {version.replaces_id for version in versions}
    status = questions.status_of(one, today, replaced=one.pk in replaced)
    context = {
        "rule": one,
        "kind": kind,
        "title": title_of(one),
        "rows": _summary(one.category.label if one.category else "", rule_editor.content_of(one), kind, names),
        "status": status,
        "used": used.get(questions.key_of(one), questions.Used()),
        "days": questions.COUNTED_DAYS,
        "newer": versions[0] if versions[0].pk != one.pk else None,
        "versions": [
            (
                row,
                questions.status_of(row, today, replaced=row.pk in replaced),
                used.get(questions.key_of(row), questions.Used()),
                title_of(row),
            )
            for row in versions
        ],
    }
    return render(request, "petitions/desk/rules/rule.html", context)


def _summary(category: str, content: dict[str, Any], kind: str, names: Names) -> list[tuple[str, str]]:
    """What a rule says, line by line."""
    words = [
        (_("任一字詞"), "、".join(content["any_of"]) or "—"),
        (_("全部字詞"), "、".join(content["every"]) or "—"),
        (_("不含字詞"), "、".join(content["none_of"]) or "—"),
    ]
    if kind == "words":
        return [(_("判為哪一類"), category), *words, (_("優先序"), str(content["priority"]))]
    return [
        (_("派給哪個機關"), names.managers.get(content["agency"], content["agency"])),
        (_("案件類別"), category or _("不論類別")),
        (_("行政區"), names.districts.get(content["district"], content["district"]) or _("不分區")),
        (_("里"), names.villages.get(content["village"], content["village"]) or "—"),
        (_("道路或設施的權管機關"), names.managers.get(content["manager"], content["manager"]) or _("不論權管")),
        (_("權管圖層"), names.layers.get(content["layer"], content["layer"]) or _("不論圖層")),
        *words,
    ]


# ---- changing, which begins with a replay ----------------------------------------------------------------------------


def _tried_before(request: HttpRequest, act: ReplayAct, kind: str, pk: int | None) -> dict[str, Any]:
    """What was typed for a replay, to go on from."""
    wanted = request.GET.get("from", "")
    found = RuleReplay.objects.filter(pk=int(wanted), act=act).first() if wanted.isdecimal() else None
    if found is None or (found.inputs["kind"], found.inputs["rule"]) != (kind, pk):
        return {}
    change = Change.of(found)
    given = dict(change.content or {})
    return {**given, "valid_from": change.valid_from, "valid_until": change.valid_until, "reason": change.reason}


def _try_page(
    request: HttpRequest,
    *,
    form: forms.Form,
    title: str,
    lead: str,
    back: tuple[str, str],
    change_of: Callable[[dict[str, Any]], Change],
    summary: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    """A form whose button tries on past petitions what was filled in; a refusal names the rule it ties with."""
    status, tied = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                found = replays.try_out(change_of(form.cleaned_data), by=request.user, at=timezone.now())
                return HttpResponseRedirect(reverse("petitions:replay", args=[found.pk]))
            except RulesTie as tie:
                tied = tie.other
                form.add_error(None, tie.sentence)
            except CannotSaveRule as refusal:
                form.add_error(None, refusal.sentence)
    now = timezone.now()
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "back": back,
        "summary": summary or [],
        "tied": tied,
        "tied_url": _address(tied) if tied else "",
        "tied_title": title_of(tied) if tied else "",
        "days": parameter("petitions.replay_days", on=day_of(now)).value,
    }
    return render(request, "petitions/desk/rules/form.html", context, status=status)


@requires(MANAGE)
@form_once
def add_rule(request: HttpRequest, kind: str) -> HttpResponse:
    """A new rule."""
    if kind not in KINDS:
        raise Http404
    initial = {"valid_from": day_of(timezone.now()), "category": request.GET.get("category", "")}
    form = FORMS[kind](request.POST or None, initial=initial | _tried_before(request, ReplayAct.ADD, kind, None))
    return _try_page(
        request,
        form=form,
        title=_("新增一條關鍵詞規則") if kind == "words" else _("新增一條派案規則"),
        lead=_("寫到這些字詞的案件，會判為您選的類別。")
        if kind == "words"
        else _("這個類別、這個地點的案件，會派給您選的機關。條件愈多的規則愈優先。"),
        back=_back(),
        change_of=lambda given: _change(ReplayAct.ADD, kind, None, form, given),
    )


def _back(one: Rule | None = None) -> tuple[str, str]:
    return (_address(one), title_of(one)) if one else (reverse("petitions:rules"), _("派案與關鍵詞規則"))


def _change(act: ReplayAct, kind: str, pk: int | None, form: Any, given: dict[str, Any]) -> Change:
    return Change(
        act=act,
        kind=kind,
        rule=pk,
        content=form.content,
        valid_from=given["valid_from"],
        valid_until=given["valid_until"],
        reason=given["reason"],
    )


@requires(MANAGE)
@form_once
def change_rule(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Another version from a day on."""
    one = _rule(kind, pk)
    initial = FORMS[kind].initial_of(one)  # type: ignore[arg-type]
    initial |= {"valid_from": day_of(timezone.now()), "valid_until": one.valid_until}
    form = FORMS[kind](request.POST or None, initial=initial | _tried_before(request, ReplayAct.CHANGE, kind, pk))
    return _try_page(
        request,
        form=form,
        title=_("修改規則"),
        lead=_("自生效日起用新的內容，舊的內容到前一天為止；已經派出的案件不會改變。"),
        back=_back(one),
        change_of=lambda given: _change(ReplayAct.CHANGE, kind, pk, form, given),
    )


@requires(MANAGE)
@form_once
def end_rule(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """No longer from a day on."""
    one = _rule(kind, pk)
    initial = {"valid_from": day_of(timezone.now())} | _tried_before(request, ReplayAct.END, kind, pk)
    form = forms.EndForm(request.POST or None, initial=initial)

    def change_of(given: dict[str, Any]) -> Change:
        return Change(ReplayAct.END, kind, given["valid_from"], rule=pk, reason=given["reason"])

    return _try_page(
        request, form=form, title=_("停用這條規則"), back=_back(one), change_of=change_of, summary=_all_of(one),
        lead=_("自那一天起不再用這條規則；停用之後仍可恢復。"),
    )  # fmt: skip


@requires(MANAGE)
@form_once
def revive_rule(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Again from a day on."""
    one = _rule(kind, pk)
    initial = {"valid_from": _first_day(one)} | _tried_before(request, ReplayAct.REVIVE, kind, pk)
    form = forms.ReviveForm(request.POST or None, initial=initial)

    def change_of(given: dict[str, Any]) -> Change:
        content = rule_editor.content_of(one)
        return Change(
            ReplayAct.REVIVE, kind, given["valid_from"], rule=pk, content=content, valid_until=given["valid_until"],
            reason=given["reason"],
        )  # fmt: skip

    return _try_page(
        request, form=form, title=_("恢復規則"), back=_back(one), change_of=change_of, summary=_all_of(one),
        lead=_("自那一天起再用同樣的內容；停用期間派出的案件不會改變。"),
    )  # fmt: skip


def _first_day(one: Rule) -> date:
    today = day_of(timezone.now())
    if one.valid_until is None or one.valid_until < today:
        return today
    return one.valid_until.fromordinal(one.valid_until.toordinal() + 1)


def _all_of(one: Rule) -> list[tuple[str, str]]:
    category = one.category.label if one.category else ""
    return _summary(category, rule_editor.content_of(one), rule_editor.kind_of(one), Names.of([one]))


@requires(MANAGE)
@require_POST
@form_once
def withdraw_rule(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take back a version that does not hold yet."""
    one = _rule(kind, pk)
    try:
        before = rule_editor.withdraw(one, by=request.user, at=timezone.now())
    except CannotSaveRule as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(_address(one))
    messages.success(request, _("已撤回，原來的規則照舊。") if before else _("已撤回。"))
    return HttpResponseRedirect(_back(before)[0])


# ---- a replay --------------------------------------------------------------------------------------------------------


@requires(MANAGE)
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """What would have been decided otherwise: counts in words, then case by case."""
    one, now = get_object_or_404(RuleReplay.objects.select_related("by"), pk=pk), timezone.now()
    effect = request.GET.get("effect", "")
    effect = effect if effect in Effect.values else ""
    visible = queries.visible_to(request.user, now)
    rows = questions.differences(one, visible, effect)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    counts = {choice: int(one.counts.get(choice, 0)) for choice in Effect.values}
    different = sum(counts.values())
    seen = questions.differences(one, visible).count() if different else 0
    is_model = one.act == ReplayAct.MODEL
    running = one.state == ReplayState.RUNNING
    context = {
        "replay": one,
        "running": running,
        "stuck": running and now - one.at > STUCK_AFTER,
        "is_model": is_model,
        "title": _replay_title(one),
        "summary": _replay_summary(one),
        "page": page,
        "rows": _difference_rows(list(page.object_list)),
        "days": (one.last_on - one.first_on).days + 1,
        "effect": effect,
        "effects": [(choice.value, choice.label, counts[choice.value]) for choice in Effect],
        "different": different,
        "same": max(one.total - different, 0),
        "hidden": different - seen,
        "stale": not running and one.state != ReplayState.SAVED and _is_stale(one),
        "edit": "" if is_model else _edit_address(one),
        "back": (reverse("petitions:models"), _("字詞模型")) if is_model else _back(),
        "saved_url": _saved_address(one),
    }
    return render(request, "petitions/desk/rules/replay.html", context)


TONES = {Effect.BETTER: "", Effect.WORSE: "red", Effect.OTHER: "grey"}


def _difference_rows(differences: list[ReplayDifference]) -> list[dict[str, Any]]:
    """Each in words: what was decided and by whom, what became of it, and what would be decided now."""
    labels = questions.Labels.of(differences)
    found = []
    for one in differences:
        corrected = ""
        if one.corrected_category or one.corrected_agency:
            corrected = _goes(labels, one.corrected_category, one.corrected_agency)
        by = one.then_by.name if one.then_by else _("系統自動派案")
        found.append(
            {
                "case": one.petition.case,
                "effect": Effect(one.effect).label,
                "tone": TONES[Effect(one.effect)],
                "then": _goes(labels, one.then_category, one.then_agency) if one.then_agency else "",
                "by": by,
                "corrected": corrected,
                "before": _would(labels, one.before_category, one.before_agency, one.before_automatic),
                "now": _would(labels, one.now_category, one.now_agency, one.now_automatic),
            }
        )
    return found


def _goes(labels: questions.Labels, category: str, agency: str) -> str:
    about = labels.categories.get(category, category) or _("未分類")
    to = labels.agencies.get(agency, agency) or _("沒有機關")
    return _("%(category)s → %(agency)s") % {"category": about, "agency": to}


def _would(labels: questions.Labels, category: str, agency: str, automatic: bool) -> str:
    if automatic:
        return _goes(labels, category, agency)
    if not category:
        return _("由分文人員判定")
    return _("由分文人員判定，建議%(goes)s") % {"goes": _goes(labels, category, agency)}


def _replay_title(one: RuleReplay) -> str:
    if one.act == ReplayAct.MODEL:
        return _("試算：啟用字詞模型第 %(n)s 版") % {"n": one.inputs["number"]}
    return _("試算：%(act)s") % {"act": ReplayAct(one.act).label}


def _replay_summary(one: RuleReplay) -> list[tuple[str, str]]:
    """What was tried."""
    if one.act == ReplayAct.MODEL:
        live = classify_queries.live(PURPOSE)
        return [(_("使用中的版次"), str(live.number) if live else "—"), (_("試算的版次"), str(one.inputs["number"]))]
    change = Change.of(one)
    old = change.old
    content = dict(change.content or (rule_editor.content_of(old) if old else {}))
    names = Names.now(content.get("district", ""), getattr(old, "district_code", ""))
    category = questions.category_label(content.get("category", ""))
    rows = _summary(category, content, change.kind, names) if content else []
    if old is not None and change.act == ReplayAct.CHANGE:
        was = dict(
            _summary(old.category.label if old.category else "", rule_editor.content_of(old), change.kind, names)
        )
        rows = [
            (
                key,
                value if was.get(key) == value else _("%(new)s（原來是%(old)s）") % {"new": value, "old": was.get(key)},
            )
            for key, value in rows
        ]
    if change.act == ReplayAct.END:
        rows.append((_("自何日起停用"), as_date(change.valid_from)))
    else:
        until = as_date(change.valid_until) if change.valid_until else _("未定")
        rows += [(_("自何日起"), as_date(change.valid_from)), (_("至何日止"), until)]
    return [*rows, (_("為什麼"), change.reason)]


def _is_stale(one: RuleReplay) -> bool:
    """Whether the rules or models are no longer those it was tried on."""
    return one.stamp != replays.stamp_now(one)


def _edit_address(one: RuleReplay) -> str:
    change = Change.of(one)
    pages = {
        ReplayAct.ADD: "add_rule", ReplayAct.CHANGE: "change_rule", ReplayAct.END: "end_rule",
        ReplayAct.REVIVE: "revive_rule",
    }  # fmt: skip
    args: list[Any] = [change.kind] if change.act == ReplayAct.ADD else [change.kind, change.rule]
    return f"{reverse(f'petitions:{pages[change.act]}', args=args)}?from={one.pk}"


def _saved_address(one: RuleReplay) -> str:
    kind, _slash, pk = one.saved_as.partition("/")
    if kind not in KINDS:
        return reverse("petitions:models") if one.saved_as else ""
    found = rule_editor.rule_of(kind, int(pk))
    return _address(found) if found else ""


@requires(MANAGE)
@require_POST
@form_once
def save_replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Let exactly what was tried hold; where the rules changed meanwhile, try it again first."""
    one, now = get_object_or_404(RuleReplay, pk=pk), timezone.now()
    digest = request.POST.get("digest", "")
    try:
        if one.act == ReplayAct.MODEL:
            version = replays.save_model(one, digest=digest, by=request.user, at=now)
            messages.success(request, _("字詞模型第 %(n)d 版使用中。") % {"n": version.number})
            return HttpResponseRedirect(reverse("petitions:models"))
        saved = rule_editor.save(one, digest=digest, by=request.user, at=now)
    except RulesChanged as changed:
        messages.warning(request, changed.sentence)
        return _again(request, one, now)
    except (CannotAct, classify.CannotGoLive) as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("petitions:replay", args=[one.pk]))
    messages.success(request, _saved_words(one, saved))
    # The saved rule's own page: what was sent has only chosen the rule.
    return HttpResponseRedirect(_address(saved))  # nosemgrep: redirects


def _saved_words(one: RuleReplay, saved: Rule) -> str:
    if one.act == ReplayAct.END:
        assert saved.valid_until is not None
        return _("已停用：%(day)s是最後一天。") % {"day": as_date(saved.valid_until)}
    return _("已儲存，自%(day)s起適用。") % {"day": as_date(saved.valid_from)}


@requires(MANAGE)
@require_POST
@form_once
def replay_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same once more, on the rules and models as they are now."""
    return _again(request, get_object_or_404(RuleReplay, pk=pk), timezone.now())


def _again(request: HttpRequest, one: RuleReplay, now: datetime) -> HttpResponse:
    try:
        fresh = replays.again(one, by=request.user, at=now)
    except CannotAct as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("petitions:replay", args=[one.pk]))
    return HttpResponseRedirect(reverse("petitions:replay", args=[fresh.pk]))


# ---- text models -----------------------------------------------------------------------------------------------------


@requires(MANAGE)
def models(request: HttpRequest) -> HttpResponse:
    """The versions of the text model with their measured figures, how long they were watched, and what may be done."""
    now = timezone.now()
    rows = questions.model_versions(PURPOSE, now)
    since = classify_queries.watched_since(PURPOSE)
    days = parameter("classify.shadow_days", on=day_of(now)).value
    left = max(days - (now - since).days, 0) if since else days
    live = next((row for row in rows if row.version.state == ModelState.LIVE), None)
    earlier = live and any(
        row.version.number < live.version.number and row.version.state == ModelState.RETIRED for row in rows
    )
    context = {
        "rows": rows,
        "live": live,
        "left": left,
        "shadow_days": days,
        "earlier": earlier,
        "words": _watch_words(left),
        "replays": RuleReplay.objects.filter(act=ReplayAct.MODEL).order_by("-pk")[:5],
        "trainings": Training.objects.all()[:14],
    }
    return render(request, "petitions/desk/rules/models.html", context)


def _watch_words(left: int) -> str:
    if not left:
        return _("試行期已滿：新的版次經過試算就可以啟用。")
    return ngettext(
        "字詞模型還要試行 %(n)d 天，才能啟用；試行時只預測，不派案。",
        "字詞模型還要試行 %(n)d 天，才能啟用；試行時只預測，不派案。",
        left,
    ) % {"n": left}


@requires(MANAGE)
@require_POST
@form_once
def try_model(request: HttpRequest, number: int) -> HttpResponse:
    """What another version would have decided."""
    try:
        found = replays.try_model(number, by=request.user, at=timezone.now())
    except CannotAct as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("petitions:models"))
    return HttpResponseRedirect(reverse("petitions:replay", args=[found.pk]))


@requires(MANAGE)
@form_once
def roll_back_model(request: HttpRequest) -> HttpResponse:
    """Back to the version that was used before."""
    form = forms.RollBackForm(request.POST or None)

    def do(given: dict[str, Any]) -> str:
        version = classify.roll_back(PURPOSE, at=timezone.now(), by=request.user, reason=given["reason"])
        return _("已回到第 %(n)d 版。") % {"n": version.number}

    back = reverse("petitions:models"), _("字詞模型")
    return act_page(
        request, form=form, title=_("回到前一版字詞模型"), button=_("回到前一版"), do=do, back=back, to=back[0],
        refused=classify.CannotRollBack, lead=_("立刻生效；之後進來的案件由前一版判讀，已經派出的不變。"),
    )  # fmt: skip
