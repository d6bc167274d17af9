"""Questions about petitions: who sees which, what may be done now, how a decision is said in words."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import queries as audit
from cityhall.engines.audit.catalogue import sentence as event_sentence
from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.contacts import phone_keys
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.queries import normal_number
from cityhall.engines.cases.states import Channel, Part, ReplyState, Status
from cityhall.engines.classify.model import Text
from cityhall.engines.classify.registry import Row as Labelled
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Appointment, Person, Unit
from cityhall.engines.directory.states import Role
from cityhall.engines.files.models import StoredFile
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.textsearch import queries as textsearch
from cityhall.engines.worklist.registry import Hit
from cityhall.foundation.clock import day_of
from cityhall.web.portal import Topic

from .models import Category, CategoryTerm, FollowUp, Label, Petition, SampleReview
from .rules import Why
from .states import Group, LabelCheck, Verdict

FULL = (
    "case__requester", "case__place", "case__agency", "case__unit", "case__officer", "case__parent", "category",
    "given_category",
)  # fmt: skip


def within(account: Account, act: str, at: datetime) -> Q:
    """The petitions on which an account may do an act, as a condition. Cities, agencies, units or own ones."""
    reach = directory.reach(account, act, at)
    if reach.everywhere:
        return Q()
    lead = Q(case__agency__in=reach.agencies) | Q(case__unit__in=reach.units) | Q(case__officer__in=reach.people)
    return lead | filed_at_desk(account)


def filed_at_desk(account: Account) -> Q:
    """What an account wrote down for citizens itself. What was filed on behalf has a page of its own, with no more than the
    citizen agreed to (see `on_behalf`).
    """
    return Q(case__filed_by=account) & ~Q(case__channel=Channel.ON_BEHALF)


def visible_to(account: Account, at: datetime) -> QuerySet[Petition]:
    """The petitions that an officer may read: their reach, those they co-handle or get a copy of, those they filed.

    Confidential ones are left out of a city-wide reach unless the right says so; the agency in charge reads its own.
    Whatever the reach: sealed ones are the ethics office's, and none is shown to those whom it is about.
    """
    return _within_sight(account, at).filter(open_to(account, at))


def open_to(account: Account, at: datetime) -> Q:
    """What may be read beyond all reach: not sealed, unless the account's own office has it; not about their own unit."""
    seats = seats_of(day_of(at)).filter(person__account=account)
    apart = Q(about_agency=None) | ~(
        Q(about_unit__in=seats.exclude(unit=None).values("unit"))
        | Q(about_unit=None, about_agency__in=seats.values("agency"))
    )
    reach = directory.reach(account, "petitions.ethics.read", at)
    if not reach:
        return Q(sealed=False) & apart
    own = Q(case__agency__in=reach.agencies) | Q(case__unit__in=reach.units) | _not_confirmed_yet(account, at)
    return (Q(sealed=False) | own) & apart


def seats_of(day: date) -> QuerySet[Appointment]:
    """Where people sit on a day, and where they sat in places that are closed since: a complaint about those is about
    them, whoever carries on the work."""
    closed_since = Q(starts_on__lte=day) & (Q(agency__closed_on__lte=day) | Q(unit__closed_on__lte=day))
    return Appointment.objects.filter(
        Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gte=day)) | closed_since
    )


def is_open_to(account: Account, petition: Petition, at: datetime) -> bool:
    """The same for one petition, without a question to the database where nothing is to be hidden."""
    if not petition.sealed and petition.about_agency_id is None:
        return True
    return Petition.objects.filter(open_to(account, at), pk=petition.pk).exists()


def ethics_office(at: datetime) -> Agency | None:
    """The government ethics office."""
    day = day_of(at)
    return directory.agency(parameter("petitions.ethics_agency", on=day).value, day)


