"""The operator's desk: who calls, what to say, what fits in the FAQ base, and one key for each thing to do."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cityhall.domains.petitions import public as petitions
from cityhall.engines.directory import queries as directory
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from .. import faq_door, forms, queries, services
from ..models import CallBack, ContactMoment
from ..queries import DESK, READ, SUPERVISE
from ..refusals import CannotContact
from ..states import Presence

LONGEST, LONGEST_NOTE = 100, 1000
HOME = "contacts:desk"


def at_desk(contact: ContactMoment) -> str:
    """The desk with this contact open."""
    return f"{reverse(HOME)}?{urlencode({'contact': contact.reference})}"


@requires(DESK)
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """One page for a whole shift."""
    now = timezone.now()
    person = directory.person_of(request.user)
    presence = services.current_presence(person) if person else None
    contact = _asked(request) or (queries.in_hand(person) if person else None)
    minutes = int(parameter("contacts.talk_minutes", on=day_of(now)).value)
    words = request.GET.get("words", "").strip()[:LONGEST]
    context: dict[str, Any] = {
        "presence": presence,
        "presence_form": forms.PresenceForm(
            initial={"seat": presence.seat if presence else person.extension if person else "",
                     "state": presence.state if presence else Presence.READY}
        ),
        "contact": contact,
        "minutes": minutes,
        "limit": minutes * 60,
        "greeting": parameter("contacts.greeting", on=day_of(now)).value,
        "words": words,
        "rows": faq_door.find(words, at=now) if words else [],
        "may_read": allowed(request, READ),
        "waiting_back": queries.call_backs("WAITING").count(),
    }  # fmt: skip
    if contact is not None:
        context |= _about(request, contact)
    return render(request, "contacts/desk.html", context)


def _asked(request: HttpRequest) -> ContactMoment | None:
    try:
        reference = uuid.UUID(request.GET.get("contact", ""))
    except ValueError:
        return None
    return ContactMoment.objects.select_related("operator", "case").filter(reference=reference).first()


def _about(request: HttpRequest, contact: ContactMoment) -> dict[str, Any]:
    """What is known of the caller by the digest of the number, and what was done so far."""
    now = timezone.now()
    keys = {contact.caller_key} - {""}
    done = list(contact.answers.all())
    return {
        "form": forms.WrapUpForm(initial={"note": contact.note, "code": contact.wrap_up}),
        "recent": queries.recent(contact),
        "petitions": petitions.recent_by_keys(request.user, keys, now) if keys else [],
        "warned_of": queries.warned_of(contact, now),
        "answered": done,
        "back": list(contact.call_backs.all()),
        "transfers": list(contact.transfers.select_related("agency").order_by("at", "pk")),
    }


@requires(DESK)
@require_safe
def pop(request: HttpRequest) -> HttpResponse:
    """What rings at the operator's seat now; asked every two seconds, answered in full only when it has changed.

    A desk with nothing open goes to the new call by itself; one that is in use shows it and leaves the page alone.
    """
    person = directory.person_of(request.user)
    found = queries.in_hand(person) if person else None
    here = request.GET.get("contact", "")
    if found is not None and not here and found.ended_at is None:
        return HttpResponse(status=200, headers={"HX-Redirect": at_desk(found)})
    other = found if found is not None and str(found.reference) != here else None
    presence = services.current_presence(person) if person else None
    words = render_to_string("contacts/_pop.html", {"other": other, "here": here, "presence": presence}, request)
    tag = f'"{hashlib.sha256(words.encode()).hexdigest()[:24]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag, "Cache-Control": "private, no-cache"})
    return HttpResponse(words, headers={"ETag": tag, "Cache-Control": "private, no-cache"})


@requires(DESK)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The FAQ base as the caller speaks: the list alone."""
    words = request.GET.get("words", "").strip()[:LONGEST]
    if "\x00" in words:
        words = ""
    context = {
        "words": words,
        "contact": _asked(request),
        "rows": faq_door.find(words, at=timezone.now()) if words else [],
    }
    return render(request, "contacts/_faq.html", context)


@requires(DESK)
@require_POST
@form_once
def presence(request: HttpRequest) -> HttpResponse:
    """上線、休息、下線."""
    form = forms.PresenceForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.be(state=given["state"], seat=given["seat"], by=request.user, at=timezone.now())
        except CannotContact as refusal:
            messages.error(request, str(refusal))
    else:
        messages.error(request, _("請選擇一種狀態。"))
    return HttpResponseRedirect(reverse(HOME))


@requires(DESK)
@require_POST
@form_once
def begin(request: HttpRequest) -> HttpResponse:
    """開始一通, where the exchange tells nothing."""
    try:
        contact = services.begin(by=request.user, at=timezone.now())
    except CannotContact as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse(HOME))
    return HttpResponseRedirect(at_desk(contact))


def one_of(reference: uuid.UUID) -> ContactMoment:
    """The contact of an address."""
    return get_object_or_404(ContactMoment.objects.select_related("operator", "case"), reference=reference)


@requires(DESK)
@require_POST
@form_once
def answer(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """以第 n 則答復: counted for the entry and joined to the contact."""
    contact, now, code = one_of(reference), timezone.now(), request.POST.get("code", "")[:40]
    try:
        version = faq_door.version_of(code, at=now)
        services.answer_by_entry(contact, code=code, version=version, by=request.user, at=now)
    except LookupError:
        messages.error(request, _("這則常見問題已經不公布了，請另選一則。"))
    except CannotContact as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("%(number)s：已記下以常見問題「%(code)s」答復。") % {"number": contact.number, "code": code}
        )
    return HttpResponseRedirect(at_desk(contact))


