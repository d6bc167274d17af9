"""Incidents and campaigns: proposed by rule, confirmed by the desk, one answer for all, each told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Reply
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import IN_HAND, Status
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.outbox import services as outbox
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.unit import act, acting, recalled

from .. import clusters
from ..bursts import MOVES, Burst, BurstRule, CampaignRule, Like, Stand, outside
from ..models import Category, Cluster, ClusterMember, ClusterStep, Petition
from ..privacy import for_others
from ..queries import FULL
from ..repeats import metres
from ..states import ClusterKind, ClusterState
from . import clocks, letters, telling, todos

KEEPS = "petitions.cluster_answer"
NEWS = "petitions.cluster_news"


class CannotCluster(CannotAct):
    """The incident or campaign cannot be changed so; the sentence says why."""


# ---- proposing, by rule ----------------------------------------------------------------------------------------------


@act
def propose_incident(burst: Burst, rule: BurstRule, *, at: datetime) -> Cluster | None:
    """A burst becomes a proposed incident; the desk finds it on its list. None where others were faster."""
    rows = _free([report.key for report in burst.reports])
    centre = rows.get(burst.centre.key)
    if centre is None or len(rows) < rule.count:
        return None
    place = centre.case.place
    assert place
    category = _commonest([row.category for row in rows.values() if row.category])
    cluster = Cluster.objects.create(
        kind=ClusterKind.INCIDENT, title=_title(category, place.district_name, place.road or place.village_name),
        topic=burst.centre.topic, lead=min(rows.values(), key=lambda row: (row.case.received_at, row.pk)),
        lon=burst.centre.point[0], lat=burst.centre.point[1], metres=round(rule.metres), hours=round(rule.hours),
        district_code=place.district_code, began_at=burst.began_at, found_at=at,
        rule={"count": rule.count, "metres": rule.metres, "hours": rule.hours, "found": len(rows)},
    )  # fmt: skip
    for report in burst.reports:
        if report.key in rows:
            _put_in(cluster, rows[report.key], why=_why(cluster, rows[report.key]), by=None, at=at)
    return _proposed(cluster, at=at)


@act
def propose_campaign(petition: Petition, likes: Sequence[Like], rule: CampaignRule, *, at: datetime) -> Cluster | None:
    """The same words again and again become a proposed campaign."""
    values = {one.key: one.likeness for one in likes}
    rows = _free(list(values))
    if len(rows) < rule.count:
        return None
    lead = min(rows.values(), key=lambda row: (row.case.received_at, row.pk))
    cluster = Cluster.objects.create(
        kind=ClusterKind.CAMPAIGN, title=lead.case.title[:100],
        topic=lead.category.group if lead.category else "", lead=lead,
        began_at=min(row.case.received_at for row in rows.values()), found_at=at,
        rule={"count": rule.count, "days": rule.days, "likeness": rule.likeness, "found": len(rows)},
    )  # fmt: skip
    for key in sorted(rows):
        _put_in(cluster, rows[key], why={"likeness": values[key]}, by=None, at=at)
    return _proposed(cluster, at=at)


def _free(keys: Sequence[int]) -> dict[int, Petition]:
    """The petitions that are in no group yet; their cases are locked in order, so that two proposals do not share one."""
    cases.lock_in_order(keys)
    taken = set(ClusterMember.objects.filter(petition__in=keys).values_list("petition", flat=True))
    rows = Petition.objects.select_related(*FULL).filter(pk__in=[key for key in keys if key not in taken])
    return {row.pk: row for row in rows if not row.case.is_ended and not row.case.confidential}


def _commonest(found: Sequence[Category]) -> Category | None:
    return max(found, key=lambda one: (sum(other == one for other in found), -one.pk), default=None)


def _title(category: Category | None, *where: str) -> str:
    """What it is and where, without anybody's words."""
    return f"{''.join(where)} {category.name if category else _('多件反映')}".strip()[:100]


def _why(cluster: Cluster, petition: Petition) -> dict[str, Any]:
    """What the rule measured, to be read beside the petition."""
    report = clusters.report_of(petition)
    if report is None or cluster.lon is None or cluster.lat is None:
        return {}
    hours = (report.at - cluster.began_at).total_seconds() / 3600
    return {"metres": round(metres(report.point, (cluster.lon, cluster.lat))), "hours": round(hours, 1)}


def _proposed(cluster: Cluster, *, at: datetime) -> Cluster:
    _step(cluster, "proposed", by=None, at=at)
    _wait(cluster, at=at)
    return cluster


