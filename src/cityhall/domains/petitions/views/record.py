"""What stands on one petition's page at the desk: everything the template shows, asked for once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.models import Addition, Reply
from cityhall.engines.cases.states import UNCONFIRMED, Part, Status
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.deadlines.models import Change, Clock, State
from cityhall.engines.deadlines.rules import due
from cityhall.engines.directory.models import Person
from cityhall.engines.files import queries as files
from cityhall.engines.letters import queries as letters
from cityhall.engines.mailbox import services as mailbox
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed
from cityhall.web.maps import Spot

from .. import clusters, following, hops, listings, neighbours, papers, queries, removals, rules
from ..forms import desk as forms
from ..models import Petition, SplitPart
from ..privacy import words_of
from ..services import automatic, clocks, conference, dispatch, handling, restrictions, splitting, words
from ..services.acts import ACTS, ON_SEALED, Act, reply_at_hand
from ..states import KeptIn

INLINE = {"draft", "submit", "approve", "send_back"}  # their forms stand on the record's own page
AT_THE_DESK = (Status.DISPATCHING, Status.RETURNED)
SHOWN = ("return", "ask", "co_handler", "extend")  # beside the main act, as far as they are possible
MOST_SHOWN = 3


def acts_now(request: HttpRequest, petition: Petition, at: datetime) -> list[Act]:
    """What this officer can do on this petition now."""
    return [
        act
        for act in ACTS.values()
        if act.possible(petition, at)
        and (not petition.sealed or act.code in ON_SEALED)
        and queries.may_do(request.user, act.right, petition, at)
    ]


def context(request: HttpRequest, petition: Petition, now: datetime, **more: Any) -> dict[str, Any]:
    """Everything that the record's page shows to this officer now."""
    case, place = petition.case, petition.case.place
    available = acts_now(request, petition, now)
    codes = {act.code for act in available}
    reply = reply_at_hand(petition)
    may_see_reporter = queries.may_see_reporter(request.user, petition, now)
    events = list(case_queries.timeline(case, public_only=False))
    additions = list(case.additions.order_by("-at"))
    attached = list(files.of(case))
    questions = list(case.questions.order_by("-asked_at"))
    reopening = case.reopen_requests.filter(granted=None).first()
    found: dict[str, Any] = {
        "petition": petition,
        "case": case,
        "codes": codes,
        **_bar(available, codes),
        **_why(petition),
        "may_rules": allowed(request, "petitions.rules.manage"),
        "may_watch": allowed(request, "petitions.automatic.read"),
        "clocks": sorted(  # those that run first
            (
                clock_view(clock, now)
                for clock in deadline_queries.clocks_of(case).prefetch_related("pauses", "changes")
            ),
            key=lambda one: not one["live"],
        ),
        "future_final": _future_final(petition, now),
        "events": events,
        "names": queries.names_of(events),
        "notes": case.notes.select_related("by").order_by("-at"),
        "additions": additions,
        "urges": sum(addition.kind == Addition.Kind.URGE for addition in additions),
        "questions": questions,
        "covered_words": words.covered_in(
            case,
            case.title,
            case.text,
            *map(str, petition.answers.values()),
            *(one.text for one in additions),
            *(one.answer for one in questions),
            reopening.reason if reopening else "",
        ),
        "parts": _parts(petition, now),
        **_hops(petition, events, now),
        "files": attached,
        "sent": _sent(petition),
        "reply": reply,
        "reply_files": list(files.of(reply)) if reply else [],
        "stage": handling.stage_now(petition),
        "latest_promise": handling.latest_promise(petition, at=now)
        if case.is_confirmed and not case.is_ended
        else None,
        "return_until": dispatch.may_return_until(petition, at=now)
        if case.status in ("ASSIGNED", "ACCEPTED")
        else None,
        "spot": Spot(place.lon, place.lat, place.road) if place and place.has_point else None,
        "extension": petition.extensions.filter(state="ASKED").select_related("asked_by", "approver").first(),
        "reopening": reopening,
        "promises": petition.follow_ups.select_related("reply"),
        "letters": letters.about(case),
        "referrals": _referrals(petition, now),
        "passed_on": petition.passed_on.select_related("agency", "peer").order_by("pk") if case.is_confirmed else [],
        "sees_outside": allowed(request, "petitions.dispatch"),
        "mails": mailbox.about(case) if may_see_reporter else [],
        "came_in": petition.letters.select_related("desk").order_by("pk") if may_see_reporter else [],
        "may_see_reporter": may_see_reporter,
        "ethics_readers": queries.ethics_readers(case) if petition.sealed else [],
        "hidden": None if may_see_reporter else words_of(case.requester),
        **_retention(request, petition, now),
        **_listings(request, petition, codes, now),
        **_together(request, petition, now),
        "now": now,
        "unconfirmed": case.status in UNCONFIRMED,
        "tab": request.GET.get("tab", "work"),
    }
    found["tabs"] = [
        ("work", _("辦理"), 0),
        ("timeline", _("經過"), len(events)),
        ("files", _("附件"), len(attached)),
        ("notes", _("內部備註"), len(found["notes"])),
    ]
    if "dispatch" in codes and case.status in AT_THE_DESK:
        found["dispatch_form"] = forms.DispatchForm(
            initial={"version": case.version}, petition=petition, on=day_of(now)
        )
        found["choices"] = [one for one in found["candidates"] if one["agency"]]
        if found["choices"] and rules.may_be_preselected(found["choices"][0]["probability"]):
            found["first_choice"] = _("派到%(agency)s") % {"agency": found["choices"][0]["agency"]}
    if "assign" in codes and case.officer_id is None:
        found["officers"] = queries.likely_officers(petition, now)
        if found["officers"]:
            found["first_choice"] = _("分給%(name)s") % {"name": found["officers"][0].person.label}
        found["assign_form"] = forms.AssignForm(initial={"version": case.version}, petition=petition, on=day_of(now))
    if "approve" in codes and reply is not None:
        found["review_signature"] = signature(petition, reply)
        found["review_findings"] = findings(petition, reply.text, reply.promised_on, now)
    if "draft" in codes:
        found |= _writing(petition, reply, found["stage"], now)
    return found | more


