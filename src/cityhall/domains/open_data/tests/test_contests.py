"""Competitions: who sees what when, what teams may do until when, how works are judged, who wins, and that nobody is named."""

from datetime import date, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.open_data import competing, contests, rules
from cityhall.domains.open_data.models import Award, Contest, Prize, Showcase, Team, Work
from cityhall.domains.open_data.refusals import CannotCatalogue
from cityhall.domains.open_data.rules import Stage
from cityhall.domains.open_data.states import TeamState, WorkState
from cityhall.engines.audit.models import Entry
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.subscriptions.models import Subscription
from cityhall.engines.subscriptions.services import CannotSubscribe
from cityhall.engines.worklist.models import Todo

from .city import (
    NINE,
    TODAY,
    announced,
    confirmed,
    drafted,
    handed_in,
    judged,
    make_city,
    playing,
    published,
    signed_in,
)

AFTER = NINE + timedelta(days=21)
WHO = {"by": None, "at": NINE}


def todos():
    return sorted(Todo.objects.filter(closed_at=None).values_list("kind", flat=True))


def told(email="leader@mail.example"):
    rows = Letter.objects.filter(template="subscriptions.news", address=email).order_by("pk")
    return [letter.text for letter in rows]


class TestTheRules:
    DAYS = (date(2017, 3, 1), date(2017, 3, 31), date(2017, 4, 8), date(2017, 4, 20))

    @pytest.mark.parametrize(
        ("today", "done", "stage"),
        [
            (date(2017, 3, 5), {"announced": False}, Stage.DRAFT), (date(2017, 2, 28), {}, Stage.COMING),
            (date(2017, 3, 1), {}, Stage.OPEN), (date(2017, 3, 31), {}, Stage.OPEN), (date(2017, 4, 1), {}, Stage.CLOSED),
            (date(2017, 3, 31), {"begun": True}, Stage.JUDGING), (date(2017, 4, 9), {"begun": True, "judged": True}, Stage.JUDGED),
            (date(2017, 4, 9), {"begun": True, "judged": True, "awarded": True}, Stage.AWARDED),
            (date(2017, 3, 5), {"called_off": True}, Stage.CALLED_OFF),
        ],
    )  # fmt: skip
    def test_say_where_a_competition_stands(self, today, done, stage):
        known = {"announced": True, "called_off": False, "begun": False, "judged": False, "awarded": False, **done}

        assert rules.stage(today, opens_on=self.DAYS[0], closes_on=self.DAYS[1], **known) is stage

    def test_read_prizes_line_by_line(self):
        found = rules.prizes("首獎｜獎金 50,000 元｜1\n\n佳作 | | ２\n人氣獎")

        assert found == [("首獎", "獎金 50,000 元", 1), ("佳作", "", 2), ("人氣獎", "", 1)]

    @pytest.mark.parametrize(
        "text", ["｜獎金｜1", "首獎｜獎金｜0", "首獎｜獎金｜很多", "首獎｜a｜1｜2", "名" * 41, "首獎｜a｜100"]
    )
    def test_refuse_a_prize_that_cannot_be_read(self, text):
        with pytest.raises(rules.BadPrize):
            rules.prizes(text)

    @given(st.lists(st.text("隊AbC ", min_size=1, max_size=60), max_size=12))
    def test_give_each_team_a_name_of_its_own(self, wanted):
        taken = []
        for name in wanted:
            taken.append(rules.free_name(name, taken))

        assert len({one.casefold() for one in taken}) == len(wanted)
        assert all(len(one) <= 60 for one in taken)


