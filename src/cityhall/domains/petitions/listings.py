"""Questions about the register of 不理性重複陳情: who is listed for what, which petitions belong together, who sees it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.models import Case, Event, Reply, Requester
from cityhall.engines.cases.states import ReplyState
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.digests import keyed, keyed_by_any
from cityhall.engines.identity.models import Account
from cityhall.engines.letters.rules import phone_number
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.foundation.unit import recalled

from .models import DispatchDecision, Petition, Restriction, RestrictionKey, RestrictionStep, SetAside
from .repeats import HOLDING, Earlier, Evidence, Listing, Matter, Newcomer, Point, Sameness, Standing, person_apart
from .states import RestrictionState, SetAsideKind

READ = "petitions.restrictions.read"
KEEP = "petitions.restrictions.keep"
PROPOSE = "petitions.restrict"
APPROVE = "petitions.approve_restriction"

# ---- who somebody is -------------------------------------------------------------------------------------------------

SPLIT = "split"
PROVED_BY = {"email": {"email_code", "email_link", "account", "client"}, "phone": {"phone", "client"}}
"""How a petition was verified, and what of its sender that proves. A house address proves nobody: others live there."""


def _marks(requester: Requester | None, how: str) -> list[tuple[str, str]]:
    """What was verified of a sender: the kind and its one form."""
    if requester is None or how == SPLIT:  # they wrote once, whatever it was split into
        return []
    found = []
    if requester.email and how in PROVED_BY["email"]:
        found.append(("email", requester.email.strip().lower()))
    if how in PROVED_BY["phone"] and (phone := phone_number(requester.phone)):
        found.append(("phone", phone))
    if requester.account_id:
        found.append(("account", str(requester.account_id)))
    return found


def how_verified(case: Case) -> str:
    """By what the case was confirmed; empty where it was not."""
    return _how(case.events.filter(type="confirmed").order_by("n").values_list("payload", flat=True))


def _how(payloads: Iterable[dict[str, object]]) -> str:
    return next((str(payload.get("how", "")) for payload in payloads), "")


def persons_of(requester: Requester | None, how: str) -> frozenset[str]:
    """Digests of what was verified of a sender: what a listing keeps of its person."""
    return frozenset(keyed("restriction", kind, value) for kind, value in _marks(requester, how))


def recognised(requester: Requester | None, how: str) -> frozenset[str]:
    """The same by every key that still counts, to be looked for among those of the listings."""
    none: frozenset[str] = frozenset()
    return none.union(*(keyed_by_any("restriction", kind, value) for kind, value in _marks(requester, how)))


def of_sender(requester: Requester | None) -> Q:
    """The petitions that could be of the same sender; who was verified as what is looked at afterwards."""
    if requester is None:
        return Q(pk__in=[])
    same = Q(pk__in=[])
    if requester.account_id:
        same |= Q(case__requester__account=requester.account_id)
    if requester.email:
        same |= Q(case__requester__email=requester.email)
    if requester.phone:
        same |= Q(case__requester__phone=requester.phone)
    return same


# ---- the same matter -------------------------------------------------------------------------------------------------


def sameness(day: date) -> Sameness:
    """From when on two petitions are about one matter, by the parameters of a day."""
    alike, metres = (parameter(f"petitions.repeats_{name}", on=day).value for name in ("alike", "metres"))
    return Sameness(alike / 100, float(metres))


def words_of(case: Case) -> str:
    """What two petitions are compared by."""
    return f"{case.title}\n{case.text}"


def point_of(case: Case) -> Point | None:
    """Where it is, if that is known to the metre."""
    place = case.place
    return (place.lon, place.lat) if place and place.lon is not None and place.lat is not None else None


@dataclass(frozen=True)
class Belongs:
    """A petition of the same verified person: what was verified, and whether its sender is kept secret."""

    petition: Petition
    persons: frozenset[str]

    @property
    def hidden(self) -> bool:
        """Whether who sent it, or that it was sent at all, is not the agency's to use."""
        case = self.petition.case
        return case.confidential or case.keep_identity_secret

    @property
    def as_evidence(self) -> Evidence:
        """As the rules see it."""
        case = self.petition.case
        assert case.opened_on
        return Evidence(self.persons, case.agency.code if case.agency else "", case.opened_on, self.hidden)


MOST_EVIDENCE = 50
EVIDENCE_FOR = timedelta(days=730)


