"""The desk's pages of agencies, units, posts, duty turns and approval levels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.dates import as_date

from .. import contacts, forms, queries, registry, services
from ..models import Agency, Appointment, Post, Succession, Unit
from ..states import AgencyKind
from .acts import act_page, must
from .public import by_kind

TABS = ("people", "units", "posts", "duty", "approval", "history")


def _agency(code: str) -> Agency:
    return get_object_or_404(Agency.objects.select_related("parent", "successor"), code=code)


def _page(agency: Agency, tab: str = "") -> str:
    url = reverse("directory:desk_agency", args=[agency.code])
    return f"{url}?tab={tab}" if tab else url


def _back(agency: Agency, tab: str = "") -> tuple[str, str]:
    return _page(agency, tab), agency.label


def _today() -> date:
    return day_of(timezone.now())


@requires("directory.read")
def home(request: HttpRequest) -> HttpResponse:
    """All agencies with their size, or what a search found; and what the reader may do here."""
    today = _today()
    text = " ".join(contacts.words(request.GET.get("q", "")[:100]))
    context: dict[str, Any] = {"text": text, "today": today}
    if text:
        context["found"] = contacts.search(text, today, names=True)
    else:
        in_force = Q(appointments__starts_on__lte=today) & (
            Q(appointments__ends_on__isnull=True) | Q(appointments__ends_on__gte=today)
        )
        agencies = Agency.objects.as_of(today).annotate(
            people=Count("appointments__person", filter=in_force, distinct=True)
        )
        context["kinds"] = by_kind(agencies)
        context["coming"] = Succession.objects.filter(carried_out_at__isnull=True).select_related("agency", "successor")
    context |= _rights(request)
    return render(request, "directory/desk/home.html", context)


def _rights(request: HttpRequest) -> dict[str, Any]:
    """What the reader may do somewhere, for the buttons of the first page."""
    now = timezone.now()
    account: Any = request.user
    return {
        "may_add": queries.may(account, "directory.agencies.manage", on=now),
        "may_import": any(
            queries.may(account, act, on=now)
            for act in ("directory.agencies.manage", "directory.people.manage", "directory.duty.manage")
        ),
        "may_export": queries.may(account, "directory.export", on=now),
        "me": queries.person_of(account),
    }


@requires("directory.read")
def agency(request: HttpRequest, code: str) -> HttpResponse:
    """One agency by tabs, as it is today or was on an earlier day (`?on=2016-08-01`)."""
    found = _agency(code)
    today = _today()
    on = parse_date_or(request.GET.get("on", ""), today)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    may: Callable[[str], bool] = lambda act: queries.may(  # noqa: E731
        account_of(request),
        act,
        agency=found,
        on=timezone.now(),
    )
    context = {
        "agency": found,
        "version": found.version_on(on),
        "on": on,
        "past": on != today,
        "tab": tab,
        "tabs": [
            {"text": label, "url": f"?tab={key}", "active": key == tab}
            for key, label in zip(TABS, _tab_labels(), strict=True)
        ],
        "may_manage": may("directory.agencies.manage"),
        "may_units": may("directory.units.manage"),
        "may_people": may("directory.people.manage"),
        "may_duty": may("directory.duty.manage"),
        "may_approval": may("directory.approval.manage"),
        "may_succeed": may("directory.succeed"),
        "may_see_succession": may("directory.succession.read"),
        "may_import": may("directory.people.manage"),
    }
    context |= _tab(found, tab, on)
    return render(request, "directory/desk/agency.html", context)


def _tab_labels() -> tuple[str, ...]:
    return (_("人員名單"), pgettext("several", "單位"), _("職缺"), _("值班"), _("分層負責"), _("沿革"))


def parse_date_or(text: str, today: date) -> date:
    """The day of an address, today where there is none or nonsense."""
    try:
        return parse_date(text) or today
    except ValueError:
        return today


def _tab(agency: Agency, tab: str, on: date) -> dict[str, Any]:
    if tab == "people":
        rows = Appointment.objects.as_of(on).filter(agency=agency).select_related("person", "unit")
        return {"appointments": rows.order_by("unit__order", "unit__code", "person__code", "pk")}
    if tab == "units":
        return {
            "units": agency.units.as_of(on).select_related("parent"),
            "closed_units": agency.units.filter(closed_on__lte=on),
        }
    if tab == "posts":
        held = {row.post_id: row.person for row in _holding(agency, on)}
        posts = agency.posts.as_of(on).select_related("unit").order_by("unit__order", "order", "code")
        return {"posts": [(post, held.get(post.pk)) for post in posts]}
    if tab == "duty":
        now = timezone.now()
        shifts = agency.duty_shifts.filter(ends_at__gte=now - timedelta(days=14)).select_related("person")
        return {"shifts": shifts[:200], "now": now, "current": queries.shift_at(agency, now)}
    if tab == "approval":
        categories = dict(registry.categories())
        return {
            "levels": [
                (
                    categories.get(level.category, level.category) or _("全部類別"),
                    registry.stages().get(level.stage, level.stage) or _("全部階段"),
                    level,
                )
                for level in agency.approval_levels.as_of(on)
            ]
        }
    return {
        "versions": agency.versions.select_related("parent"),
        "predecessors": agency.predecessors.all(),
        "succession": Succession.objects.filter(agency=agency).select_related("successor").first(),
    }


def _holding(agency: Agency, on: date) -> list[Appointment]:
    return list(Appointment.objects.as_of(on).filter(agency=agency, post__isnull=False).select_related("person"))


# Agencies


@requires("directory.agencies.manage")
@form_once
def add(request: HttpRequest) -> HttpResponse:
    """Enter an agency."""
    today = _today()
    form = forms.AgencyForm(request.POST or None, today=today, initial={"on": today, "kind": AgencyKind.FIRST_LEVEL})

    def do(given: dict[str, Any]) -> str:
        opened_on = given.pop("on")
        made = services.add_agency(**given, opened_on=opened_on, by=_by(request), at=timezone.now())
        return _("已新增「%(name)s」。") % {"name": made.label}

    return act_page(
        request,
        form=form,
        title=_("新增機關"),
        button=_("新增機關"),
        do=do,
        back=(reverse("directory:desk"), _("通訊錄")),
        to=reverse("directory:desk"),
    )


def _by(request: HttpRequest) -> Any:
    return request.user


@requires("directory.agencies.manage")
@form_once
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change what an agency is called or how it is reached, from a day on."""
    found = _agency(code)
    must(request, "directory.agencies.manage", agency=found)
    today = _today()
    names = ("kind", "name", "short_name", "name_en", "parent", "phone", "fax", "email", "address", "order")
    initial = {name: getattr(found, name) for name in names} | {"on": today}
    form = forms.AgencyForm(request.POST or None, agency=found, today=today, initial=initial)

    def do(given: dict[str, Any]) -> str:
        on = given.pop("on")
        services.change_agency(found, on=on, by=_by(request), at=timezone.now(), **given)
        return _("已修改「%(name)s」的資料，自%(day)s起生效。") % {"name": found.label, "day": as_date(on)}

    return act_page(
        request,
        form=form,
        title=_("修改%(agency)s") % {"agency": found.label},
        button=_("儲存"),
        do=do,
        back=_back(found),
        to=_page(found),
    )