def _bar(available: list[Act], codes: set[str]) -> dict[str, Any]:
    """The acts at the foot of the page: the main ones, a few beside them, the rest behind 更多."""
    linked = [act for act in available if act.code not in INLINE]
    beside = [act for code in SHOWN for act in linked if act.code == code][:MOST_SHOWN]
    main = [act for act in linked if act.main and act not in beside]
    writes = bool(codes & {"draft", "approve"})
    if writes:  # one act is the main one: the reply's
        main, rest = [], [act for act in linked if act not in beside]
    else:
        rest = [act for act in linked if act not in beside and act not in main]
    return {"main_acts": main, "beside_acts": beside, "more_acts": rest}


def _retention(request: HttpRequest, petition: Petition, now: datetime) -> dict[str, Any]:
    """What of it was removed when its time was over, and what holds the rest."""
    ended = petition.case.is_ended
    gone = removals.removed_from(petition) if ended else {}
    return {
        "removed": [(KeptIn(where).label, day) for where, day in gone.items()],
        "words_removed": KeptIn.WORDS in gone,
        "held": removals.holds_of(petition).on(day_of(now)) if ended else [],
        "may_hold": ended and allowed(request, removals.KEEP) and KeptIn.REQUESTER not in gone,
    }


def _listings(request: HttpRequest, petition: Petition, codes: set[str], now: datetime) -> dict[str, Any]:
    """Why it is left unhandled, the listings that rest on it, and whether it looks like one of many alike."""
    case = petition.case
    return {
        "sees_register": allowed(request, listings.READ),
        "aside": listings.standing_aside(petition) if case.status == Status.NOT_PROCESSED else None,
        "listings": listings.about(petition, request.user, now) if case.is_confirmed else [],
        "repeated": restrictions.repeated(petition, at=now) if "restrict" in codes else None,
        "may_decline": listings.that_may_decline(petition, now) if "decline" in codes else [],
    }


