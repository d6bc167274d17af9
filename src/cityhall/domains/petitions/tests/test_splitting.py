"""拆案: what each part gets, who is told, how it is counted, what is refused, and that taking it back restores it."""

from datetime import timedelta

import pytest

from cityhall.domains.petitions import figures, following, listings
from cityhall.domains.petitions.clusters import reports_since
from cityhall.domains.petitions.models import AlikePair, Petition, Split
from cityhall.domains.petitions.services import handling, splitting
from cityhall.domains.petitions.services.clusters import attach_by_rule
from cityhall.domains.petitions.services.splitting import CannotSplit, Part
from cityhall.domains.petitions.splitting import Bar, Stand, Whole, may_split, progress, untouched
from cityhall.engines.audit.queries import verify
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import SomebodyWasFaster
from cityhall.engines.cases.states import Status
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.deadlines.services import apply_closure
from cityhall.engines.files import queries as files
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of, start_of_day
from cityhall.foundation.period import Period

from .citizen import photo
from .city import NINE, City, file, make_city, opened, signed_in

TEXT = "中山路 200 號前路燈不亮三天了。另外公園落葉沒人掃。標線也看不清楚。"
LATER = NINE + timedelta(days=1)


class TestMaySplit:
    @pytest.mark.parametrize(
        ("more", "parts", "bar"),
        [
            ({}, 2, None),
            ({}, 6, None),
            ({}, 1, Bar.TOO_FEW),
            ({}, 7, Bar.TOO_MANY),
            ({"answered": True}, 2, Bar.ANSWERED),
            ({"joined": 1}, 2, Bar.JOINED),
            ({"clustered": True}, 2, Bar.CLUSTERED),
            ({"part": True}, 2, Bar.PART),
            ({"sealed": True, "part": True}, 0, Bar.SEALED),
        ],
    )
    def test_says_what_stands_in_the_way(self, more, parts, bar):
        assert may_split(Whole(**more), parts, most=6) == bar

    def test_is_taken_back_only_while_nothing_happened_to_any_part(self):
        assert untouched([Stand(5, 5), Stand(6, 6)])
        assert not untouched([Stand(5, 5), Stand(6, 7)])
        assert not untouched([])

    def test_the_progress_of_the_whole_is_that_of_its_parts(self):
        assert progress([Stand(1, 9, over=True), Stand(1, 1)]) == (1, 2)


def read(petition: Petition) -> Petition:
    return Petition.objects.select_related(
        "case__requester", "case__place", "case__agency", "case__unit", "case__officer", "category"
    ).get(pk=petition.pk)


class Desk:
    """A petition of several matters, and the desk that splits it."""

    def __init__(self) -> None:
        self.city: City = make_city()
        self.by = self.city.dispatcher.account
        self.whole = read(opened(TEXT))

    def parts(self) -> list[Part]:
        return [
            Part("", "公園落葉沒人掃。", self.city.park_upkeep),
            Part("", "標線也看不清楚。", self.city.road_marking),
        ]

    def split(self, **more) -> list[Petition]:
        given = {"parts": self.parts(), "reason": "分屬兩個機關", "by": self.by, "at": LATER, **more}
        splitting.split(read(self.whole), **given)
        self.whole = read(self.whole)
        return [read(row.petition) for row in splitting.parts_of(self.whole.case)]

    def undo(self, *, when=LATER) -> Petition:
        self.whole = read(splitting.undo(read(self.whole), reason="還是同一件事", by=self.by, at=when))
        return self.whole


@pytest.fixture
def desk(db):
    return Desk()


def todos_of(petition: Petition) -> list[str]:
    return sorted(
        Todo.objects.filter(content_type__model="case", object_id=petition.pk, closed_at=None).values_list(
            "kind", flat=True
        )
    )


def live_clocks(petition: Petition) -> list[Clock]:
    return list(Clock.objects.filter(subject_type__model="case", subject_id=petition.pk, state="RUNNING"))


