"""併案: who is told, what goes where, what is refused, and that undoing restores it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cityhall.domains.petitions import following, neighbours
from cityhall.domains.petitions.models import AlikePair, Join, Petition
from cityhall.domains.petitions.services import citizen, handling, joining, lookout, telling
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.services.joining import CannotJoin
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Status
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.likeness.models import Print
from cityhall.engines.outbox.models import Promise
from cityhall.engines.worklist.models import Todo

from .citizen import words
from .city import NINE, City, make_city, opened, signed_in

pytestmark = pytest.mark.django_db
TEXT = "中山路200號前的紅線標線劃得太長，店家都沒辦法卸貨，請派人來看。"
LATER = NINE + timedelta(hours=3)


def read(petition: Petition) -> Petition:
    return Petition.objects.select_related(
        "case__requester", "case__place", "case__agency", "case__unit", "case__officer", "case__parent", "category"
    ).get(pk=petition.pk)


class Street:
    """People who write about one road marking, and those who handle it."""

    def __init__(self) -> None:
        self.city: City = make_city()
        self.desk = self.city.dispatcher.account

    def writes(self, name: str, text: str = TEXT, *, when=NINE, **more) -> Petition:
        who = Who(name=name, email=f"{len(name)}{ord(name[-1])}@mail.example")
        return read(opened(text, when=when, **{"who": who, **more}))

    def join(self, child: Petition, parent: Petition, *, when=NINE) -> Petition:
        handling.end(read(child), Status.MERGED, reason="同一件事", parent=read(parent).case, by=self.desk, at=when)
        return read(child)

    def undo(self, child: Petition, *, when=LATER) -> Petition:
        handling.take_up_again(read(child), reason="不是同一件", by=self.desk, at=when)
        return read(child)

    def answer(
        self, petition: Petition, text: str = "陳先生／女士您好：已派員縮短紅線，陳大文先生可至現場查看。"
    ) -> Petition:
        by = self.city.other_officer.account
        handling.assign(
            read(petition), unit=None, officer=self.city.other_officer, by=self.city.other_coordinator.account, at=LATER
        )
        handling.draft_reply(read(petition), text=text, outcome="SOLVED", by=by, at=LATER)
        reply = handling.submit_reply(read(petition), by=by, at=LATER)
        assert reply.approver
        handling.approve_reply(reply, by=reply.approver.account, at=LATER)
        return read(petition)

    def told(self, petition: Petition) -> list[Letter]:
        case = read(petition).case
        return list(
            Letter.objects.filter(about_type="cases.case", about_id=str(case.pk), template__contains="reply").order_by(
                "pk"
            )
        )


@pytest.fixture
def street():
    found = Street()
    unit = found.city.other_officer.appointments.get().unit
    make_person(found.city.transport, unit, Role.UNIT_HEAD)
    return found


def carry_out() -> None:
    for promise in Promise.objects.filter(kind=telling.KEEPS):
        telling.carry_out(promise.payload["reply"])


class TestTold:
    def test_every_reporter_is_told_of_the_reply_once_without_the_others_name(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        street.join(child, parent)
        street.answer(parent)
        carry_out()
        carry_out()

        [letter] = street.told(child)
        assert letter.template == "petitions.joined_reply"
        assert "已派員縮短紅線" in letter.text
        assert "陳" not in letter.text.replace("陳情", "")
        assert read(parent).case.number in letter.text
        assert [one.template for one in street.told(parent)] == ["petitions.final_reply"]

    def test_whoever_was_joined_after_the_reply_or_taken_out_before_is_not(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        street.join(child, parent)
        street.undo(child)
        street.answer(parent)
        carry_out()

        assert street.told(child) == []

    def test_nothing_is_promised_where_there_is_nobody(self, street):
        street.answer(street.writes("陳大文"))

        assert not Promise.objects.filter(kind=telling.KEEPS).exists()

    def test_the_citizen_of_the_child_reads_the_answer_on_their_page(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        child = street.join(child, parent)
        assert following.may_add(child.case)
        assert "回復您" in following.next_step(child, at=NINE).sentence
        street.answer(parent)
        child = read(child)

        moments = following.moments(child)
        assert any("縮短紅線" in moment.quote for moment in moments)
        assert not any("陳大文" in moment.quote for moment in moments)
        assert not following.may_add(child.case)


class TestAdded:
    def test_what_is_added_to_the_child_is_known_at_the_parent_and_stays_the_childs_words(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        child = street.join(child, parent)
        addition = citizen.add_facts(child, text="我家門口也是", by=None, at=LATER)

        assert addition.case_id == child.pk
        assert parent.case.events.filter(type="joined_facts_added", public=False).count() == 1
        assert not any("我家門口" in moment.quote for moment in following.moments(read(parent)))
        assert any("我家門口" in moment.quote for moment in following.moments(read(child)))
        browser = signed_in(street.city.dispatcher)
        assert "我家門口也是" in words(browser.get(f"/desk/petitions/{parent.case.reference}/"))

    def test_urging_reaches_the_parent(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        citizen.urge(street.join(child, parent), by=None, at=LATER)

        assert parent.case.events.filter(type="joined_facts_added").exists()

    def test_nothing_can_be_added_once_the_parent_is_answered(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        child = street.join(child, parent)
        street.answer(parent)

        with pytest.raises(CannotAct):
            citizen.add_facts(read(child), text="還有", by=None, at=LATER)


class TestRefused:
    def test_a_joined_one_takes_nobody(self, street):
        first, second, third = (street.writes(name) for name in ("陳大文", "林小美", "吳小強"))
        street.join(second, first)

        with pytest.raises(CannotJoin, match="已經併入別的案件"):
            street.join(third, second)

    def test_no_cycle(self, street):
        first, second = street.writes("陳大文"), street.writes("林小美")
        street.join(second, first)

        with pytest.raises(CannotJoin):
            street.join(first, second)

    def test_confidential_ones_stay_apart(self, street):
        hidden, plain = street.writes("陳大文", confidential=True), street.writes("林小美")

        with pytest.raises(CannotJoin, match="不公開"):
            street.join(hidden, plain)
        with pytest.raises(CannotJoin, match="不公開"):
            street.join(plain, hidden)

    def test_the_one_too_many(self, street, monkeypatch):
        monkeypatch.setattr(joining, "most_joined", lambda at: 2)
        parent, *children = (street.writes(name) for name in ("陳大文", "林小美", "吳小強", "周大明"))
        for child in children[:2]:
            street.join(child, parent)

        with pytest.raises(CannotJoin, match="最多併入 2 件"):
            street.join(children[2], parent)

    def test_an_answered_one_takes_nobody(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        street.answer(parent)

        with pytest.raises(CannotJoin, match="已經結束"):
            street.join(child, parent)

    def test_twice_is_once(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        street.join(child, parent)

        with pytest.raises(CannotJoin):
            street.join(child, parent)
        assert Join.objects.count() == 1


class TestUndone:
    def test_everything_is_as_before(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        before = deadlines.running(child.case, "final")
        child = street.undo(street.join(child, parent))

        assert child.case.parent is None
        assert child.case.status == Status.DISPATCHING
        assert child.case.ended_at is None
        clock = deadlines.running(child.case, "final")
        assert clock.due_at == before.due_at
        assert clock.started_at == before.started_at
        assert Todo.objects.filter(kind="petition.dispatch", object_id=child.pk, closed_at=None).exists()
        assert Join.objects.get().undone_at == LATER
        assert list(neighbours.joined_to(parent)) == []
        assert Entry.objects.filter(event="case.unmerged").count() == 1

    def test_what_it_brought_along_comes_back_with_it(self, street):
        first, second, third = (street.writes(name) for name in ("陳大文", "林小美", "吳小強"))
        street.join(third, second)
        street.join(second, first)
        assert read(third).case.parent_id == first.pk
        assert [one.pk for one in neighbours.joined_to(first)] == [second.pk, third.pk]
        street.undo(second)

        assert read(third).case.parent_id == second.pk
        assert [one.pk for one in neighbours.joined_to(second)] == [third.pk]
        assert list(neighbours.joined_to(first)) == []

    def test_it_may_be_joined_again(self, street):
        parent, child = street.writes("陳大文"), street.writes("林小美")
        street.undo(street.join(child, parent))
        child = street.join(child, parent, when=LATER)

        assert child.case.parent_id == parent.pk


class TestFound:
    def test_the_look_out_pairs_what_is_alike_once(self, street):
        first, second = street.writes("陳大文"), street.writes("林小美", TEXT.replace("200", "202"))
        street.writes("吳小強", "公園的溜滑梯壞了，小朋友會受傷嗎")
        for _time in range(2):
            lookout.find_alike(NINE - timedelta(minutes=5), at=NINE)

        [pair] = AlikePair.objects.all()
        assert (pair.newer_id, pair.older_id) == (second.pk, first.pk)
        assert pair.likeness > 0.5

    def test_confidential_ones_are_neither_found_nor_shown(self, street):
        hidden, plain = street.writes("陳大文", confidential=True), street.writes("林小美")
        lookout.find_alike(NINE - timedelta(minutes=5), at=NINE)

        assert not AlikePair.objects.exists()
        assert neighbours.alike_to(read(plain), street.city.commission.account, NINE) == []
        assert neighbours.alike_to(read(hidden), street.city.commission.account, NINE) == []

    def test_an_officer_sees_only_what_they_may_read(self, street):
        first = street.writes("陳大文")
        street.writes("林小美")

        assert neighbours.alike_to(read(first), street.city.officer.account, NINE) == []
        assert len(neighbours.alike_to(read(first), street.desk, NINE)) == 1

    def test_missing_prints_are_made_by_the_night(self, street):
        street.writes("陳大文")
        Print.objects.all().delete()

        assert lookout.print_missing(at=NINE) == 1
        assert lookout.print_missing(at=NINE) == 0


class TestPages:
    @pytest.fixture
    def now(self):
        return timezone.now()

    def test_the_record_leads_to_what_is_alike_and_side_by_side(self, street, now):
        first, second = street.writes("陳大文", when=now), street.writes("林小美", TEXT + "謝謝", when=now)
        browser = signed_in(street.city.dispatcher)
        page = browser.get(f"/desk/petitions/{first.case.reference}/alike/")
        assert second.case.number in words(page)
        assert "疑似同案" in words(page)
        beside = f"/desk/petitions/{second.case.reference}/alike/{first.case.reference}/"
        page = browser.get(beside)
        assert "<mark>謝謝</mark>" in page.content.decode()
        assert browser.post(beside, {"keep": "older", "reason": "同一件"}).status_code == 302
        assert read(second).case.parent_id == first.pk

    def test_not_the_same_is_remembered(self, street, now):
        first, second = street.writes("陳大文", when=now), street.writes("林小美", when=now)
        lookout.find_alike(now - timedelta(minutes=5), at=now)
        browser = signed_in(street.city.dispatcher)
        assert len(neighbours.suspected(street.desk, now)) == 1
        browser.post(f"/desk/petitions/{second.case.reference}/alike/{first.case.reference}/", {"apart": "1"})

        assert neighbours.suspected(street.desk, now) == []

    def test_several_are_joined_at_once_and_what_cannot_be_says_why(self, street, now):
        some = [street.writes(name, when=now) for name in ("陳大文", "林小美", "吳小強", "周大明")]
        lookout.find_alike(now - timedelta(minutes=5), at=now)
        browser = signed_in(street.city.dispatcher)
        page = browser.get("/desk/petitions/alike/")
        assert "4 件" in words(page)
        citizen.withdraw(read(some[3]), reason="好了", by=None, at=now)
        sent = {
            "parent": str(some[0].case.reference),
            "petition": [str(one.case.reference) for one in some],
            "reason": "同一件",
        }
        page = browser.post("/desk/petitions/alike/join/", sent, follow=True)

        assert {read(one).case.parent_id for one in some[1:3]} == {some[0].pk}
        assert read(some[3]).case.parent_id is None
        assert "已把 2 件併入" in page.content.decode()
        assert "已經結束" in page.content.decode()

    def test_nonsense_is_refused(self, street, now):
        first = street.writes("陳大文", when=now)
        browser = signed_in(street.city.dispatcher)
        own = str(first.case.reference)

        assert browser.post("/desk/petitions/alike/join/", {"parent": "x"}).status_code == 422
        assert (
            browser.post("/desk/petitions/alike/join/", {"parent": own, "petition": "x", "reason": "r"}).status_code
            == 404
        )
        assert browser.post("/desk/petitions/alike/apart/", {"group": "x"}).status_code == 404
        assert browser.get(f"/desk/petitions/{own}/alike/{own}/").status_code == 404

    def test_an_officer_of_an_agency_joins_nothing(self, street, now):
        first, second = street.writes("陳大文", when=now), street.writes("林小美", when=now)
        browser = signed_in(street.city.other_coordinator)
        beside = f"/desk/petitions/{second.case.reference}/alike/{first.case.reference}/"

        assert browser.get("/desk/petitions/alike/").status_code == 403
        assert "併案" not in words(browser.get(beside)).replace("併案後", "")
        browser.post(beside, {"keep": "older", "reason": "同一件"})
        assert read(second).case.parent_id is None


def test_filing_prints_what_was_opened(street):
    petition = street.writes("陳大文")

    assert list(Print.objects.values_list("subject_id", flat=True)) == [petition.pk]