def ethics_readers(case: Case) -> list[tuple[str, datetime]]:
    """Who read a sealed petition, the newest first."""
    rows = audit.of(case).filter(event="petition.ethics_read").order_by("-seq")[:50]
    found = list(rows.values_list("actor", "at"))
    names = {
        str(one.pk): one.name
        for one in Account.objects.filter(pk__in=[actor for actor, _at in found if actor.isdecimal()])
    }
    return [(names.get(actor, actor), seen) for actor, seen in found]


def answer_in_work(case: Case) -> bool:
    """Whether a reply waits for its approval."""
    reply = case_queries.reply_in_work(case)
    return reply is not None and reply.state == ReplyState.IN_REVIEW


def _within_sight(account: Account, at: datetime) -> QuerySet[Petition]:
    reach = directory.reach(account, "petitions.read", at)
    if not reach:
        return Petition.objects.filter(filed_at_desk(account))
    if reach.everywhere:
        everything = Petition.objects.all()
        if directory.reach(account, "petitions.read_confidential", at):
            return everything
        return everything.filter(Q(case__confidential=False) | filed_at_desk(account))
    helping = Case.objects.filter(
        Q(assignments__agency__in=reach.agencies) | Q(assignments__unit__in=reach.units),
        assignments__part__in=[Part.CO_HANDLER, Part.COPY],
    ).values("pk")
    own = within(account, "petitions.read", at) | _not_confirmed_yet(account, at)
    return Petition.objects.filter(own | Q(case__in=helping) | Q(alert__agency__in=reach.agencies))


def _not_confirmed_yet(account: Account, at: datetime) -> Q:
    """What has no agency before its 成案 and is the ethics office's all the same."""
    reach = directory.reach(account, "petitions.ethics.read", at)
    office = ethics_office(at) if reach else None
    return Q(sealed=True, case__agency=None) if office and reach.covers(agency=office) else Q(pk__in=[])


def may(account: Account, act: str, petition: Petition, at: datetime) -> bool:
    """Whether an account may do an act on this petition."""
    case = petition.case
    if not is_open_to(account, petition, at):
        return False
    if not directory.may(account, act, agency=case.agency, unit=case.unit, person=case.officer, on=at):
        return False
    return (
        not case.confidential
        or handles(account, case, at)
        or bool(directory.reach(account, "petitions.read_confidential", at))
    )


def may_do(account: Account, right: str, petition: Petition, at: datetime) -> bool:
    """The same, where the right lies with another agency than the one in charge: co-handlers, and those alerted."""
    if not is_open_to(account, petition, at):
        return False
    if right == "petitions.co_handle":
        reach = directory.reach(account, right, at)
        helpers = petition.case.assignments.filter(part=Part.CO_HANDLER, ends_at=None).select_related("agency", "unit")
        return any(reach.covers(agency=row.agency, unit=row.unit) for row in helpers)
    alert = getattr(petition, "alert", None)
    if petition.case.agency is None and alert is not None and alert.agency is not None and not alert.handled_at:
        return directory.may(account, right, agency=alert.agency, on=at)
    if petition.case.agency is None and right not in DESK_RIGHTS:
        return False
    return may(account, right, petition, at)


def may_see_reporter(account: Account, petition: Petition, at: datetime) -> bool:
    """Whether the reporter may be shown to an account: on asking, and written down.

    身分保密 is kept from the agencies too: only those who may read reporters city-wide, the desk and the commission, can
    look (PRACTICE, petitions).
    """
    right = "petitions.reporter.read"
    if petition.case.keep_identity_secret and not directory.reach(account, right, at).everywhere:
        return False
    return may_do(account, right, petition, at)


DESK_RIGHTS = frozenset(
    {
        "petitions.read",
        "petitions.dispatch",
        "petitions.filter",
        "petitions.note",
        "petitions.reporter.read",
        "petitions.file_on_behalf",
        "petitions.ethics.refer",
        "petitions.about",
    }  # fmt: skip
)
"""What can be done on a petition that no agency has yet."""