def _together(request: HttpRequest, petition: Petition, now: datetime) -> dict[str, Any]:
    """Who else it is the matter of: joined petitions with what their reporters added, supporters, an incident."""
    joined = list(neighbours.joined_to(petition)) if petition.case.is_confirmed else []
    reporters = {one.pk: one for one in joined}
    added = Addition.objects.filter(case__in=list(reporters)).select_related("case").order_by("-at") if joined else []
    return {
        "joined": joined,
        "joined_additions": [
            (
                row,
                None
                if queries.may_see_reporter(request.user, reporters[row.case_id], now)
                else words_of(reporters[row.case_id].case.requester),
            )
            for row in added
        ],
        **_split(request, petition, now),
        "supporters": petition.followers - 1,
        "member": clusters.membership(petition),
        "sees_clusters": allowed(request, clusters.READ),
    }


def _split(request: HttpRequest, petition: Petition, now: datetime) -> dict[str, Any]:
    """What it was split into, or from; what of that the reader may not open has a number and no heading."""
    if petition.case.status == Status.SPLIT:
        rows, whole = splitting.parts_of(petition.case), None
    else:
        part = SplitPart.objects.filter(petition=petition).select_related("split__petition__case").first()
        whole = part.split.petition if part else None
        rows = splitting.parts_of(whole.case) if whole else []
    if not rows and whole is None:
        return {"split_parts": [], "split_from": None}
    keys = [*(row.petition_id for row in rows), *([whole.pk] if whole else [])]
    seen = set(queries.visible_to(request.user, now).filter(pk__in=keys).values_list("pk", flat=True))
    over, size = splitting.progress_of(whole.case if whole else petition.case)
    return {
        "split_parts": [(row.petition, row.petition_id in seen, row.petition_id == petition.pk) for row in rows],
        "split_from": whole,
        "split_from_seen": whole is not None and whole.pk in seen,
        "split_over": over,
        "split_size": size,
    }


def _why(petition: Petition) -> dict[str, Any]:
    """The decision that holds: why, the three that came into question, and the words that weighed."""
    decision = queries.newest_decision(petition)
    if decision is None:
        return {"decision": None, "explanation": None, "candidates": [], "title_spans": [], "text_spans": []}
    return {
        "decision": decision,
        "explanation": queries.explain(decision),
        "candidates": queries.top_three(decision),
        **queries.marked_apart(decision),
    }


def _hops(petition: Petition, events: list[Any], now: datetime) -> dict[str, Any]:
    """Who had it how long, to whom that time is charged; and whether agencies disagree."""
    case = petition.case
    leads = [one.assignment for one in case_queries.hop_times(case, at=now)]
    begun = case.confirmed_at or case.received_at
    returns = sorted((event for event in events if event.status == Status.RETURNED), key=lambda event: event.n)
    held = conference.held_of(leads, returns)
    names = {lead.agency.code: lead.agency.label for lead in leads} | {hops.DESK: _("分文人員")}
    spans = hops.spans(held, opened_at=begun, until=case.ended_at or now) if len(leads) > 1 else []
    return {
        "hops": [
            {"had_by": names[one.had_by], "charged_to": names[one.charged_to], "seconds": one.seconds,
             "returned": one.returned, "other": one.charged_to != one.had_by}
            for one in spans
        ],
        "stopped": automatic.settings() if case.status in AT_THE_DESK else None,
        "disagree": hops.disagree(held),
    }  # fmt: skip


def _parts(petition: Petition, now: datetime) -> list[dict[str, Any]]:
    """協辦, each with the clock of its own, and 副知."""
    rows = petition.case.assignments.exclude(part=Part.LEAD).select_related("agency").order_by("starts_at")
    return [
        {"part": part, "clock": deadline_queries.clocks_of(part).first() if part.part == Part.CO_HANDLER else None}
        for part in rows
    ]


def _referrals(petition: Petition, now: datetime) -> list[dict[str, Any]]:
    """Who passed it on, with the clock that they set."""
    rows = petition.referrals.select_related("forwarder__agency").order_by("pk")
    found = []
    for row in rows:
        clock = deadline_queries.clocks_of(row).prefetch_related("pauses", "changes").order_by("-pk").first()
        found.append({"referral": row, "clock": clock_view(clock, now) if clock else None})
    return found