class TestParts:
    def test_each_has_its_number_of_the_day_of_the_whole_and_its_agency(self, desk):
        leaves, marking = desk.split()

        assert [one.case.number for one in (leaves, marking)] == ["115-1116-0002", "115-1116-0003"]
        assert (leaves.case.agency, marking.case.agency) == (desk.city.works, desk.city.transport)
        assert (leaves.category, marking.category) == (desk.city.park_upkeep, desk.city.road_marking)
        assert {one.case.status for one in (leaves, marking)} == {Status.ASSIGNED}
        assert todos_of(leaves) == todos_of(marking) == ["petition.assign"]

    def test_the_limit_runs_from_when_the_whole_was_opened(self, desk):
        for part in desk.split():
            (clock,) = live_clocks(part)
            assert (clock.started_at, part.case.opened_on) == (NINE, desk.whole.case.opened_on)

    def test_an_urgent_part_may_be_late_at_once(self, desk):
        urgent = Part("", "路燈不亮", desk.city.street_light)
        part = desk.split(parts=[urgent, desk.parts()[0]], at=NINE + timedelta(days=3))[0]

        (clock,) = live_clocks(part)
        assert part.urgent
        assert clock.due_at < NINE + timedelta(days=3)

    def test_carry_sender_secrecy_and_place_and_their_own_words_only(self, db):
        city = make_city()
        whole = opened(TEXT, keep_identity_secret=True)
        splitting.split(
            read(whole), reason="兩件事", by=city.dispatcher.account, at=LATER,
            parts=[Part("陳小美說落葉", "落葉沒人掃", city.park_upkeep), Part("", "標線", city.road_marking)],
        )  # fmt: skip
        first = splitting.parts_of(read(whole).case)[0].petition
        first = read(first)

        assert first.case.keep_identity_secret
        assert first.case.requester.email == "citizen@mail.example"
        assert first.case.requester_id != whole.case.requester_id
        assert first.case.place.label == "中山路200號"
        assert first.case.place_id != whole.case.place_id
        assert (first.case.text, "陳小美" in first.case.title) == ("落葉沒人掃", False)

    def test_photos_go_along_when_asked(self, db):
        city = make_city()
        from cityhall.domains.petitions.services import filing
        from cityhall.domains.petitions.services.filing import Submission, Who

        from .city import INSIDE

        filed = filing.file(
            Submission(text=TEXT, where=INSIDE, channel="WEB", who=Who(name="陳小美", email="a@mail.example")),
            photos=[photo("燈.jpg")], at=NINE,
        )  # fmt: skip
        whole = filing.confirm(filed, how="email_code", by=None, at=NINE)
        desk = city.dispatcher.account
        parts = [Part("", "落葉", city.park_upkeep), Part("", "標線", city.road_marking)]
        splitting.split(read(whole), parts=parts, reason="兩件事", by=desk, at=LATER)

        copies = [list(files.of(row.petition.case))[0] for row in splitting.parts_of(read(whole).case)]
        assert len({copy.digest for copy in copies}) == 1
        assert len({copy.pk for copy in copies}) == 2

    def test_are_no_second_writing_and_not_suggested_as_the_same_matter(self, desk):
        for part in desk.split():
            assert listings.how_verified(part.case) == listings.SPLIT
            assert listings.persons_of(part.case.requester, listings.SPLIT) == frozenset()
        assert AlikePair.objects.filter(apart_at=None).count() == 0
        attach_by_rule(LATER)

    def test_are_one_voice_where_many_reports_make_an_incident(self, desk):
        first, _second = desk.split()

        assert [report.key for report in reports_since(NINE, LATER)] == [first.pk]