def handles(account: Account, case: Case, at: datetime) -> bool:
    """Whether the account belongs to the agency in charge."""
    reach = directory.reach(account, "petitions.read", at)
    return bool(case.agency_id and (case.agency_id in reach.agencies or case.unit_id in reach.units))


_NAMES_ONE = re.compile(r"[\d@＠]")
"""What stands in every number, telephone and e-mail address."""


def find_for_officer(account: Account, query: str, at: datetime) -> QuerySet[Petition]:
    """By number, by words, or by the reporter's exact telephone or e-mail where that may be read."""
    petitions = visible_to(account, at)
    wanted = query.strip()
    if not _NAMES_ONE.search(
        wanted
    ):  # no number, telephone or mailbox: words alone, and the newest lead where many have them
        return textsearch.matching(petitions, wanted, kind=Case)
    found = Q(pk__in=Case.objects.filter(number=normal_number(wanted)).values("pk"))
    if reach := directory.reach(account, "petitions.reporter.read", at):
        known = within(account, "petitions.reporter.read", at)
        if not reach.everywhere:
            known &= Q(case__keep_identity_secret=False)
        same = Q(requester__email=wanted.lower()) | Q(requester__phone=wanted)
        if keys := phone_keys(wanted):
            same |= Q(requester__phone_key__in=keys)
        theirs = Case.objects.filter(same)
        found |= known & Q(pk__in=theirs.values("pk"))
    # Sets of keys, each found by its own index: joined by "or" in one table they would be looked for in every row.
    cases = textsearch.matching(Case.objects.filter(kind="petition"), wanted, as_keys=True)
    return petitions.filter(found | Q(pk__in=cases.values("pk")))


def found_by_officer(account: Account, query: str, at: datetime, limit: int) -> list[Hit]:
    """The search box's hits."""
    petitions = find_for_officer(account, query, at).select_related("case__agency", "category")
    return [
        Hit(
            title=petition.case.title,
            url=reverse("petitions:record", args=[petition.case.reference]),
            detail=f"{petition.case.number or _('未成案')}　{petition.category or _('未分類')}",
            tag=Status(petition.case.status).label,
            at=petition.case.received_at,
        )
        for petition in petitions.order_by("-case__received_at", "-pk")[:limit]
    ]


def may_see_file(account: Any, owner: Any, request: Any) -> bool:
    """Photos are for whoever may read the case, and for the citizen who follows it."""
    if str(owner.reference) in request.session.get("following", []):
        return True
    if not account.is_authenticated:
        return False
    if is_own(account, owner):
        return True
    from django.utils import timezone

    return visible_to(account, timezone.now()).filter(pk=owner.pk).exists()


def follow_key(case: Case) -> str:
    """What a letter's link carries beside the reference: as good as number and code, and void when the code changes."""
    return salted_hmac("petitions.follow", f"{case.reference}:{case.tracking_code}", algorithm="sha256").hexdigest()[
        :32
    ]


def by_letter(reference: uuid.UUID, key: str) -> Case | None:
    """The case that a letter's link opens."""
    case = Case.objects.filter(reference=reference, kind="petition").first()
    return case if case and constant_time_compare(follow_key(case), key) else None


def of_citizen(account: Account) -> QuerySet[Petition]:
    """What an account reported: signed in, or before that by the mailbox that is proved to be theirs."""
    mine = Q(case__requester__account=account)
    if account.email:
        mine |= Q(case__requester__email=account.email, case__confirmed_at__isnull=False)
    return Petition.objects.filter(mine).select_related("case__agency", "case__place", "case__unit")


def is_own(account: Any, case: Case) -> bool:
    """Whether the account reported this: signed in, or before that from the mailbox that is proved to be theirs."""
    requester = case.requester
    if not account.is_authenticated or requester is None:
        return False
    by_mailbox = bool(account.email) and requester.email == account.email and case.is_confirmed
    return bool(requester.account_id == account.pk or by_mailbox)


