"""What nobody could answer, grouped by likeness of words, and offered as a new entry or as another wording of one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity.models import Account
from cityhall.engines.retrieval.ranking import Verdict
from cityhall.engines.retrieval.reading import codes, runs
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import queries, services
from .models import Entry, Proposal, Unanswered, Use, Version
from .rules import likeness
from .services import TEXTS, CannotPublish
from .states import Fate, State

ALIKE = 0.5
BACK = timedelta(days=90)
MOST = 5_000


def _runs(text: str) -> frozenset[int]:
    return frozenset(runs(codes(text)).tolist())


@act
def group(*, at: datetime) -> int:
    """Give each new question that nobody could answer to the group whose words it shares most, or begin one."""
    fresh = list(Unanswered.objects.filter(proposal=None, at__gte=at - BACK).order_by("pk")[:MOST])
    groups = list(Proposal.objects.filter(Q(fate=Fate.OPEN) | Q(last_at__gte=at - BACK)).order_by("pk"))
    known = [(one, _runs(one.text)) for one in groups]
    by_run: dict[int, set[int]] = {}
    for n, (_one, mine) in enumerate(known):
        for run in mine:
            by_run.setdefault(run, set()).add(n)
    for question in fresh:
        mine = _runs(question.text)
        if not mine:
            continue
        near = {n for run in mine for n in by_run.get(run, ())}
        best = max(near, key=lambda n: (likeness(mine, known[n][1]), -n), default=None)
        if best is None or likeness(mine, known[best][1]) < ALIKE:
            best = len(known)
            known.append((Proposal.objects.create(text=question.text, last_at=question.at), mine))
            for run in mine:
                by_run.setdefault(run, set()).add(best)
        one = known[best][0]
        one.count, one.last_at = one.count + 1, max(one.last_at, question.at)
        question.proposal = one
    Unanswered.objects.bulk_update(fresh, ["proposal"], batch_size=200)
    for one, _mine in known:
        if one.fate == Fate.OPEN:
            answer = queries.search(one.text, on=day_of(at), most=1)
            one.near = answer.found[0].version.entry if answer.found and answer.verdict is not Verdict.UNKNOWN else None
    Proposal.objects.bulk_update([one for one, _mine in known], ["count", "last_at", "near"], batch_size=200)
    return len(fresh)


def waiting(at: datetime) -> QuerySet[Proposal]:
    """Groups that are asked often enough to be worth an answer, the most asked first."""
    least = parameter("faq.proposal_count", on=day_of(at)).value
    rows = Proposal.objects.filter(fate=Fate.OPEN, count__gte=least).select_related("near")
    return rows.order_by("-count", "-last_at", "pk")


def unhelpful(at: datetime) -> QuerySet[Any, Any]:
    """Entries that did not help, and how often they did, the worst first."""
    rows = Use.objects.filter(at__gte=at - BACK, helped__isnull=False).values("entry__code")
    counted = rows.annotate(not_solved=Count("pk", filter=Q(helped=False)), solved=Count("pk", filter=Q(helped=True)))
    return counted.filter(not_solved__gt=0).order_by("-not_solved", "entry__code")


def _locked(one: Proposal) -> Proposal:
    found = Proposal.objects.select_for_update().get(pk=one.pk)
    if found.fate != Fate.OPEN:
        raise CannotPublish(_("這個建議已經有人決定了。"))
    return found


def _decided(
    one: Proposal, fate: Fate, *, by: Account, at: datetime, entry: Entry | None, reason: str = ""
) -> Proposal:
    one.fate, one.entry, one.reason, one.decided_by, one.decided_at = fate, entry, reason, by, at
    one.save()
    audit.record(
        "faq.proposal_decided", one, by=by, at=at, new={"fate": str(fate), "entry": entry.code if entry else ""}
    )
    return one


@act
def add_wording(one: Proposal, entry: Entry, *, by: Account, at: datetime) -> Version:
    """As another wording of an entry: in its draft, or in the next version begun for it."""
    one = _locked(one)
    last = entry.versions.exclude(state=State.DISCARDED).order_by("-number").first()
    if last is None or last.state == State.REVIEW:
        raise CannotPublish(_("這一題正在等機關審核，審核後才能再加。"))
    texts = {name: getattr(last, name) for name in TEXTS}
    lines = last.aliases.splitlines()
    texts["aliases"] = "\n".join(dict.fromkeys([*lines, one.text]))
    if len(texts["aliases"]) > 2000:
        raise CannotPublish(_("這一題的其他問法已經太多，請先整理。"))
    if last.state == State.DRAFT:
        version = services.revise(last, agency=entry.agency, topic=entry.topic, texts=texts, by=by, at=at)
    else:
        version = services.write(code=entry.code, agency=entry.agency, texts=texts, by=by, at=at)
    _decided(one, Fate.ALIAS, by=by, at=at, entry=entry)
    return version


@act
def became(one: Proposal, entry: Entry, *, by: Account, at: datetime) -> Proposal:
    """A new entry was written for it."""
    return _decided(_locked(one), Fate.NEW, by=by, at=at, entry=entry)


@act
def decline(one: Proposal, *, reason: str, by: Account, at: datetime) -> Proposal:
    """It is no question for the base, and why."""
    if not reason.strip():
        raise CannotPublish(_("請寫明為什麼不採用。"))
    return _decided(_locked(one), Fate.DECLINED, by=by, at=at, entry=None, reason=reason.strip()[:500])


@act
def reopen(one: Proposal, *, by: Account, at: datetime) -> Proposal:
    """Nobody has decided: the wording leaves the draft again. What its agency has in hand, or agreed to, stays there."""
    one = Proposal.objects.select_for_update().get(pk=one.pk)
    entry = one.entry
    if one.fate == Fate.OPEN:
        raise CannotPublish(_("這個建議還沒有人決定，不必復原。"))
    if one.fate == Fate.NEW and entry and entry.versions.exclude(state=State.DISCARDED).exists():
        raise CannotPublish(
            _("「%(code)s」已經寫好了，草稿請先作廢；公布過的不能復原，要改請寫新版本。") % {"code": entry.code}
        )
    if one.fate == Fate.ALIAS and entry:
        _without_wording(entry, one.text, by=by, at=at)
    audit.record(
        "faq.proposal_reopened", one, by=by, at=at, old={"fate": str(one.fate), "entry": entry.code if entry else ""}
    )
    one.fate, one.entry, one.reason, one.decided_by, one.decided_at = Fate.OPEN, None, "", None, None
    one.save()
    return one


def _without_wording(entry: Entry, text: str, *, by: Account, at: datetime) -> None:
    last = entry.versions.exclude(state=State.DISCARDED).order_by("-number").first()
    if last is None or text not in last.aliases.splitlines():
        return
    if last.state != State.DRAFT:
        raise CannotPublish(_("這個問法已經送審或公布了，要拿掉請寫新版本。"))
    texts = {name: getattr(last, name) for name in TEXTS}
    texts["aliases"] = "\n".join(line for line in last.aliases.splitlines() if line != text)
    before = entry.versions.filter(state=State.PUBLISHED).order_by("-number").first()
    if before is not None and all(getattr(before, name) == value for name, value in texts.items()):
        services.discard(last, by=by, at=at)  # nothing else was changed in it
    else:
        services.revise(last, agency=entry.agency, topic=entry.topic, texts=texts, by=by, at=at)


# ---- how the base is used --------------------------------------------------------------------------------------------

TALLIES: dict[str, Any] = {
    "many": Count("pk"), "solved": Count("pk", filter=Q(helped=True)), "not_solved": Count("pk", filter=Q(helped=False)),
}  # fmt: skip


def by_channel(since: datetime, until: datetime) -> QuerySet[Any, Any]:
    """Answers given and what came of them, by channel."""
    rows = Use.objects.filter(at__gte=since, at__lt=until).values("channel")
    return rows.annotate(**TALLIES).order_by("channel")


def by_topic(since: datetime, until: datetime) -> QuerySet[Any, Any]:
    """The same by topic, the most asked first."""
    rows = Use.objects.filter(at__gte=since, at__lt=until).values(topic=F("entry__topic"))
    return rows.annotate(**TALLIES).order_by(F("many").desc(), "topic")


def by_entry(since: datetime, until: datetime) -> QuerySet[Any, Any]:
    """The same by entry, the most asked first."""
    rows = Use.objects.filter(at__gte=since, at__lt=until).values(code=F("entry__code"))
    return rows.annotate(**TALLIES).order_by(F("many").desc(), "code")
