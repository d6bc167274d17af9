"""The desk's pages of people: their appointments, absences and hand-over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.dates import as_date, as_datetime

from .. import forms, queries, registry, services
from ..models import Agency, Appointment, Deputy, HandOver, Person
from ..states import Role
from .acts import act_page, must, must_for
from .agencies import _agency, _back, _by, _page, _today


def _person(pk: int) -> Person:
    return get_object_or_404(Person.objects.select_related("account"), pk=pk)


def _to(person: Person) -> str:
    return reverse("directory:desk_person", args=[person.pk])


def _back_to(person: Person) -> tuple[str, str]:
    return _to(person), person.label


@requires("directory.read")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: contact, roles now and before, absences; what is in their hands, for those who may hand it over."""
    found = _person(pk)
    now = timezone.now()
    account: Any = request.user
    may_manage = queries.may_for(account, "directory.people.manage", found, on=now)
    may_hand_over = queries.may_for(account, "directory.hand_over", found, on=now)
    own = found.account_id is not None and found.account_id == account.pk
    today = day_of(now)
    appointments = found.appointments.select_related("agency", "unit", "post").order_by("-starts_on", "-pk")
    context = {
        "person": found,
        "own": own,
        "current": [
            row for row in appointments if row.starts_on <= today and (not row.ends_on or row.ends_on >= today)
        ],
        "past": [row for row in appointments if row.ends_on and row.ends_on < today],
        "coming": [row for row in appointments if row.starts_on > today],
        "absences": found.absences.filter(ends_at__gt=now).select_related("deputy").order_by("starts_at"),
        "stands_in": found.stand_ins.filter(ends_at__gt=now).select_related("person").order_by("starts_at"),
        "deputy": queries.deputy_of(found, now),
        "now": now,
        "today": today,
        "may_manage": may_manage and not own,
        "may_see_mobile": (may_manage or own) and found.mobile,
        "may_appoint": queries.may(account, "directory.appoint", on=now) and not own,
        "may_link": not own and queries.may(account, "identity.accounts.manage", on=now),
        "may_away": own or queries.may_for(account, "directory.deputy.set", found, on=now),
        "may_hand_over": may_hand_over,
        "in_hand": services.work_in_hand(found) if may_hand_over else [],
        "hand_overs": HandOver.objects.filter(from_person=found).select_related("to_person")[:10],
    }
    return render(request, "directory/desk/person.html", context)


