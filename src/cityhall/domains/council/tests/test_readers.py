"""The look-up by link: sent to readers only, good once, told of changes, and marks that come back to the commission."""

import re
from datetime import timedelta

import pytest
from django.test import Client as Browser

from cityhall.domains.council import marks, readers
from cityhall.domains.council.figures import poor_replies
from cityhall.domains.council.models import Reader, ReplyMark
from cityhall.domains.council.refusals import CannotList
from cityhall.engines.audit.models import Entry
from cityhall.engines.letters.models import Letter
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.refusals import CannotTrack
from cityhall.engines.tracking.states import ReplyState, Stage, Verdict
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.period import Period

from .city import NINE, TODAY, decided, listed, make_city, replied, signed_in

pytestmark = pytest.mark.django_db
ASK, ITEMS = "/council/", "/council/items/"


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


@pytest.fixture
def reader(city):
    return readers.add(
        name="服務處", email="Office@Council.example", councillor=city.chen, by=city.commission.account, at=NINE
    )


def link_in(letter):
    return re.search(r"/council/link/\S+/", letter.text)[0]


def opened(reader):
    browser = Browser()
    readers.ask_for_link(reader.email, language="zh-hant", at=NINE)
    browser.post(link_in(Letter.objects.filter(template="council.link").last()))
    return browser


class TestLink:
    def test_answers_the_same_whether_the_address_is_known(self, reader):
        known, unknown = (Browser().post(ASK, {"email": email}) for email in (reader.email, "nobody@council.example"))

        told = [re.sub(r'name="csrf[^>]+>|nonce="[^"]+"', "", one.content.decode()) for one in (known, unknown)]
        assert (known.status_code, unknown.status_code) == (200, 200)
        assert "請看信箱" in told[0]
        assert told[0] == told[1]
        assert Letter.objects.filter(template="council.link").count() == 1

    def test_opens_the_look_up_once_and_only_by_its_button(self, city, reader):
        item = replied(city, listed(city))
        readers.ask_for_link(reader.email, language="zh-hant", at=NINE)
        url, browser = link_in(Letter.objects.get()), Browser()

        assert browser.get(ITEMS).status_code == 302
        assert "打開查詢" in browser.get(url).content.decode()
        assert browser.get(ITEMS).status_code == 302
        assert browser.post(url).status_code == 302
        assert "路面坑洞何時修補" in browser.get(f"{ITEMS}?q=坑洞").content.decode()
        assert "已完成。" in browser.get(f"{ITEMS}{item.tracked.reference}/").content.decode()
        assert Browser().post(url).status_code == 410
        assert Entry.objects.filter(event="council.link_used").count() == 1

    def test_is_too_old_after_its_minutes_and_opens_for_some_hours(self, reader, monkeypatch):
        browser = opened(reader)
        readers.ask_for_link(reader.email, language="zh-hant", at=NINE)

        assert browser.get(ITEMS).status_code == 200
        assert readers.open_link("no-such-link", at=NINE) is None
        late = link_in(Letter.objects.filter(template="council.link").last()).split("/")[3]
        assert readers.open_link(late, at=NINE + timedelta(minutes=31)) is None
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(hours=9))
        assert browser.get(ITEMS).status_code == 302

    def test_is_not_sent_without_end_and_ends_with_the_reader(self, reader):
        sent = [readers.ask_for_link(reader.email, language="zh-hant", at=NINE) for _time in range(6)]
        browser = Browser()
        browser.post(link_in(Letter.objects.filter(template="council.link").last()))

        readers.end(reader, by=None, at=NINE)

        assert sent.count(True) < 6
        assert browser.get(ITEMS).status_code == 302
        assert Reader.objects.get().email == ""
        with pytest.raises(Reader.DoesNotExist):
            readers.subscribe(reader, news=True, own_only=False, at=NINE)

    def test_readers_are_kept_by_the_commission(self, city, reader):
        commission, here = signed_in(city.commission), "/desk/council/readers/"

        refused = commission.post(f"{here}new/", {"name": "另一人", "email": reader.email, "councillor": ""})
        commission.post(f"{here}new/", {"name": "另一人", "email": "b@council.example", "councillor": ""})

        assert refused.status_code == 422
        assert "另一人" in commission.get("/desk/council/sessions/").content.decode()
        assert signed_in(city.coordinator).get(f"{here}new/").status_code == 403
        assert commission.post(f"{here}{reader.reference}/end/", {}).status_code == 302


