"""移送府外 by Open311: what goes, what does not, what a misbehaving server makes of it, and what comes back."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.open311_peer import KEY, Open311Peer

from cityhall.domains.petitions import peer_rules as rules
from cityhall.domains.petitions.models import Endpoint, PassedOn, PeerRequest, Petition
from cityhall.domains.petitions.peer_rules import Bar, Change, Garbled, Told, Trouble
from cityhall.domains.petitions.services import endpoints, handling, outside, peers
from cityhall.engines.audit.queries import verify
from cityhall.engines.cases.states import Status
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox import calls
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of

from .city import NINE, City, make_city, opened, signed_in

State = PeerRequest.State
HERE = "/desk/petitions/outside/endpoints/"
DAY = timedelta(days=1)


class TestRules:
    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ({}, None),
            ({"there": False}, Bar.NONE_THERE),
            ({"in_use": False}, Bar.STOPPED),
            ({"confidential": True}, Bar.CONFIDENTIAL),
            ({"placed": False}, Bar.NO_PLACE),
            ({"service": ""}, Bar.UNMAPPED),
            ({"unanswered": ["停電範圍"]}, Bar.ASKS_MORE),
        ],
    )
    def test_what_goes_by_letter(self, given, found):
        usual = {"there": True, "in_use": True, "confidential": False, "placed": True, "service": "P01"}
        assert rules.bar(**{**usual, **given}) == found

    @pytest.mark.parametrize(
        ("text", "there"),
        [
            ("市府案件編號：115-1116-0001/7\n電桿歪了", True),
            ("115-1116-0001/7", True),
            ("115-1116-0001/71", False),
            ("X115-1116-0001/7", False),
            ("115-1116-0001", False),
        ],
    )
    def test_a_reference_is_whole(self, text, there):
        assert rules.names("115-1116-0001/7", text) == there

    @pytest.mark.parametrize(
        ("before", "now", "found"),
        [
            (Told(), Told(status="open"), None),
            (Told(status="open"), Told(status="open", updated=NINE), None),
            (Told(status="open"), Told(status="open", notes="派工"), Change.NEWS),
            (Told(status="open"), Told(status="closed"), Change.CLOSED),
            (Told(status="closed"), Told(status="closed", notes="補充"), Change.NEWS),
            (Told(status="closed"), Told(status="open"), Change.REOPENED),
            (Told(status="open"), Told(status="investigating"), None),
        ],
    )
    def test_what_is_new(self, before, now, found):
        assert rules.change(before=before, now=now) == found

    @pytest.mark.parametrize("found", [None, 1, "x", {}, {"services": 1}, ["x"], [[]]])
    def test_what_is_no_list(self, found):
        with pytest.raises(Garbled):
            rules.services_of(found)

    def test_hostile_words_can_be_kept(self):
        (told,) = rules.told_of(
            [{"service_request_id": 7, "status_notes": "a\x00b\ud800" + "c" * 9000, "agency_responsible": {}}]
        )
        assert (told.id, told.agency) == ("7", "")
        assert told.notes.startswith("abc")
        assert len(told.notes) == 2000

    def test_a_wrapped_list_is_a_list(self):
        assert rules.services_of({"services": [{"service_code": "a"}, {"service_code": "a"}]})[0].name == "a"

    def test_what_is_closed_is_asked_for_a_month(self):
        assert rules.ask_again(NINE, hours=4, closed_at=None) == NINE + timedelta(hours=4)
        assert rules.ask_again(NINE, hours=4, closed_at=NINE - DAY) == NINE + DAY
        assert rules.ask_again(NINE, hours=4, closed_at=NINE - 30 * DAY) is None


class TestCalls:
    @pytest.mark.parametrize(
        ("address", "here", "may"),
        [
            ("8.8.8.8", False, True), ("127.0.0.1", False, False), ("127.0.0.1", True, True), ("::1", True, True),
            ("10.0.0.1", True, False), ("169.254.169.254", True, False), ("::ffff:10.0.0.1", False, False),
            ("64:ff9b::a00:1", False, False), ("2002:a00:1::", False, False), ("fe80::1%eth0", False, False),
            ("0.0.0.0", True, False), ("224.0.0.1", False, False), ("2606:4700::1", False, True),
        ],
    )  # fmt: skip
    def test_which_addresses(self, address, here, may):
        assert calls.may_be_called(address, loopback=here) == may

    def test_this_machine_is_not_called_by_name_nor_without_tls(self):
        with pytest.raises(calls.Forbidden):
            calls.call("GET", "https://localhost:1/")
        with pytest.raises(calls.Forbidden):
            calls.call("GET", "http://city.example/")


@pytest.fixture
def there(settings):
    settings.CALLS_LOOPBACK, settings.CALLS_SECONDS = True, 0.4
    with Open311Peer() as peer:
        yield peer


@pytest.fixture
def city(db) -> City:
    made = make_city()
    made.outside.email = "service@power.example"
    made.outside.save()
    return made


@pytest.fixture
def now() -> datetime:
    """The stand-in keeps the machine's time."""
    return datetime.now(UTC)


