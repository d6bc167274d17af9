"""Where the commission keeps categories, limits and questions, and everybody the texts that replies start from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.deadlines.rules import Limit, Unit, due
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.places import queries as places
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.web.access import Forbidden, allowed, requires
from cityhall.web.dates import as_date, as_datetime

from .. import catalogue as questions
from ..forms import catalogue as forms
from ..models import Category, CategoryQuestion, CategoryTerm, ReplyTemplate
from ..services import catalogue, rulebook

MANAGE = "petitions.categories.manage"
TEMPLATES = "petitions.templates.manage"
SLOTS = ("稱呼", "地點", "主旨", "機關", "單位", "承辦人", "分機")


def _back(category: Category | None = None) -> tuple[str, str]:
    if category is None:
        return reverse("petitions:categories"), _("類別與時限")
    return reverse("petitions:category", args=[category.code]), category.label


def _category(code: str) -> Category:
    return get_object_or_404(Category, code=code)


# ---- categories ------------------------------------------------------------------------------------------------------


@requires(MANAGE, "petitions.read")
def categories(request: HttpRequest) -> HttpResponse:
    """All categories by topic, with the limits of today."""
    today = day_of(timezone.now())
    groups = questions.catalogue(today)
    rows = [row for _name, rows in groups for row in rows]
    context = {
        "groups": groups,
        "today": today,
        "may_manage": allowed(request, MANAGE),
        "may_templates": allowed(request, TEMPLATES),
        "in_use": sum(row.category.retired_on is None or row.category.retired_on > today for row in rows),
        "urgent": sum(bool(row.term and row.term.urgent) for row in rows),
    }
    return render(request, "petitions/desk/catalogue/categories.html", context)


@requires(MANAGE, "petitions.read")
def category(request: HttpRequest, code: str) -> HttpResponse:
    """One category: limits through time, questions, who handles it, the texts that replies start from."""
    one, today = _category(code), day_of(timezone.now())
    terms = list(one.terms.order_by("-valid_from"))
    holding = next((term for term in terms if term.valid_from <= today), None)
    asked = list(one.questions.all())
    names = {area.code: str(area) for area in places.districts()}
    context = {
        "category": one,
        "terms": terms,
        "holding": holding,
        "today": today,
        "questions": [row for row in asked if row.retired_on is None],
        "retired_questions": [row for row in asked if row.retired_on],
        "handlers": [
            (rule, names.get(rule.district_code, rule.district_code)) for rule in questions.handlers(one, today)
        ],
        "templates": questions.reply_templates(category=one.code),
        "open": questions.open_petitions(one),
        "may_rules": allowed(request, "petitions.rules.manage"),
        "may_manage": allowed(request, MANAGE),
    }
    return render(request, "petitions/desk/catalogue/category.html", context)


@requires(MANAGE)
@form_once
def add_category(request: HttpRequest) -> HttpResponse:
    """A new category."""
    form = forms.NewCategoryForm(request.POST or None, initial={"order": 100})

    def do(given: dict[str, Any]) -> str:
        made = catalogue.add_category(**given, by=request.user, at=timezone.now())
        return _("已新增「%(name)s」。接著請訂期限。") % {"name": made.name}

    code = request.POST.get("code", "")
    return act_page(
        request, form=form, title=_("新增類別"), button=_("新增"), do=do, back=_back(), refused=CannotAct,
        to=reverse("petitions:category", args=[code]) if catalogue.CODE.fullmatch(code) else _back()[0],
    )  # fmt: skip


@requires(MANAGE)
@form_once
def edit_category(request: HttpRequest, code: str) -> HttpResponse:
    """Other words, another place in the list."""
    one = _category(code)
    form = forms.CategoryForm(
        request.POST or None,
        initial={name: getattr(one, name) for name in forms.CategoryForm.base_fields},
    )

    def do(given: dict[str, Any]) -> str:
        catalogue.change_category(one, **given, by=request.user, at=timezone.now())
        return _("已修改。")

    back = _back(one)
    return act_page(
        request, form=form, title=_("修改類別"), button=_("儲存"), do=do, back=back, to=back[0], refused=CannotAct
    )


@requires(MANAGE)
@form_once
def set_term(request: HttpRequest, code: str) -> HttpResponse:
    """Other limits from a day on, shown with an example before they are kept."""
    one, now = _category(code), timezone.now()
    holding = one.terms.on(day_of(now)).last()
    form = forms.TermForm(
        request.POST or None,
        initial={
            "valid_from": day_of(now),
            "urgent": "1" if holding and holding.urgent else "0",
            "first_hours": holding.first_hours if holding else 24,
            "final_working_days": holding.final_working_days if holding else 14,
            "near_metres": holding.near_metres if holding else None,
        },
    )

    def do(given: dict[str, Any]) -> str:
        term = catalogue.change_term(one, **given, by=request.user, at=timezone.now())
        return _("自%(day)s起照新的期限。") % {"day": as_date(term.valid_from)}

    back = _back(one)
    return act_page(
        request, form=form, title=_("訂期限"), button=_("下一步"), do=do, back=back, to=back[0], refused=CannotAct,
        lead=one.label, confirm=lambda given: _term_question(one, holding, given),
    )  # fmt: skip


def _term_question(one: Category, holding: CategoryTerm | None, given: dict[str, Any]) -> dict[str, Any]:
    """What will change, with an example day: an amount alone is easily misread."""
    morning = instant(given["valid_from"], 9)
    last = due(morning, Limit(given["final_working_days"], Unit.WORKING_DAYS), deadlines.calendar())
    rows: list[tuple[str, Any]] = [
        (_("類別"), one.label),
        (_("自何日起"), as_date(given["valid_from"])),
        (_("現在的期限"), _limits(holding.urgent, holding.first_hours, holding.final_working_days) if holding else "—"),
        (_("新的期限"), _limits(given["urgent"], given["first_hours"], given["final_working_days"])),
        (
            _("例如"),
            _("%(start)s成案，最晚%(due)s正式回復")
            % {"start": as_datetime(morning, weekday=True), "due": as_datetime(last.at, weekday=True)},
        ),
        (_("辦理中的案件"), ngettext("%(n)d 件，照原來的期限", "%(n)d 件，照原來的期限", questions.open_petitions(one))
         % {"n": questions.open_petitions(one)}),
        (_("依據"), given["source"]),
    ]  # fmt: skip
    return {"title": _("這樣訂期限嗎？"), "rows": rows, "button": _("確定")}


def _limits(urgent: bool, hours: int, days: int) -> str:
    final = ngettext("%(n)d 個工作天正式回復", "%(n)d 個工作天正式回復", days) % {"n": days}
    if not urgent:
        return final
    first = ngettext("急迫：%(n)d 小時初步回復", "急迫：%(n)d 小時初步回復", hours) % {"n": hours}
    return _("%(first)s，%(final)s") % {"first": first, "final": final}


@requires(MANAGE)
@require_POST
@form_once
def withdraw_term(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take back limits that do not hold yet."""
    one = _category(code)
    try:
        catalogue.withdraw_term(get_object_or_404(one.terms, pk=pk), by=request.user, at=timezone.now())
        messages.success(request, _("已撤回。"))
    except CannotAct as refusal:
        messages.error(request, refusal.sentence)
    return HttpResponseRedirect(_back(one)[0])