def may_read_letter(account: Any, case_id: str, request: Any) -> bool:
    """Letters of a petition are for whoever may read letters of its agency, and may know to whom they went."""
    from django.utils import timezone

    now = timezone.now()
    petition = Petition.objects.select_related(*FULL).filter(case=int(case_id)).first()
    return bool(
        petition and may_do(account, "letters.read", petition, now) and may_see_reporter(account, petition, now)
    )


def may_see_draft_file(account: Any, owner: Any, request: Any) -> bool:
    """Photos of a draft are for the browser that writes it."""
    token = request.get_signed_cookie("petition_draft", default="", salt="petitions.draft")
    return bool(token) and str(owner.token) == token


def may_see_reply_file(account: Any, owner: Any, request: Any) -> bool:
    """Photos of a reply are for whoever may read its case, and for the citizen once it is sent."""
    from django.utils import timezone

    if owner.state in (ReplyState.SENT, ReplyState.RECALLED):
        return may_see_file(account, owner.case, request)
    return bool(account.is_authenticated) and visible_to(account, timezone.now()).filter(pk=owner.case_id).exists()


def may_see_promise_file(account: Any, owner: Any, request: Any) -> bool:
    """The proof of a promise is for whoever may see the photos of its petition, the citizen among them."""
    return may_see_file(account, owner.petition.case, request)


def proofs_of(promises: Iterable[int]) -> dict[int, list[StoredFile]]:
    """The photos that prove promises."""
    keys, found = list(promises), defaultdict[int, list[StoredFile]](list)
    if keys:
        kind = ContentType.objects.get_for_model(FollowUp)
        rows = StoredFile.objects.filter(owner_type=kind, owner_id__in=keys, removed_at=None)
        for stored in rows.order_by("stored_at", "pk"):
            found[stored.owner_id].append(stored)
    return found


def open_at(agency: Agency, unit: Unit | None) -> int:
    """How many petitions are open at an agency, or in one unit of it."""
    cases = Case.objects.filter(kind="petition", agency=agency).open()
    return cases.filter(unit=unit).count() if unit else cases.count()


def open_of(person: Person) -> int:
    """How many open petitions a person has in hand."""
    return Case.objects.filter(kind="petition", officer=person).open().count()


# ---- categories ------------------------------------------------------------------------------------------------------


def category_choices(on: date | None = None) -> list[tuple[str, str]]:
    """Code and name of the categories in use."""
    rows = Category.objects.all()
    if on:
        rows = rows.filter(Q(retired_on=None) | Q(retired_on__gt=on))
    return [(row.code, row.label) for row in rows]


def urgent_terms(on: date) -> QuerySet[CategoryTerm]:
    """The categories that are urgent on a day, each by the newest term that holds then."""
    rows = CategoryTerm.objects.on(on).order_by("category", "-valid_from")
    newest: dict[int, CategoryTerm] = {}
    for row in rows:
        newest.setdefault(row.category_id, row)
    return CategoryTerm.objects.filter(pk__in=[row.pk for row in newest.values() if row.urgent])


def portal_topics(language: str) -> list[Topic]:
    """The topics of the home page, each with a few of its categories."""
    rows: dict[str, list[Category]] = {}
    for category in Category.objects.filter(retired_on=None):
        rows.setdefault(category.group, []).append(category)
    return [
        Topic(
            title=str(Group(group).label),
            text=_("、").join(category.label for category in found[:4]),
            url=f"{reverse('petitions:new')}?group={group}",
        )
        for group, found in list(rows.items())[:6]
    ]


# ---- what the text model learns from ---------------------------------------------------------------------------------


def category_codes(on: date) -> frozenset[str]:
    """The labels that a petition may get on a day."""
    return frozenset(Category.objects.in_use(on).values_list("code", flat=True))