def series(petition: Petition, day: date) -> list[Belongs]:
    """The petitions of this verified person in this unit over two years, this one first, then the newest.

    Confidential ones and those whose sender's identity is kept secret are not among them, nor are those of other units:
    nobody must learn from the list what they may not read.
    """
    case = petition.case
    confirmed = Prefetch("case__events", Event.objects.filter(type="confirmed").order_by("n"), to_attr="confirmations")
    rows = (
        Petition.objects.filter(
            of_sender(case.requester), case__agency=case.agency, case__unit=case.unit,
            case__opened_on__gte=day - EVIDENCE_FOR,
            case__confidential=False, case__keep_identity_secret=False,
        )
        .select_related("case__requester", "case__agency", "case__place", "category")
        .prefetch_related(confirmed)
        .order_by("-case__confirmed_at", "-pk")
    )  # fmt: skip
    found = [Belongs(row, persons_of(row.case.requester, _how_of(row))) for row in rows[:MOST_EVIDENCE]]
    mine = next((one.persons for one in found if one.petition.pk == petition.pk), frozenset())
    same = [one for one in found if one.persons & mine]
    return sorted(same, key=lambda one: one.petition.pk != petition.pk)


def _how_of(petition: Petition) -> str:
    return _how(event.payload for event in petition.case.confirmations)  # type: ignore[attr-defined]


def answers_to(found: Iterable[Belongs]) -> list[Reply]:
    """The final answers that these petitions got, newest first."""
    cases = [one.petition.pk for one in found]
    replies = Reply.objects.filter(case__in=cases, stage=2, state=ReplyState.SENT)
    return list(replies.select_related("case").order_by("-sent_at"))


def earlier_ones(petition: Petition) -> list[Earlier]:
    """The newest other petitions of the same sender in the same category at the same agency: what may make it a
    repeated one.
    """
    case = petition.case
    if case.requester is None or case.confidential or case.keep_identity_secret or case.agency_id is None:
        return []
    if not case_queries.wrote_before(case.requester):
        return []
    rows = Petition.objects.filter(
        of_sender(case.requester), case__agency=case.agency_id, category=petition.category_id,
        case__confirmed_at__isnull=False, case__confidential=False, case__keep_identity_secret=False,
    ).exclude(pk=petition.pk)  # fmt: skip
    values = rows.order_by("-pk").values_list("case__title", "case__text", "case__opened_on")[:MOST_EVIDENCE]
    return [Earlier(f"{title}\n{text}", opened) for title, text, opened in values if opened]


# ---- does a listing speak of it? -------------------------------------------------------------------------------------


@recalled(Restriction, RestrictionKey)
def _holding_keys() -> dict[str, frozenset[int]]:
    """Whom the approved listings are of, by digest: few rows, asked at every 成案."""
    rows = RestrictionKey.objects.filter(restriction__state__in=[str(one) for one in HOLDING])
    found: dict[str, set[int]] = defaultdict(set)
    for digest, restriction in rows.values_list("digest", "restriction"):
        found[digest].add(restriction)
    return {digest: frozenset(listings) for digest, listings in found.items()}


def as_listing(restriction: Restriction) -> Listing:
    """As the rules see it."""
    shown = restriction.evidence.select_related("case__place")
    points = (point_of(one.case) for one in shown)
    return Listing(
        persons=frozenset(restriction.keys.values_list("digest", flat=True)),
        matter=Matter(
            category=restriction.category.code,
            agency=restriction.agency.code,
            words=tuple(restriction.words),
            texts=tuple(words_of(one.case) for one in shown),
            points=tuple(point for point in points if point),
        ),
        standing=Standing(restriction.state),
        starts_on=restriction.starts_on,
        ends_on=restriction.ends_on,
    )


def newcomer(petition: Petition, decision: DispatchDecision | None = None) -> Newcomer:
    """A petition as the rules see it."""
    case = petition.case
    category, agency = (decision.category, decision.agency) if decision else (petition.category, case.agency)
    return Newcomer(
        persons=recognised(case.requester, how_verified(case)),
        category=category.code if category else "",
        agency=agency.code if agency else "",
        text=words_of(case),
        point=point_of(case),
        urgent=petition.urgent,
        danger=petition.danger,
        confidential=case.confidential,
        sure=bool(decision and decision.automatic),
    )


def of_this_person(petition: Petition) -> list[Restriction]:
    """The approved listings of the person who sent a petition, whatever their matter and their days."""
    requester, known = petition.case.requester, _holding_keys()
    if requester is None or not known:
        return []
    # As if everything were proved: nearly nobody is listed, and how it was verified is one more question.
    if not recognised(requester, "client") & known.keys():
        return []
    mine = recognised(requester, how_verified(petition.case))
    found = frozenset[int]().union(*(known.get(digest, frozenset()) for digest in mine))
    return list(
        Restriction.objects.filter(pk__in=found)
        .select_related("category", "agency", "answer__case", "petition__case__requester")
        .order_by("pk")
    )