@requires(MANAGE)
@form_once
def retire_category(request: HttpRequest, code: str) -> HttpResponse:
    """Not to be chosen any more from a day on."""
    one = _category(code)
    form = forms.RetireForm(request.POST or None, initial={"on": day_of(timezone.now())})

    def do(given: dict[str, Any]) -> str:
        rulebook.retire_category(one, on=given["on"], by=request.user, at=timezone.now())
        return _("自%(day)s起停用。") % {"day": as_date(given["on"])}

    back = _back(one)
    return act_page(
        request, form=form, title=_("停用類別"), button=_("停用"), do=do, back=back, to=back[0], refused=CannotAct,
        lead=_("民眾與分文人員不能再選這個類別；已經是這個類別的案件照辦。"),
        summary=[(_("類別"), one.label), (_("辦理中的案件"), questions.open_petitions(one))],
    )  # fmt: skip


@requires(MANAGE)
@require_POST
@form_once
def revive_category(request: HttpRequest, code: str) -> HttpResponse:
    """Chosen again."""
    one = _category(code)
    try:
        catalogue.revive_category(one, by=request.user, at=timezone.now())
        messages.success(request, _("已恢復使用。"))
    except CannotAct as refusal:
        messages.error(request, refusal.sentence)
    return HttpResponseRedirect(_back(one)[0])