def _wait(cluster: Cluster, *, at: datetime) -> None:
    """Put it on the desk's list; two hours are the desk's own aim."""
    worklist.open_todo(
        todos.CLUSTER, cluster, title=cluster.title, detail=str(ClusterKind(cluster.kind).label),
        reference=cluster.number, agency=todos.desk(at), role=Role.DISPATCHER, due_at=at + timedelta(hours=2),
        url=reverse("petitions:cluster", args=[cluster.reference]), urgent=cluster.kind == ClusterKind.INCIDENT, at=at,
    )  # fmt: skip


def _step(
    cluster: Cluster, type: str, *, by: Account | None, at: datetime, text: str = "", to: str = ""
) -> ClusterStep:
    """One more line of its history, with the state that it leaves, and an entry in the trail."""
    before = cluster.state
    if to:
        if Stand(to) not in MOVES[Stand(before)]:
            raise CannotCluster(_("目前是「%(now)s」，不能這樣處理。") % {"now": ClusterState(before).label})
        cluster.state = to
        cluster.save()
    last = cluster.steps.order_by("-n").values_list("n", flat=True).first() or 0
    row = ClusterStep.objects.create(
        cluster=cluster, n=last + 1, type=type, at=at, by=by, state=cluster.state, text=text.strip()
    )
    audit.record(f"petition.cluster_{type}", cluster, by=by, at=at, old={"state": before}, new={"state": cluster.state})
    return row


def _locked(cluster: Cluster, *keys: int) -> Cluster:
    """It as it is now, locked until the end of the act: whoever attaches and whoever answers wait for one another.

    The cases that the act touches are locked before it, in the order of their keys, as everywhere.
    """
    cases.lock_in_order(keys)
    rows = Cluster.objects.select_for_update(of=("self",)).select_related("lead__case")
    return rows.get(pk=cluster.pk)


def _keys(cluster: Cluster) -> list[int]:
    """The petitions that are in it, by their keys."""
    return list(cluster.members.filter(out_at=None).values_list("petition", flat=True))


# ---- members ---------------------------------------------------------------------------------------------------------


def _put_in(cluster: Cluster, petition: Petition, *, why: Mapping[str, Any], by: Account | None, at: datetime) -> None:
    ClusterMember.objects.update_or_create(
        cluster=cluster, petition=petition,
        defaults={"why": dict(why), "at": at, "by": by, "out_at": None, "out_by": None},
    )  # fmt: skip
    if cluster.state == ClusterState.OPEN:
        _hold(cluster, petition, by=by, at=at)


def _hold(cluster: Cluster, petition: Petition, *, by: Account | None, at: datetime) -> None:
    """It waits for the one answer: nobody else has it on a list; its clocks run on."""
    if petition.pk != cluster.lead_id:
        todos.done(petition, todos.DISPATCH, *todos.AT_AGENCY, at=at)
    cases.add_event(
        cases.lock(petition.case), "gathered", by=by, at=at, payload={"cluster": cluster.number, "title": cluster.title}
    )


def _release(cluster: Cluster, petition: Petition, *, by: Account | None, at: datetime, reason: str = "") -> None:
    """Back to where it was: to the desk, the agency's 研考窗口 or its officer, with the clocks that ran on."""
    petition.case = case = cases.lock(petition.case)
    cases.add_event(case, "ungathered", by=by, at=at, payload={"cluster": cluster.number, "reason": reason})
    if not case.is_ended and petition.pk != cluster.lead_id:
        put_back(petition, at=at)


def put_back(petition: Petition, *, at: datetime) -> None:
    """Put an open petition on the list on which it belongs by its state."""
    case, due = petition.case, clocks.next_due(petition)
    if case.status in (Status.DISPATCHING, Status.RETURNED):
        todos.wait(
            petition, todos.DISPATCH, agency=todos.desk(at), role=Role.DISPATCHER, due_at=at + timedelta(hours=4), at=at
        )
    elif case.agency and case.status in (Status.ASSIGNED, Status.REOPENED):
        todos.wait(petition, todos.ASSIGN, agency=case.agency, role=Role.COORDINATOR, due_at=due, at=at)
    elif case.agency and case.status in IN_HAND:
        kind = todos.WAITING if case.status == Status.AWAITING_CITIZEN else todos.HANDLE
        clock = clocks.current(petition)
        todos.wait(
            petition, kind, agency=case.agency, unit=case.unit, person=case.officer,
            stage=clock.stage if clock else "", due_at=due, at=at,
        )  # fmt: skip


