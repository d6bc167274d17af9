"""Open petitions pass on: to a colleague in one act, or to the agency that takes an agency's place."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases import succession
from cityhall.engines.cases.models import Case, Reply
from cityhall.engines.cases.states import AT_AGENCY, MOVES, Part, ReplyState, Status
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Appointment, Person
from cityhall.engines.directory.registry import Move
from cityhall.engines.directory.states import APPROVING_ROLES, Role
from cityhall.engines.identity.models import Account
from cityhall.engines.worklist import services as worklist
from cityhall.foundation import unit
from cityhall.foundation.clock import day_of

from .. import queries
from ..models import Extension, Petition, Routing
from ..states import ExtensionState
from . import clocks, dispatch, handling, quality, todos


def pass_on(from_person: Person, to_person: Person, by: Account | None, at: datetime) -> int:
    """移交: every open petition of a person becomes a colleague's, with an event each; drafts and approvals too."""
    moved = 0
    for case in Case.objects.filter(kind="petition", officer=from_person).open().order_by("pk"):
        case = cases.lock(case)
        case.officer = to_person
        case.assignments.filter(part=Part.LEAD, ends_at=None).update(officer=to_person)
        cases.add_event(
            case, "handed_over", by=by, at=at, payload={"from": from_person.pk, "officer": to_person.pk}, public=False
        )
        moved += 1
    Reply.objects.filter(case__kind="petition", state=ReplyState.IN_REVIEW, approver=from_person).update(
        approver=to_person
    )
    unit.forget_all(Reply)
    moved += quality.take_over(from_person, to_person, at=at)
    if moved:
        audit.record(
            "petition.handed_over", None, by=by, at=at, new={"from": from_person.pk, "to": to_person.pk, "count": moved}
        )
    return moved


def to_successor(move: Move, most: int) -> int:
    """An agency is succeeded: its open petitions go on at the successor, clocks untouched, with an event each.

    The petition of somebody who does not serve there waits to be assigned by the successor's 研考窗口; a reply or 展期
    whose approver holds no such post there goes to whoever does. Where an agency is split, a category that a rule from
    that very day gives to a third agency goes on to that one; as nobody sent it back, that is no hop.
    """
    moved = succession.move_to_successor("petition", move, most)
    petitions = {}
    keys = [case.pk for case in moved.cases]
    elsewhere = _given_elsewhere(move) if keys else {}
    if moved.without_officer or elsewhere or _waits_for_approval(keys):
        for petition in Petition.objects.filter(case__in=keys).select_related("category"):
            petitions[petition.case_id] = petition
        for case in moved.cases:
            petitions[case.pk].case = case
    for case in moved.without_officer:
        if case.status in AT_AGENCY:
            _ask_for_an_officer(petitions[case.pk], move)
    _ask_other_approvers(petitions, move)
    for petition in petitions.values():
        if petition.category_id in elsewhere:
            _send_on(petition, elsewhere[petition.category_id], move)
    return len(keys)


def _given_elsewhere(move: Move) -> dict[int | None, Agency]:
    """By category: the third agency to which a rule that begins on the day of the succession gives all of it."""
    on = move.succession.on
    found: dict[int | None, Agency] = {}
    for row in Routing.objects.filter(valid_from=on, category__isnull=False).select_related("agency"):
        narrower = (
            row.district_code, row.village_code, row.manager_code, row.layer_code, row.any_of, row.every, row.none_of
        )  # fmt: skip
        agency = directory.successor_on(row.agency, day_of(move.at))
        if row.holds_on(on) and not any(narrower) and agency.pk not in (move.agency.pk, move.successor.pk):
            found[row.category_id] = agency
    return found


def _send_on(petition: Petition, agency: Agency, move: Move) -> None:
    """What the citizen has been asked about, or waits for its approval, stays; the desk sends it on when that is over."""
    status = Status(petition.case.status)
    if status not in AT_AGENCY or Status.DISPATCHING not in MOVES[status]:
        return
    if petition.sealed or petition.about_agency_id == agency.pk or queries.answer_in_work(petition.case):
        return
    assert petition.category
    note = _("機關承接，這一類依派案規則由「%(agency)s」辦理。") % {"agency": agency.short_name}
    dispatch.dispatch_by_desk(
        petition, category=petition.category, agency=agency, note=note, by=move.by, at=move.at, tell=False
    )


def _ask_for_an_officer(petition: Petition, move: Move) -> None:
    case = petition.case
    todos.done(petition, todos.HANDLE, at=move.at)
    worklist.reassign_todo(todos.WAITING, case, agency=move.successor, unit=case.unit, at=move.at)
    todos.wait(
        petition, todos.ASSIGN, agency=move.successor, role=Role.COORDINATOR, due_at=clocks.next_due(petition),
        at=move.at,
    )  # fmt: skip


def _waits_for_approval(keys: list[int]) -> bool:
    return (
        Reply.objects.filter(case__in=keys, state=ReplyState.IN_REVIEW).exists()
        or Extension.objects.filter(petition__case__in=keys, state=ExtensionState.ASKED).exists()
    )


