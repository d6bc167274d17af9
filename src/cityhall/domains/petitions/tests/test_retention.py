"""The nightly removal: what goes and what stays, every figure as before; holds; the preview; crash and repeat."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cityhall.domains.petitions import queries, removals, statistics
from cityhall.domains.petitions.models import FollowUp, Petition, Removal, RetentionHold
from cityhall.domains.petitions.retention import KeptKind, KeptWhere, Stay, months_after
from cityhall.domains.petitions.services import citizen, filing, handling, retention, upkeep
from cityhall.domains.petitions.services.filing import Submission, Who
from cityhall.domains.petitions.tests.city import INSIDE, NINE, City, make_city, opened, propose_listing, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.models import Case, Event, Reply
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.figures import registry
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise
from cityhall.engines.textsearch import queries as textsearch
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period

W = KeptWhere
TODAY = day_of(NINE)


@pytest.fixture
def city(db, settings, tmp_path) -> City:
    settings.FILES_DIR = tmp_path
    return make_city()


def fresh(petition: Petition) -> Petition:
    return Petition.objects.select_related("case__requester", "case__place", "category").get(pk=petition.pk)


def answered(city: City, **more) -> Petition:
    """A petition that was answered, rated and closed on the day after the fifteenth."""
    petition = opened(who=Who(name="金大明", email="kept@mail.example", phone="0912-345-678"), **more)
    handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
    for _stage in range(2):
        handling.draft_reply(
            fresh(petition), text="金先生您好：已修復。", outcome="done", by=city.officer.account, at=NINE
        )
        reply = handling.submit_reply(fresh(petition), by=city.officer.account, at=NINE)
        handling.approve_reply(reply, by=city.chief.account, at=NINE)
    citizen.rate(fresh(petition), score=4, solved=True, comment="金大明謝謝", by=None, at=NINE)
    upkeep.close_answered(NINE + timedelta(days=15))
    outbox.drain(NINE + timedelta(days=15), until=NINE + timedelta(days=15, hours=1))
    found = fresh(petition)
    assert found.case.status == Status.CLOSED
    return found


def after(months: int, *, days: int = 15):
    """So many months after it was closed."""
    return instant(months_after(TODAY + timedelta(days=days), months), 3, 40)


class TestRemoval:
    def test_goes_place_by_place(self, city):
        petition = answered(city)

        assert retention.remove_due(petition, at=after(35)) == ()
        assert retention.remove_due(petition, at=after(36)) == (W.LETTERS,)
        assert fresh(petition).case.requester
        assert retention.remove_due(petition, at=after(36)) == ()
        assert retention.remove_due(petition, at=after(60)) == (W.WORDS, W.REQUESTER)

    def test_takes_words_person_and_address_and_leaves_what_is_counted(self, city):
        petition = answered(city)
        before, code = petition.case, petition.case.tracking_code

        retention.remove_due(petition, at=after(60))

        case = fresh(petition).case
        assert (case.requester, case.text, case.title) == (None, "", "路燈故障")
        assert (case.number, case.status, case.opened_on, case.agency_id, case.tracking_code) == (
            before.number, Status.CLOSED, before.opened_on, before.agency_id, code,
        )  # fmt: skip
        assert (case.place.label, case.place.words, case.place.district_name) == ("", "", "桃園區")
        assert (case.place.lon, case.place.lat) == (121.3, 25.0)
        assert set(Reply.objects.values_list("text", flat=True)) == {""}
        assert case.ratings.get().score == 4
        assert case.ratings.get().comment == ""
        letters = Letter.objects.filter(about_id=str(case.pk))
        assert {(one.address, one.name, one.text) for one in letters} == {("", "", "")}
        assert not Todo.objects.filter(words__contains="中山路").exists()
        assert list(textsearch.matching(Case.objects.all(), "三天")) == []
        assert list(textsearch.matching(Case.objects.all(), case.number)) == [case]

    def test_is_written_down_in_counts(self, city):
        petition = answered(city)

        retention.remove_due(petition, at=after(60))

        entry = Entry.objects.filter(event="petition.removed").get(payload__contains='"WORDS"')
        assert entry.details["new"]["counts"]["cases.reply"] == 2
        assert entry.details["new"]["months"] == 60
        assert "金大明" not in entry.payload
        assert Removal.objects.filter(petition=petition).count() == 3

    def test_waits_while_it_is_open(self, city):
        petition = opened()

        assert retention.remove_due(petition, at=after(600)) == ()

    def test_counts_anew_from_what_happens_later(self, city):
        """Somebody adds a word years later: that is removed too, its own period later."""
        petition = answered(city)
        retention.remove_due(petition, at=after(60))
        late = after(61)
        Event.objects.create(case=petition.case, n=99, type="noted", at=late, payload={"reason": "金大明來電"})

        assert retention.remove_due(petition, at=late) == ()
        assert W.WORDS in retention.remove_due(petition, at=after(122))
        assert Event.objects.get(n=99).payload == {}

    def test_keeps_set_aside_ones_shorter_and_confidential_ones_longer(self, city):
        filtered, secret = opened("路燈不亮，我要找市長"), opened(confidential=True)
        for one in (filtered, secret):
            handling.end(
                fresh(one), Status.NOT_PROCESSED, reason="重複", ground="REPEATED", by=city.dispatcher.account, at=NINE
            )

        kinds = {pk: one.kind for pk, one in removals.kept([fresh(filtered), fresh(secret)], TODAY).items()}
        assert kinds == {filtered.pk: KeptKind.SET_ASIDE, secret.pk: KeptKind.CONFIDENTIAL}
        assert retention.remove_due(filtered, at=after(36, days=0)) == (W.LETTERS, W.WORDS, W.REQUESTER)
        assert retention.remove_due(secret, at=after(36, days=0)) == ()

    def test_follows_the_petition_that_it_was_joined_to(self, city):
        main, joined = opened(), opened()
        handling.end(joined, Status.MERGED, reason="同一件", parent=main.case, by=city.dispatcher.account, at=NINE)

        assert removals.kept([fresh(joined)], TODAY)[joined.pk].ended_on is None

    def test_waits_for_a_promise_and_for_a_listing(self, city):
        listing = propose_listing(city, Who(name="吳小強", email="listed@mail.example"))
        petition = listing.petition

        FollowUp.objects.create(petition=petition, reply=Reply.objects.first(), promised_on=TODAY)

        assert removals.kept([fresh(petition)], TODAY)[petition.pk].waits == {Stay.LISTED, Stay.PROMISED}


class TestFigures:
    def test_are_the_same_before_and_after(self, city):
        """Every figure of petitions and every cell of the statistics, over all periods of the petitions' life."""
        petition = answered(city)
        other = opened("路燈不亮，我要找市長")
        handling.end(
            fresh(other), Status.NOT_PROCESSED, reason="重複", ground="REPEATED", by=city.dispatcher.account, at=NINE
        )
        filing.file(
            Submission(
                text="路燈不亮", channel=Channel.WEB, who=Who(name="王小明", email="w@mail.example"), where=INSIDE
            ),
            at=NINE,
        )
        later = after(121)

        def everything():
            found = {}
            for period in (Period.year(2026), Period.month(2026, 11), Period(date(2026, 1, 1), day_of(later))):
                for one in registry.figures.values():
                    if one.domain == "petitions":
                        for of in ("", *getattr(one, "of", {})):
                            found[one.key, of, period.spec] = str(one.count(period, of))
                for by in statistics.DIMENSIONS:
                    table = statistics.table(Petition.objects.all(), period, by, at=later)
                    found[by, period.spec] = [[str(cell) for cell in line.cells] for line in table.lines]
            return found

        before = everything()
        for one in (petition, other):
            retention.remove_due(one, at=later)

        assert not fresh(petition).case.requester
        assert everything() == before
        assert len(before) > 30

    def test_learning_leaves_out_what_has_no_words_any_more(self, city):
        petition = answered(city)
        handling_desk = city.dispatcher.account
        petition.labels.create(category=city.street_light, by=handling_desk, at=NINE)
        assert len(list(queries.corrections())) == 1

        retention.remove_due(petition, at=after(60))

        assert list(queries.corrections()) == []