def _joinable(petition: Petition) -> None:
    case = petition.case
    if case.confidential:
        raise CannotCluster(_("不公開的案件不能列入。"))
    if not case.is_confirmed or case.is_ended:
        raise CannotCluster(_("%(number)s 已經結束或還沒成案，不能列入。") % {"number": case.number or ""})


@act
def attach(cluster: Cluster, petition: Petition, *, by: Account | None, at: datetime) -> Cluster:
    """Put a petition in: by rule (`by` is None) or by a person, who may overrule the distance."""
    cluster = _locked(cluster, petition.pk)
    if cluster.state not in (ClusterState.OPEN, ClusterState.PROPOSED):
        raise CannotCluster(_("已經結束，不能再列入案件。"))
    petition.case = cases.lock(petition.case)
    _joinable(petition)
    if ClusterMember.objects.filter(petition=petition, out_at=None).exists():
        raise CannotCluster(_("%(number)s 已經列在一個事件裡。") % {"number": petition.case.number})
    _put_in(cluster, petition, why=_why(cluster, petition), by=by, at=at)
    if by is not None:
        _step(cluster, "attached", by=by, at=at, text=petition.case.number or "")
    return cluster


@act
def detach(member: ClusterMember, *, reason: str = "", by: Account, at: datetime) -> ClusterMember:
    """Take a petition out: it goes its ordinary way again, and the rule does not put it in anew."""
    cluster = _locked(member.cluster, member.petition_id)
    member = ClusterMember.objects.select_for_update(of=("self",)).get(pk=member.pk)
    if member.out_at or member.answered_at or cluster.state not in (ClusterState.OPEN, ClusterState.PROPOSED):
        raise CannotCluster(_("這件已經移出，或已經一併回復。"))
    if member.petition_id == cluster.lead_id:
        raise CannotCluster(_("這是主辦案件，請先改選另一件當主辦案件。"))
    petition = Petition.objects.select_related(*FULL).get(pk=member.petition_id)
    member.out_at, member.out_by = at, by
    member.save(update_fields=["out_at", "out_by"])
    if cluster.state == ClusterState.OPEN:
        _release(cluster, petition, by=by, at=at, reason=reason)
    _step(cluster, "detached", by=by, at=at, text=petition.case.number or "")
    return member


# ---- the desk --------------------------------------------------------------------------------------------------------


@act
def confirm(cluster: Cluster, *, title: str, lead: Petition, by: Account, at: datetime) -> Cluster:
    """確認: it is one; from now on its petitions wait for the one answer, and others near it join by themselves."""
    cluster = _locked(cluster, *_keys(cluster))
    rows = {row.petition_id: row for row in cluster.members.filter(out_at=None).select_related("petition__case")}
    if lead.pk not in rows or rows[lead.pk].petition.case.is_ended:
        raise CannotCluster(_("主辦案件要是其中還沒結束的一件。"))
    if not title.strip():
        raise CannotCluster(_("請寫名稱，民眾會看到。"))
    cluster.title, cluster.lead = title.strip()[:100], lead
    _step(cluster, "confirmed", by=by, at=at, to=ClusterState.OPEN)
    worklist.close_todo(todos.CLUSTER, cluster, at=at)
    for key in sorted(rows):
        petition = Petition.objects.select_related(*FULL).get(pk=key)
        if petition.case.is_ended:
            rows[key].out_at = at
            rows[key].save(update_fields=["out_at"])
        else:
            _hold(cluster, petition, by=by, at=at)
    return cluster


@act
def change_lead(cluster: Cluster, *, lead: Petition, by: Account, at: datetime) -> Cluster:
    """Another petition is the one that is answered for all; the one before waits like the others."""
    cluster = _locked(cluster, lead.pk, cluster.lead_id)
    if cluster.state not in (ClusterState.OPEN, ClusterState.PROPOSED):
        raise CannotCluster(_("已經結束，不能改主辦案件。"))
    row = cluster.members.filter(petition=lead, out_at=None).select_related("petition__case").first()
    if row is None or row.petition.case.is_ended:
        raise CannotCluster(_("主辦案件要是其中還沒結束的一件。"))
    before = Petition.objects.select_related(*FULL).get(pk=cluster.lead_id)
    cluster.lead = lead
    cluster.save(update_fields=["lead"])
    if cluster.state == ClusterState.OPEN and before.pk != lead.pk:
        todos.done(before, todos.DISPATCH, *todos.AT_AGENCY, at=at)
        lead.case = cases.lock(lead.case)
        put_back(lead, at=at)
    _step(cluster, "lead_changed", by=by, at=at, text=lead.case.number or "")
    return cluster