def _what_moves(agency: Agency, on: date) -> list[tuple[str, Any]]:
    serving = Appointment.objects.as_of(on).filter(agency=agency).values("person").distinct().count()
    rows = [
        (_("在職人員"), _("%(n)d 人") % {"n": serving}),
        (_("單位"), _("%(n)d 個") % {"n": agency.units.as_of(on).count()}),
    ]
    return rows + [(label, _("%(n)d 件") % {"n": number}) for label, number in services.open_work_of(agency)]


@requires("directory.succeed")
@form_once
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Close an agency that has no open work; one with open work is told what is left."""
    found = _agency(code)
    must(request, "directory.succeed", agency=found)
    form = forms.ClosingForm(request.POST or None, initial={"on": _today()})

    def do(given: dict[str, Any]) -> str:
        services.close_agency(found, on=given["on"], by=_by(request), at=timezone.now())
        return _("「%(name)s」自%(day)s起裁撤。") % {"name": found.label, "day": as_date(given["on"])}

    return act_page(
        request,
        form=form,
        title=_("裁撤%(agency)s") % {"agency": found.label},
        lead=_("沒有承接機關、也沒有未結案件時才能直接裁撤。還有業務請改用「由其他機關承接」。"),
        summary=_what_moves(found, _today()),
        button=_("下一步"),
        do=do,
        back=_back(found, "history"),
        to=_page(found, "history"),
        confirm=lambda given: {
            "title": _("確認裁撤"),
            "lead": _("裁撤後，這個機關的代碼不能再使用。"),
            "rows": [(_("機關"), found.full_label), (_("裁撤日"), as_date(given["on"]))],
            "button": _("確定裁撤"),
            "warning": True,
        },
    )


# Units


def _unit(code: str, unit: str) -> Unit:
    return get_object_or_404(Unit.objects.select_related("agency", "parent"), agency__code=code, code=unit)


@requires("directory.units.manage")
@form_once
def add_unit(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a unit."""
    found = _agency(code)
    must(request, "directory.units.manage", agency=found)
    form = forms.UnitForm(request.POST or None, agency=found, today=_today())

    def do(given: dict[str, Any]) -> str:
        made = services.add_unit(found, **given, opened_on=_today(), by=_by(request), at=timezone.now())
        return _("已新增單位「%(name)s」。") % {"name": made.label}

    return act_page(
        request,
        form=form,
        title=_("新增單位"),
        button=_("新增單位"),
        do=do,
        back=_back(found, "units"),
        to=_page(found, "units"),
    )


