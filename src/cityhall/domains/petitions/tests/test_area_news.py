"""News of an area by mail: asked for, confirmed, told once and of nobody, ended by one click or a bounce."""

from datetime import date, timedelta

import pytest
from django.test import Client as Browser

from cityhall.domains.petitions.area_news import Area, ByPlace, Rhythm, Thing, days_to_tell, inside, tells
from cityhall.domains.petitions.models import AreaDigest, AreaSubscription
from cityhall.domains.petitions.services import area_news
from cityhall.domains.petitions.services.area_news import Wanted
from cityhall.engines.letters import smtp
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.signals import undeliverable
from cityhall.engines.letters.states import State
from cityhall.engines.outbox.models import Promise

from .citizen import words
from .city import INSIDE, NINE, Who, make_city, opened

DAY = date(2026, 11, 16)  # a Monday
SPOT = (121.3, 25.0)
HERE = Thing(1, DAY, "street_light", "68000010", "V1", SPOT)


class TestRules:
    @pytest.mark.parametrize(
        ("area", "found"),
        [
            (Area(), True),
            (Area("68000010"), True),
            (Area("68000020"), False),
            (Area("68000010", "V1"), True),
            (Area("68000010", "V2"), False),
            (Area(centre=SPOT, metres=250), True),
            (Area(centre=(121.31, 25.0), metres=500), False),
            (Area(centre=(121.304, 25.0), metres=500), True),
        ],
    )
    def test_what_lies_inside(self, area, found):
        assert inside(area, HERE) is found
        assert bool(ByPlace([HERE]).told(area, [], DAY, DAY)) is found

    def test_what_has_no_point_lies_in_no_circle(self):
        assert not inside(Area(centre=SPOT, metres=2000), Thing(1, DAY, "", "68000010", "V1"))

    def test_no_category_is_all_of_them(self):
        assert tells(Area(), [], HERE)
        assert tells(Area(), ["street_light"], HERE)
        assert not tells(Area(), ["park_upkeep"], HERE)

    @pytest.mark.parametrize(
        ("rhythm", "told_until", "today", "days"),
        [
            (Rhythm.DAILY, date(2026, 11, 15), DAY, None),
            (Rhythm.DAILY, date(2026, 11, 14), DAY, (date(2026, 11, 15), date(2026, 11, 15))),
            (Rhythm.DAILY, date(2026, 11, 12), DAY, (date(2026, 11, 13), date(2026, 11, 15))),
            (Rhythm.WEEKLY, date(2026, 11, 8), DAY, (date(2026, 11, 9), date(2026, 11, 15))),
            (Rhythm.WEEKLY, date(2026, 11, 12), date(2026, 11, 18), None),
            (Rhythm.WEEKLY, date(2026, 11, 8), date(2026, 11, 17), (date(2026, 11, 9), date(2026, 11, 16))),
            (Rhythm.DAILY, date(2026, 1, 1), DAY, (date(2026, 10, 16), date(2026, 11, 15))),
        ],
    )
    def test_each_day_is_told_once(self, rhythm, told_until, today, days):
        assert days_to_tell(rhythm, told_until, today) == days


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


def subscribed(email="near@mail.example", *, area=None, rhythm="DAILY", categories=(), at=NINE) -> AreaSubscription:
    wanted = Wanted(area or Area("68000010"), "", categories, rhythm)
    found = area_news.ask(wanted, email=email, account=None, language="zh-hant", at=at)
    code = Letter.objects.filter(template="petitions.area_code", about_id=str(found.pk)).latest("pk").subject[:6]
    return area_news.confirm_by_code(found, code=code, at=at)


def morning(days: int = 1) -> None:
    at = NINE + timedelta(days=days)
    area_news.begin(at)
    for promise in Promise.objects.filter(kind=area_news.KEEPS, key__contains=f"{(DAY + timedelta(days=days))}:"):
        area_news.carry_out(promise.payload["after"], date.fromisoformat(promise.payload["day"]), at=at)


def digests(email="near@mail.example") -> list[Letter]:
    return list(Letter.objects.filter(template="petitions.area_digest", address=email))


class TestDigest:
    def test_tells_number_category_and_area_and_nobodys_data(self, city):
        subscribed()
        petition = opened(who=Who(name="金大明", email="ming@mail.example"), text="金大明說路燈不亮，0912-345-678")
        opened(confidential=True)

        morning()

        [letter] = digests()
        assert petition.case.number in letter.text
        assert "路燈故障" in letter.text
        assert "1 件新反映" in letter.subject
        for secret in ("金大明", "0912", "中山路200號", "ming@"):
            assert secret not in letter.subject + letter.text + letter.html

    def test_is_sent_once_and_never_empty(self, city):
        subscribed()
        morning()
        assert digests() == []
        petition = opened(when=NINE + timedelta(days=1))

        morning(2)
        morning(2)
        morning(3)

        assert len(digests()) == 1
        assert petition.case.number in digests()[0].text
        assert AreaDigest.objects.get().petitions == 1

    def test_keeps_to_area_and_category(self, city):
        subscribed("other@mail.example", area=Area("68000020"))
        subscribed("parks@mail.example", categories=["park_upkeep"])
        subscribed("circle@mail.example", area=Area(centre=(INSIDE.lon, INSIDE.lat), metres=250))
        opened()

        morning()

        assert [bool(digests(f"{who}@mail.example")) for who in ("other", "parks", "circle")] == [False, False, True]

    def test_survives_a_crash_on_the_way(self, city, monkeypatch):
        for n in range(3):
            subscribed(f"near{n}@mail.example")
        opened()
        real, calls = area_news.letters.area_digest, []

        def breaks(found, *given, **more):
            calls.append(found)
            if len(calls) == 2:
                raise RuntimeError
            return real(found, *given, **more)

        monkeypatch.setattr(area_news.letters, "area_digest", breaks)
        with pytest.raises(RuntimeError):
            morning()
        morning()

        assert [len(digests(f"near{n}@mail.example")) for n in range(3)] == [1, 1, 1]

    def test_can_be_left_with_one_click_of_the_mail_program(self, city):
        found = subscribed()
        opened()
        morning()
        message = smtp.message_of(digests()[0])
        url = message["List-Unsubscribe"].strip("<>")

        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        path = url.partition("localhost:8000")[2] or url[url.index("/petitions") :]
        browser = Browser(enforce_csrf_checks=True)
        assert browser.get(path).status_code == 200
        assert AreaSubscription.objects.get(pk=found.pk).ended_at is None
        for _click in range(2):
            assert browser.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
        found.refresh_from_db()
        assert (found.email, found.ended_why) == ("", "LEFT")

    @pytest.mark.parametrize(("state", "ends"), [(State.RETURNED, True), (State.REFUSED, True), (State.FAILED, False)])
    def test_ends_when_mail_comes_back(self, city, state, ends):
        found = subscribed()
        opened()
        morning()
        letter = digests()[0]
        letter.state = state

        undeliverable.send(sender=Letter, letter=letter, at=NINE)

        found.refresh_from_db()
        assert bool(found.ended_at) is ends