def corrections() -> Iterator[Labelled]:
    """The newest word of a person on each petition's category, the oldest petition first.

    Nobody learns from what is confidential or whose sender is kept secret, nor from labels that were set aside.
    """
    told = Label.objects.exclude(checked=LabelCheck.LEFT_OUT)
    newest = told.filter(petition=OuterRef("petition")).order_by("-at", "-pk").values("pk")[:1]
    rows = (
        told.filter(pk=Subquery(newest), petition__case__confidential=False)
        .filter(petition__case__keep_identity_secret=False, category__confidential=False)
        .exclude(petition__case__text="")  # removed when its time was over: nothing can be learnt from it
        .select_related("petition__case", "category")
        .order_by("at", "pk")
    )
    for label in rows.iterator(chunk_size=2000):
        case = label.petition.case
        yield Labelled(
            Text(case.title, case.text), label.category.code, by=label.by_id, at=label.at, sure=bool(label.checked)
        )


def looked_at() -> Iterator[Labelled]:
    """What the weekly sample found to be right: trusted, since a second look confirmed it."""
    rows = (
        SampleReview.objects.filter(verdict=Verdict.RIGHT, decision__category__confidential=False)
        .filter(decision__petition__case__confidential=False, decision__petition__case__keep_identity_secret=False)
        .exclude(decision__petition__case__text="")
        .select_related("decision__petition__case", "decision__category")
        .order_by("at", "pk")
    )
    for one in rows.iterator(chunk_size=2000):
        case, category = one.decision.petition.case, one.decision.category
        if category is not None:
            yield Labelled(Text(case.title, case.text), category.code, by=one.by_id, at=one.at, sure=True)


def urgent_codes(on: date) -> frozenset[str]:
    """The categories that are urgent on a day."""
    return frozenset(urgent_terms(on).values_list("category__code", flat=True))


# ---- words for a decision --------------------------------------------------------------------------------------------

GATE_WORDS = {
    "probability": gettext_lazy("最可能的一類也不夠肯定"),
    "margin": gettext_lazy("前兩個類別太接近"),
    "unknown_words": gettext_lazy("很多字詞沒見過"),
    "too_short": gettext_lazy("內容太短"),
    "few_labels": gettext_lazy("學過的案件還太少"),
    "few_in_class": gettext_lazy("這一類學過的案件還太少"),
    "new_label": gettext_lazy("這一類才剛開始學，還在試行"),
}


@dataclass(frozen=True)
class Explanation:
    """Why it went where it went, in plain words."""

    sentences: tuple[str, ...]
    versions: str
    rules: tuple[tuple[str, str], ...] = ()  # those that decided, each with its page