class TestNight:
    def test_goes_on_block_by_block_after_a_crash(self, city, monkeypatch):
        """The worker dies in the second block; the next attempt takes what is left, and nothing twice."""
        found = [answered(city) for _n in range(3)]
        monkeypatch.setattr(retention, "parameter", lambda *_a, **_k: type("P", (), {"value": 1}))
        at, real = after(60), retention.remove_due
        fails = {found[1].pk}

        def dies(petition, *, at):
            if petition.pk in fails:
                fails.clear()
                raise OSError("the worker was killed")
            return real(petition, at=at)

        monkeypatch.setattr(retention, "remove_due", dies)
        retention.begin(at)
        outbox.drain(at, until=at + timedelta(hours=1))

        assert Removal.objects.filter(where="REQUESTER").count() == 3
        assert Removal.objects.count() == 9
        assert not Promise.objects.filter(kind=retention.KEEPS).exclude(state="DONE").exists()

    def test_is_begun_once_a_night(self, city):
        retention.begin(NINE)
        retention.begin(NINE)

        assert Promise.objects.filter(kind=retention.KEEPS).count() == 1


class TestHold:
    def test_keeps_everything_until_its_day(self, city):
        petition, by = answered(city), city.commission.account
        now = after(59)
        until = day_of(after(70))
        retention.hold(petition, ground="LITIGATION", reason="115年度訴字第1號", until=until, by=by, at=now)

        assert retention.remove_due(petition, at=after(60)) == ()
        assert removals.foreseen(day_of(after(60)), most=10).by_stay == {Stay.HELD: 1}
        assert W.REQUESTER in retention.remove_due(petition, at=after(71))

    def test_is_renewed_by_its_ground_and_released_with_a_reason(self, city):
        petition, by = answered(city), city.commission.account
        give = {"ground": "AUDIT", "by": by, "at": NINE}
        retention.hold(petition, reason="來文", until=TODAY + timedelta(days=30), **give)
        found = retention.hold(petition, reason="來文二", until=TODAY + timedelta(days=60), **give)

        assert RetentionHold.objects.count() == 1
        with pytest.raises(retention.CannotHold):
            retention.release(found, reason=" ", by=by, at=NINE)
        retention.release(found, reason="調查結束", by=by, at=NINE)
        with pytest.raises(retention.CannotHold):
            retention.release(found, reason="調查結束", by=by, at=NINE)
        assert [one.event for one in Entry.objects.filter(event__contains="hold").order_by("seq")] == [
            "petition.hold_released"
        ]
        assert Entry.objects.filter(event="petition.held").count() == 2

    @pytest.mark.parametrize(
        ("reason", "until"), [("", TODAY), ("x", TODAY - timedelta(days=1)), ("x", TODAY + timedelta(days=4000))]
    )
    def test_is_refused_in_a_sentence(self, city, reason, until):
        petition = answered(city)

        with pytest.raises(retention.CannotHold, match="。"):
            retention.hold(petition, ground="AUDIT", reason=reason, until=until, by=city.commission.account, at=NINE)
        assert not RetentionHold.objects.exists()


