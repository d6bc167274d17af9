"""移送府外 by Open311: sent by the outbox, asked about by the clock, and given back to a person when it does not go on.

Nothing here runs in the request of a page but the deciding. A request that may have arrived is looked for by our
reference before it is sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import queries as files
from cityhall.engines.identity import digests
from cityhall.engines.identity.models import Account
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.states import State as Kept
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .. import peer_rules as rules
from ..models import Endpoint, EndpointService, PassedOn, PeerRequest, Petition
from ..peer_client import Away, Peer, Unchanged
from ..peer_rules import Bar, Change, Told, Trouble
from . import todos
from .outside_steps import locked, may_be_told, step

KEEPS = "petitions.open311.send"
CLAIM = timedelta(minutes=3)  # as long as the lease of the promise
RETRY = (60, 300, 900, 1800, 3600, 7200, 14400)  # seconds between attempts: eight in about seven hours
MOST_AT_ONCE = 200
MOST_TAGS = 20
WHEN_AWAY = timedelta(hours=1)
LONG_ENOUGH = timedelta(hours=1)
State = PeerRequest.State


class CannotPass(CannotAct):
    """It cannot go this way now; the sentence says why."""


# ---- which way ---------------------------------------------------------------------------------------------------


def service_for(endpoint: Endpoint, petition: Petition) -> EndpointService | None:
    """The service of theirs that our category is; none where it goes by letter."""
    own = endpoint.mappings.filter(category=petition.category_id).first() if petition.category_id else None
    code = own.service if own is not None else endpoint.default_service
    return endpoint.services.filter(code=code, gone=False).first() if code else None


def bar_for(petition: Petition, agency: Agency) -> tuple[Bar | None, Endpoint | None, str]:
    """Why it goes by letter, or by which endpoint and service it goes by Open311."""
    endpoint = Endpoint.objects.filter(agency=agency).first()
    service = service_for(endpoint, petition) if endpoint else None
    place = petition.case.place
    found = rules.bar(
        there=endpoint is not None, in_use=bool(endpoint and endpoint.in_use),
        confidential=petition.case.confidential or petition.sealed,
        placed=place is not None and bool(place.has_point or place.label or place.words),
        service=service.code if service else "", unanswered=service.unanswered if service else (),
    )  # fmt: skip
    return found, endpoint, service.code if service else ""


def begin(row: PassedOn, *, at: datetime) -> PeerRequest | None:
    """Let it go by Open311 where that is possible; None where it goes by letter."""
    found, endpoint, service = bar_for(row.petition, row.agency)
    if found is not None or endpoint is None:
        return None
    peer = PeerRequest.objects.create(
        passed_on=row, endpoint=endpoint, service=service, reference=f"{row.petition.case.number}/{row.pk}"
    )
    _promise(peer, at=at)
    return peer


def _promise(peer: PeerRequest, *, at: datetime) -> None:
    outbox.promise(KEEPS, {"peer": peer.pk}, key=f"{KEEPS}:{peer.pk}:{peer.times}:{at.isoformat()}", at=at)


def client(endpoint: Endpoint, at: datetime) -> Peer:
    """Their server, with our key."""
    key = digests.decrypt(endpoint.secret) if endpoint.secret else ""
    return Peer(endpoint.base_url, endpoint.jurisdiction, key, at)


# ---- sending -----------------------------------------------------------------------------------------------------


def deliver(pk: int, *, last: bool, at: datetime) -> None:
    """Send what waits. Raises Away where it is worth trying again; on the last attempt a person is asked instead."""
    peer = PeerRequest.objects.select_related("endpoint", "passed_on").filter(pk=pk, state=State.WAITING).first()
    if peer is None or not peer.endpoint.in_use or peer.passed_on.came_back_at is not None:
        return
    endpoint = peer.endpoint
    if endpoint.quiet_until and at < endpoint.quiet_until and not last:
        raise Away(Trouble.BUSY)
    if not _claim(peer, at=at):
        return
    there, looked = client(endpoint, at), True
    try:
        found = None
        if peer.tried_at is not None:
            looked = False
            since = peer.tried_at - rules.CLOCKS_DIFFER
            known = there.since(since, service=peer.service)
            found = next((one for one in known if one.id and rules.names(peer.reference, one.description)), None)
            looked = True
        if found is None:
            fields = _fields(peer)
            _trying(peer, at=at)
            found = there.send(fields)
    except Away as away:
        if away.trouble in rules.PASSES and not last:
            _keep_trouble(peer, away, at=at)
            raise
        unsure = not looked or (away.trouble in rules.PASSES and (away.arrived or peer.tried_at is not None))
        failed(peer, away.trouble, away.said, unsure=unsure, at=at)
        return
    adopted(peer, found, at=at)


def _fields(peer: PeerRequest) -> list[tuple[str, str]]:
    """What is posted: the matter without whoever wrote it, and who asks in fields of its own, if they may be told."""
    row = PassedOn.objects.select_related("petition__case__requester", "petition__case__place", "agency").get(
        pk=peer.passed_on_id
    )
    case, may = row.petition.case, may_be_told(row)
    with translation.override("zh-hant"):
        line = _("市府案件編號：%(reference)s") % {"reference": peer.reference}
    found = [("service_code", peer.service), ("description", rules.description(line, may.public_text))]
    if case.place is not None and case.place.has_point:
        found += [("lat", f"{case.place.lat:.6f}"), ("long", f"{case.place.lon:.6f}")]
    found += [("address_string", may.place[:300]), ("last_name", may.name), ("email", may.email), ("phone", may.phone)]
    picture = files.public_of(Case, [case.pk]).last()
    if picture is not None:
        found.append(("media_url", f"{settings.SITE_URL}{reverse('files:download', args=[picture.reference])}"))
    service = peer.endpoint.services.filter(code=peer.service).first()
    for one in service.asked if service else ():
        if value := service.given.get(one["code"]) if service else None:
            found.append((f"attribute[{one['code']}]" + ("[]" if one.get("several") else ""), str(value)))
    return [(name, value) for name, value in found if value]


@act
def _claim(peer: PeerRequest, *, at: datetime) -> bool:
    """Nobody else sends it meanwhile. False where somebody does, or has decided otherwise."""
    row, now = _both(peer)
    if now.state != State.WAITING or row.came_back_at or (now.claimed_until and now.claimed_until > at):
        return False
    now.claimed_until = at + CLAIM
    now.save(update_fields=["claimed_until"])
    peer.tried_at = now.tried_at
    return True


@act
def _trying(peer: PeerRequest, *, at: datetime) -> None:
    """From now on it may have arrived."""
    PeerRequest.objects.filter(pk=peer.pk, tried_at=None).update(tried_at=at)


@act
def _keep_trouble(peer: PeerRequest, away: Away, *, at: datetime) -> None:
    """What stood in the way, for whoever looks; what cannot have arrived need not be looked for."""
    values: dict[str, object] = {
        "trouble": away.trouble.value, "trouble_said": away.said, "claimed_until": None,
    }  # fmt: skip
    if not away.arrived and peer.tried_at is None:
        values["tried_at"] = None
    PeerRequest.objects.filter(pk=peer.pk, state=State.WAITING).update(**values)
    if away.pause:
        until = at + timedelta(seconds=away.pause)
        Endpoint.objects.filter(pk=peer.endpoint_id).update(quiet_until=until)


def _both(peer: PeerRequest) -> tuple[PassedOn, PeerRequest]:
    row = locked(PassedOn.objects.select_related("petition__case").get(pk=peer.passed_on_id))
    found = PeerRequest.objects.select_for_update(of=("self",)).select_related("endpoint").get(pk=peer.pk)
    found.passed_on = row
    return row, found


def _hours(at: datetime) -> int:
    return int(parameter("petitions.outside_ask_hours", on=day_of(at)).value)


@act
def adopted(peer: PeerRequest, told: Told, *, at: datetime) -> None:
    """They have it: their number, or the token for it."""
    row, peer = _both(peer)
    if peer.state not in (State.WAITING, State.TOKEN) or (peer.state == State.TOKEN and not told.id):
        return
    peer.state = State.OPEN if told.id else State.TOKEN
    peer.their_id, peer.token = told.id, told.token or peer.token
    peer.trouble = peer.trouble_said = ""
    peer.claimed_until = None
    peer.asked_at, peer.ask_at = at, at if told.id else at + timedelta(hours=1)
    peer.save()
    kind = "peer_sent" if told.id else "peer_token"
    step(row, kind, by=None, at=at, text=told.id or told.token)
    cases.add_event(
        row.petition.case, f"outside_{kind}", by=None, at=at, public=False,
        payload={"agency": row.agency.code, "number": told.id or told.token},
    )  # fmt: skip


@act
def failed(peer: PeerRequest, trouble: Trouble, said: str, *, unsure: bool, at: datetime) -> None:
    """It does not go on by itself: a person sends it again or writes a letter."""
    row, peer = _both(peer)
    if peer.state != State.WAITING or row.came_back_at is not None:
        return
    peer.state = State.UNSURE if unsure else State.FAILED
    peer.trouble, peer.trouble_said, peer.claimed_until = trouble.value, said[:300], None
    peer.save(update_fields=["state", "trouble", "trouble_said", "claimed_until"])
    step(row, "peer_failed", by=None, at=at, text=said)
    cases.add_event(
        row.petition.case, "outside_peer_failed", by=None, at=at, public=False, payload={"agency": row.agency.code}
    )
    todos.wait_for_peer(row, todos.OUTSIDE_TROUBLE, at=at)


# ---- what a person decides ---------------------------------------------------------------------------------------


@act
def send_again(row: PassedOn, *, by: Account, at: datetime) -> PassedOn:
    """Once more by Open311, with the same reference."""
    row, peer = _both(row.peer)
    if not peer.may_be_sent_again or row.came_back_at or row.answered_at:
        raise CannotPass(_("這件現在不能再送一次。"))
    found, _endpoint, service = bar_for(row.petition, row.agency)
    if found is not None:
        raise CannotPass(_("這件不能用 Open311 送：設定改過了，請改用公文。"))
    peer.state, peer.service, peer.times = State.WAITING, service, peer.times + 1
    if not peer.their_id and peer.trouble in (Trouble.REFUSED, Trouble.KEY, Trouble.MISSING, Trouble.MOVED):
        peer.tried_at = None  # they said that they did not take it
    peer.save()
    step(row, "peer_again", by=by, at=at)
    todos.peer_done(row, at=at)
    _promise(peer, at=at)
    return row


@act
def by_letter(row: PassedOn, *, by: Account, at: datetime) -> PassedOn:
    """The letter after all."""
    from . import letters

    row, peer = _both(row.peer)
    if row.came_back_at or row.answered_at or not peer.may_be_a_letter:
        raise CannotPass(_("這件正在以 Open311 處理，不能改用公文。"))
    peer.state, peer.ask_at = State.LETTER, None
    peer.save(update_fields=["state", "ask_at"])
    step(row, "letter", by=by, at=at)
    letters.outside(row, "outside_request", step="letter", at=at)
    todos.peer_done(row, at=at)
    return row


@act
def seen(row: PassedOn, *, by: Account, at: datetime) -> PassedOn:
    """Somebody has looked at what changed at the body."""
    row, _peer = _both(row.peer)
    step(row, "peer_seen", by=by, at=at)
    todos.peer_done(row, at=at)
    return row


def over(row: PassedOn, *, at: datetime) -> None:
    """Nobody waits for the body any more: it came back, or was answered."""
    todos.peer_done(row, at=at)
    if row.came_back_at is not None:
        PeerRequest.objects.filter(passed_on=row).update(ask_at=None)


@act
def resumed(endpoint: Endpoint, *, at: datetime) -> int:
    """What waited while the endpoint was paused goes on."""
    waiting = list(endpoint.requests.filter(state=State.WAITING))
    for peer in waiting:
        _promise(peer, at=at)
    return len(waiting)


# ---- asking ------------------------------------------------------------------------------------------------------


def ask(at: datetime) -> int:
    """Ask every endpoint how those stand whose time has come; return how many requests were asked about."""
    calm = Q(quiet_until=None) | Q(quiet_until__lte=at)
    return sum(_ask(one, at) for one in Endpoint.objects.filter(calm, state=Endpoint.State.IN_USE))


def look_after(at: datetime) -> None:
    """What nobody sends any more, because its worker died each time, goes to a person."""
    waiting = PeerRequest.objects.filter(
        state=State.WAITING, endpoint__state=Endpoint.State.IN_USE, passed_on__came_back_at=None,
        passed_on__sent_at__lt=at - LONG_ENOUGH,
    )  # fmt: skip
    sending = set(Promise.objects.filter(kind=KEEPS, state=Kept.PENDING).values_list("payload__peer", flat=True))
    for peer in waiting:
        if peer.pk not in sending:
            failed(peer, Trouble.SILENT, "", unsure=peer.tried_at is not None, at=at)


def _due(endpoint: Endpoint, at: datetime) -> QuerySet[PeerRequest]:
    return endpoint.requests.filter(ask_at__lte=at, passed_on__came_back_at=None).order_by("ask_at", "pk")


def _ask(endpoint: Endpoint, at: datetime) -> int:
    there = client(endpoint, at)
    tokens = list(_due(endpoint, at).filter(state=State.TOKEN)[:BATCH_OF_TOKENS])
    rows = list(_due(endpoint, at).filter(state__in=(State.OPEN, State.CLOSED))[:MOST_AT_ONCE])
    if not tokens and not rows:
        return 0
    try:
        for peer in tokens:
            _ask_token(there, peer, at)
        for n in range(0, len(rows), rules.BATCH):
            _ask_batch(endpoint, there, rows[n : n + rules.BATCH], at)
    except Away as away:
        pause = timedelta(seconds=away.pause) if away.pause else WHEN_AWAY
        Endpoint.objects.filter(pk=endpoint.pk).update(
            trouble=away.trouble.value, trouble_said=away.said, trouble_at=at, quiet_until=at + pause
        )
        return 0
    Endpoint.objects.filter(pk=endpoint.pk).update(asked_at=at, trouble="", trouble_said="", quiet_until=None)
    return len(tokens) + len(rows)


BATCH_OF_TOKENS = 20


def _ask_token(there: Peer, peer: PeerRequest, at: datetime) -> None:
    found = there.token(peer.token)
    if found is None:
        vanished(peer, at=at)
    elif found.id:
        adopted(peer, found, at=at)
    else:
        PeerRequest.objects.filter(pk=peer.pk).update(asked_at=at, ask_at=at + timedelta(hours=_hours(at)))


def _ask_batch(endpoint: Endpoint, there: Peer, rows: Sequence[PeerRequest], at: datetime) -> None:
    ids = [peer.their_id for peer in rows]
    name = sha256(",".join(ids).encode()).hexdigest()[:16]
    try:
        told, tag = there.several(ids, tag=endpoint.tags.get(name, ""))
    except Unchanged:
        for peer in rows:
            _ask_later(peer, at)
        return
    by_id = {one.id: one for one in told}
    for peer in rows:
        found = by_id.get(peer.their_id) or there.one(peer.their_id)
        if found is None:
            vanished(peer, at=at)
        else:
            news(peer, found, at=at)
    if tag and len(by_id) >= len(ids):
        kept = list({**endpoint.tags, name: tag}.items())[-MOST_TAGS:]
        endpoint.tags = dict(kept)
        Endpoint.objects.filter(pk=endpoint.pk).update(tags=endpoint.tags)


def _ask_later(peer: PeerRequest, at: datetime) -> None:
    ask_at = rules.ask_again(at, hours=_hours(at), closed_at=peer.closed_at)
    PeerRequest.objects.filter(pk=peer.pk, state=peer.state).update(asked_at=at, ask_at=ask_at)


def _before(peer: PeerRequest) -> Told:
    return Told(
        status=peer.status, notes=peer.notes, agency=peer.responsible, updated=peer.updated_at, expected=peer.expected_at
    )  # fmt: skip


@act
def news(peer: PeerRequest, told: Told, *, at: datetime) -> Change | None:
    """How it stands at the body now; what changed is written down once, and what a person must do is asked of them."""
    row, peer = _both(peer)
    if peer.state not in (State.OPEN, State.CLOSED) or row.came_back_at is not None:
        return None
    change = rules.change(before=_before(peer), now=told)
    if told.closed:
        peer.closed_at = peer.closed_at if peer.state == State.CLOSED else at
    else:
        peer.closed_at = None
    peer.state = State.CLOSED if told.closed else State.OPEN
    peer.status, peer.notes, peer.responsible = told.status, told.notes, told.agency
    peer.updated_at, peer.expected_at, peer.asked_at = told.updated, told.expected, at
    peer.ask_at = rules.ask_again(at, hours=_hours(at), closed_at=peer.closed_at)
    peer.save()
    if change is None:
        return None
    step(row, f"peer_{change.value}", by=None, at=at, text=told.notes)
    cases.add_event(
        row.petition.case, f"outside_peer_{change.value}", by=None, at=at, public=False,
        payload={"agency": row.agency.code, "text": told.notes[:500]},
    )  # fmt: skip
    if change == Change.CLOSED and row.answered_at is None:
        todos.wait_for_peer(row, todos.OUTSIDE_CLOSED, at=at)
    elif change != Change.NEWS:
        todos.peer_done(row, at=at)
        todos.wait_for_peer(row, todos.OUTSIDE_CHANGED, at=at)
    return change


@act
def vanished(peer: PeerRequest, *, at: datetime) -> None:
    """They know nothing of it any more."""
    row, peer = _both(peer)
    if peer.state not in (State.OPEN, State.CLOSED, State.TOKEN) or row.came_back_at is not None:
        return
    peer.state, peer.asked_at, peer.ask_at = State.GONE, at, None
    peer.save(update_fields=["state", "asked_at", "ask_at"])
    step(row, "peer_gone", by=None, at=at)
    cases.add_event(
        row.petition.case, "outside_peer_gone", by=None, at=at, public=False, payload={"agency": row.agency.code}
    )
    if row.answered_at is None:
        todos.wait_for_peer(row, todos.OUTSIDE_CHANGED, at=at)