def explain(decision: Any, *, language: str = "") -> Explanation:
    """Say a decision to an officer: what was read, where it lies, whose it is, or why a person must decide."""
    place = decision.petition.case.place
    category = decision.category.label if decision.category else ""
    agency = decision.agency.label if decision.agency else ""
    words = _("」「").join(decision.words)
    where = f"{place.district_name}{place.village_name}" if place else ""
    say = {
        Why.GIVEN: _("提報時指定為「%(category)s」"),
        Why.WORDS: _("有關鍵詞「%(words)s」，符合「%(category)s」的規則"),
        Why.MODEL: _("讀來像「%(category)s」"),
        Why.DISTRICT: _("地點在%(where)s，由%(agency)s辦理"),
        Why.MANAGER: _("這段道路由%(agency)s管理"),
        Why.CATEGORY: _("這一類由%(agency)s主管"),
        Why.WORDED: _("內容符合派案規則的字詞，由%(agency)s辦理"),
        Why.ALWAYS_PERSON: _("內容提到一律由人員判定的事"),
        Why.CONFIDENTIAL: _("不公開案件由人員判定"),
        Why.OUTSIDE_CITY: _("地點不在本市"),
        Why.NEAR_BORDER: _("地點離交界不到 15 公尺"),
        Why.NO_PLACE: _("這一類要知道地點才能決定機關"),
        Why.NO_CATEGORY: _("看不出類別"),
        Why.NO_AGENCY: _("這一類還沒有對應的機關"),
        Why.SEVERAL_RULES: _("同時符合好幾條規則"),
        Why.RULE_AND_MODEL_DIFFER: _("關鍵詞規則與字詞模型的判斷不同"),
        Why.MODEL_DOUBTS: _("字詞模型沒有把握：%(doubts)s"),
        Why.MODEL_DOWN: _("字詞模型沒有回應，也沒有符合的規則"),
        Why.MODEL_WATCHED: _("字詞模型還在試行，也沒有符合的規則"),
        Why.MANY_HOPS: _("已改分兩次"),
        Why.STOPPED: _("自動派案停用中，由分文人員派案"),
        Why.WRITTEN_TO_ANOTHER: _("民眾寫到別的機關的信箱"),
    }
    given = {"category": category, "agency": agency, "words": words, "where": where}
    doubts = [str(GATE_WORDS.get(reason[5:], reason[5:])) for reason in decision.reasons if reason.startswith("gate:")]
    given["doubts"] = _("、").join(doubts)
    sentences = [str(say[Why(reason)]) % given for reason in decision.reasons if not reason.startswith("gate:")]
    if decision.decided_by_id:
        sentences = [_("由分文人員決定：%(category)s，%(agency)s") % given] + ([decision.note] if decision.note else [])
    versions = _("、").join(
        filter(
            None,
            [
                _("關鍵詞規則 %(v)s") % {"v": decision.word_rule} if decision.word_rule else "",
                _("派案規則 %(v)s") % {"v": decision.route_rule} if decision.route_rule else "",
                _("字詞模型第 %(n)s 版") % {"n": decision.model_version.rpartition("@")[2]}
                if decision.model_version and not decision.shadow
                else "",
                _("圖層 %(v)s") % {"v": decision.manager_layer} if decision.manager_layer else "",
                _("界線 %(v)s") % {"v": decision.place_version} if decision.place_version else "",
            ],
        )
    )
    return Explanation(tuple(sentences), versions, tuple(_rules_of(decision)))


def _rules_of(decision: Any) -> Iterator[tuple[str, str]]:
    """The pages of the rules that decided, by the machine's own word."""
    for label, kind, version in (
        (_("看關鍵詞規則"), "words", decision.word_rule),
        (_("看派案規則"), "routing", decision.route_rule),
    ):
        if version and not decision.decided_by_id:
            yield label, reverse("petitions:rule", args=[kind, int(version.partition("@")[0])])


def citizen_reason(decision: Any) -> str:
    """The reason in one line, for the citizen."""
    agency = decision.agency.full_label if decision.agency else ""
    reasons = set(decision.reasons)
    if decision.decided_by_id:
        return _("由分文人員看過後，送給%(agency)s。") % {"agency": agency}
    read = _("您寫到「%(words)s」，") % {"words": _("」「").join(decision.words)} if decision.words else ""
    if Why.MANAGER in reasons:
        return read + _("而這段道路由%(agency)s管理。") % {"agency": agency}
    if Why.DISTRICT in reasons:
        place = decision.petition.case.place
        return read + _("地點在%(where)s，這類事情由%(agency)s處理。") % {
            "where": place.district_name if place else "", "agency": agency,
        }  # fmt: skip
    return read + _("這類事情由%(agency)s處理。") % {"agency": agency}


def top_three(decision: Any) -> list[dict[str, Any]]:
    """The candidates with their names, for buttons and bars."""
    codes = [row["category"] for row in decision.candidates]
    categories = {row.code: row for row in Category.objects.filter(code__in=codes)}
    agencies = {row.code: row for row in Agency.objects.filter(code__in=[row["agency"] for row in decision.candidates])}
    return [
        {
            "category": categories[row["category"]],
            "agency": agencies.get(row["agency"]),
            "probability": row["probability"],
        }
        for row in decision.candidates
        if row["category"] in categories
    ]