class TestNews:
    def test_tell_once_a_day_of_ones_own_and_end_by_one_click(self, city, reader):
        yesterday, morning = TODAY - timedelta(days=1), NINE + timedelta(days=1)
        listed(city, yesterday, title="昨天的事")
        reader = readers.subscribe(reader, news=True, own_only=True, at=NINE)
        decided(city, replied(city, listed(city)), Verdict.RELEASED)
        listed(city, title="別人的", askers=[city.lin])

        assert [readers.tell_all(morning), readers.tell_all(morning)] == [1, 0]
        letter = Letter.objects.get(template="council.news")
        assert all(word in letter.text for word in ("路面坑洞何時修補", "works函復", "解除追蹤"))
        assert not any(word in letter.text for word in ("別人的", "昨天的事"))
        assert Browser().get(letter.unsubscribe_url.partition("8000")[2] or letter.unsubscribe_url).status_code == 200
        assert Reader.objects.get().news
        path = "/council/" + letter.unsubscribe_url.partition("/council/")[2]
        assert Browser(enforce_csrf_checks=True).post(path).status_code == 200
        assert not Reader.objects.get().news
        assert Browser().get(path.replace("/stop/", "x/stop/")).status_code == 404

    def test_are_a_feed_whose_address_can_be_renewed(self, city, reader):
        decided(city, replied(city, listed(city)), Verdict.TRACKED)
        browser = opened(reader)

        first = readers.renew_feed(reader, at=NINE).token
        assert browser.post("/council/news/feed/").status_code == 302
        assert Browser().get(f"/council/{first}.atom").status_code == 404
        second = readers.renew_feed(reader, at=NINE).token
        told = Browser().get(f"/council/{second}.atom").content.decode()
        assert told.count("<entry>") == 3
        assert "繼續追蹤" in told
        assert second not in repr(readers.renew_feed(reader, at=NINE))

    def test_are_chosen_on_a_page(self, reader):
        browser = opened(reader)

        assert browser.post("/council/news/", {"news": "yes", "own_only": "own"}).status_code == 302
        assert (Reader.objects.get().news, Reader.objects.get().own_only) == (True, True)
        assert browser.post("/council/news/", {"news": "perhaps"}).status_code == 422
        browser.post("/council/leave/")
        assert browser.get("/council/news/").status_code == 302


class TestMark:
    def test_comes_back_to_the_commission_which_returns_the_reply(self, city, reader):
        item = decided(city, replied(city, listed(city)), Verdict.RELEASED)
        reply, browser, commission = item.tracked.replies.get(), opened(reader), signed_in(city.commission)

        page = f"{ITEMS}replies/{reply.reference}/mark/"
        assert browser.post(page, {"text": ""}).status_code == 422
        assert browser.post(page, {"text": "問的是何時，沒有日期"}).status_code == 302
        assert browser.post(page, {"text": "再一次"}).status_code == 422
        row = ReplyMark.objects.get()
        assert Todo.objects.open().filter(kind="council.mark").count() == 1
        assert "問的是何時，沒有日期" in commission.get(item.tracked.url).content.decode()
        commission.post(f"/desk/council/marks/{row.pk}/", {"returned": "yes", "text": "請寫明日期"})

        item.tracked.refresh_from_db()
        assert item.tracked.stage == Stage.ASKED
        assert [one.state for one in item.tracked.replies.order_by("n")] == [ReplyState.POOR, ReplyState.ASKED]
        assert poor_replies(Period(TODAY, TODAY)).value == 1
        assert "答非所問" in poor_replies(Period(TODAY, TODAY)).rows.get().shortcomings
        assert "請寫明日期" in browser.get(f"{ITEMS}{item.tracked.reference}/").content.decode()
        assert Todo.objects.open().filter(kind="council.mark").count() == 0

    def test_may_be_answered_that_the_reply_stands_and_no_second_time(self, city):
        reply = replied(city, listed(city)).tracked.replies.get()
        by = city.commission.account
        row = marks.mark(reply, text="沒有答到", by=by, at=NINE)

        marks.answer(row, returned=False, text="第二段已答復", by=by, at=NINE)

        assert reply.item.replies.get().state == ReplyState.ACCEPTED
        for again in ({"returned": True, "text": "x"}, {"returned": False, "text": "x"}):
            with pytest.raises(CannotList):
                marks.answer(row, by=by, at=NINE, **again)
        waiting = listed(city).tracked.replies.get()
        with pytest.raises(CannotList):
            marks.mark(waiting, text="還沒有函復", by=by, at=NINE)

    def test_of_what_is_being_answered_anew_cannot_be_returned_again(self, city):
        item = replied(city, listed(city), poor=True)
        poor, by = item.tracked.replies.get(state=ReplyState.POOR), city.commission.account

        with pytest.raises(CannotTrack):
            tracking.send_back(poor, remark="x", by=by, at=NINE)