@act
def tell_news(cluster: Cluster, *, text: str, by: Account, at: datetime) -> Cluster:
    """One text for all: on the public page, on the page of each petition, and by mail to whom it concerns, once."""
    cluster = _locked(cluster)
    if cluster.state != ClusterState.OPEN:
        raise CannotCluster(_("確認之後、回復之前，才能更新說明。"))
    if not text.strip():
        raise CannotCluster(_("請寫說明。"))
    cluster.news, cluster.news_at = text.strip(), at
    cluster.save(update_fields=["news", "news_at"])
    step = _step(cluster, "told", by=by, at=at, text=text)
    outbox.promise_new(NEWS, {"step": step.pk}, key=f"{NEWS}:{step.pk}", at=at)
    return cluster


def carry_news(step_pk: int) -> int:
    """Tell a piece of news to the reporters and supporters who were there when it was published.

    Whoever reported twice, or reports and supports, is told once: the first of their petitions tells it. Tried again
    after a crash it finds the same first ones, and a letter with the same key is the same letter.
    """
    step = ClusterStep.objects.select_related("cluster").get(pk=step_pk)
    told: set[str] = set()
    members = step.cluster.members.filter(out_at=None, at__lte=step.at).order_by("petition_id")
    for pk in members.values_list("petition", flat=True):
        with acting():
            petition = Petition.objects.select_related(*FULL).get(pk=pk)
            requester = petition.case.requester
            who = (requester.email or requester.phone or requester.address).strip().lower() if requester else ""
            if who and who not in told:
                told.add(who)
                letters.incident_news(petition, step=step)
            supporters = petition.supporters.filter(left_at=None, confirmed_at__lte=step.at)
            for supporter in supporters.select_related("account").order_by("pk"):
                if (mark := (supporter.email or supporter.phone).lower()) not in told:
                    told.add(mark)
                    letters.supported_news(supporter, step=step, main=petition)
    return len(told)


@act
def dismiss(cluster: Cluster, *, reason: str, by: Account, at: datetime) -> Cluster:
    """不成立: it is none; each petition goes its own way again."""
    cluster = _locked(cluster, *_keys(cluster))
    if not reason.strip():
        raise CannotCluster(_("請寫明理由。"))
    was_open = cluster.state == ClusterState.OPEN
    cluster.ended_at = at
    _step(cluster, "dismissed", by=by, at=at, text=reason, to=ClusterState.DISMISSED)
    worklist.close_todo(todos.CLUSTER, cluster, at=at)
    for row in cluster.members.filter(out_at=None).order_by("petition_id"):
        row.out_at, row.out_by = at, by
        row.save(update_fields=["out_at", "out_by"])
        if was_open:
            petition = Petition.objects.select_related(*FULL).get(pk=row.petition_id)
            _release(cluster, petition, by=by, at=at)
    return cluster


@act
def revive(cluster: Cluster, *, by: Account, at: datetime) -> Cluster:
    """Undo 不成立: proposed once more, with the petitions that went out with it and are still free."""
    cluster = _locked(cluster)
    gone = cluster.ended_at
    cluster.ended_at = None
    _step(cluster, "revived", by=by, at=at, to=ClusterState.PROPOSED)
    rows = cluster.members.filter(out_at=gone).select_related("petition__case").order_by("petition_id")
    taken = set(
        ClusterMember.objects.filter(petition__in=rows.values("petition"), out_at=None).values_list(
            "petition", flat=True
        )
    )
    kept = [row for row in rows if row.petition_id not in taken and not row.petition.case.is_ended]
    if not kept:
        raise CannotCluster(_("裡面的案件都已經結束或列入別的事件，不能恢復。"))
    for row in kept:
        row.out_at, row.out_by = None, None
        row.save(update_fields=["out_at", "out_by"])
    if cluster.lead_id not in {row.petition_id for row in kept}:
        cluster.lead_id = kept[0].petition_id
        cluster.save(update_fields=["lead"])
    _wait(cluster, at=at)
    return cluster


# ---- one answer for all ----------------------------------------------------------------------------------------------


@recalled(Cluster)
def _led() -> dict[int, int]:
    """The open incidents and campaigns by the petition that leads them: few rows, asked at every approval."""
    return dict(Cluster.objects.filter(state=ClusterState.OPEN).values_list("lead", "pk"))


