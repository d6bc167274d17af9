"""What is noticed by itself: petitions alike, bursts in place and time, the same words again and again. It only proposes."""

from __future__ import annotations

from datetime import datetime, timedelta

from cityhall.engines.cases.models import Case
from cityhall.engines.likeness import queries as likeness
from cityhall.engines.likeness import services as prints
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import acting

from .. import clusters, neighbours
from ..bursts import Like, bursts, campaign_of
from ..models import AlikePair, ClusterMember
from . import clusters as clusters_acts

MOST_PAIRS_EACH = 5
MOST_IN_CAMPAIGN = 200  # of one look; the others follow as they are looked at themselves
CHUNK = 200


def watch(at: datetime) -> dict[str, int]:
    """Every few minutes: what came lately. Looking twice finds nothing twice."""
    since = at - timedelta(minutes=20)
    return {
        "attached": clusters_acts.attach_by_rule(at),
        "incidents": find_incidents(at=at),
        "alike": find_alike(since, at=at),
        "campaigns": find_campaigns(since, at=at),
    }


def nightly(at: datetime) -> dict[str, int]:
    """Once a night: prints that are missing, prints that are too old, and whatever a stopped worker did not look at."""
    return {
        "printed": print_missing(at=at),
        "forgotten": forget_prints(at=at),
        "alike": find_alike(at - timedelta(hours=26), at=at),
        "campaigns": find_campaigns(at - timedelta(hours=26), at=at),
    }


def find_alike(since: datetime, *, at: datetime) -> int:
    """Pair what was opened since with the older open petitions that are probably about the same matter."""
    known, found = neighbours.limits(at), 0
    comparable = neighbours.comparable(at)
    fresh = comparable.filter(case__confirmed_at__gte=since, case__confirmed_at__lte=at).select_related("case")
    for petition in fresh.order_by("pk").iterator(chunk_size=CHUNK):
        grams = likeness.print_of(petition.case)
        if grams is None:
            continue
        older = comparable.filter(pk__lt=petition.pk)
        rows = likeness.alike_grams(Case, grams, among=older, least=known.same, most=MOST_PAIRS_EACH, day=day_of(at))
        pairs = [AlikePair(newer=petition, older_id=row.pk, likeness=row.likeness, found_at=at) for row in rows]
        AlikePair.objects.bulk_create(pairs, ignore_conflicts=True)
        found += len(pairs)
    return found


def find_incidents(*, at: datetime) -> int:
    """Propose the bursts of the last hours."""
    rule = clusters.burst_rule(at)
    reports = clusters.reports_since(at - 2 * rule.span, at)
    return sum(clusters_acts.propose_incident(one, rule, at=at) is not None for one in bursts(reports, rule))


def find_campaigns(since: datetime, *, at: datetime) -> int:
    """Put what was opened since into the campaigns that there are, or propose a new one."""
    rule, found = clusters.campaign_rule(at), 0
    comparable = neighbours.voices(neighbours.comparable(at))
    fresh = comparable.filter(case__confirmed_at__gte=since, case__confirmed_at__lte=at)
    fresh = fresh.exclude(pk__in=ClusterMember.objects.values("petition")).select_related("case")
    for petition in fresh.order_by("pk").iterator(chunk_size=CHUNK):
        grams = likeness.print_of(petition.case)
        if grams is None:
            continue
        confirmed = petition.case.confirmed_at
        assert confirmed
        among = comparable.filter(
            case__confirmed_at__range=(confirmed - timedelta(days=rule.days), confirmed + timedelta(days=rule.days))
        )
        rows = likeness.alike_grams(
            Case, grams, among=among, least=rule.likeness, most=MOST_IN_CAMPAIGN, day=day_of(at)
        )
        times = dict(among.filter(pk__in=[row.pk for row in rows]).values_list("pk", "case__confirmed_at"))
        likes = [Like(row.pk, row.likeness, when) for row in rows if (when := times.get(row.pk))]
        if clusters_acts.join_campaign(petition, likes, rule, at=at):
            continue
        if some := campaign_of(confirmed, likes, rule):
            found += clusters_acts.propose_campaign(petition, some, rule, at=at) is not None
    return found


def print_missing(*, at: datetime) -> int:
    """Print what was opened before there were prints, or came in by another way; afterwards there is nothing to do."""
    keys, done = list(neighbours.comparable(at).order_by("pk").values_list("pk", flat=True)), 0
    for first in range(0, len(keys), CHUNK):
        if missing := prints.missing(Case, keys[first : first + CHUNK]):
            with acting():
                for case in Case.objects.filter(pk__in=missing):
                    assert case.opened_on
                    prints.index(case, neighbours.text_of(case), day=case.opened_on)
                    done += 1
    return done


def forget_prints(*, at: datetime) -> int:
    """Take out what is too old to be compared with."""
    days = int(parameter("petitions.alike_days", on=day_of(at)).value)
    return prints.forget_old(Case, before=day_of(at - timedelta(days=days + 1)))