class TestTheWhole:
    def test_waits_for_nobody_and_stands_where_its_parts_stand(self, desk):
        leaves, _marking = desk.split()

        assert (desk.whole.case.status, todos_of(desk.whole), live_clocks(desk.whole)) == (Status.SPLIT, [], [])
        assert following.standing(desk.whole.case).words == "分開處理中"
        assert following.next_step(desk.whole, at=LATER).sentence == "分成2件處理，其中0件已有結果"
        handling.end(leaves, Status.WITHDRAWN, reason="好了", by=None, at=LATER)
        assert following.next_step(desk.whole, at=LATER).sentence == "分成2件處理，其中1件已有結果"

    def test_is_over_when_all_parts_are(self, desk):
        for part in desk.split():
            handling.end(part, Status.WITHDRAWN, reason="好了", by=None, at=LATER)

        assert following.standing(desk.whole.case).words == "已分別處理完成"

    def test_both_sides_say_so(self, desk):
        leaves, _marking = desk.split()

        whole = following.moments(desk.whole)[0]
        assert whole.title == "分成2件處理"
        assert "115-1116-0002" in whole.text
        assert "從您反映的115-1116-0001分出來處理" in [one.title for one in following.moments(leaves)]
        assert verify().ok

    def test_the_citizen_is_told_once_with_all_numbers(self, desk):
        before = Letter.objects.count()
        desk.split()

        told = Letter.objects.order_by("pk")[before:]
        assert [one.template for one in told] == ["petitions.split"]
        assert all(number in told[0].text for number in ("115-1116-0001", "115-1116-0002", "115-1116-0003"))


class TestCounted:
    def test_by_the_parts_on_the_day_of_the_whole_and_never_twice(self, desk):
        month = Period.month(2026, 11)
        assert figures.received(month).value == 1
        desk.split()
        assert figures.received(month).value == 2
        desk.undo()
        assert figures.received(month).value == 1


class TestUndo:
    def test_ends_the_parts_and_gives_the_whole_back_to_the_desk(self, desk):
        parts = desk.split()
        whole = desk.undo()

        assert [read(part).case.status for part in parts] == [Status.REJOINED, Status.REJOINED]
        assert all(not live_clocks(part) and not todos_of(part) for part in parts)
        assert (whole.case.status, todos_of(whole)) == (Status.DISPATCHING, ["petition.dispatch"])
        (clock,) = live_clocks(whole)
        assert clock.started_at == NINE
        assert Letter.objects.order_by("pk").last().template == "petitions.unsplit"
        assert following.standing(read(parts[0]).case).words == "已併回原案"
        assert verify().ok

    def test_and_it_can_be_split_once_more(self, desk):
        desk.split()
        desk.undo()
        again = desk.split()

        assert [one.case.number for one in again] == ["115-1116-0004", "115-1116-0005"]
        assert Split.objects.filter(undone_at=None).count() == 1

    def test_a_typhoon_that_moves_the_limits_does_not_stand_in_its_way(self, desk):
        leaves, _marking = desk.split()
        start = start_of_day(day_of(LATER) + timedelta(days=1))
        apply_closure(
            starts_at=start, ends_at=start + timedelta(days=1), name="颱風停止上班", source="公告", stops_clock=True, by=None,
            at=LATER + timedelta(hours=1),
        )  # fmt: skip
        assert leaves.case.events.filter(type="due_moved").exists()

        assert splitting.may_undo(read(desk.whole))
        assert desk.undo().case.status == Status.DISPATCHING

    def test_is_refused_once_somebody_has_worked_on_a_part(self, desk):
        leaves, marking = desk.split()
        handling.assign(leaves, unit=None, officer=desk.city.officer, by=desk.city.coordinator.account, at=LATER)

        assert not splitting.may_undo(desk.whole)
        with pytest.raises(CannotSplit, match="已經有人辦理"):
            desk.undo()
        assert read(marking).case.status == Status.ASSIGNED

    def test_twice_is_refused(self, desk):
        desk.split()
        desk.undo()
        with pytest.raises(CannotSplit, match="目前不是拆案"):
            desk.undo()