@pytest.mark.django_db
class TestACompetition:
    @pytest.fixture(autouse=True)
    def city(self, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
        seed_calendar()
        city = make_city()
        self.judges = [make_person(city.police, None, Role.JUDGE), make_person(city.transport, None, Role.JUDGE)]
        self.dataset = published(city.transport)
        return city

    def test_is_seen_by_nobody_before_it_is_announced(self):
        one = drafted()
        here = f"/data/contests/{one.number}/"
        assert Client().get(here).status_code == 404
        assert "還沒有競賽" in Client().get("/data/contests/").content.decode()

        contests.announce(one, **WHO)

        assert "首獎" in Client().get(here).content.decode()
        assert one.title in Client().get("/data/contests/").content.decode()
        assert todos() == ["open_data.contest"]

    @pytest.mark.parametrize(
        "wrong", [{"days": (0, 5, 3, 9)}, {"days": (5, 0, 9, 9)}, {"prizes": ()}, {"prizes": (("獎", "", 1),) * 21}]
    )
    def test_needs_days_in_their_order_and_prizes(self, wrong):
        with pytest.raises(CannotCatalogue):
            drafted(**wrong)

        assert not Contest.objects.exists()

    def test_is_changed_until_it_closes_and_says_what_was(self):
        one = announced()
        days = {
            "opens_on": TODAY,
            "closes_on": TODAY + timedelta(25),
            "held_on": TODAY + timedelta(30),
            "result_on": TODAY + timedelta(50),
        }
        texts = {"title": "新名稱", "title_en": "", "purpose": "p", "terms": "t", "most_members": 4, **days}

        contests.change(one, prizes=[("大獎", "", 3)], datasets=[self.dataset], **texts, **WHO)

        one.refresh_from_db()
        assert (one.title, one.most_members, Prize.objects.get().winners) == ("新名稱", 4, 3)
        assert Entry.objects.get(event="open_data.contest_changed").details["old"]["closes_on"] == str(
            TODAY + timedelta(20)
        )
        texts["closes_on"] = texts["opens_on"] = TODAY - timedelta(1)
        with pytest.raises(CannotCatalogue, match="今天"):
            contests.change(one, prizes=[("大獎", "", 3)], datasets=[], **texts, **WHO)
        with pytest.raises(CannotCatalogue, match="已截止"):
            contests.change(one, prizes=[("大獎", "", 3)], datasets=[], **texts, by=None, at=NINE + timedelta(days=26))

    def test_counts_a_team_once_its_leader_has_shown_themself(self):
        one = announced()
        made, asked = competing.register(
            one, name="停車小隊", members=3, email="leader@mail.example", account=None, language="zh-hant", at=NINE
        )
        letter = Letter.objects.get(template="subscriptions.code")
        assert "停車小隊" not in letter.subject + letter.text
        assert competing.by_key(made.reference, competing.key_of(made)) is None

        confirmed(asked)

        made.refresh_from_db()
        assert (made.state, made.n, made.call) == (TeamState.IN, 1, "T-001")
        assert competing.page_of(made) in told()[0]
        assert contests.whole(Contest.objects.all()).get().many_teams == 1

    def test_sends_a_teams_address_to_its_leader_alone(self):
        team = playing(announced())
        asked = Subscription.objects.get(topic=competing.TOPIC)

        page = Client().get(f"/subscriptions/{asked.reference}/").content.decode()

        assert str(team.reference) not in page
        assert Client().get(f"/data/contests/teams/{team.reference}/wrong/").status_code == 404
        assert Client().get(competing.page_of(team)).status_code == 200

    def test_sends_a_teams_address_again_and_tells_a_stranger_nothing_else(self):
        one = announced()
        team = playing(one)
        here, answers = f"/data/contests/{one.number}/again/", []
        for email in ("Leader@mail.example", "stranger@mail.example", "leader@mail.example"):
            answers.append(Client().post(here, {"email": email}, follow=True).content.decode())

        assert len(told()) == 2
        assert competing.page_of(team) in told()[1]
        assert not Letter.objects.filter(address="stranger@mail.example").exists()
        assert all("如果這個信箱有報名" in page for page in answers)
        assert Client().post(here, {"email": "x"}).status_code == 422

    def test_refuses_a_team_that_comes_early_late_or_twice(self, monkeypatch):
        one, coming = announced(), announced(days=(3, 20, 30, 40))
        more = {"email": "a@mail.example", "account": None, "language": "zh-hant"}
        with pytest.raises(CannotCatalogue, match="報名期間"):
            competing.register(coming, name="甲", members=1, at=NINE, **more)
        with pytest.raises(CannotCatalogue, match="報名期間"):
            competing.register(one, name="甲", members=1, at=AFTER, **more)
        with pytest.raises(CannotCatalogue, match="1 到 5 人"):
            competing.register(one, name="甲", members=6, at=NINE, **more)
        playing(one, name="Parking")
        with pytest.raises(CannotCatalogue, match="名稱"):
            competing.register(one, name="parking", members=1, at=NINE, **more)
        monkeypatch.setattr(competing, "MOST_WAITING", 0)
        with pytest.raises(CannotCatalogue, match="太多"):
            competing.register(one, name="乙", members=1, at=NINE, **more)

    def test_gives_two_teams_that_confirm_one_name_two_names(self):
        one, asked = announced(), []
        for email in ("a@mail.example", "b@mail.example"):
            asked.append(
                competing.register(one, name="同名", members=1, email=email, account=None, language="zh-hant", at=NINE)[
                    1
                ]
            )
        for each in asked:
            confirmed(each)

        assert sorted(one.teams.values_list("n", "name")) == [(1, "同名"), (2, "同名 2")]

    def test_takes_no_team_that_confirms_after_the_close(self):
        one = announced(days=(0, 0, 0, 9))
        _made, asked = competing.register(
            one,
            name="慢",
            members=1,
            email="a@mail.example",
            account=None,
            language="zh-hant",
            at=NINE + timedelta(hours=14),
        )
        with pytest.raises(CannotSubscribe, match="截止"):
            confirmed(asked, at=NINE + timedelta(hours=15, minutes=5))

        assert Team.objects.get().state == TeamState.UNCONFIRMED
        assert contests.forget(NINE + timedelta(days=9)) == 0
        assert not Team.objects.exists()

    def test_takes_a_work_and_its_changes_until_the_close(self):
        team = playing(announced(datasets=[self.dataset]))
        handed_in(team, self.dataset)
        work = handed_in(team, self.dataset, title="找車位第二版")

        assert Work.objects.get() == work
        assert (work.title, work.state) == ("找車位第二版", WorkState.HANDED_IN)
        assert todos() == ["open_data.contest", "open_data.contest_work"]
        assert [entry.event for entry in Entry.objects.filter(event__startswith="open_data.contest_work")] == [
            "open_data.contest_work_handed_in", "open_data.contest_work_changed",
        ]  # fmt: skip
        with pytest.raises(CannotCatalogue, match="截止"):
            handed_in(team, self.dataset, at=AFTER)

    def test_refuses_a_work_that_is_not_right(self, city):
        team = playing(announced(datasets=[self.dataset]))
        other = published(city.police, title="派出所")
        for used, more, why in (
            ([], {}, "1 到 20"), ([other], {}, "指定"), ([self.dataset], {"url": "javascript:alert(1)"}, "http"),
        ):  # fmt: skip
            with pytest.raises(CannotCatalogue, match=why):
                handed_in(team, *used, **more)

        assert not Work.objects.exists()

    def test_sends_a_work_back_which_may_be_mended_until_it_is_judged(self):
        one = announced()
        team = playing(one)
        work = handed_in(team, self.dataset)
        with pytest.raises(CannotCatalogue, match="哪裡要改"):
            contests.check(work, accepted=False, reason=" ", **WHO)
        contests.check(work, accepted=False, reason="連結打不開", **WHO)
        assert "連結打不開" in told()[-1]
        assert todos() == ["open_data.contest"]

        work = handed_in(team, self.dataset, at=AFTER)
        contests.check(work, accepted=True, by=None, at=AFTER)
        with pytest.raises(CannotCatalogue, match="檢核過"):
            contests.check(work, accepted=True, by=None, at=AFTER)

        assert Work.objects.get().state == WorkState.ACCEPTED

    def test_is_told_in_the_readers_language_where_it_is_written(self):
        one = announced(purpose_en="Make data useful.")
        words = Client().get(f"/en/data/contests/{one.number}/").content.decode()

        assert "Make data useful." in words
        assert "讓資料有用。" not in words
        assert one.terms in words
        assert "Make data useful." not in Client().get(f"/data/contests/{one.number}/").content.decode()

    def test_lets_a_team_leave_until_the_close_and_forgets_its_mailbox(self):
        one = announced()
        team = playing(one)
        handed_in(team, self.dataset)
        competing.withdraw(team, at=NINE)

        assert todos() == ["open_data.contest"]
        assert not Subscription.objects.exclude(email="").exists()
        assert contests.whole(Contest.objects.all()).values_list("many_teams", "many_works").get() == (0, 0)
        with pytest.raises(CannotCatalogue, match="退出"):
            handed_in(team, self.dataset)
        late = playing(one, name="乙", email="b@mail.example")
        with pytest.raises(CannotCatalogue, match="截止"):
            competing.withdraw(late, at=AFTER)

    def finished(self, names=("甲", "乙", "丙")):
        one = announced()
        for n, name in enumerate(names):
            team = playing(one, name=f"{name}隊", email=f"{n}@mail.example")
            contests.check(handed_in(team, self.dataset, title=name), accepted=True, **WHO)
        return one

    def test_is_judged_once_every_work_was_checked(self):
        one = self.finished()
        with pytest.raises(CannotCatalogue, match="截止日當天"):
            contests.begin_judging(one, judges=self.judges, due_on=TODAY + timedelta(9), **WHO)
        waiting = handed_in(playing(one, name="丁隊", email="d@mail.example"), self.dataset, title="丁")
        due = {"due_on": TODAY + timedelta(30), "by": None, "at": AFTER}
        with pytest.raises(CannotCatalogue, match="沒有檢核"):
            contests.begin_judging(one, judges=self.judges, **due)
        contests.check(waiting, accepted=False, reason="空白", by=None, at=AFTER)
        with pytest.raises(CannotCatalogue, match="評審委員"):
            contests.begin_judging(one, judges=[], **due)

        contests.begin_judging(one, judges=self.judges, **due)

        one = contests.whole(Contest.objects.all()).get()
        assert one.stage(TODAY + timedelta(21)) is Stage.JUDGING
        assert one.review.candidates.count() == 3
        assert todos().count("evaluation.judge") == 2
        with pytest.raises(CannotCatalogue, match="評審中"):
            contests.begin_judging(one, judges=self.judges, **due)

    def test_of_a_hackathon_is_judged_on_its_day(self):
        one = announced(kind="HACKATHON", days=(0, 0, 0, 9))
        contests.check(handed_in(playing(one), self.dataset), accepted=True, **WHO)

        contests.begin_judging(one, judges=self.judges, due_on=TODAY + timedelta(1), **WHO)

        assert Contest.objects.get().review.kind == "open_data.hackathon"

    def test_may_be_judged_beside_another_of_its_year(self):
        for title in ("春季", "秋季"):
            one = announced(title=title, days=(0, 0, 0, 9))
            contests.check(
                handed_in(playing(one, email=f"{one.number}@mail.example"), self.dataset), accepted=True, **WHO
            )
            contests.begin_judging(one, judges=self.judges, due_on=TODAY + timedelta(1), **WHO)

        assert Contest.objects.exclude(review=None).count() == 2

    def test_gives_a_prize_to_two_and_shows_what_won(self):
        one = judged(self.finished(), *self.judges, points={"甲": 9, "乙": 7, "丙": 7}, at=AFTER)
        works = {work.title: work for work in contests.works(one)}
        first, other = one.prizes.order_by("n")
        assert [contests.judged(one)[works[name].pk][1] for name in ("甲", "乙", "丙")] == [1, 2, 2]
        with pytest.raises(CannotCatalogue, match="超過"):
            contests.award(one, chosen={works["甲"]: first, works["乙"]: first}, by=None, at=AFTER)
        with pytest.raises(CannotCatalogue, match="至少"):
            contests.award(one, chosen={}, by=None, at=AFTER)

        contests.award(one, chosen={works["乙"]: other, works["丙"]: other}, by=None, at=AFTER)

        assert Award.objects.count() == 2
        assert sorted(Showcase.objects.filter(state="SHOWN").values_list("title", "maker")) == [
            ("丙", "丙隊"),
            ("乙", "乙隊"),
        ]
        assert "佳作" in told("1@mail.example")[-1]
        assert "已經公布" in told("0@mail.example")[-1]
        assert todos() == []
        page = Client().get(f"/data/contests/{one.number}/").content.decode()
        assert "從缺" in page
        assert page.index("丙") < page.index("其他參賽作品") < page.index("甲隊")
        assert Entry.objects.filter(event="open_data.contest_awarded").count() == 1
        with pytest.raises(CannotCatalogue, match="已公布結果"):
            contests.award(one, chosen={works["乙"]: other}, by=None, at=AFTER)

    def test_gives_no_prize_to_a_work_of_another(self):
        one = judged(self.finished(("甲",)), *self.judges, points={"甲": 9}, at=AFTER)
        stranger = handed_in(playing(announced(title="別的"), name="外", email="x@mail.example"), self.dataset)

        with pytest.raises(CannotCatalogue, match="這項競賽"):
            contests.award(one, chosen={stranger: one.prizes.get(n=1)}, by=None, at=AFTER)

    def test_is_called_off_with_a_reason_that_all_are_told(self):
        one = announced()
        handed_in(playing(one), self.dataset)
        with pytest.raises(CannotCatalogue, match="理由"):
            contests.call_off(one, reason=" ", **WHO)
        contests.call_off(one, reason="颱風", **WHO)

        assert "颱風" in told()[-1]
        assert "颱風" in Client().get(f"/data/contests/{one.number}/").content.decode()
        assert todos() == []

    def test_forgets_the_leaders_some_days_after_its_end(self):
        one = announced()
        playing(one)
        contests.call_off(one, reason="颱風", **WHO)

        assert contests.forget(NINE + timedelta(days=89)) == 0
        assert Subscription.objects.exclude(email="").exists()
        assert contests.forget(NINE + timedelta(days=91)) == 1
        assert not Subscription.objects.exclude(email="").exists()
        assert contests.forget(NINE + timedelta(days=92)) == 0


@pytest.mark.django_db
class TestThePages:
    @pytest.fixture(autouse=True)
    def city(self, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
        seed_calendar()
        self.made = make_city()
        self.dataset = published(self.made.transport)

    def test_lead_a_team_from_the_form_to_its_work(self):
        one, browser = announced(), Client()
        here = f"/data/contests/{one.number}/register/"
        assert browser.post(here, {"name": "隊"}).status_code == 422
        answer = browser.post(here, {"name": "停車小隊", "members": "3", "email": "leader@mail.example"})
        code = Letter.objects.get(template="subscriptions.code").subject[:6]
        done = browser.post(answer["Location"], {"code": code}, follow=True)
        assert done.request["PATH_INFO"] == f"/data/contests/{one.number}/"
        assert "報名完成" in done.content.decode()
        page = competing.page_of(Team.objects.get())
        assert page in told()[0]

        wrong = {
            "title": "找車位",
            "text": "地圖",
            "url": "javascript:alert(1)",
            "form": "APP",
            "datasets": self.dataset.identifier,
        }
        assert browser.post(f"{page}hand-in/", wrong).status_code == 422
        assert (
            browser.post(f"{page}hand-in/", {**wrong, "url": "https://a.example/", "datasets": "none"}).status_code
            == 422
        )
        assert browser.post(f"{page}hand-in/", {**wrong, "url": "https://a.example/"})["Location"] == page

        shown = browser.get(page).content.decode()
        assert "待檢核" in shown
        assert "leader@" not in shown
        assert 'value="找車位"' in browser.get(f"{page}hand-in/").content.decode()
        assert browser.post(f"{page}withdraw/")["Location"] == f"/data/contests/{one.number}/"
        assert "已經退出" in browser.get(page).content.decode()

    def test_are_the_commissions_at_the_desk(self):
        one = announced()
        team = playing(one)
        handed_in(team, self.dataset)
        desk, other = signed_in(self.made.commission), signed_in(self.made.coordinator)
        here, work = f"/desk/open-data/contests/{one.number}/", f"/desk/open-data/contests/works/{team.reference}/"
        for path in ("/desk/open-data/contests/", here, f"{here}edit/", work, f"{work}check/", f"{here}export.csv"):
            assert (desk.get(path).status_code, other.get(path).status_code) == (200, 403), path

        assert "沒有符合的競賽" in desk.get("/desk/open-data/contests/?q=查無").content.decode()
        assert "沒有符合的競賽" in desk.get("/desk/open-data/contests/?stage=DRAFT").content.decode()
        assert one.title in desk.get("/desk/open-data/contests/?stage=OPEN&kind=APPS").content.decode()
        sheet = b"".join(desk.get(f"{here}export.csv").streaming_content).decode("utf-8-sig")
        assert "停車小隊" in sheet
        assert "leader@" not in sheet
        assert Client().get(f"/data/contests/{one.number}/").content.decode().count("找車位") == 0

    def test_carry_the_whole_way_at_the_desk(self):
        desk = signed_in(self.made.commission)
        judge = make_person(self.made.police, None, Role.JUDGE)
        parts = {"opens_on": TODAY, "closes_on": TODAY, "held_on": TODAY, "result_on": TODAY + timedelta(9)}
        days = {
            f"{name}_{part}": str(getattr(day, part))
            for name, day in parts.items() for part in ("year", "month", "day")
        }  # fmt: skip
        form = {
            "kind": "HACKATHON", "title": "黑客松", "purpose": "p", "terms": "t", "most_members": "5",
            "prizes": "首獎｜獎金 5 萬元｜1", "datasets": self.dataset.identifier, **days,
        }  # fmt: skip
        assert desk.post("/desk/open-data/contests/new/", {**form, "prizes": "首獎｜｜零"}).status_code == 422
        assert desk.post("/desk/open-data/contests/new/", form).status_code == 302
        one = Contest.objects.get()
        here = f"/desk/open-data/contests/{one.number}/"
        assert desk.post(f"{here}edit/", {**form, "title": "第一屆黑客松"}).status_code == 302
        assert desk.post(f"{here}announce/").status_code == 302
        team = playing(one)
        handed_in(team, self.dataset)
        work = f"/desk/open-data/contests/works/{team.reference}/"
        assert signed_in(judge).get(work).status_code == 404
        seen = desk.get(f"{work}check/").context["form"]["seen"].value()
        assert desk.post(f"{work}check/", {"verdict": "no", "seen": seen}).status_code == 422
        assert desk.post(f"{work}check/", {"verdict": "yes", "seen": "昨天"}).status_code == 422
        assert desk.post(f"{work}check/", {"verdict": "yes"}).status_code == 422
        handed_in(team, self.dataset, title="改過的作品", at=NINE + timedelta(minutes=5))
        stale = desk.post(f"{work}check/", {"verdict": "yes", "seen": seen})
        assert "剛改過這件作品" in stale.content.decode()
        seen = desk.get(f"{work}check/").context["form"]["seen"].value()
        assert desk.post(f"{work}check/", {"verdict": "yes", "seen": seen}).status_code == 302
        due = TODAY + timedelta(3)
        begin = {"judges": [judge.pk], "due_on_year": due.year, "due_on_month": due.month, "due_on_day": due.day}
        assert desk.post(f"{here}judging/", {}).status_code == 422
        assert desk.post(f"{here}judging/", begin).status_code == 302

        review = Contest.objects.get().review
        scoring = f"/desk/evaluations/{review.reference}/"
        sheet = signed_in(judge).get(f"{scoring}1/").content.decode()
        assert work in sheet
        assert signed_in(judge).get(work).status_code == 200
        marks = {f"mark_{one.code}": "8" for one in review.scheme.criteria.all()}
        assert signed_in(judge).post(f"{scoring}1/", marks).status_code == 302
        assert "受評機關" not in desk.get(scoring).content.decode()
        for step in ("end", "close"):
            assert desk.post(f"{scoring}{step}/").status_code == 302
        assert "函送結果" not in desk.get(scoring).content.decode()
        assert desk.get(f"{scoring}results.csv").status_code == 200
        assert "第 1 名" in desk.get(f"{here}award/").content.decode()
        assert desk.post(f"{here}award/", {}).status_code == 422
        assert desk.post(f"{here}award/", {"work_1": "1"}).status_code == 302
        assert Award.objects.get().work.showcase.state == "SHOWN"

    def test_ask_as_many_questions_for_many_as_for_one(self, django_assert_max_num_queries):
        one = announced()
        for n in range(12):
            announced(title=f"競賽{n}")
            handed_in(playing(one, name=f"隊{n}", email=f"a{n}@mail.example"), self.dataset, title=f"作品{n}")
        desk = signed_in(self.made.commission)

        with django_assert_max_num_queries(8):
            Client().get("/data/contests/")
        with django_assert_max_num_queries(30):
            desk.get("/desk/open-data/contests/")
        with django_assert_max_num_queries(34):
            desk.get(f"/desk/open-data/contests/{one.number}/")
