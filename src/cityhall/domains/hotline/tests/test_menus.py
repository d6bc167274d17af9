"""Announcements and the voice menu: acts, counts from records, pages."""

from datetime import date, timedelta

import pytest

from cityhall.domains.hotline import hearing, menu_records, menus
from cityhall.domains.hotline.menus import CannotAnnounce, CannotChangeMenu, Wanted, Words
from cityhall.domains.hotline.models import Announcement, Hearing, LogFile, MenuVersion
from cityhall.domains.hotline.states import AnnouncementState, NodeKind
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

from .logs import T, write

pytestmark = pytest.mark.django_db

NOW = instant(date(2016, 8, 20), 9)
TODAY = NOW.date()
WHO = {"by": None, "at": NOW}
OPERATOR = Wanted("operator", NodeKind.OPERATOR, "話務人員", "Operator", key="0")
RECORDS = [
    "time,callid,step,node,leaving,key",
    f"{T},c1,1,welcome,key,2",
    f"{T + 9},c1,2,news,end,",
    f"{T},c2,1,welcome,key,2",
    f"{T + 4},c2,2,news,hangup,",
    "2016-08-01 05:30:00,c3,1,welcome,hangup,",
]


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def sign_in(client):
    def sign_in(role):
        client.force_login(make_person(make_agency("rdec"), None, role).account)
        return client

    return sign_in


def words(**more):
    given = {"valid_from": TODAY, "valid_until": TODAY + timedelta(days=2), **more}
    return Words("部分里停水", "No water", "週四停水，請先儲水。", "Please store some water.", **given)


def announced(**more):
    return menus.publish(menus.write(words(**more), **WHO), **WHO)


def menu_in_use():
    version = menus.new_version(**WHO)
    top = version.nodes.get()
    menus.add_node(top, OPERATOR, **WHO)
    menus.add_node(top, Wanted("news", NodeKind.NEWS, "活動訊息", "News", key="2"), **WHO)
    return menus.put_in_use(version, **WHO)


class TestAnnouncement:
    def test_is_valid_from_its_first_day_to_its_last(self):
        row = announced(valid_from=TODAY + timedelta(days=1))

        valid = [Announcement.objects.valid_on(TODAY + timedelta(days=n)).filter(pk=row.pk).exists() for n in range(4)]
        assert valid == [False, True, True, False]

    def test_is_not_rewritten_once_it_was_published(self):
        with pytest.raises(CannotAnnounce):
            menus.rewrite(announced(), words(), **WHO)

    def test_is_withdrawn_with_a_reason_and_published_again(self):
        row = menus.withdraw(announced(), reason="已恢復供水", **WHO)

        assert not Announcement.objects.valid_on(TODAY).exists()
        assert menus.publish(row, **WHO).state == AnnouncementState.PUBLISHED
        events = list(
            Entry.objects.filter(event__startswith="hotline.ann").order_by("pk").values_list("event", flat=True)
        )
        assert [one.rpartition("_")[2] for one in events] == ["written", "published", "withdrawn", "published"]

    def test_is_not_published_when_its_days_are_over_nor_written_backwards(self):
        old = menus.write(words(valid_from=date(2016, 8, 1), valid_until=date(2016, 8, 2)), **WHO)

        with pytest.raises(CannotAnnounce):
            menus.publish(old, **WHO)
        with pytest.raises(CannotAnnounce):
            menus.write(words(valid_until=TODAY - timedelta(days=1)), **WHO)


class TestMenu:
    def test_in_use_is_changed_by_a_new_version_only(self):
        version = menu_in_use()

        with pytest.raises(CannotChangeMenu):
            menus.remove_node(version.nodes.get(code="news"), **WHO)
        draft = menus.new_version(**WHO)
        menus.remove_node(draft.nodes.get(code="news"), **WHO)
        assert menus.in_use(NOW) == version
        menus.put_in_use(draft, by=None, at=NOW + timedelta(hours=1))
        assert menus.in_use(NOW + timedelta(hours=1)) == draft
        assert version.nodes.count() == 3

    def test_keeps_one_draft(self):
        assert menus.new_version(**WHO) == menus.new_version(**WHO)
        assert MenuVersion.objects.count() == 1

    @pytest.mark.parametrize(
        "wanted",
        [
            Wanted("operator", NodeKind.MESSAGE, "別的", "Other", key="3"),
            Wanted("other", NodeKind.MESSAGE, "別的", "Other", key="0"),
            Wanted("other", NodeKind.MESSAGE, "別的", "Other"),
        ],
        ids=["a code twice", "a key twice", "no key"],
    )
    def test_refuses(self, wanted):
        top = menus.new_version(**WHO).nodes.get()
        menus.add_node(top, OPERATOR, **WHO)

        with pytest.raises(CannotChangeMenu):
            menus.add_node(top, wanted, **WHO)

    def test_is_not_used_while_it_leads_nowhere(self):
        version = menus.new_version(**WHO)

        with pytest.raises(CannotChangeMenu):
            menus.put_in_use(version, **WHO)
        top = version.nodes.get()
        menus.add_node(top, Wanted("news", NodeKind.NEWS, "活動", "News", key="1"), **WHO)
        with pytest.raises(CannotChangeMenu, match="話務人員"):
            menus.put_in_use(version, **WHO)