def answered(petition: Petition, reply: Reply, *, by: Account, at: datetime) -> None:
    """The lead's reply was approved: it is told to all others, once; a final one ends the incident.

    Called inside the approval; the others are answered in the worker, with the instant of the approval.
    """
    found = _led().get(petition.pk)
    if found is None:
        return
    cluster = _locked(Cluster(pk=found))  # the lead's case is locked by the approval
    if cluster.state != ClusterState.OPEN or cluster.lead_id != petition.pk:
        return
    if reply.stage == 2:
        cluster.reply, cluster.ended_at = reply, at
        _step(cluster, "answered", by=by, at=at, to=ClusterState.CLOSED)
        cluster.members.filter(petition=petition).update(answered_at=at)
    outbox.promise_new(KEEPS, {"cluster": cluster.pk, "reply": reply.pk}, key=f"{KEEPS}:{reply.pk}", at=at, urgent=True)


def carry_out(cluster_pk: int, reply_pk: int) -> int:
    """Answer each petition of an incident or campaign by itself; those that were answered already are left as they are."""
    cluster = Cluster.objects.get(pk=cluster_pk)
    reply = Reply.objects.select_related("case__requester", "approved_by__account").get(pk=reply_pk)
    lead = Petition.objects.select_related(*FULL).get(pk=reply.case_id)
    told = 0
    waiting = cluster.members.filter(out_at=None, answered_at=None).exclude(petition=lead)
    for pk in waiting.order_by("petition_id").values_list("pk", flat=True):
        with acting():
            told += _answer(pk, reply, lead)
    return told


def _answer(member_pk: int, reply: Reply, lead: Petition) -> bool:
    """One petition's part of the answer; told once, however often it is tried."""
    assert reply.sent_at
    at, by = reply.sent_at, reply.approved_by.account if reply.approved_by else None
    petition = Petition.objects.select_related(*FULL).get(clusters=member_pk)
    petition.case = case = cases.lock(petition.case)
    member = ClusterMember.objects.select_for_update(of=("self",)).get(pk=member_pk)
    if member.out_at or member.answered_at:
        return False
    if case.is_ended:
        return False
    if reply.stage == 1 and case.replies.filter(stage=1).exclude(sent_at=None).exists():
        return False
    copy = cases.answer_with(case, source=reply, text=for_others(reply.text, lead.case.requester), by=by, at=at)
    if reply.stage == 2:
        member.answered_at = at
        member.save(update_fields=["answered_at"])
        clocks.final_reply_sent(petition, at=at)
        todos.done(petition, todos.DISPATCH, todos.CO_HANDLE, *todos.AT_AGENCY, at=at)
    elif clocks.running(petition, clocks.FIRST):
        clocks.first_reply_sent(petition, at=at)
    letters.reply(petition, reply=copy, answering=lead, at=at)
    telling.promise(petition, copy, at=at)
    return True


# ---- by itself -------------------------------------------------------------------------------------------------------


def attach_by_rule(at: datetime) -> int:
    """Petitions that came since and belong to an open incident are put in, with why."""
    found = 0
    for cluster in clusters.open_incidents(at):
        scene = clusters.scene_of(cluster)
        for petition in clusters.candidates(cluster, at):
            report = clusters.report_of(petition)
            if report is None or outside(scene, report) is not None:
                continue
            try:
                attach(cluster, petition, by=None, at=at)
            except CannotAct:  # somebody was faster
                continue
            found += 1
    return found


def join_campaign(petition: Petition, likes: Sequence[Like], rule: CampaignRule, *, at: datetime) -> Cluster | None:
    """The campaign to which a petition is put because its words are those of one that is in it already."""
    values = {one.key: one.likeness for one in likes if one.likeness >= rule.likeness and one.key != petition.pk}
    rows = ClusterMember.objects.filter(
        petition__in=list(values), out_at=None, cluster__kind=ClusterKind.CAMPAIGN,
        cluster__state__in=[ClusterState.PROPOSED, ClusterState.OPEN],
    )  # fmt: skip
    member = rows.select_related("cluster").order_by(F("cluster__found_at").desc(), "pk").first()
    if member is None or ClusterMember.objects.filter(petition=petition).exists():
        return None
    with acting():
        cluster = _locked(member.cluster, petition.pk)
        petition.case = cases.lock(petition.case)
        if cluster.state not in (ClusterState.OPEN, ClusterState.PROPOSED) or petition.case.is_ended:
            return None
        _put_in(cluster, petition, why={"likeness": values[member.petition_id]}, by=None, at=at)
    return cluster
