"""Many hands at once: joining and answering, both ways round, the last free place, putting in and closing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.support.at_once import at_once as together

from cityhall.domains.petitions.models import Cluster, ClusterMember, Join, Petition
from cityhall.domains.petitions.services import clusters as acts
from cityhall.domains.petitions.services import handling, joining, lookout, supporters, telling
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Status
from cityhall.engines.identity.services import open_citizen_account
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.models import Promise

from .city import NINE
from .test_clusters import Street, carry_out, read

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NINE + timedelta(hours=2)


def at_once(*works: Callable[[], object]) -> list[object]:
    """Everything at the same time; a refusal is an answer, everything else a fault."""
    answers = together(works)
    faults = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, CannotAct)]
    assert faults == []
    return answers


@pytest.fixture
def street():
    return Street()


def join(street: Street, child: Petition, parent: Petition) -> Callable[[], object]:
    def do() -> object:
        return handling.end(
            read(child), Status.MERGED, reason="同一件", parent=Case.objects.get(pk=parent.pk), by=street.desk,
            at=LATER,
        )  # fmt: skip

    return do


class TestJoining:
    def test_both_ways_round_only_one_holds(self, street):
        one, other = street.dark(0), street.dark(1)
        answers = at_once(*(join(street, *pair) for pair in [(one, other), (other, one)] * 4))

        assert sum(isinstance(answer, Petition) for answer in answers) == 1
        assert Join.objects.filter(undone_at=None).count() == 1
        parents = {read(petition).case.parent_id for petition in (one, other)}
        assert None in parents
        assert len(parents) == 2

    def test_the_last_free_place_is_given_once(self, street, monkeypatch):
        monkeypatch.setattr(joining, "most_joined", lambda at: 3)
        parent, *children = (street.dark(n) for n in range(9))
        answers = at_once(*(join(street, child, parent) for child in children))

        assert sum(isinstance(answer, Petition) for answer in answers) == 3
        assert Case.objects.filter(parent=parent.pk).count() == 3

    def test_a_ring_of_three_leaves_no_grandchild(self, street):
        some = [street.dark(n) for n in range(3)]
        at_once(*(join(street, some[n], some[(n + 1) % 3]) for n in range(3)))

        parents = {read(one).pk: read(one).case.parent_id for one in some}
        assert not {parent for parent in parents.values() if parent} & {
            key for key, parent in parents.items() if parent
        }

    def test_moved_along_and_taken_up_again_nobody_waits_in_a_ring(self, street):
        """The keys run against the joining: what is brought along comes before the one that brings it."""
        along, middle, main = (street.dark(n) for n in range(3))
        join(street, along, middle)()
        at_once(
            join(street, middle, main),
            join(street, main, along),
            lambda: handling.take_up_again(read(along), reason="另有原因", by=street.desk, at=LATER),
        )

        parents = {read(one).pk: read(one).case.parent_id for one in (along, middle, main)}
        assert None in parents.values()
        assert not {parent for parent in parents.values() if parent} & {
            key for key, parent in parents.items() if parent
        }

    def test_join_and_answer_whoever_is_joined_is_told_or_is_refused(self, street):
        parent, *children = (street.dark(n) for n in range(5))
        city, officer = street.city, street.city.officer.account
        handling.assign(read(parent), unit=None, officer=city.officer, by=city.coordinator.account, at=LATER)
        handling.draft_reply(read(parent), text="已查看。", by=officer, at=LATER)
        first = handling.submit_reply(read(parent), by=officer, at=LATER)
        handling.approve_reply(first, by=city.chief.account, at=LATER)
        handling.draft_reply(read(parent), text="已修好。", outcome="SOLVED", by=officer, at=LATER)
        reply = handling.submit_reply(read(parent), by=officer, at=LATER)
        answers = at_once(
            lambda: handling.approve_reply(reply, by=city.chief.account, at=LATER),
            *(join(street, child, parent) for child in children),
        )
        for promise in Promise.objects.filter(kind=telling.KEEPS):
            telling.carry_out(promise.payload["reply"])

        joined = [child for child, answer in zip(children, answers[1:], strict=True) if isinstance(answer, Petition)]
        assert read(parent).case.status == Status.REPLIED
        for child in children:
            told = Letter.objects.filter(about_id=str(child.pk), template="petitions.joined_reply").count()
            assert told == (1 if child in joined else 0)


class TestIncident:
    def test_putting_in_and_answering_nobody_is_left_without_an_answer(self, street):
        cluster = street.confirmed()
        more = [street.dark(n, when=LATER) for n in range(6, 10)]
        street.answer(cluster, run=False, approve=False)
        reply = read(cluster.lead).case.replies.get(stage=2)
        at_once(
            lambda: handling.approve_reply(reply, by=street.city.chief.account, at=LATER),
            *(lambda petition=petition: acts.attach(cluster, read(petition), by=street.desk, at=LATER) for petition in more),
        )  # fmt: skip
        carry_out()
        cluster.refresh_from_db()

        inside = set(ClusterMember.objects.filter(cluster=cluster, out_at=None).values_list("petition", flat=True))
        assert cluster.state == "CLOSED"
        for petition in [*street.petitions, *more]:
            answered = read(petition).case.status == Status.REPLIED
            assert answered == (petition.pk in inside)
            finals = Letter.objects.filter(about_id=str(petition.pk), template="petitions.final_reply").count()
            assert finals == int(answered)

    def test_two_workers_answer_each_once(self, street):
        cluster = street.confirmed()
        street.answer(cluster, run=False)
        at_once(carry_out, carry_out, carry_out)

        for petition in street.petitions:
            assert read(petition).case.replies.filter(stage=2).count() == 1
            assert Letter.objects.filter(about_id=str(petition.pk), template="petitions.final_reply").count() == 1

    def test_two_look_outs_propose_one(self, street):
        for n in range(6):
            street.dark(n)
        at_once(*(lambda: lookout.find_incidents(at=LATER) for _ in range(4)))

        assert Cluster.objects.count() == 1
        assert ClusterMember.objects.count() == 6


class TestSupporters:
    def test_many_at_once_are_counted_right(self, street):
        petition = street.dark(0)

        known = [open_citizen_account(email=f"s{n}@mail.example", name="林小美", at=LATER) for n in range(6)]

        def ask(n: int) -> Callable[[], object]:
            return lambda: supporters.ask(
                read(petition), email=f"s{n}@mail.example", account=known[n], language="zh-hant", at=LATER
            )

        at_once(*(ask(n) for n in range(6)))

        assert read(petition).followers == 7