@requires(DESK)
@require_POST
def in_vain(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """A whole question for which nothing was found, told when the operator leaves the field; told twice it is one."""
    _asked_in_vain(one_of(reference), request.POST.get("words", ""))
    return HttpResponse(status=204)


def _asked_in_vain(contact: ContactMoment, given: str) -> None:
    words = given.replace("\x00", "").strip()[:LONGEST]
    faq_door.in_vain(words, talk=str(contact.reference), at=timezone.now())


@requires(DESK)
@require_POST
def note(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """What is noted so far is kept, and on to the next page; kept twice it is the same, so it needs no key."""
    contact = one_of(reference)
    given = request.POST.get("note", "")[:LONGEST_NOTE].replace("\x00", "")
    if given != contact.note:
        services.write_note(contact, note=given, by=request.user, at=timezone.now())
    _asked_in_vain(contact, request.POST.get("in_vain", ""))
    go = request.POST.get("go", "")
    if go == "petition":
        return HttpResponseRedirect(f"{reverse('petitions:intake')}?{urlencode({'contact': reference})}")
    if go in ("transfer", "call_back", "nuisance"):
        return HttpResponseRedirect(reverse(f"contacts:{go}", args=[reference]))
    return HttpResponseRedirect(at_desk(contact))


@requires(DESK)
@require_POST
@form_once
def wrap_up(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """備註與話後碼: the contact is over, the operator can take the next."""
    contact, now = one_of(reference), timezone.now()
    form = forms.WrapUpForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("請選擇話後碼。"))
        return HttpResponseRedirect(at_desk(contact))
    given = form.cleaned_data
    if given["note"] != contact.note:
        services.write_note(contact, note=given["note"], by=request.user, at=now)
    try:
        services.wrap_up(contact, code=given["code"], by=request.user, at=now)
    except CannotContact as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(at_desk(contact))
    _asked_in_vain(contact, request.POST.get("in_vain", ""))
    messages.success(request, _("%(number)s已結束。") % {"number": contact.number})
    return HttpResponseRedirect(reverse(HOME))


# ---- acts with a page of their own -----------------------------------------------------------------------------------


@requires(DESK)
@sensitive_post_parameters("phone")
@form_once
def call_back(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """約定回電."""
    contact, now = one_of(reference), timezone.now()
    form = forms.CallBackForm(request.POST if request.method == "POST" else None, now=now)

    def do(given: dict[str, Any]) -> str:
        services.promise_call_back(
            contact, phone=given["phone"], about=given["about"], due_at=form.due_at, by=request.user, at=now
        )
        return _("已約定回電，會出現在待辦。")

    return act_page(
        request, form=form, title=_("約定回電"), button=_("約定"), do=do, back=(at_desk(contact), contact.number),
        to=at_desk(contact), refused=CannotContact,
    )  # fmt: skip


@requires(DESK)
@form_once
def called_back(request: HttpRequest, pk: int) -> HttpResponse:
    """回電的結果; the number is shown here and nowhere else, and that it was looked at is written down."""
    row = get_object_or_404(CallBack.objects.select_related("contact"), pk=pk)
    now = timezone.now()
    number = services.number_for(row, by=request.user, at=now) if request.method != "POST" else ""
    back = reverse("contacts:one", args=[row.contact.reference])

    def do(given: dict[str, Any]) -> str:
        done = services.call_back_done(row, result=given["result"], by=request.user, at=now)
        return _("已記下：%(state)s。") % {"state": done.get_state_display()}

    return act_page(
        request, form=forms.CalledBackForm(request.POST if request.method == "POST" else None), title=_("打這通回電"),
        button=_("記下"), do=do, back=(back, row.contact.number), to=back, refused=CannotContact,
        summary=[(_("回這支電話"), number or "—"), (_("回電要說什麼"), row.about)],
    )  # fmt: skip


@requires(DESK)
@form_once
def nuisance(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """騷擾電話: the script, and the record by which the call is ended."""
    contact, now = one_of(reference), timezone.now()

    def do(given: dict[str, Any]) -> str:
        services.report_nuisance(contact, kind=given["kind"], warned=given["warned"], by=request.user, at=now)
        return _("%(number)s已登錄為騷擾電話，由督導複核。") % {"number": contact.number}

    script = parameter("contacts.nuisance_script", on=day_of(now)).value
    return act_page(
        request, form=forms.NuisanceForm(request.POST if request.method == "POST" else None), title=_("騷擾電話"),
        button=_("登錄並結束"), do=do, back=(at_desk(contact), contact.number), to=reverse(HOME), refused=CannotContact,
        lead=_("有人身安全的急事一律先處理，不在此限。"),
        summary=[(_("第%(n)s次警告") % {"n": n}, words) for n, words in enumerate(script, start=1)],
    )  # fmt: skip


@requires(SUPERVISE)
@form_once
def decide_nuisance(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """督導複核."""
    contact, now = one_of(reference), timezone.now()
    back = reverse("contacts:one", args=[contact.reference])

    def do(given: dict[str, Any]) -> str:
        services.decide_nuisance(contact, upheld=given["upheld"], remark=given["remark"], by=request.user, at=now)
        return _("已複核。")

    return act_page(
        request, form=forms.NuisanceDecision(request.POST if request.method == "POST" else None),
        title=_("複核騷擾電話"), button=_("登錄"), do=do, back=(back, contact.number), to=back, refused=CannotContact,
    )  # fmt: skip