class TestRefused:
    def test_a_category_without_an_agency_leaves_everything_as_it_was(self, desk):
        desk.city.park_upkeep.routings.all().delete()
        before = Case.objects.count()
        with pytest.raises(Exception, match="請指定機關"):
            desk.split()
        assert (Case.objects.count(), read(desk.whole).case.status) == (before, desk.whole.case.status)

    def test_after_an_answer(self, desk):
        city = desk.city
        handling.assign(read(desk.whole), unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        handling.draft_reply(read(desk.whole), text="已派員查看。", by=city.officer.account, at=NINE)
        reply = handling.submit_reply(read(desk.whole), by=city.officer.account, at=NINE)
        handling.approve_reply(reply, by=city.chief.account, at=NINE)
        with pytest.raises(CannotSplit, match="不能拆案"):
            desk.split()

    def test_a_part_of_another(self, desk):
        leaves, _marking = desk.split()
        with pytest.raises(CannotSplit, match="本身就是拆出來的"):
            splitting.split(leaves, parts=desk.parts(), reason="再拆", by=desk.by, at=LATER)

    def test_one_with_others_joined_to_it(self, desk):
        other = read(opened("路燈不亮", email="b@mail.example"))
        handling.end(other, Status.MERGED, reason="同一盞燈", parent=desk.whole.case, by=desk.by, at=NINE)
        with pytest.raises(CannotSplit, match="請先取消併案"):
            desk.split()

    def test_what_changed_since_the_page_was_opened(self, desk):
        with pytest.raises(SomebodyWasFaster):
            desk.split(expect_version=1)

    def test_without_a_reason_or_before_it_is_opened(self, desk):
        with pytest.raises(CannotSplit, match="理由"):
            desk.split(reason="　")
        with pytest.raises(CannotSplit, match="不能拆案"):
            splitting.split(file("還沒驗證"), parts=desk.parts(), reason="兩件", by=desk.by, at=LATER)


class TestPage:
    def url(self, desk, code="split"):
        return f"/desk/petitions/{desk.whole.case.reference}/{code}/"

    def given(self, desk, **more):
        return {
            "parts": "2", "reason": "分屬兩個機關", "title_1": "", "text_1": "公園落葉沒人掃。",
            "category_1": "park_upkeep", "agency_1": "", "title_2": "", "text_2": "標線看不清楚。",
            "category_2": "road_marking", "agency_2": "", "version": desk.whole.case.version, **more,
        }  # fmt: skip

    def test_another_number_of_parts_keeps_what_was_typed(self, desk):
        browser = signed_in(desk.city.dispatcher)
        page = browser.post(self.url(desk), self.given(desk, of="3")).content.decode()

        assert "text_3" in page
        assert "公園落葉沒人掃。" in page
        assert not Split.objects.exists()

    def test_splits_and_takes_back(self, desk):
        browser = signed_in(desk.city.dispatcher)
        assert browser.get(self.url(desk)).status_code == 200
        assert browser.post(self.url(desk), self.given(desk)).status_code == 302
        page = browser.get(f"/desk/petitions/{desk.whole.case.reference}/").content.decode()
        assert "115-1116-0003" in page
        assert browser.post(self.url(desk, "unsplit"), {"reason": "同一件"}).status_code == 302
        assert read(desk.whole).case.status == Status.DISPATCHING

    @pytest.mark.parametrize(
        "wrong", [{"parts": "99999999999"}, {"parts": "-1"}, {"category_1": "nothing"}, {"text_2": ""}]
    )
    def test_refuses_what_makes_no_sense(self, desk, wrong):
        browser = signed_in(desk.city.dispatcher)
        answer = browser.post(self.url(desk), self.given(desk, **wrong))

        assert answer.status_code in (302, 422)
        assert answer.status_code == 422 or "parts" in wrong

    def test_an_agency_sees_its_own_part_and_no_heading_of_the_others(self, desk):
        leaves, marking = desk.split()
        page = signed_in(desk.city.coordinator).get(f"/desk/petitions/{leaves.case.reference}/").content.decode()

        assert marking.case.number in page
        assert marking.case.title not in page
        assert str(marking.case.reference) not in page