@pytest.fixture
def endpoint(city, there, now) -> Endpoint:
    by = city.commission.account
    row = endpoints.keep(None, agency=city.outside, base_url=there.url, jurisdiction="", api_key=KEY, by=by, at=now)
    outbox.run_due(now)
    row.refresh_from_db()
    return endpoints.set_mapping(row, default="P01", services={}, by=by, at=now)


def passed(city: City, at: datetime, *, by_letter: bool = False, **more) -> PassedOn:
    petition = opened("想請問電線桿歪了要找誰，我是陳小美 0912-345-678", when=at, **more)
    handling.end(
        petition, Status.TRANSFERRED_OUTSIDE, reason="桿線屬電力公司", agency=city.outside, by_letter=by_letter,
        by=city.dispatcher.account, at=at,
    )  # fmt: skip
    return PassedOn.objects.get(petition=petition)


def sent(city: City, at: datetime, **more) -> PeerRequest:
    row = passed(city, at, **more)
    outbox.run_due(at)
    return PeerRequest.objects.get(passed_on=row)


def waits(row: PassedOn, kind: str) -> bool:
    return Todo.objects.filter(kind=f"petition.outside_{kind}", object_id=row.pk, closed_at=None).exists()


def letters() -> list[Letter]:
    return list(Letter.objects.filter(template="petitions.outside_request"))


def later(at: datetime, hours: int) -> datetime:
    return at + timedelta(hours=hours)