class TestRecords:
    def test_give_the_same_rows_twice_and_refuse_what_is_no_line(self, tmp_path):
        bad = [
            f"{T},c9,0,welcome,key,1",
            f"{T},c9,1,welcome,key,",
            f"{T},c9,1,welcome,flew,",
            "x,c9,1,welcome,end,",
            "\0",
        ]

        done = menu_records.import_menu(write(tmp_path / "menu.csv", [*RECORDS, *bad]), **WHO)
        LogFile.objects.all().delete()
        menu_records.import_menu(write(tmp_path / "again.csv", RECORDS), **WHO)

        assert (done.calls, done.refused) == (5, 5)
        assert Hearing.objects.count() == 5

    def test_count_what_was_heard_and_how_it_was_left(self, tmp_path):
        version = menu_in_use()
        menu_records.import_menu(write(tmp_path / "menu.csv", RECORDS), **WHO)

        places = hearing.counted(hearing.tree(version), instant(date(2016, 8, 1)), NOW)

        found = {one.node.code: (one.heard, one.leaving) for one in places}
        assert [one.node.code for one in places] == ["welcome", "news", "operator"]
        assert found["welcome"] == (3, {"key": 2, "hangup": 1})
        assert found["news"] == (2, {"end": 1, "hangup": 1})
        assert found["operator"] == (0, {})


class TestPages:
    def test_show_the_tree_with_counts_and_the_way_of_a_caller(self, sign_in, tmp_path, django_assert_max_num_queries):
        menu_in_use()
        menu_records.import_menu(write(tmp_path / "menu.csv", RECORDS), **WHO)
        announced()
        client = sign_in(Role.OPERATOR)

        with django_assert_max_num_queries(25):
            page = client.get("/desk/hotline/menu/").content.decode()

        for said in ("第 1 版", "歡迎詞", "掛斷 1", "33.3%", "部分里停水", "活動訊息 <span", "聽完"):
            assert said in page
        assert "建立新版本" not in page

    def test_take_a_draft_from_begin_to_use(self, sign_in):
        client = sign_in(Role.SUPERVISOR)
        client.post("/desk/hotline/menu/begin/")
        here = "/desk/hotline/menu/versions/1/"
        node = {"key": "0", "kind": "OPERATOR", "title": "話務人員", "title_en": "Operator", "code": "operator"}

        assert client.post(f"{here}nodes/welcome/add/", node).status_code == 302
        assert client.post(f"{here}nodes/welcome/add/", node).status_code == 422
        assert client.post(f"{here}use/").status_code == 302

        assert menus.in_use(NOW).number == 1
        assert "建立一樣的草稿" in client.get(here).content.decode()

    def test_write_publish_and_show_an_announcement_to_everybody(self, sign_in, client):
        sign_in(Role.SUPERVISOR)
        here = "/desk/hotline/announcements/"
        given = {
            "title": "部分里停水",
            "title_en": "No water",
            "text": "週四停水",
            "text_en": "On Thursday",
            "played": "on",
        }
        for name in ("valid_from", "valid_until"):
            given |= {f"{name}_year": "105", f"{name}_month": "8", f"{name}_day": "20"}

        assert client.post(f"{here}add/", given).status_code == 302
        row = Announcement.objects.get()
        assert "週四停水" not in client.get("/announcements/").content.decode()
        client.post(f"{here}{row.pk}/publish/")
        client.logout()

        assert "部分里停水" in client.get("/announcements/").content.decode()
        assert "No water" in client.get("/en/announcements/").content.decode()
        assert "部分里停水" in client.get("/").content.decode()

    def test_say_when_an_announcement_has_expired_and_find_it(self, sign_in):
        announced()
        old = announced()
        days = {"valid_from": TODAY - timedelta(days=9), "valid_until": TODAY - timedelta(days=1)}
        Announcement.objects.filter(pk=old.pk).update(title="已經過去的", **days)
        browser = sign_in(Role.SUPERVISOR)

        pages = {
            state: browser.get(f"/desk/hotline/announcements/?state={state}").content.decode()
            for state in ("", "PUBLISHED", "EXPIRED")
        }

        assert ["已經過去的" in page for page in pages.values()] == [True, False, True]
        assert ["部分里停水" in page for page in pages.values()] == [True, True, False]
        assert f"announcements/{old.pk}/withdraw/" not in pages["EXPIRED"]

    def test_are_read_and_not_changed_by_operators(self, sign_in):
        row = menus.write(words(), **WHO)
        client = sign_in(Role.OPERATOR)

        assert "部分里停水" not in client.get("/desk/hotline/announcements/").content.decode()
        for path in ("announcements/add/", f"announcements/{row.pk}/publish/", "menu/begin/"):
            assert client.post(f"/desk/hotline/{path}").status_code == 403