@requires("directory.people.manage")
@require_POST
def mobile(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the number that reaches the person on duty; that look is noted."""
    found = _person(pk)
    must_for(request, "directory.people.manage", found)
    audit.looked_at(found, by=request.user, at=timezone.now(), what="mobile")
    messages.info(
        request, _("%(name)s的值班聯絡手機：%(number)s") % {"name": found.label, "number": found.mobile or _("沒有填")}
    )
    return redirect(_to(found))


@requires("directory.people.manage")
@form_once
def add(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a person with their first role at this agency."""
    found = _agency(code)
    must(request, "directory.people.manage", agency=found)
    today = _today()
    grantable = queries.grantable_roles(_by(request), timezone.now())
    form = forms.NewPersonForm(
        request.POST or None,
        agency=found,
        grantable=grantable,
        today=today,
        initial={"role": Role.OFFICER, "starts_on": today, "phone": found.phone},
    )

    def do(given: dict[str, Any]) -> str:
        who = {"by": _by(request), "at": timezone.now()}
        fields = {name: given[name] for name in ("code", "name", "name_en", "title", "title_en", "phone", "extension",
                                                 "email", "mobile")}  # fmt: skip
        made = services.add_person(**fields, **who)
        services.appoint(
            made, agency=found, unit=given["unit"], role=given["role"], starts_on=given["starts_on"], **who
        )
        return _("已新增%(name)s。帳號請由系統管理員建立後連結。") % {"name": made.label}

    return act_page(
        request,
        form=form,
        title=_("新增人員"),
        button=_("新增人員"),
        do=_together(do),
        back=_back(found),
        to=_page(found),
    )


def _together(do: Any) -> Any:
    """Several acts that happen all or none."""
    return transaction.atomic(do)


@requires("directory.people.manage")
@form_once
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person's contact."""
    found = _person(pk)
    must_for(request, "directory.people.manage", found)
    names = ("name", "name_en", "title", "title_en", "phone", "extension", "email", "mobile")
    form = forms.PersonForm(request.POST or None, person=found, initial={name: getattr(found, name) for name in names})

    def do(given: dict[str, Any]) -> str:
        services.change_person(found, by=_by(request), at=timezone.now(), **given)
        return _("已修改%(name)s的資料。") % {"name": found.label}

    return act_page(
        request,
        form=form,
        title=_("修改%(name)s的資料") % {"name": found.label},
        button=_("儲存"),
        do=do,
        back=_back_to(found),
        to=_to(found),
    )


@requires("identity.accounts.manage")
@form_once
def link_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which account signs in for a person."""
    found = _person(pk)
    if found.account_id is not None and found.account_id == _by(request).pk:
        raise PermissionDenied("identity.accounts.manage")
    form = forms.AccountForm(request.POST or None, initial={"email": found.email})

    def do(given: dict[str, Any]) -> str:
        services.link_account(found, account=form.account, by=_by(request), at=timezone.now())
        return _("已連結%(name)s的帳號。") % {"name": found.label}

    return act_page(
        request,
        form=form,
        title=_("連結%(name)s的帳號") % {"name": found.label},
        lead=_("連結之後，用這個帳號登入的人就有%(name)s的角色與權限。") % {"name": found.label},
        button=_("連結帳號"),
        do=do,
        back=_back_to(found),
        to=_to(found),
    )


# Appointments


@requires("directory.appoint")
@form_once
def appoint(request: HttpRequest, pk: int, code: str = "") -> HttpResponse:
    """Give a person a role: first at which agency, then which role."""
    found = _person(pk)
    now = timezone.now()
    reach = queries.reach(_by(request), "directory.appoint", now)
    if found.account_id == _by(request).pk:
        raise PermissionDenied("directory.appoint")
    agencies = Agency.objects.as_of(day_of(now)).filter(reach.within(agency="pk", unit="", person=""))
    if not code:
        if agencies.count() == 1:
            return redirect("directory:appoint_at", pk=pk, code=agencies.get().code)
        form = forms.WhereForm(request.GET if "agency" in request.GET else None, agencies=agencies)
        if form.is_bound and form.is_valid():
            return redirect("directory:appoint_at", pk=pk, code=form.cleaned_data["agency"].code)
        context = {
            "form": form,
            "title": _("派任%(name)s") % {"name": found.label},
            "button": _("下一步"),
            "back": _back_to(found),
            "method": "get",
        }
        return render(request, "idempotency/act.html", context)
    agency = _agency(code)
    must(request, "directory.appoint", agency=agency)
    return _appoint_at(request, found, agency)


def _appoint_at(request: HttpRequest, found: Person, agency: Agency) -> HttpResponse:
    today = _today()
    grantable = queries.grantable_roles(_by(request), timezone.now())
    form = forms.AppointmentForm(
        request.POST or None,
        agency=agency,
        grantable=grantable,
        today=today,
        initial={"role": Role.OFFICER, "starts_on": today},
    )

    def do(given: dict[str, Any]) -> str:
        services.appoint(found, agency=agency, **given, by=_by(request), at=timezone.now())
        return _("已派任%(name)s為「%(role)s」。") % {"name": found.label, "role": Role(given["role"]).label}

    def confirm(given: dict[str, Any]) -> dict[str, Any]:
        return {
            "title": _("確認派任"),
            "lead": _("派任後，%(name)s就有這個角色的權限。") % {"name": found.label},
            "rows": [
                (_("人員"), found.label),
                (_("機關"), agency.full_label),
                (_("單位"), given["unit"].label if given["unit"] else _("不屬於單位")),
                (_("角色"), Role(given["role"]).label),
                (_("到任日"), as_date(given["starts_on"])),
            ],
            "button": _("確定派任"),
        }

    return act_page(
        request,
        form=form,
        title=_("派任%(name)s到%(agency)s") % {"name": found.label, "agency": agency.label},
        button=_("下一步"),
        do=do,
        back=_back_to(found),
        to=_to(found),
        confirm=confirm,
    )


@requires("directory.appoint")
@form_once
def end_appointment(request: HttpRequest, pk: int, appointment: int) -> HttpResponse:
    """End an appointment with its last day."""
    found = _person(pk)
    row: Appointment = get_object_or_404(found.appointments.select_related("agency", "unit"), pk=appointment)
    must(request, "directory.appoint", agency=row.agency)
    if row.role not in queries.grantable_roles(_by(request), timezone.now()) or found.account_id == _by(request).pk:
        raise PermissionDenied("directory.appoint.city")
    form = forms.EndingForm(request.POST or None, initial={"ends_on": _today()})
    role = Role(row.role).label

    def do(given: dict[str, Any]) -> str:
        services.end_appointment(row, ends_on=given["ends_on"], by=_by(request), at=timezone.now())
        return _("%(name)s的「%(role)s」任職到%(day)s為止。") % {
            "name": found.label,
            "role": role,
            "day": as_date(given["ends_on"]),
        }

    return act_page(
        request,
        form=form,
        title=_("辦理卸任"),
        summary=[
            (_("人員"), found.label),
            (_("機關"), row.agency.label),
            (_("角色"), role),
            *services.work_in_hand(found),
        ],
        button=_("辦理卸任"),
        do=do,
        back=_back_to(found),
        to=_to(found),
    )


# Deputies and hand-over


@requires("directory.deputy.set")
@form_once
def away(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Say that one is away and who stands in; a chief or the 研考窗口 may say it for somebody."""
    me = queries.person_of(_by(request))
    found = _person(pk) if pk else me
    if found is None:
        raise PermissionDenied("directory.deputy.set")
    must_for(request, "directory.deputy.set", found)
    today = _today()
    form = forms.AwayForm(request.POST or None, person=found, today=today)
    own = me is not None and found.pk == me.pk

    def do(given: dict[str, Any]) -> str:
        row = services.set_deputy(
            found,
            deputy=given["deputy"],
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            reason=given["reason"],
            by=_by(request),
            at=timezone.now(),
        )
        return _("已設定：%(from)s到%(to)s由%(name)s代理。") % {
            "from": as_datetime(row.starts_at, year=False),
            "to": as_datetime(row.ends_at, year=False),
            "name": given["deputy"].label,
        }

    return act_page(
        request,
        form=form,
        title=_("我要請假") if own else _("%(name)s請假") % {"name": found.label},
        lead=_("請假期間，待辦事項與核定會交給代理人，代理人簽核時註明「代」。回來後自動恢復。"),
        button=_("設定代理人"),
        do=do,
        back=_back_to(found),
        to=_to(found),
    )


@requires("directory.deputy.set")
@require_POST
@form_once
def back_early(request: HttpRequest, pk: int, absence: int) -> HttpResponse:
    """The person is back, or does not go."""
    found = _person(pk)
    must_for(request, "directory.deputy.set", found)
    row: Deputy = get_object_or_404(found.absences, pk=absence)
    try:
        services.end_absence(row, by=_by(request), at=timezone.now())
    except services.CannotSetDeputy as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("代理已結束，待辦事項回到本人。"))
    return HttpResponseRedirect(_to(found))