class TestSending:
    def test_the_matter_goes_and_who_asks_stands_in_fields_of_its_own(self, city, there, endpoint, now):
        peer = sent(city, now)

        (given,) = there.posted()
        assert (peer.state, peer.their_id) == (State.OPEN, "A1")
        assert peer.reference in given["description"][0]
        assert "電線桿歪了" in given["description"][0]
        assert "陳小美" not in given["description"][0]
        assert "0912" not in given["description"][0]
        assert given["last_name"] == ["陳小美"]
        assert given["email"] == ["citizen@mail.example"]
        assert given["lat"] == ["25.000000"]
        assert letters() == []
        assert verify().ok

    def test_whoever_keeps_their_identity_secret_is_not_named(self, city, there, endpoint, now):
        sent(city, now, keep_identity_secret=True)

        (given,) = there.posted()
        assert not {"last_name", "email", "phone"} & set(given)

    def test_what_is_confidential_goes_by_letter(self, city, there, endpoint, now):
        row = passed(city, now, confidential=True)
        assert not hasattr(row, "peer")
        assert len(letters()) == 1
        assert "陳小美" not in letters()[0].text

    def test_what_a_person_wants_by_letter_or_is_unmapped_goes_by_letter(self, city, there, endpoint, now):
        assert not hasattr(passed(city, now, by_letter=True), "peer")
        by = city.commission.account
        every = {one.pk: "" for one in endpoints.categories_in_use(now)}
        endpoints.set_mapping(endpoint, default="", services=every, by=by, at=now)
        assert not hasattr(passed(city, now), "peer")
        endpoints.set_mapping(endpoint, default="P02", services=dict.fromkeys(every), by=by, at=now)
        assert not hasattr(passed(city, now), "peer")  # P02 demands an answer
        endpoints.set_given(endpoint.services.get(code="P02"), {"KIND": "2"}, by=by, at=now)
        sent(city, now)
        assert there.posted()[-1]["attribute[KIND]"] == ["2"]

    def test_a_token_becomes_a_number_later(self, city, there, endpoint, now):
        there.by_token = True
        peer = sent(city, now)
        assert (peer.state, peer.token) == (State.TOKEN, "t1")
        peers.ask(later(now, 2))
        there.tokens["t1"] = "A1"
        peers.ask(later(now, 7))
        peer.refresh_from_db()
        assert (peer.state, peer.their_id) == (State.OPEN, "A1")

    @pytest.mark.parametrize("mood", ["taken, then silent", "taken, then error"])
    def test_what_may_have_arrived_is_looked_for_before_it_is_sent_again(self, city, there, endpoint, now, mood):
        there.moods = [mood]
        peer = sent(city, now)
        assert peer.state == State.WAITING
        outbox.drain(now, until=later(now, 1))

        peer.refresh_from_db()
        assert (peer.state, peer.their_id) == (State.OPEN, "A1")
        assert len(there.posted()) == len(there.requests) == 1

    @pytest.mark.parametrize("mood", ["error", "html", "garbage", "deep", "huge", "drip", "busy"])
    def test_what_passes_is_tried_again(self, city, there, endpoint, now, mood):
        there.moods = [mood]
        peer = sent(city, now)
        assert peer.state == State.WAITING
        outbox.drain(now, until=later(now, 2))
        peer.refresh_from_db()
        assert peer.state == State.OPEN
        assert len(there.requests) == 1

    @pytest.mark.parametrize(
        ("mood", "trouble"), [("refuse", Trouble.REFUSED), ("xml", Trouble.XML), ("moved", Trouble.MOVED)]
    )
    def test_what_they_refuse_goes_to_a_person_who_writes_a_letter(self, city, there, endpoint, now, mood, trouble):
        there.moods = [mood]
        peer = sent(city, now)
        row = peer.passed_on

        assert (peer.state, peer.trouble) == (State.FAILED, trouble)
        assert waits(row, "trouble")
        assert not Promise.objects.filter(kind=peers.KEEPS).exclude(state="DONE").exists()
        peers.by_letter(row, by=city.dispatcher.account, at=now)
        assert len(letters()) == 1
        assert not waits(row, "trouble")
        with pytest.raises(peers.CannotPass):
            peers.by_letter(row, by=city.dispatcher.account, at=now)

    def test_a_wrong_key_is_put_right_and_it_is_sent_again(self, city, there, endpoint, now):
        by = city.commission.account
        endpoints.keep(
            endpoint, agency=city.outside, base_url=there.url, jurisdiction="", api_key="wrong", by=by, at=now
        )
        peer = sent(city, now)
        assert (peer.state, peer.trouble, peer.trouble_said) == (State.FAILED, Trouble.KEY, "金鑰不對")
        endpoints.keep(endpoint, agency=city.outside, base_url=there.url, jurisdiction="", api_key=KEY, by=by, at=now)
        when = later(now, 1)
        peers.send_again(peer.passed_on, by=city.dispatcher.account, at=when)
        outbox.run_due(when)
        peer.refresh_from_db()
        assert peer.state == State.OPEN

    def test_nobody_there_for_long_asks_a_person_and_loses_nothing(self, city, there, endpoint, now):
        there.mood = "error"
        peer = sent(city, now)
        outbox.drain(now, until=later(now, 12))
        peer.refresh_from_db()
        assert (peer.state, peer.trouble) == (State.UNSURE, Trouble.BUSY)
        assert waits(peer.passed_on, "trouble")
        assert len(there.posted()) == 1  # after that it could not be seen whether they had it

    def test_a_paused_body_gets_it_when_it_is_used_again(self, city, there, endpoint, now):
        row, by = passed(city, now), city.commission.account
        endpoints.set_state(endpoint, "PAUSED", by=by, at=now)
        outbox.run_due(now)
        assert there.posted() == []
        assert not hasattr(passed(city, now), "peer")
        endpoints.set_state(endpoint, "IN_USE", by=by, at=later(now, 1))
        outbox.run_due(later(now, 1))
        row.peer.refresh_from_db()
        assert row.peer.state == State.OPEN

    def test_two_workers_send_it_once(self, city, there, endpoint, now):
        row = passed(city, now)
        assert peers._claim(row.peer, at=now)
        peers.deliver(row.peer.pk, last=False, at=now)
        assert there.posted() == []
        with pytest.raises(peers.CannotPass):
            peers.by_letter(row, by=city.dispatcher.account, at=now)

    def test_what_no_worker_sends_any_more_goes_to_a_person(self, city, there, endpoint, now):
        row = passed(city, now)
        peers.look_after(later(now, 2))
        assert not waits(row, "trouble")
        Promise.objects.filter(kind=peers.KEEPS).update(state="DEAD")
        peers.look_after(later(now, 2))
        assert waits(row, "trouble")

    def test_what_came_back_is_not_sent(self, city, there, endpoint, now):
        row = passed(city, now)
        handling.take_up_again(row.petition, reason="送錯了", by=city.dispatcher.account, at=now)
        outbox.run_due(now)
        assert there.posted() == []