def _ask_other_approvers(petitions: dict[int, Petition], move: Move) -> None:
    replies = list(Reply.objects.filter(case__in=petitions, state=ReplyState.IN_REVIEW).order_by("pk"))
    asked = list(
        Extension.objects.filter(petition__case__in=petitions, state=ExtensionState.ASKED)
        .select_related("petition")
        .order_by("pk")
    )
    approvers = {reply.approver_id for reply in replies} | {one.approver_id for one in asked}
    chiefs = set(
        Appointment.objects.as_of(day_of(move.at))
        .filter(agency=move.successor, role__in=APPROVING_ROLES, person__in=approvers)
        .values_list("person_id", flat=True)
    )
    for reply in replies:
        if reply.approver_id not in chiefs:
            _ask_another_for_reply(petitions[reply.case_id], reply, move)
    for extension in asked:
        if extension.approver_id not in chiefs:
            _ask_another_for_extension(petitions[extension.petition.case_id], extension, move)
    unit.forget_all(Reply)


def _ask_another_for_reply(petition: Petition, reply: Reply, move: Move) -> None:
    petition.case = reply.case = case = cases.lock(petition.case)
    level, approver = handling.approver_of(petition, reply.stage, at=move.at)
    if approver is None:
        cases.send_back_reply(reply, reason=_nobody_approves(), by=move.by, at=move.at, final=reply.stage == 2)
        todos.done(petition, todos.APPROVE, at=move.at)
        handling.wait_for_officer(petition, at=move.at)
        return
    reply.approver, reply.approver_role = approver, level
    reply.save(update_fields=["approver", "approver_role"])
    worklist.reassign_todo(todos.APPROVE, case, agency=move.successor, unit=case.unit, person=approver, at=move.at)


def _ask_another_for_extension(petition: Petition, extension: Extension, move: Move) -> None:
    petition.case = case = cases.lock(petition.case)
    code = petition.category.code if petition.category else ""
    approver = directory.approver_for(move.successor, code, "extension", case.unit, day_of(move.at))
    if approver is None:
        extension.state, extension.decided_at, extension.decision = ExtensionState.REFUSED, move.at, _nobody_approves()
        extension.save(update_fields=["state", "decided_at", "decision"])
        todos.done(petition, todos.EXTENSION, at=move.at)
        cases.add_event(
            case, "extension_refused", by=move.by, at=move.at, payload={"reason": _nobody_approves()}, public=False
        )
        return
    extension.approver = approver
    extension.save(update_fields=["approver"])
    worklist.reassign_todo(todos.EXTENSION, case, agency=move.successor, unit=case.unit, person=approver, at=move.at)


def _nobody_approves() -> str:
    return _("機關承接後，這一層還沒有核定人員；設定後請再送一次。")


def rules_to_successor(move: Move, most: int) -> int:
    """Dispatch rules: the one of the old agency ends the day before, a new version with the successor goes on. What
    they decide is the same as before, for decisions follow successors anyway; so nothing has to be tried first."""
    on = move.succession.on
    rows = list(naming_rules(move.agency, on).select_related("category", "agency").order_by("pk")[:most])
    coming = [row for row in rows if row.valid_from >= on]
    running = [row for row in rows if row.valid_from < on]
    for row in coming:
        audit.record(
            "petition.rule_succeeded", row, by=move.by, at=move.at, old={"agency": move.agency.code},
            new={"agency": move.successor.code},
        )  # fmt: skip
    Routing.objects.filter(pk__in=[row.pk for row in coming]).update(agency=move.successor, revision=F("revision") + 1)
    replaced = set(
        Routing.objects.filter(replaces__in=[row.pk for row in running]).values_list("replaces_id", flat=True)
    )
    fresh = [
        Routing(
            category=row.category, district_code=row.district_code, village_code=row.village_code,
            manager_code=row.manager_code, layer_code=row.layer_code, any_of=row.any_of, every=row.every,
            none_of=row.none_of, agency=move.successor, owner_id=row.owner_id, version=row.version + 1, valid_from=on,
            valid_until=row.valid_until, replaces=None if row.pk in replaced else row, before_until=row.valid_until,
            reason=row.reason, made_at=move.at,
        )
        for row in running
    ]  # fmt: skip
    for row in running:
        audit.record(
            "petition.rule_succeeded", row, by=move.by, at=move.at, old={"agency": move.agency.code},
            new={"agency": move.successor.code, "on": on.isoformat()},
        )  # fmt: skip
    ending = Routing.objects.filter(pk__in=[row.pk for row in running])
    ending.update(valid_until=on - timedelta(days=1), revision=F("revision") + 1)
    Routing.objects.bulk_create(fresh)
    return len(rows)


def naming_rules(agency: Agency, on: date) -> QuerySet[Routing]:
    """The dispatch rules that lead to an agency on a day or later."""
    return Routing.objects.filter(Q(valid_until=None) | Q(valid_until__gte=on), agency=agency)