def that_may_decline(petition: Petition, at: datetime) -> list[Restriction]:
    """The listings of this person by which the desk may leave a petition unhandled: a person judges the matter."""
    if petition.danger or petition.urgent or petition.case.confidential:
        return []
    found = of_this_person(petition)
    new = newcomer(petition) if found else None
    return [one for one in found if new and person_apart(as_listing(one), new, day_of(at)) is None]


def doubled(*, petition: Petition, persons: frozenset[str]) -> bool:
    """Whether the person is listed, or proposed to be, for this category at this agency."""
    there = [str(one) for one in HOLDING] + [RestrictionState.PROPOSED]
    return Restriction.objects.filter(
        state__in=there, agency=petition.case.agency, category=petition.category, keys__digest__in=persons
    ).exists()


def standing_aside(petition: Petition) -> SetAside | None:
    """Why a petition is left unhandled at present."""
    rows = petition.set_aside.filter(undone_at=None)
    return rows.select_related("restriction__answer__case", "restriction__category").first()


# ---- the register ----------------------------------------------------------------------------------------------------


def visible_to(account: Account, at: datetime) -> QuerySet[Restriction]:
    """The listings that somebody may see: the commission all, an agency its own, a unit what it proposed."""
    reach = directory.reach(account, READ, at)
    if not reach:
        return Restriction.objects.none()
    return Restriction.objects.filter(reach.within(person="proposed_by"))


def about(petition: Petition, account: Account, at: datetime) -> list[Restriction]:
    """The listings that rest on a petition, as far as somebody may see the register."""
    rows = visible_to(account, at).filter(evidence=petition)
    return list(rows.order_by("-proposed_at", "-pk"))


def register(rows: QuerySet[Restriction]) -> QuerySet[Restriction]:
    """With everything that a line of the register shows."""
    standing = Count("declined", filter=Q(declined__undone_at=None), distinct=True)
    return (
        rows.select_related("agency", "unit", "category", "petition__case__requester", "proposed_by", "decided_by")
        .annotate(left_aside=standing, shown_by=Count("evidence", distinct=True))
        .order_by("-proposed_at", "-pk")
    )


def review_due(day: date) -> date:
    """Listings whose review lies before this day are due now."""
    return day + timedelta(days=parameter("petitions.restriction_review_days", on=day).value)


def reviews_due(rows: QuerySet[Restriction], day: date) -> QuerySet[Restriction]:
    """Those that hold and are to be reviewed now, or should have been."""
    holding = rows.filter(state__in=[str(one) for one in HOLDING], starts_on__lte=day, ends_on__gte=day)
    return holding.filter(reviewed_at=None, review_on__lte=review_due(day))


def steps(restriction: Restriction) -> QuerySet[RestrictionStep]:
    """What happened, newest first."""
    return restriction.steps.select_related("by__person").order_by("-n")


def heads_of(agency: Agency, on: date) -> frozenset[int]:
    """Who is head of an agency, in person: deputies are not among them."""
    return frozenset(directory.holders("AGENCY_HEAD", agency=agency, on=on).values_list("pk", flat=True))


@dataclass(frozen=True)
class Intake:
    """All that was registered in a period, and what became of it: received, and of that processed."""

    registered: int
    processed: int
    filtered: int
    declined: int


def intake(period: Period) -> Intake:
    """Both numbers that statistics show: everything with a number by its day of 成案, and what is handled."""
    processed = Petition.objects.opened_within(period.first_day, period.last_day).count()
    aside = {kind: set_aside_within(period, kind).count() for kind in SetAsideKind}
    filtered, declined = aside[SetAsideKind.FILTERED], aside[SetAsideKind.DECLINED]
    return Intake(processed + filtered + declined, processed, filtered, declined)


def set_aside_within(period: Period, kind: str) -> QuerySet[SetAside]:
    """What is left unhandled of the petitions registered in a period; what was taken up again is not among it."""
    rows = SetAside.objects.filter(kind=kind, undone_at=None)
    if period.first_day:
        rows = rows.filter(petition__case__opened_on__gte=period.first_day)
    if period.last_day:
        rows = rows.filter(petition__case__opened_on__lte=period.last_day)
    return rows