@requires("directory.units.manage")
@form_once
def edit_unit(request: HttpRequest, code: str, unit: str) -> HttpResponse:
    """Change a unit."""
    found = _unit(code, unit)
    must(request, "directory.units.manage", agency=found.agency)
    names = ("name", "name_en", "parent", "phone", "fax", "order")
    form = forms.UnitForm(
        request.POST or None,
        agency=found.agency,
        unit=found,
        today=_today(),
        initial={name: getattr(found, name) for name in names},
    )

    def do(given: dict[str, Any]) -> str:
        services.change_unit(found, by=_by(request), at=timezone.now(), **given)
        return _("已修改單位「%(name)s」。") % {"name": found.label}

    return act_page(
        request,
        form=form,
        title=_("修改%(unit)s") % {"unit": found.label},
        button=_("儲存"),
        do=do,
        back=_back(found.agency, "units"),
        to=_page(found.agency, "units"),
    )


@requires("directory.units.manage")
@form_once
def close_unit(request: HttpRequest, code: str, unit: str) -> HttpResponse:
    """Close a unit, its people moving to another."""
    found = _unit(code, unit)
    must(request, "directory.units.manage", agency=found.agency)
    today = _today()
    form = forms.UnitClosingForm(request.POST or None, unit=found, today=today, initial={"on": today})

    def do(given: dict[str, Any]) -> str:
        services.close_unit(found, on=given["on"], into=given["into"], by=_by(request), at=timezone.now())
        return _("單位「%(name)s」自%(day)s起裁撤。") % {"name": found.label, "day": as_date(given["on"])}

    return act_page(
        request,
        form=form,
        title=_("裁撤%(unit)s") % {"unit": found.label},
        summary=[
            (_("在職人員"), found.appointments.as_of(today).values("person").distinct().count()),
            *services.open_work_of(found.agency, found),
        ],
        button=_("下一步"),
        do=do,
        back=_back(found.agency, "units"),
        to=_page(found.agency, "units"),
        confirm=lambda given: {
            "title": _("確認裁撤單位"),
            "rows": [
                (_("單位"), found.label),
                (_("裁撤日"), as_date(given["on"])),
                (_("承接單位"), given["into"].label if given["into"] else _("沒有承接單位")),
            ],
            "button": _("確定裁撤"),
            "warning": True,
        },
    )


# Posts


@requires("directory.units.manage")
@form_once
def add_post(request: HttpRequest, code: str) -> HttpResponse:
    """Set up a post."""
    found = _agency(code)
    must(request, "directory.units.manage", agency=found)
    form = forms.PostForm(request.POST or None, agency=found, today=_today())

    def do(given: dict[str, Any]) -> str:
        made = services.add_post(found, **given, opened_on=_today(), by=_by(request), at=timezone.now())
        return _("已設置職缺「%(title)s」。") % {"title": made.title_label}

    return act_page(
        request,
        form=form,
        title=_("設置職缺"),
        button=_("設置職缺"),
        do=do,
        back=_back(found, "posts"),
        to=_page(found, "posts"),
    )