class TestPages:
    def test_the_preview_says_what_a_month_takes_and_why_the_rest_stays(self, city, monkeypatch):
        petition, held = answered(city), answered(city)
        monkeypatch.setattr("django.utils.timezone.now", lambda: after(59))
        browser = signed_in(city.commission)
        retention.hold(
            held,
            ground="COMPENSATION",
            reason="國賠第9號",
            until=day_of(after(80)),
            by=city.commission.account,
            at=after(59),
        )
        month = f"{day_of(after(60)):%Y-%m}"

        page = browser.get(f"/desk/petitions/retention/?month={month}").content.decode()
        assert petition.case.number in page
        assert "國賠第9號" in page
        assert "保全中 1" in page
        sheet = b"".join(browser.get(f"/desk/petitions/retention/export.csv?month={month}").streaming_content)
        assert petition.case.number in sheet.decode()
        assert "金大明" not in sheet.decode() + page
        for wrong in ("2031-13", "x", "99999-01", "\x00", "1" * 5000):
            assert browser.get("/desk/petitions/retention/", {"month": wrong}).status_code == 200

    def test_what_is_the_ethics_offices_has_no_number_in_any_list(self, city, monkeypatch):
        ahead, held = answered(city), answered(city)
        Petition.objects.filter(pk__in=[ahead.pk, held.pk]).update(sealed=True)
        monkeypatch.setattr("django.utils.timezone.now", lambda: after(59))
        until, by = day_of(after(80)), city.commission.account
        retention.hold(held, ground="COMPENSATION", reason="國賠第9號", until=until, by=by, at=after(59))
        browser, month = signed_in(city.commission), f"{day_of(after(60)):%Y-%m}"

        page = browser.get(f"/desk/petitions/retention/?month={month}").content.decode()
        sheet = b"".join(browser.get(f"/desk/petitions/retention/export.csv?month={month}").streaming_content).decode()

        for words in (page, sheet):
            assert "政風案件" in words
            assert ahead.case.number not in words
            assert held.case.number not in words

    def test_hold_and_release_by_the_commission_alone(self, city):
        petition = answered(city)
        path = f"/desk/petitions/{petition.case.reference}/hold/"
        given = {"ground": "AUDIT", "reason": "審計部來文", "until_year": "2027", "until_month": "3", "until_day": "1"}
        assert signed_in(city.officer).get(path).status_code == 403

        browser = signed_in(city.commission)
        assert browser.post(path, {**given, "until_year": "2020"}).status_code == 422
        page = browser.post(path, given, follow=True)

        found = RetentionHold.objects.get()
        assert (page.status_code, found.until) == (200, date(2027, 3, 1))
        assert (
            browser.post(f"/desk/petitions/retention/holds/{found.reference}/release/", {"reason": "結案"}).status_code
            == 302
        )
        assert RetentionHold.objects.get().released_at

    def test_citizen_and_officer_read_that_it_was_removed(self, city, client):
        petition = answered(city)
        retention.remove_due(petition, at=after(60))
        case = petition.case

        page = client.post("/petitions/follow/", {"number": case.number, "code": case.tracking_code}, follow=True)
        assert "已依保存期限移除" in page.content.decode()
        assert "金大明" not in page.content.decode()
        assert client.get(f"/petitions/follow/{case.reference}/paper.pdf").status_code == 200
        for tab in ("work", "timeline", "files", "notes"):
            page = signed_in(city.officer).get(f"/desk/petitions/{case.reference}/?tab={tab}")
            assert page.status_code == 200
        page = signed_in(city.officer).get(f"/desk/petitions/{case.reference}/")
        assert "已依保存期限移除" in page.content.decode()