# ---- questions -------------------------------------------------------------------------------------------------------


@requires(MANAGE)
@form_once
def add_question(request: HttpRequest, code: str) -> HttpResponse:
    """A question more."""
    one = _category(code)
    form = forms.NewQuestionForm(request.POST or None, initial={"datatype": "string"})

    def do(given: dict[str, Any]) -> str:
        catalogue.add_question(one, **given, by=request.user, at=timezone.now())
        return _("已新增題目。")

    back = _back(one)
    return act_page(
        request, form=form, title=_("新增題目"), button=_("新增"), do=do, back=back, to=back[0], refused=CannotAct,
        lead=_("只問處理一定用得到、而且民眾答得出來的事。"),
    )  # fmt: skip


def _question(code: str, question: str) -> tuple[Category, CategoryQuestion]:
    one = _category(code)
    return one, get_object_or_404(one.questions, code=question, retired_on=None)


@requires(MANAGE)
@form_once
def edit_question(request: HttpRequest, code: str, question: str) -> HttpResponse:
    """Other words or choices."""
    one, row = _question(code, question)
    initial = {name: getattr(row, name) for name in ("label", "label_en", "hint", "hint_en", "datatype", "required")}
    form = forms.QuestionForm(request.POST or None, initial={**initial, "choices": forms.choice_lines(row)})

    def do(given: dict[str, Any]) -> str:
        catalogue.change_question(row, **given, by=request.user, at=timezone.now())
        return _("已修改題目。")

    back = _back(one)
    return act_page(
        request, form=form, title=_("修改題目"), button=_("儲存"), do=do, back=back, to=back[0], refused=CannotAct
    )


@requires(MANAGE)
@require_POST
@form_once
def move_question(request: HttpRequest, code: str, question: str) -> HttpResponse:
    """One place up or down."""
    one, row = _question(code, question)
    catalogue.move_question(row, up="up" in request.POST, by=request.user, at=timezone.now())
    return HttpResponseRedirect(f"{_back(one)[0]}#questions")


@requires(MANAGE)
@require_POST
@form_once
def retire_question(request: HttpRequest, code: str, question: str) -> HttpResponse:
    """Asked no longer."""
    one, row = _question(code, question)
    catalogue.retire_question(row, by=request.user, at=timezone.now())
    messages.success(request, _("已停用「%(question)s」，以前的答案仍看得到。") % {"question": row.label})
    return HttpResponseRedirect(f"{_back(one)[0]}#questions")


# ---- reply templates -------------------------------------------------------------------------------------------------


@requires(TEMPLATES)
def templates(request: HttpRequest) -> HttpResponse:
    """The texts in use that this account may see, by category and stage."""
    reach = directory.reach(request.user, TEMPLATES, timezone.now())
    form = forms.TemplateFilterForm(request.GET or None)
    given = form.cleaned_data if form.is_valid() else {}
    rows = questions.reply_templates(
        category=given.get("category", ""),
        stage=given.get("stage", ""),
        agencies=None if reach.everywhere else reach.agencies,
    )
    context = {"form": form, "templates": rows, "filtered": any(given.values())}
    return render(request, "petitions/desk/catalogue/templates.html", context)


def _may_write(request: HttpRequest, template: ReplyTemplate, at: datetime) -> bool:
    reach = directory.reach(request.user, TEMPLATES, at)
    return reach.everywhere or (template.agency is not None and reach.covers(template.agency))