class TestAsking:
    def test_counts_only_after_the_code(self, city):
        area_news.ask(Wanted(Area(), "", (), "DAILY"), email="x@mail.example", account=None, language="en", at=NINE)
        opened()

        morning()

        assert digests("x@mail.example") == []
        with pytest.raises(area_news.CannotSubscribe):
            area_news.confirm_by_code(AreaSubscription.objects.get(), code="000000", at=NINE)

    def test_the_same_area_twice_is_one(self, city):
        subscribed()
        subscribed(rhythm="WEEKLY")

        assert AreaSubscription.objects.filter(ended_at=None).get().rhythm == "WEEKLY"

    def test_a_mailbox_has_ten_at_most(self, city, monkeypatch):
        monkeypatch.setattr(area_news, "MOST_OF_ONE", 1)
        subscribed()

        with pytest.raises(area_news.CannotSubscribe, match="最多訂 1 個"):
            subscribed(area=Area("68000020"))

    def test_what_nobody_confirmed_is_forgotten(self, city):
        area_news.ask(Wanted(Area(), "", (), "DAILY"), email="x@mail.example", account=None, language="en", at=NINE)

        assert area_news.forget(NINE + timedelta(days=8)) == 1
        assert not Letter.objects.filter(address="x@mail.example").exists()

    def test_where_a_digest_went_is_forgotten_after_two_months(self, city):
        subscribed()
        opened()
        morning()

        area_news.forget(NINE + timedelta(days=70))

        assert digests() == []


class TestPages:
    FORM = "/petitions/around/alerts/"
    GIVEN = {"district": "68000010", "rhythm": "DAILY", "email": "near@mail.example"}

    def test_from_the_form_to_the_manage_page(self, city, client):
        page = client.post(self.FORM, self.GIVEN, follow=True)
        assert "n****@mail.example" in words(page)
        code = Letter.objects.get(template="petitions.area_code").subject[:6]
        assert client.post(page.request["PATH_INFO"], {"code": "000000"}).status_code == 422
        page = client.post(page.request["PATH_INFO"], {"code": code}, follow=True)
        assert "已訂閱" in words(page)
        here = page.request["PATH_INFO"]
        page = client.post(here, {"rhythm": "WEEKLY"}, follow=True)
        assert AreaSubscription.objects.get().rhythm == "WEEKLY"
        page = client.post(f"{here}stop/")
        assert "已取消" in words(page)
        assert "已取消" in words(client.get(here))

    def test_says_the_same_of_every_address(self, city, client):
        subscribed()
        pages = [
            words(client.post(self.FORM, {**self.GIVEN, "email": f"{who}@mail.example"}, follow=True))
            for who in ("near", "nobody")
        ]

        assert pages[0] == pages[1]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"email": ""}, {"email": "x@@"}, {"email": "x@mail.example\r\nBcc: y@mail.example"}, {"district": "0"},
            {"village": "0"}, {"place": "\x00"}, {"place": "沒有這個地方" * 20}, {"metres": "9" * 30}, {"rhythm": "HOURLY"},
            {"categories": ["nothing"]}, {"place": "火星"},
        ],
    )  # fmt: skip
    def test_bad_input_comes_back_with_a_sentence(self, city, client, wrong):
        assert client.post(self.FORM, {**self.GIVEN, **wrong}).status_code == 422
        assert not AreaSubscription.objects.exists()

    @pytest.mark.parametrize("tail", ["", "stop/"])
    def test_a_forged_link_opens_nothing(self, city, client, tail):
        found = subscribed()

        for key in ("0" * 32, area_news.key_of(found)[:-1], "%00"):
            assert client.get(f"{self.FORM}{found.reference}/{key}/{tail}").status_code == 404
            assert client.post(f"{self.FORM}{found.reference}/{key}/{tail}").status_code in (403, 404, 405)
        assert AreaSubscription.objects.get().ended_at is None

    def test_letters_to_many_addresses_are_slowed_down(self, city, client):
        answers = {client.post(self.FORM, {**self.GIVEN, "email": f"n{n}@mail.example"}).status_code for n in range(62)}

        assert 429 in answers