class TestAsking:
    def test_news_is_written_once_and_the_end_asks_a_person(self, city, there, endpoint, now):
        peer = sent(city, now)
        row = peer.passed_on
        peers.ask(now)
        there.say("A1", status_notes="已派工", expected_datetime="2026-12-01T00:00:00Z")
        for n in range(1, 3):
            peers.ask(later(now, 5 * n))
        assert [one.type for one in row.steps.all()].count("peer_news") == 2  # who has it, then what they do
        there.close("A1", "電桿已扶正")
        peers.ask(later(now, 20))
        peer.refresh_from_db()
        assert (peer.state, peer.notes) == (State.CLOSED, "電桿已扶正")
        assert waits(row, "closed")
        outside.record_answer(
            PassedOn.objects.get(pk=row.pk), answer=peer.notes, answered_on=day_of(later(now, 20)),
            by=city.dispatcher.account, at=later(now, 20),
        )  # fmt: skip
        assert not waits(row, "closed")
        there.say("A1", status="open", status_notes="又歪了")
        peers.ask(later(now, 48))
        assert waits(row, "changed")
        peers.seen(row, by=city.dispatcher.account, at=later(now, 48))
        assert not waits(row, "changed")
        assert verify().ok

    def test_what_they_forgot_asks_a_person(self, city, there, endpoint, now):
        peer = sent(city, now)
        there.requests.clear()
        peers.ask(later(now, 5))
        peer.refresh_from_db()
        assert peer.state == State.GONE
        assert waits(peer.passed_on, "changed")
        assert peers.ask(later(now, 50)) == 0

    def test_asks_in_batches_and_takes_no_for_an_answer(self, city, there, endpoint, now):
        first, second = sent(city, now), sent(city, now)
        there.calls.clear()
        there.tag = '"v1"'
        peers.ask(later(now, 1))
        peers.ask(later(now, 6))
        assert [given["service_request_id"] for _m, _p, given in there.calls] == [["A1,A2"]] * 2
        there.mood = "busy"
        peers.ask(later(now, 12))
        endpoint.refresh_from_db()
        assert endpoint.quiet_until == later(now, 12) + timedelta(seconds=1200)
        asked = len(there.calls)
        peers.ask(later(now, 12) + timedelta(minutes=10))
        assert len(there.calls) == asked
        first.refresh_from_db()
        assert (first.state, second.state) == (State.OPEN, State.OPEN)

    def test_an_unknown_one_of_a_batch_leaves_the_others_alone(self, city, there, endpoint, now):
        first, second = sent(city, now), sent(city, now)
        del there.requests["A1"]
        peers.ask(later(now, 5))
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, second.state) == (State.GONE, State.OPEN)