@requires(TEMPLATES)
def template(request: HttpRequest, code: str) -> HttpResponse:
    """One text as it reads, filled with an example, and the texts that it replaced."""
    one, now = get_object_or_404(ReplyTemplate, code=code), timezone.now()
    reach = directory.reach(request.user, TEMPLATES, now)
    if one.agency and not reach.covers(one.agency):
        raise Forbidden(TEMPLATES)
    context = {
        "template": one,
        "sample": _sample(one.text),
        "versions": questions.versions_of(one),
        "newer": ReplyTemplate.objects.filter(replaces=one).first(),
        "may_write": _may_write(request, one, now) and one.retired_on is None,
    }
    return render(request, "petitions/desk/catalogue/template.html", context)


def _sample(text: str) -> str:
    """The text with invented facts; what the officer has to write stays in brackets."""
    known = {
        "稱呼": "陳○○", "地點": "中山路 200 號", "主旨": "路燈不亮", "機關": "養工處", "單位": "路燈管理科",
        "承辦人": "王小明", "分機": "1234",
    }  # fmt: skip
    for slot, value in known.items():
        text = text.replace("{" + slot + "}", value)
    return text.replace("{", "【").replace("}", "】")


def _template_form(request: HttpRequest, initial: dict[str, Any]) -> forms.TemplateForm:
    form = forms.TemplateForm(request.POST or None, initial=initial)
    form.fields["text"].help_text = _("大括號裡的會自動填入：%(slots)s。其他大括號會變成【】，留給承辦人寫。") % {
        "slots": "、".join("{" + slot + "}" for slot in SLOTS)
    }
    return form


@requires(TEMPLATES)
@form_once
def add_template(request: HttpRequest) -> HttpResponse:
    """A text of the whole city, or of one's own agency."""
    now = timezone.now()
    reach = directory.reach(request.user, TEMPLATES, now)
    form = _template_form(request, {"stage": 2, "category": request.GET.get("category", "")})
    mine = Agency.objects.at_work()
    form.offer_agencies(mine if reach.everywhere else mine.filter(pk__in=reach.agencies), everybody=reach.everywhere)

    def do(given: dict[str, Any]) -> str:
        catalogue.add_template(**given, by=request.user, at=timezone.now())
        return _("已新增範本。")

    back = reverse("petitions:templates"), _("回復範本")
    return act_page(
        request, form=form, title=_("新增回復範本"), button=_("新增"), do=do, back=back, to=back[0], refused=CannotAct
    )


@requires(TEMPLATES)
@form_once
def edit_template(request: HttpRequest, code: str) -> HttpResponse:
    """A new text in the old one's place."""
    one = get_object_or_404(ReplyTemplate, code=code)
    if not _may_write(request, one, timezone.now()):
        raise Forbidden(TEMPLATES)
    initial = {"name": one.name, "stage": one.stage, "outcome": one.outcome, "text": one.text}
    form = _template_form(request, {**initial, "category": one.category.code if one.category else ""})

    def do(given: dict[str, Any]) -> str:
        catalogue.change_template(one, **given, by=request.user, at=timezone.now())
        return _("已換成新的內容；已寄出的回復不受影響。")

    back = reverse("petitions:template", args=[one.code]), one.name
    return act_page(
        request, form=form, title=_("修改回復範本"), button=_("儲存"), do=do, back=back,
        to=reverse("petitions:templates"), refused=CannotAct,
    )  # fmt: skip


@requires(TEMPLATES)
@require_POST
@form_once
def retire_template(request: HttpRequest, code: str) -> HttpResponse:
    """Offered no longer."""
    one = get_object_or_404(ReplyTemplate, code=code)
    if not _may_write(request, one, timezone.now()):
        raise Forbidden(TEMPLATES)
    try:
        catalogue.retire_template(one, by=request.user, at=timezone.now())
        messages.success(request, _("已停用「%(name)s」。") % {"name": one.name})
    except CannotAct as refusal:
        messages.error(request, refusal.sentence)
    return HttpResponseRedirect(reverse("petitions:templates"))
