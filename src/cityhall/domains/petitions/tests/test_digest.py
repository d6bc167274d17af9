"""An agency is written its month once; the figures are the printed ones; what did not arrive waits for somebody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.at_once import at_once

from cityhall.domains.petitions.digests import ORDER, OWN, compare, hops_of, late_of, read, redone_of, stored
from cityhall.domains.petitions.frozen import Figure
from cityhall.domains.petitions.models import AgencyDigest, DigestSending, FrozenMonth, Petition
from cityhall.domains.petitions.services import digest, freezing
from cityhall.domains.petitions.services.digest import CannotSendDigest
from cityhall.domains.petitions.states import Delivery
from cityhall.engines.audit.models import Entry
from cityhall.engines.audit.queries import verify
from cityhall.engines.cases.models import Case
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.deadlines.models import State as ClockState
from cityhall.engines.directory.models import Agency, Succession
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.states import State
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at

from .city import City, make_city, opened, signed_in
from .factories import make_petition

NOVEMBER, SENT = date(2026, 11, 1), at(date(2026, 12, 8), 9)
LATER = SENT + timedelta(hours=1)


def figure(number: int, whole: int | None = None, *keys: int) -> Figure:
    return Figure(number, whole, frozenset(keys))


class TestFigures:
    def test_of_an_unknown_month_are_not_compared(self):
        (one,) = compare(["a"], {"a": figure(2, 4)}, None)

        assert (one.before, one.change, one.points) == (None, None, None)

    def test_say_by_how_much_number_and_share_changed(self):
        (one,) = compare(["a"], {"a": figure(3, 4)}, {"a": figure(1, 2)})

        assert (one.change, one.points) == (2, 25.0)

    def test_a_share_of_nothing_has_not_changed(self):
        (one,) = compare(["a"], {"a": figure(0, 0)}, {"a": figure(1, 2)})

        assert (one.change, one.points) == (-1, None)

    def test_are_told_in_an_order_that_leaves_none_out(self):
        assert sorted(ORDER) == sorted((*freezing.MEASURES, *OWN))

    def test_late_are_those_of_the_printed_month_alone(self):
        printed = {
            "received": figure(2, None, 1, 2), "first_in_time": figure(0, 0), "final_in_time": figure(1, 2, 1),
        }  # fmt: skip

        assert late_of(printed, {"final_late": frozenset({2, 3})}) == {
            "first_late": figure(0, 0), "final_late": figure(1, 2, 2),
        }  # fmt: skip

    def test_hops_are_those_that_the_agency_itself_sent_back(self):
        found = hops_of([("works", 10, True), ("parks", 10, False), ("works", 11, False), ("works", 10, False)])

        assert found == {"works": figure(1, 2, 10), "parks": figure(0, 1)}

    def test_a_petition_returned_twice_for_redo_counts_once(self):
        assert redone_of([("works", 10), ("works", 10), ("works", 11)]) == {"works": figure(2, None, 10, 11)}

    def test_are_read_as_they_were_stored(self):
        kept = {"a": figure(1, 2, 5), "b": figure(0)}

        assert read(stored(kept)) == kept


@pytest.fixture
def city(monkeypatch) -> City:
    monkeypatch.setattr("django.utils.timezone.now", lambda: SENT)
    return make_city()


@pytest.fixture
def printed(city) -> Petition:
    petition = opened()
    make_petition(date(2026, 11, 30), agency=city.transport)
    freezing.freeze(NOVEMBER, by=None, at=SENT)
    return petition


def of(agency: Agency) -> AgencyDigest:
    return AgencyDigest.objects.with_delivery().select_related("frozen", "agency").get(agency=agency)


def told(agency: Agency) -> list[Letter]:
    return list(Letter.objects.filter(template="petitions.digest", about_id=str(of(agency).pk)).order_by("pk"))


def waits(row: AgencyDigest) -> list[str]:
    """In which stage it waits for whom."""
    found = Todo.objects.open().filter(kind="petition.digest", object_id=row.pk)
    return [f"{one.agency.code} {one.role} {one.stage}" for one in found]


def came_back(letter: Letter) -> None:
    letters.returned(letter, words="no such user", at=SENT)


@pytest.mark.django_db
class TestSending:
    def test_waits_until_the_month_is_printed(self, city):
        opened()

        assert digest.send_by_itself(SENT) == 0

    def test_waits_for_its_working_day(self, printed):
        assert digest.send_by_itself(SENT - timedelta(days=1)) == 0

    def test_writes_each_agency_once(self, city, printed):
        done = [digest.send_by_itself(SENT + timedelta(days=n)) for n in range(3)]

        assert done == [2, 0, 0]
        written = Letter.objects.filter(template="petitions.digest").values_list("account_id", flat=True)
        assert sorted(written) == sorted([city.coordinator.account_id, city.other_coordinator.account_id])
        assert Entry.objects.filter(event="petition.digest_sent").count() == 2
        assert not Todo.objects.filter(kind="petition.digest").exists()

    def test_goes_on_with_those_that_are_left(self, city, printed, monkeypatch):
        real = digest.agency_letters.digest

        def broken(row, lines, **more):
            if row.agency == city.works:
                raise ConnectionError
            return real(row, lines, **more)

        monkeypatch.setattr(digest.agency_letters, "digest", broken)
        with pytest.raises(ConnectionError):
            digest.send_by_itself(SENT)
        monkeypatch.undo()

        digest.send_waiting(LATER)
        digest.send_waiting(LATER)

        assert DigestSending.objects.count() == 2
        assert {row.delivery for row in AgencyDigest.objects.with_delivery()} == {Delivery.SENT}
        assert verify().ok

    def test_adds_no_agency_afterwards(self, city, printed):
        digest.send_by_itself(SENT)
        make_petition(date(2026, 11, 20), agency=city.rdec)

        assert digest.prepare(FrozenMonth.objects.get()) == 0
        assert digest.send_by_itself(LATER) == 0

    def test_writes_no_body_outside_of_the_city(self, city, printed):
        FrozenMonth.objects.all()[0].cells.filter(part="transport").update(part="power")

        digest.send_by_itself(SENT)

        assert [row.agency.code for row in AgencyDigest.objects.all()] == ["works"]

    def test_says_what_is_printed(self, city, printed):
        digest.send_by_itself(SENT)
        found = of(city.works)
        cells = freezing.then_of(found.frozen)

        figures = digest.figures_of(found)

        for code in freezing.MEASURES:
            assert figures[code] == cells["agency", "works", code], code
        assert figures["hops"] == figure(0, 1)
        assert figures["redo"] == figure(0)

    def test_says_what_was_answered_late_before_it_was_printed(self, city):
        late, after = opened(), opened("中正路 8 號前路燈不亮五天了")
        clocks = Clock.objects.filter(subject_type=ContentType.objects.get_for_model(Case), stage="first")
        clocks.filter(subject_id=late.pk).update(state=ClockState.MET_LATE, ended_at=SENT - timedelta(days=2))
        freezing.freeze(NOVEMBER, by=None, at=SENT - timedelta(days=1))
        clocks.filter(subject_id=after.pk).update(state=ClockState.MET_LATE, ended_at=SENT)

        digest.send_by_itself(SENT)

        figures = digest.figures_of(of(late.case.agency))
        assert figures["first_late"].keys == {late.pk}
        assert figures["first_late"].whole == figures["first_in_time"].whole

    def test_stands_beside_the_month_before(self, city, printed):
        make_petition(date(2026, 10, 5), agency=city.works)
        make_petition(date(2026, 10, 6), agency=city.works)
        freezing.freeze(date(2026, 10, 1), by=None, at=SENT)
        digest.send_by_itself(SENT)

        ((_row, lines),) = digest.compared([of(city.works)])

        known = {one.code: one for one in lines}
        assert (known["received"].now.number, known["received"].change) == (1, -1)
        assert known["hops"].before is None
        (letter,) = told(city.works)
        assert "成案：1 件，上個月 2 件" in letter.text
        assert letter.subject == "養工處 115 年 11 月陳情案件摘要"
        assert "/desk/petitions/statistics/digests/2026-11/works/" in letter.text

    def test_a_reader_of_english_reads_english_figures(self, city, printed):
        letters.prefer(account_id=city.coordinator.account_id, language="en", by=None, at=SENT)

        digest.send_by_itself(SENT)

        (letter,) = told(city.works)
        assert "Opened: 1\n" in letter.text
        assert "件" not in letter.text

    def test_a_malformed_address_stops_nobody_else(self, city, printed):
        type(city.coordinator).objects.filter(pk=city.coordinator.pk).update(email="a@b\nBcc: x@y.example")

        assert digest.send_by_itself(SENT) == 2
        assert (of(city.works).delivery, of(city.transport).delivery) == (Delivery.LOST, Delivery.SENT)

    def test_of_an_agency_that_is_gone_goes_to_the_one_in_its_place(self, city, printed):
        day = date(2026, 12, 1)
        Agency.objects.filter(pk=city.works.pk).update(closed_on=day, successor=city.transport)
        Succession.objects.create(
            agency=city.works, successor=city.transport, on=day, decided_at=at(day), begun_at=at(day)
        )

        digest.send_by_itself(SENT)

        (letter,) = told(city.works)
        assert letter.account_id == city.other_coordinator.account_id
        assert "業務已由交通局承接" in letter.text
        page = signed_in(city.other_coordinator).get(reverse("petitions:digest", args=["2026-11", "works"]))
        assert page.status_code == 200

    def test_asks_the_same_however_many_agencies_are_listed(self, city, printed):
        digest.send_by_itself(SENT)
        counts = []
        for rows in (AgencyDigest.objects.filter(agency=city.works), AgencyDigest.objects.all()):
            given = list(rows.select_related("frozen", "agency"))
            with CaptureQueriesContext(connection) as asked:
                list(digest.compared(given))
            counts.append(len(asked))

        assert counts[0] == counts[1]


@pytest.mark.django_db
class TestWhatDidNotArrive:
    @pytest.fixture
    def sent(self, printed) -> Petition:
        digest.send_by_itself(SENT)
        return printed

    @pytest.fixture
    def nobody(self, city, printed) -> AgencyDigest:
        city.coordinator.appointments.update(ends_on=date(2026, 11, 30))
        digest.send_by_itself(SENT)
        return of(city.works)

    def test_nobody_to_write_to_waits_for_the_commission(self, city, nobody):
        assert nobody.delivery == Delivery.LOST
        assert waits(nobody) == ["rdec COMMISSION nobody"]

    def test_to_nobody_cannot_be_repeated(self, city, nobody):
        with pytest.raises(CannotSendDigest, match="研考窗口"):
            digest.send_again(nobody, by=city.commission.account, at=LATER)

        assert nobody.sendings.count() == 1
        assert waits(nobody) == ["rdec COMMISSION nobody"]

    def test_goes_again_when_there_is_somebody(self, city, nobody):
        city.coordinator.appointments.update(ends_on=None)

        assert digest.send_again(nobody, by=city.commission.account, at=LATER) == 1
        assert of(city.works).delivery == Delivery.SENT
        assert waits(nobody) == []

    def test_is_told_otherwise_with_a_note(self, city, nobody):
        with pytest.raises(CannotSendDigest, match="怎麼送達"):
            digest.told_otherwise(nobody, how="  ", by=city.commission.account, at=LATER)
        digest.told_otherwise(nobody, how="列印後交給該處", by=city.commission.account, at=LATER)

        assert of(city.works).delivery == Delivery.OTHERWISE
        assert waits(nobody) == []
        assert Entry.objects.filter(event="petition.digest_told").count() == 1

    def test_what_arrived_is_not_told_otherwise(self, city, sent):
        with pytest.raises(CannotSendDigest, match="已經寄出"):
            digest.told_otherwise(of(city.works), how="列印", by=city.commission.account, at=LATER)

    def test_what_comes_back_waits_until_another_went_out(self, city, sent):
        came_back(told(city.works)[0])

        assert of(city.works).delivery == Delivery.LOST
        assert waits(of(city.works)) == ["rdec COMMISSION returned"]
        assert of(city.transport).delivery == Delivery.SENT

        assert digest.send_again(of(city.works), by=city.commission.account, at=LATER) == 1
        assert (of(city.works).delivery, waits(of(city.works))) == (Delivery.SENT, [])
        first, second = told(city.works)
        assert first.text == second.text

    def test_an_older_letter_that_comes_back_late_asks_nobody(self, city, sent):
        first = told(city.works)[0]
        digest.send_again(of(city.works), by=city.commission.account, at=LATER)

        came_back(first)

        assert (of(city.works).delivery, waits(of(city.works))) == (Delivery.SENT, [])

    def test_what_comes_back_again_waits_again(self, city, sent):
        came_back(told(city.works)[0])
        digest.send_again(of(city.works), by=city.commission.account, at=LATER)

        came_back(told(city.works)[1])

        assert waits(of(city.works)) == ["rdec COMMISSION returned"]

    def test_what_was_written_again_from_the_list_of_letters_waits_no_more(self, city, sent):
        letter = told(city.works)[0]
        came_back(letter)
        letters.send_again(Letter.objects.get(pk=letter.pk), by=city.commission.account, at=LATER)

        assert of(city.works).delivery == Delivery.SENT
        digest.send_by_itself(LATER + timedelta(days=1))
        assert waits(of(city.works)) == []
        assert of(city.works).sendings.count() == 1

    def test_a_refusal_counts_like_a_return(self, city, sent):
        Letter.objects.filter(pk=told(city.works)[0].pk).update(state=State.REFUSED)

        assert of(city.works).delivery == Delivery.LOST


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_many_workers_write_one_letter_each_agency(self, city, printed):
        results = at_once([lambda: digest.send_by_itself(SENT)] * 8)

        assert [one for one in results if isinstance(one, Exception)] == []
        assert sum(results) == 2
        assert Letter.objects.filter(template="petitions.digest").count() == 2
        assert DigestSending.objects.count() == 2
        assert verify().ok


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def sent(self, printed) -> Petition:
        digest.send_by_itself(SENT)
        return printed

    def test_an_agency_finds_its_own_alone(self, city, sent):
        browser = signed_in(city.coordinator)

        page = browser.get(reverse("petitions:digests"))

        assert [row["digest"].agency.code for row in page.context["lines"]] == ["works"]
        assert browser.get(reverse("petitions:digest", args=["2026-11", "transport"])).status_code == 404
        rows = reverse("petitions:digest_rows", args=["2026-11", "transport", "received"])
        assert browser.get(rows).status_code == 404

    def test_the_commission_finds_all_and_those_that_did_not_arrive(self, city, sent):
        browser = signed_in(city.commission)
        came_back(told(city.works)[0])

        def found(**given):
            page = browser.get(reverse("petitions:digests"), given)
            return {row["digest"].agency.code for row in page.context["lines"]}

        assert found(month="2026-11") == {"works", "transport"}
        assert found(sent="LOST") == {"works"}
        assert found(agency="transport") == {"transport"}
        assert found(month="2026-11", agency="transport", sent="LOST") == set()

    def test_an_empty_archive_says_that_nothing_need_be_done(self, city):
        page = signed_in(city.commission).get(reverse("petitions:digests")).content.decode()

        assert "還沒有每月摘要" in page

    def test_a_figure_opens_the_petitions_that_it_counts(self, city, sent):
        browser = signed_in(city.coordinator)
        rows = reverse("petitions:digest_rows", args=["2026-11", "works", "received"])

        assert rows in browser.get(reverse("petitions:digest", args=["2026-11", "works"])).content.decode()
        assert sent.case.number in browser.get(rows).content.decode()

    def test_what_an_agency_may_no_longer_read_is_only_counted(self, city, sent):
        Case.objects.filter(pk=sent.pk).update(agency=city.transport)

        page = signed_in(city.coordinator).get(reverse("petitions:digest_rows", args=["2026-11", "works", "received"]))

        assert (page.context["petitions"], page.context["hidden"]) == ([], 1)
        assert sent.case.number not in page.content.decode()

    @pytest.mark.parametrize(
        "address", [("2026-13", "works"), ("2026-10", "works"), ("x", "works"), ("2026-11", "x"), ("2026", "works")]
    )
    def test_what_is_not_there_is_not_found(self, city, sent, address):
        assert signed_in(city.commission).get(reverse("petitions:digest", args=address)).status_code == 404

    def test_an_unknown_figure_is_not_found(self, city, sent):
        rows = reverse("petitions:digest_rows", args=["2026-11", "works", "moon"])

        assert signed_in(city.commission).get(rows).status_code == 404

    def test_the_commission_sends_again_once_a_key(self, city, sent):
        browser, address = signed_in(city.commission), reverse("petitions:send_digest", args=["2026-11", "works"])
        for _time in range(2):
            browser.post(address, {"idempotency_key": "3b7c1f2e-0000-4000-8000-000000000001"})

        assert of(city.works).sendings.count() == 2

    def test_the_commission_writes_down_how_it_was_handed_over(self, city, sent):
        came_back(told(city.works)[0])
        browser, address = signed_in(city.commission), reverse("petitions:digest_otherwise", args=["2026-11", "works"])

        refused = browser.post(address, {"how": ""})
        done = browser.post(address, {"how": "列印後交給該處"})

        assert (refused.status_code, done.status_code) == (422, 302)
        assert "列印後交給該處" in browser.get(reverse("petitions:digest", args=["2026-11", "works"])).content.decode()

    def test_an_agency_sends_nothing(self, city, sent):
        browser = signed_in(city.coordinator)

        for name in ("send_digest", "digest_otherwise"):
            assert browser.post(reverse(f"petitions:{name}", args=["2026-11", "works"])).status_code == 403

    @pytest.mark.parametrize("kind", ["csv", "ods"])
    def test_the_figures_leave_as_a_sheet_and_it_is_written_down(self, city, sent, kind):
        answer = signed_in(city.coordinator).get(reverse("petitions:export_digests", args=[kind]))

        content = b"".join(answer.streaming_content)

        assert content
        if kind == "csv":
            lines = content.decode("utf-8-sig").splitlines()
            assert len(lines) == 1 + len(ORDER)
            assert all("養工處" in line for line in lines[1:])
        assert Entry.objects.filter(event="petition.digests_exported").count() == 1