def _post(code: str, post: str) -> Post:
    return get_object_or_404(Post.objects.select_related("agency"), agency__code=code, code=post)


@requires("directory.units.manage")
@form_once
def edit_post(request: HttpRequest, code: str, post: str) -> HttpResponse:
    """Change a post."""
    found = _post(code, post)
    must(request, "directory.units.manage", agency=found.agency)
    initial = {name: getattr(found, name) for name in ("title", "title_en", "extension", "order")}
    form = forms.PostForm(request.POST or None, agency=found.agency, post=found, today=_today(), initial=initial)

    def do(given: dict[str, Any]) -> str:
        services.change_post(found, by=_by(request), at=timezone.now(), **given)
        return _("已修改職缺「%(title)s」。") % {"title": found.title_label}

    return act_page(
        request,
        form=form,
        title=_("修改職缺"),
        button=_("儲存"),
        do=do,
        back=_back(found.agency, "posts"),
        to=_page(found.agency, "posts"),
    )


@requires("directory.units.manage")
@form_once
def close_post(request: HttpRequest, code: str, post: str) -> HttpResponse:
    """Abolish a vacant post."""
    found = _post(code, post)
    must(request, "directory.units.manage", agency=found.agency)
    form = forms.ClosingForm(request.POST or None, initial={"on": _today()})

    def do(given: dict[str, Any]) -> str:
        services.close_post(found, on=given["on"], by=_by(request), at=timezone.now())
        return _("職缺「%(title)s」自%(day)s起裁撤。") % {"title": found.title_label, "day": as_date(given["on"])}

    return act_page(
        request,
        form=form,
        title=_("裁撤職缺"),
        summary=[(_("職缺"), found.title_label)],
        button=_("裁撤職缺"),
        do=do,
        back=_back(found.agency, "posts"),
        to=_page(found.agency, "posts"),
    )


# Duty roster and approval


@requires("directory.duty.manage")
@form_once
def add_shift(request: HttpRequest, code: str) -> HttpResponse:
    """Put somebody on the roster."""
    found = _agency(code)
    must(request, "directory.duty.manage", agency=found)
    today = _today()
    initial = {"first_day": today, "last_day": today + timedelta(days=1), "from_hour": "17:30", "to_hour": "8:00"}
    form = forms.ShiftForm(request.POST or None, agency=found, today=today, initial=initial)

    def do(given: dict[str, Any]) -> str:
        services.add_shift(
            found,
            person=given["person"],
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            phone=given["phone"],
            by=_by(request),
            at=timezone.now(),
        )
        return _("已排%(name)s值班。") % {"name": given["person"].label}

    return act_page(
        request,
        form=form,
        title=_("排值班"),
        lead=_("夜間與假日的急迫案件會立即以簡訊通知值班人員。"),
        button=_("排入班表"),
        do=do,
        back=_back(found, "duty"),
        to=_page(found, "duty"),
    )


@requires("directory.duty.manage")
@require_POST
@form_once
def remove_shift(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a turn off the roster."""
    found = _agency(code)
    must(request, "directory.duty.manage", agency=found)
    shift = get_object_or_404(found.duty_shifts, pk=pk)
    try:
        services.remove_shift(shift, by=_by(request), at=timezone.now())
    except services.CannotRoster as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已取消這一班值班。"))
    return HttpResponseRedirect(_page(found, "duty"))


@requires("directory.approval.manage")
@form_once
def set_level(request: HttpRequest, code: str) -> HttpResponse:
    """Say whose approval is needed."""
    found = _agency(code)
    must(request, "directory.approval.manage", agency=found)
    form = forms.LevelForm(request.POST or None, initial={"valid_from": _today()})

    def do(given: dict[str, Any]) -> str:
        services.set_approval_level(found, **given, by=_by(request), at=timezone.now())
        return _("已設定核定層級，自%(day)s起生效。") % {"day": as_date(given["valid_from"])}

    return act_page(
        request,
        form=form,
        title=_("設定核定層級"),
        lead=_("類別與階段都符合的設定最優先；其次是類別，再其次是階段。沒有設定時由單位主管核定。"),
        button=_("設定"),
        do=do,
        back=_back(found, "approval"),
        to=_page(found, "approval"),
    )