def newest_decision(petition: Petition) -> Any:
    """The decision that holds."""
    return petition.decisions.select_related("category", "agency", "decided_by").order_by("-at", "-pk").first()


def marked(decision: Any) -> list[dict[str, Any]]:
    """The words that weighed in a decision, by their place in title, line break and text: the model's, and the rule's."""
    case = decision.petition.case
    whole = f"{case.title}\n{case.text}"
    spans = list(decision.shown_spans)
    for word in decision.words:
        spans += [
            {"start": found.start(), "end": found.end(), "weight": 1.0} for found in re.finditer(re.escape(word), whole)
        ]
    return spans


def marked_apart(decision: Any) -> dict[str, list[dict[str, Any]]]:
    """The same, for the title and for the text, each by its own places."""
    offset, spans = len(decision.petition.case.title) + 1, marked(decision)
    return {
        "title_spans": [span for span in spans if span["end"] < offset],
        "text_spans": [
            {**span, "start": span["start"] - offset, "end": span["end"] - offset}
            for span in spans
            if span["start"] >= offset
        ],
    }


@dataclass(frozen=True)
class Candidate:
    """An officer to whom something could be given: what they had of this kind, and what they have in hand."""

    person: Person
    unit: Unit | None
    alike: int
    in_hand: int


def likely_officers(petition: Petition, at: datetime, most: int = 3) -> list[Candidate]:
    """Who had this kind of matter at this agency in the last half-year, most often first; the present one left out."""
    case = petition.case
    if case.agency is None or petition.category is None:
        return []
    alike = dict(
        Case.objects.filter(
            kind="petition", agency=case.agency, petition__category=petition.category,
            assigned_at__gte=at - timedelta(days=180),
        ).exclude(officer=None).exclude(officer=case.officer_id).values_list("officer").annotate(Count("pk"))
    )  # fmt: skip
    serving = (
        Appointment.objects.as_of(day_of(at))
        .filter(agency=case.agency, person__in=alike, role__in=[Role.OFFICER, Role.UNIT_HEAD])
        .select_related("person", "unit")
    )
    seats = {row.person_id: row for row in serving.order_by("role")}
    in_hand = dict(Case.objects.filter(officer__in=seats).open().values_list("officer").annotate(Count("pk")))
    found = [Candidate(row.person, row.unit, alike[key], in_hand.get(key, 0)) for key, row in seats.items()]
    return sorted(found, key=lambda one: (-one.alike, one.in_hand, one.person.code))[:most]


def names_of(events: Iterable[Any]) -> dict[str, str]:
    """Names of the agencies that a timeline mentions."""
    codes = {
        event.payload[key]
        for event in events
        for key in ("agency", "proposed_agency", "from")
        if event.payload.get(key)
    }
    return {
        row.code: row.full_label
        for row in Agency.objects.filter(code__in=[code for code in codes if isinstance(code, str)])
    }


def today_of(at: datetime) -> date:
    """The day in Taipei."""
    return day_of(at)


def event_words(event: Any) -> str:
    """What an event is called in public."""
    return str(event_sentence(f"case.{event.type}"))


def public_by_village(first: date, last: date, *, category: str = "") -> dict[str, int]:
    """How many petitions that are no secret were opened within the days, by the code of their village.

    Of a category alone where one is given. Confidential and sealed ones, and those without a village, are left out. Small counts are the caller's to hide.
    """
    rows = Petition.objects.opened_within(first, last).filter(case__confidential=False, sealed=False)
    rows = rows.filter(category__code=category) if category else rows
    counted = rows.exclude(case__place=None).values("case__place__village_code").annotate(n=Count("pk")).order_by()
    return {row["case__place__village_code"]: row["n"] for row in counted if row["case__place__village_code"]}
