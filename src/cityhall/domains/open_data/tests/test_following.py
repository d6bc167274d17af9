"""A dataset, an agency, a search is followed: by feed and by mail, of what the public has and of nothing else."""

from datetime import timedelta

import pytest
from defusedxml import ElementTree
from django.test import Client

from cityhall.domains.open_data import following, services
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.services import drain
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.subscriptions.models import Subscription

from .city import CSV, NINE, draft, make_city, published, uploaded

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


def titles(path):
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return [one.find(f"{ATOM}title").text for one in ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")]


class TestFeeds:
    def test_tell_what_came_and_was_renewed_and_nothing_of_drafts(self, city):
        one = published(city.transport)
        published(city.police, title="派出所")
        draft(city.transport, title="草稿")
        uploaded(one.resources.get(), CSV + b"x,y,1\n", at=NINE + timedelta(days=1))

        assert titles(f"/data/{one.name}/feed.atom") == [
            "「公有停車場剩餘車位」有新版本",
            "新上架「公有停車場剩餘車位」",
        ]
        assert titles("/data/agencies/police/feed.atom") == ["新上架「派出所」"]
        assert titles("/data/feed.atom?q=停車")[0] == "「公有停車場剩餘車位」有新版本"
        assert titles("/data/feed.atom?q=查無") == []
        assert len(titles("/data/feed.atom")) == 3

    def test_tell_that_it_was_withdrawn(self, city):
        one = published(city.transport)
        services.withdraw(one, reason="停辦", by=None, at=NINE)

        assert titles(f"/data/{one.name}/feed.atom")[0] == "「公有停車場剩餘車位」下架了"

    @pytest.mark.parametrize(
        "path", ["none/feed.atom", "none/follow/", "agencies/none/feed.atom", "agencies/none/follow/"]
    )
    def test_know_nothing_of_what_is_not_there(self, city, path):
        assert Client().get(f"/data/{path}").status_code == 404

    def test_do_not_show_a_draft(self, city):
        assert Client().get(f"/data/{draft(city.transport).name}/feed.atom").status_code == 404


class TestByMail:
    def follow(self, path, email="ming@mail.example"):
        browser = Client()
        answer = browser.post(path, {"email": email, "rhythm": "DAILY"})
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        code = Letter.objects.filter(template="subscriptions.code").latest("pk").subject[:6]
        assert browser.post(answer["Location"], {"code": code}).status_code == 302

    def test_goes_to_who_asked_and_showed_the_mailbox(self, city):
        published(city.police, title="派出所")
        self.follow("/data/follow/?q=停車場剩餘&sort=title")
        assert Subscription.objects.standing().get().subject == "q=%E5%81%9C%E8%BB%8A%E5%A0%B4%E5%89%A9%E9%A4%98"
        published(city.transport, at=NINE + timedelta(days=1))

        at = NINE + timedelta(days=2)
        subscriptions.begin(at)
        drain(at)

        letter = Letter.objects.get(template="subscriptions.digest")
        assert letter.subject == "開放資料：停車場剩餘：1 則新消息"
        assert "新上架「公有停車場剩餘車位」" in letter.text
        assert "派出所" not in letter.text

    def test_asks_for_an_address_that_can_be_one(self, city):
        one = published(city.transport)

        answer = Client().post(f"/data/{one.name}/follow/", {"email": "ming", "rhythm": "HOURLY"})

        assert answer.status_code == 422
        assert not Subscription.objects.exists()

    def test_is_offered_where_one_looks(self, city):
        one = published(city.transport)

        for path in ("/data/?q=停車", f"/data/{one.name}/", "/data/agencies/transport/"):
            assert "用電子郵件訂閱" in Client().get(path).content.decode()

    def test_names_a_search_by_what_narrows_it(self, city):
        assert following._search_name("q=停車&agency=transport&frequency=MONTHLY") == "開放資料：停車、交通局、每月"
        assert following._search_name("") == "市政府的開放資料"