class TestEndpoints:
    def test_the_key_is_kept_from_everybody_and_from_another_host(self, city, there, endpoint, now):
        assert KEY not in endpoint.secret
        browser = signed_in(city.commission)
        for path in (f"{HERE}{endpoint.pk}/", f"{HERE}{endpoint.pk}/change/", HERE):
            assert KEY not in browser.get(path).content.decode()
        with pytest.raises(endpoints.CannotKeep, match="換了主機"):
            endpoints.keep(
                endpoint, agency=city.outside, base_url="https://other.example/v2", jurisdiction="", api_key="",
                by=city.commission.account, at=now,
            )  # fmt: skip

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("http://city.example/v2", "https"), ("https://" "u:p@city.example", "帳號密碼"), ("https://" "10.0.0.1/v2", "內部網路"),
            ("https://" "[::1", "格式"), ("ftp://city.example", "https"), ("https://city.example/?a=1", "問號"),
        ],
    )  # fmt: skip
    def test_addresses_that_are_not_taken(self, city, url, said):
        browser = signed_in(city.commission)
        answer = browser.post(f"{HERE}new/", {"agency": "power", "base_url": url})
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert not Endpoint.objects.exists()

    @pytest.mark.parametrize(("mood", "said"), [("html", "網頁"), ("xml", "只會用 XML"), ("error", "忙碌或故障")])
    def test_trying_says_in_words_what_is_wrong(self, city, there, endpoint, now, mood, said):
        there.mood = mood
        browser = signed_in(city.commission)
        assert browser.post(f"{HERE}{endpoint.pk}/try/").status_code == 302
        outbox.run_due(datetime.now(UTC))
        assert said in browser.get(f"{HERE}{endpoint.pk}/").content.decode()
        assert said in browser.get(HERE).content.decode()

    def test_pages(self, city, there, endpoint, now):
        browser, page = signed_in(city.commission), f"{HERE}{endpoint.pk}/"
        service = endpoint.services.get(code="P02")
        assert "不能用" in browser.get(page).content.decode()
        assert browser.post(f"{page}services/{service.pk}/", {"a0": "9"}).status_code == 422
        assert browser.post(f"{page}services/{service.pk}/", {"a0": "1"}).status_code == 302
        assert "不能用" not in browser.get(page).content.decode()
        chosen = {"default": "", f"c{city.street_light.pk}": "s:P02", f"c{city.road_marking.pk}": "letter"}
        assert browser.post(f"{page}map/", {**chosen, "default": "nothing"}).status_code == 422
        assert browser.post(f"{page}map/", chosen).status_code == 302
        assert set(endpoint.mappings.values_list("service", flat=True)) == {"P02", ""}
        assert browser.get(f"{page}map/").status_code == 200
        assert browser.post(f"{page}state/", {"state": "x"}).status_code == 404
        assert browser.post(f"{page}state/", {"state": "PAUSED"}).status_code == 302
        given = {"agency": "power", "base_url": there.url}
        assert "已經設定過" in browser.post(f"{HERE}new/", given).content.decode()
        assert signed_in(city.dispatcher).get(HERE).status_code == 403

    def test_a_service_that_left_their_list_is_not_used(self, city, there, endpoint, now):
        endpoints.keep_services(endpoint, [rules.Service("P09", "別的")], at=now)
        assert not hasattr(passed(city, now), "peer")


class TestOutsidePages:
    def test_the_way_is_shown_filtered_exported_and_decided(self, city, there, endpoint, now):
        there.moods = ["refuse"]
        peer = sent(city, now)
        row, browser = peer.passed_on, signed_in(city.dispatcher)
        page = f"/desk/petitions/outside/{row.pk}/"

        assert "地址不在轄區" in browser.get(page).content.decode()
        number = row.petition.case.number
        assert number in browser.get("/desk/petitions/outside/?way=open311").content.decode()
        assert number not in browser.get("/desk/petitions/outside/?way=letter").content.decode()
        assert browser.post(f"{page}again/").status_code == 302
        outbox.run_due(datetime.now(UTC))
        there.close("A1", "已扶正")
        peers.ask(later(datetime.now(UTC), 5))
        assert "已扶正" in browser.get(f"{page}answer/").content.decode()
        sheet = b"".join(signed_in(city.commission).get("/desk/petitions/outside/export.csv")).decode("utf-8-sig")
        assert "A1" in sheet
        record = Petition.objects.get(pk=row.petition_id).case.reference
        assert "Open311 A1" in browser.get(f"/desk/petitions/{record}/").content.decode()

    def test_the_form_offers_the_way_where_there_is_one(self, city, there, endpoint, now):
        browser = signed_in(city.dispatcher)
        petition = opened("想請問電線桿歪了要找誰")
        page = browser.get(f"/desk/petitions/{petition.case.reference}/transfer/").content.decode()
        assert "這件可以用 Open311 送到：電力公司" in page
        endpoints.set_state(endpoint, "ENDED", by=city.commission.account, at=now)
        page = browser.get(f"/desk/petitions/{petition.case.reference}/transfer/").content.decode()
        assert "Open311" not in page.split("</header>")[-1].split("<main")[-1]