def _sent(petition: Petition) -> list[dict[str, Any]]:
    rows = case_queries.sent_replies(petition.case).select_related("drafted_by", "approved_by", "approved_for")
    return [{"reply": row, "files": list(files.of(row)), "contact": signature(petition, row)} for row in rows]


def _writing(petition: Petition, reply: Reply | None, stage: int, now: datetime) -> dict[str, Any]:
    """The editor: the draft as it is, the templates, who will approve, who signs, what to look at."""
    approver = handling.approver_of(petition, stage, at=now)[1] if petition.case.agency else None
    initial = {
        "text": reply.text if reply else "",
        "promised_on": reply.promised_on if reply else None,
        "outcome": reply.outcome if reply else "",
        "template": reply.template if reply else "",
        "draft_version": reply.version if reply else 0,
    }
    return {
        "templates": forms.templates_for(petition, stage),
        "reply_form": forms.ReplyForm(initial=initial, petition=petition, on=day_of(now)),
        "approver": approver,
        "approver_title": title_of(approver) if approver else "",
        "signature": signature(petition, reply),
        "findings": findings(petition, initial["text"], initial["promised_on"], now),
    }


def title_of(person: Person) -> str:
    """科長, 主任秘書, 處長: as the button names them."""
    return person.title_label or person.label


def signature(petition: Petition, reply: Reply | None) -> str:
    """Agency, unit, officer and telephone, as the citizen will read them."""
    contact = following.contact_of(petition.case, reply)
    return papers.contact_words(contact) if contact else ""


def findings(petition: Petition, text: str, promised_on: Any, now: datetime) -> list[rules.Finding]:
    """What the reply is looked through for, while it is written and before it is approved."""
    if not text.strip():
        return []
    case = petition.case
    latest = handling.latest_promise(petition, at=now) if case.is_confirmed and not case.is_ended else None
    first = handling.stage_now(petition) == 1
    return rules.look_through(
        text,
        promised=promised_on.toordinal() if promised_on else None,
        limit=latest.toordinal() if latest and first else None,
    )


def filled(text: str, petition: Petition, given: Mapping[str, str] | None = None) -> str:
    """A template with what is known filled in; what is not known stays as 【…】 for the officer."""
    case, place = petition.case, petition.case.place
    requester = case.requester
    where = (place.label or place.words or f"{place.district_name}{place.village_name}") if place else ""
    named = bool(requester and requester.name) and not case.keep_identity_secret
    known = {  # the words of the letter, in its language, whatever the officer reads the desk in
        "稱呼": f"{requester.name[0]}先生／女士" if requester and named else "您",
        "地點": where or "您所反映的地點",
        "主旨": case.title,
        "機關": case.agency.short_name if case.agency else "",
        "單位": case.unit.name if case.unit else "",
        "承辦人": case.officer.name if case.officer else "",
        "分機": case.officer.extension if case.officer else "",
        **(given or {}),
    }
    for name, value in known.items():
        if value:
            text = text.replace("{" + name + "}", value)
    return text.replace("{", "【").replace("}", "】")


def clock_view(clock: Clock, now: datetime) -> dict[str, Any]:
    """A clock as the page shows it."""
    return {
        "clock": clock,
        "live": clock.state in (State.RUNNING, State.PAUSED),
        "percent": deadline_queries.percent(clock, clock.ended_at or now),
        "overdue": deadline_queries.is_overdue(clock, now),
        "lines": deadline_queries.explain(clock).lines,
        "moved": any(change.kind == Change.Kind.CLOSURE for change in clock.changes.all()),
    }


def _future_final(petition: Petition, now: datetime) -> Any:
    """When the final answer would be due if the first went out now; None where that is no question."""
    if not petition.urgent or clocks.running(petition, clocks.FINAL) or petition.case.is_ended:
        return None
    if not petition.case.is_confirmed:
        return None
    return due(now, clocks.preview_final(petition, at=now), deadlines.calendar())