@requires("directory.hand_over")
@form_once
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Give all open work of a person to another in one act, after a look at what that is."""
    found = _person(pk)
    must_for(request, "directory.hand_over", found)
    form = forms.HandOverForm(request.POST or None, person=found, today=_today())
    in_hand = services.work_in_hand(found)

    def do(given: dict[str, Any]) -> str:
        row = services.hand_over(found, given["to_person"], _by(request), timezone.now())
        moved = _("、").join(
            _("%(label)s %(n)d 件") % {"label": registry.label_of(key), "n": number}
            for key, number in row.moved.items()
            if number
        )
        return _("已移交給%(name)s：%(moved)s。") % {
            "name": given["to_person"].label,
            "moved": moved or _("沒有未結事項"),
        }

    def confirm(given: dict[str, Any]) -> dict[str, Any]:
        return {
            "title": _("確認移交"),
            "lead": _("這些會一次移交，之後由接收人辦理；期限不變。"),
            "rows": [
                (_("移交人"), found.label),
                (_("接收人"), given["to_person"].label),
                *[(label, _("%(n)d 件") % {"n": number}) for label, number in in_hand],
            ],
            "button": _("確定移交"),
        }

    return act_page(
        request,
        form=form,
        title=_("移交%(name)s的業務") % {"name": found.label},
        lead="" if in_hand else _("%(name)s手上目前沒有未結事項。") % {"name": found.label},
        summary=[(label, _("%(n)d 件") % {"n": number}) for label, number in in_hand],
        button=_("下一步"),
        do=do,
        back=_back_to(found),
        to=_to(found),
        confirm=confirm,
    )
