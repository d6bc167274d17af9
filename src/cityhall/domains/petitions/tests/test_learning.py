"""Dispatch that learns and stops: nights, samples, the switch, conferences; their pages and who may open them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cityhall.domains.petitions import hop_statistics, queries, watching
from cityhall.domains.petitions.models import (
    CaseConference,
    DispatchDecision,
    DispatchSetting,
    Label,
    Petition,
    ReviewSample,
    RuleReplay,
    SampleReview,
    Training,
)
from cityhall.domains.petitions.services import automatic, dispatch, handling, learning, reviewing, todos
from cityhall.domains.petitions.services import replay as replays
from cityhall.domains.petitions.services.automatic import CannotSwitch
from cityhall.domains.petitions.services.conference import NeedsConference
from cityhall.domains.petitions.services.dispatch import PURPOSE
from cityhall.domains.petitions.services.learning import CannotCheck
from cityhall.domains.petitions.services.reviewing import CannotReview
from cityhall.domains.petitions.states import LabelCheck, TrainingState, Verdict
from cityhall.domains.petitions.trust import Precision
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.states import Status
from cityhall.engines.classify import child, registry
from cityhall.engines.classify import queries as classify_queries
from cityhall.engines.classify import services as classify
from cityhall.engines.classify.model import Text
from cityhall.engines.classify.registry import Row
from cityhall.engines.classify.tests.test_learning import here
from cityhall.engines.letters.models import Letter
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period

from .city import NINE, make_city, opened, signed_in
from .test_model_dispatch import CLEAR, MIXED, SAYS, fresh, newest, train

pytestmark = pytest.mark.django_db
NIGHT = NINE + timedelta(days=1)
LIGHT = "中山路 200 號前路燈不亮三天了"
WEEK = NINE.date().isoformat()


@pytest.fixture
def city():
    classify._kept.clear()
    return make_city()


def night(at=NIGHT) -> Training:
    return learning.nightly(at, train=here)


def todo(kind: str) -> Todo | None:
    return Todo.objects.open().filter(kind=kind).first()


def labelled(city, category, texts, *, by=None, at=NINE) -> None:
    """So many petitions that a person put into a category."""
    for n, text in enumerate(texts):
        Label.objects.create(
            petition=opened(text, email=f"citizen{n}@mail.example"),
            category=category,
            before=None,
            by=(by or city.dispatcher).account,
            at=at,
        )


def shipped(monkeypatch) -> None:
    """The city's texts as they were shipped."""
    rows = [
        Row(Text("", f"{place}{first}，{second}"), code)
        for code, words in SAYS.items()
        for place in ("巷口", "路邊", "學校前", "橋下")
        for first in words
        for second in words
        if first != second
    ]
    kept = [one for one in registry._sources[PURPOSE] if one.name != "shipped"]
    monkeypatch.setitem(registry._sources, PURPOSE, [registry.Source(10, "shipped", lambda: rows, trusted=True), *kept])


# ---- nights ----------------------------------------------------------------------------------------------------------


class TestCorpus:
    def test_leaves_out_what_is_confidential_secret_or_set_aside(self, city):
        plain, hidden, secret, aside = (opened(f"{CLEAR}{n}") for n in range(4))
        for petition in (plain, hidden, secret, aside):
            Label.objects.create(petition=petition, category=city.street_light, by=city.dispatcher.account, at=NINE)
        type(hidden.case).objects.filter(pk=hidden.pk).update(confidential=True)
        type(hidden.case).objects.filter(pk=secret.pk).update(keep_identity_secret=True)
        Label.objects.filter(petition=aside).update(checked=LabelCheck.LEFT_OUT)

        (row,) = queries.corrections()
        assert row.text == Text(plain.case.title, plain.case.text)
        assert (row.by, row.at, row.sure) == (city.dispatcher.account.pk, NINE, False)

    def test_what_a_sample_found_right_is_trusted(self, city):
        review = sampled(city)
        reviewing.judge(review, verdict=Verdict.RIGHT, by=city.dispatcher.account, at=NIGHT)

        (row,) = queries.looked_at()
        assert (row.label, row.sure) == ("street_light", True)


class TestNight:
    def test_keeps_what_came_of_it(self, city, monkeypatch):
        shipped(monkeypatch)
        labelled(city, city.park_upkeep, [f"公園廁所臭，涼亭很髒{n}" for n in range(3)])
        training = night()

        assert (training.state, training.number, training.by_people, training.new) == ("TRAINED", 1, 3, 3)
        assert training.rows + training.golden == len(SAYS) * 4 * 20 + 3
        assert night(NIGHT + timedelta(days=1)).state == TrainingState.SAME

    def test_too_little_to_learn_from_is_said(self, city, monkeypatch):
        monkeypatch.setitem(registry._sources, PURPOSE, [])
        training = night()

        assert training.state == TrainingState.FAILED
        assert "太少" in training.problem

    def test_a_child_that_was_stopped_is_said(self, city):
        def stopped(*args, **kwargs):
            raise child.TrainingFailed("longer than 600 s")

        training = learning.nightly(NIGHT, train=stopped)

        assert (training.state, training.problem) == (TrainingState.FAILED, "longer than 600 s")

    def test_waits_for_a_person_with_its_replay(self, city, monkeypatch):
        shipped(monkeypatch)
        night()
        assert todo(todos.MODEL_READY) is None
        night(NIGHT + timedelta(days=14))

        waiting = todo(todos.MODEL_READY)
        assert waiting.url == reverse("petitions:replay", args=[RuleReplay.objects.get().pk])
        assert (waiting.agency, waiting.role) == (city.rdec, "DISPATCHER")
        assert classify_queries.live(PURPOSE) is None

        browser = signed_in(city.dispatcher)
        replay = RuleReplay.objects.get()
        assert replay.state == "READY"
        replays.save_model(replay, digest=replay.digest, by=city.dispatcher.account, at=NIGHT + timedelta(days=14))
        assert classify_queries.live(PURPOSE).number == 1
        assert todo(todos.MODEL_READY) is None
        assert browser.get(reverse("petitions:models")).status_code == 200

    def test_goes_live_by_itself_where_the_city_wishes(self, city, monkeypatch):
        shipped(monkeypatch)
        set_parameter(
            "petitions.model_goes_live", "itself", valid_from=day_of(NINE), source="測試", by=city.commission.account,
            at=NINE,
        )  # fmt: skip
        night()
        assert classify_queries.live(PURPOSE) is None
        night(NIGHT + timedelta(days=14))

        assert classify_queries.live(PURPOSE).number == 1
        assert todo(todos.MODEL_READY) is None


class TestHeldBack:
    @pytest.fixture
    def poisoned(self, city, monkeypatch):
        shipped(monkeypatch)
        night()
        classify.go_live(classify_queries.versions(PURPOSE).get(), at=NIGHT + timedelta(days=14))
        labelled(
            city, city.street_light, [f"橋下公園落葉，草皮太長，涼亭很髒{n}" for n in range(30)], by=city.commission,
            at=NIGHT + timedelta(days=15),
        )  # fmt: skip
        return night(NIGHT + timedelta(days=16))

    def test_is_a_to_do_with_the_persons_name(self, city, poisoned):
        assert poisoned.state == TrainingState.HELD_BACK
        assert todo(todos.TRAINING).url == reverse("petitions:model", args=[2])
        page = signed_in(city.dispatcher).get(reverse("petitions:model", args=[2])).content.decode()
        assert "沒有通過" in page
        assert city.commission.account.name in page
        assert reverse("petitions:labels", args=[2, city.commission.account.pk]) in page

    def test_labels_set_aside_teach_nobody_and_the_next_night_passes(self, city, poisoned):
        person = city.commission.account.pk
        browser = signed_in(city.dispatcher)
        url = reverse("petitions:labels", args=[2, person])
        assert "落葉" in browser.get(url).content.decode()
        assert browser.post(url, {"verdict": "LEFT_OUT"}).status_code == 422
        assert browser.post(url, {"verdict": "LEFT_OUT", "reason": "看錯類別"}).status_code == 302

        assert Label.objects.filter(checked=LabelCheck.LEFT_OUT, checked_by=city.dispatcher.account).count() == 30
        assert todo(todos.TRAINING) is None
        assert Entry.objects.filter(event="petition.labels_checked").count() == 1
        assert night(NIGHT + timedelta(days=17)).state in (TrainingState.TRAINED, TrainingState.SAME)

    def test_nobody_judges_their_own_labels(self, city, poisoned):
        person = city.commission.account
        with pytest.raises(CannotCheck, match="自己"):
            learning.check_labels(2, person.pk, verdict=LabelCheck.KEPT, reason="沒錯", by=person, at=NIGHT)

    def test_labels_are_judged_once(self, city, poisoned):
        given = {"verdict": LabelCheck.KEPT, "reason": "沒錯", "by": city.dispatcher.account, "at": NIGHT}
        learning.check_labels(2, city.commission.account.pk, **given)
        with pytest.raises(CannotCheck, match="看過"):
            learning.check_labels(2, city.commission.account.pk, **given)

    def test_of_somebody_who_was_not_stopped_are_not_shown(self, city, poisoned):
        url = reverse("petitions:labels", args=[2, city.dispatcher.account.pk])

        assert signed_in(city.dispatcher).get(url).status_code == 404


# ---- a version watched beside the one in use -------------------------------------------------------------------------


class TestWatchedBeside:
    @pytest.fixture
    def both(self, city):
        train()
        train(live=False)

    def test_is_recorded_at_each_dispatch_and_decides_nothing(self, city, both):
        petition = fresh(opened(CLEAR))
        decision = newest()

        assert decision.model_version == f"{PURPOSE}@1"
        assert (decision.watched_version, decision.watched_category) == (2, "street_light")
        assert decision.watched_automatic
        assert (decision.source, petition.case.status) == ("MODEL", Status.ASSIGNED)
        assert decision.stated == decision.predicted[0]["probability"]

    def test_is_compared_where_a_person_said_what_is_right(self, city, both):
        for text in (CLEAR, f"{CLEAR}，請修", MIXED):
            opened(text)
        petition = Petition.objects.order_by("pk").first()
        Label.objects.create(petition=petition, category=city.park_upkeep, by=city.dispatcher.account, at=NIGHT)
        total, rows = watching.compared(2)

        assert (total.rows, total.same, total.known) == (3, 3, 1)
        assert (total.live_right, total.watched_right, total.watched_wrong) == (0, 0, 1)
        assert sum(one.rows for one in rows) == 3
        page = signed_in(city.dispatcher).get(reverse("petitions:compare_models")).content.decode()
        assert "100.0%" in page

    def test_none_yet_says_how_it_comes(self, city):
        assert (
            "還沒有版次在旁邊試行"
            in signed_in(city.dispatcher).get(reverse("petitions:compare_models")).content.decode()
        )

    def test_an_agency_that_asks_for_more_gets_less_by_itself(self, city):
        train()
        version = classify_queries.live(PURPOSE)
        limits = dict(version.thresholds)
        limits["by_target"]["99"] |= {"overall": 2.0, "by_label": {}}
        version.thresholds = limits
        version.save(update_fields=["thresholds"])
        classify._kept.clear()
        assert newest_of(opened(CLEAR)).automatic
        automatic.ask_precision(city.works, 99, reason="寧可多看", by=city.dispatcher.account, at=NINE)

        assert not newest_of(opened(CLEAR)).automatic
        automatic.ask_precision(city.works, None, reason="照舊", by=city.dispatcher.account, at=NINE)
        assert newest_of(opened(CLEAR)).automatic


def newest_of(petition: Petition) -> DispatchDecision:
    return petition.decisions.latest("pk")


# ---- the switch ------------------------------------------------------------------------------------------------------


class TestSwitch:
    def test_stops_everything_that_would_go_by_itself(self, city):
        assert fresh(opened(LIGHT)).case.status == Status.ASSIGNED
        automatic.stop(reason="試試", by=city.dispatcher.account, at=NINE)
        petition = fresh(opened(LIGHT))

        assert petition.case.status == Status.DISPATCHING
        assert newest().reasons[-1] == "stopped"
        assert newest().candidates[0]["category"] == "street_light"
        assert "自動派案停用中" in "".join(queries.explain(newest()).sentences)
        assert todo(todos.AUTOMATIC_STOPPED) is not None

    def test_is_turned_on_by_a_person_with_a_reason(self, city):
        automatic.stop(reason="試試", by=city.dispatcher.account, at=NINE)
        with pytest.raises(CannotSwitch, match="理由"):
            automatic.restart(reason=" ", by=city.dispatcher.account, at=NINE)
        automatic.restart(reason="規則改好了", by=city.dispatcher.account, at=NINE)

        assert fresh(opened(LIGHT)).case.status == Status.ASSIGNED
        assert todo(todos.AUTOMATIC_STOPPED) is None
        events = Entry.objects.filter(event__startswith="petition.automatic").values_list("event", flat=True)
        assert sorted(events) == ["petition.automatic_restarted", "petition.automatic_stopped"]

    def test_is_not_turned_twice(self, city):
        by = city.dispatcher.account
        with pytest.raises(CannotSwitch):
            automatic.restart(reason="x", by=by, at=NINE)
        automatic.stop(reason="x", by=by, at=NINE)
        with pytest.raises(CannotSwitch):
            automatic.stop(reason="x", by=by, at=NINE)

    def test_stops_by_itself_below_the_floor_and_writes_to_the_desk(self, city):
        city.dispatcher.email = "desk@city.example"
        city.dispatcher.save()
        automatic.watch(Precision(184, 200), Precision(49, 49), at=NINE)
        assert automatic.settings().on
        switch = automatic.watch(Precision(183, 200), Precision(0, 0), at=NINE)

        assert (switch.on, switch.cause, switch.by) == (False, "FALLBACK", None)
        assert switch.figures == {"right": 183, "of": 200, "floor": 92}
        letter = Letter.objects.get(template="petitions.automatic_stopped")
        assert "91.5%" in letter.text
        assert automatic.watch(Precision(0, 200), Precision(0, 0), at=NINE) is None

    def test_the_samples_alone_can_stop_it(self, city):
        assert automatic.watch(Precision(200, 200), Precision(45, 50), at=NINE) is not None

    def test_counts_anew_after_it_was_turned_on(self, city):
        review = sampled(city)
        reviewing.judge(review, verdict=Verdict.RIGHT, by=city.dispatcher.account, at=NIGHT)
        assert watching.lately(200, since=None) == Precision(1, 1)
        assert watching.lately(200, since=NIGHT) == Precision(0, 0)


class TestLately:
    def test_counts_what_people_said(self, city):
        kept, back, moved, silent, relabelled = (opened(LIGHT) for _n in range(5))
        handling.assign(kept, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        dispatch.return_for_dispatch(back, proposed=city.transport, reason="x", by=city.coordinator.account, at=NINE)
        dispatch.dispatch_by_desk(
            fresh(moved), category=city.road_marking, agency=None, by=city.dispatcher.account, at=NIGHT
        )
        dispatch.set_category(fresh(relabelled), category=city.park_upkeep, by=city.coordinator.account, at=NIGHT)

        assert watching.lately(200, since=None) == Precision(1, 4)
        assert watching.lately(1, since=None).of == 1
        assert silent.case.status == Status.ASSIGNED

    def test_a_return_that_the_desk_did_not_follow_is_no_fault(self, city):
        petition = opened(LIGHT)
        dispatch.return_for_dispatch(
            petition, proposed=city.transport, reason="x", by=city.coordinator.account, at=NINE
        )
        dispatch.dispatch_by_desk(
            fresh(petition), category=city.street_light, agency=city.works, by=city.dispatcher.account, at=NIGHT
        )

        assert watching.lately(200, since=None) == Precision(1, 1)


# ---- the weekly sample -----------------------------------------------------------------------------------------------


def sampled(city, many: int = 1) -> SampleReview:
    for _n in range(many):
        opened(LIGHT)
    sample = reviewing.draw(NINE.date(), at=NINE + timedelta(days=7))
    return sample.reviews.first()


class TestSample:
    def test_is_drawn_once_a_week_from_what_went_by_itself(self, city):
        for _n in range(4):
            opened(LIGHT)
        opened("我家門前的問題，請派人來看看。")  # to the desk
        set_parameter(
            "petitions.sample_size", 3, valid_from=day_of(NINE), source="測試", by=city.commission.account, at=NINE
        )
        later = NINE + timedelta(days=7)
        reviewing.nightly(later)
        reviewing.nightly(later + timedelta(days=1))

        sample = ReviewSample.objects.get()
        assert (sample.week_on, sample.population, sample.size) == (NINE.date(), 4, 3)
        assert sample.reviews.count() == 3
        assert todo(todos.SAMPLE).url == reverse("petitions:sample", args=[WEEK])
        assert Entry.objects.filter(event="petition.sample_drawn").count() == 1

    def test_of_a_week_without_any_is_none(self, city):
        assert reviewing.draw(NINE.date(), at=NIGHT) is None

    def test_right_is_one_key_and_closes_the_to_do_at_last(self, city):
        review = sampled(city)
        reviewing.judge(review, verdict=Verdict.RIGHT, by=city.dispatcher.account, at=NIGHT)

        assert todo(todos.SAMPLE) is None
        assert watching.sampled(200, since=None) == Precision(1, 1)
        assert Entry.objects.filter(event="petition.dispatch_reviewed").count() == 1

    def test_wrong_becomes_a_label(self, city):
        review = sampled(city)
        reviewing.judge(review, verdict=Verdict.WRONG, category=city.park_upkeep, by=city.dispatcher.account, at=NIGHT)

        label = Label.objects.get()
        assert (label.category, label.before, label.at) == (city.park_upkeep, city.street_light, NIGHT)
        assert fresh(label.petition).case.agency == city.works

    def test_wrong_is_sent_anew_if_asked(self, city):
        review = sampled(city)
        reviewing.judge(
            review, verdict=Verdict.WRONG, category=city.road_marking, send_anew=True, by=city.dispatcher.account,
            at=NIGHT,
        )  # fmt: skip

        petition = fresh(review.decision.petition)
        assert (petition.case.agency, petition.category) == (city.transport, city.road_marking)
        assert Label.objects.count() == 1

    def test_wrong_needs_what_is_right_and_other_than_it_was(self, city):
        review, by = sampled(city), city.dispatcher.account
        with pytest.raises(CannotReview, match="正確的類別"):
            reviewing.judge(review, verdict=Verdict.WRONG, by=by, at=NIGHT)
        with pytest.raises(CannotReview, match="派對"):
            reviewing.judge(review, verdict=Verdict.WRONG, category=city.street_light, by=by, at=NIGHT)

    def test_is_said_once_and_taken_back_by_whoever_said_it(self, city):
        review, by = sampled(city), city.dispatcher.account
        reviewing.judge(review, verdict=Verdict.WRONG, category=city.park_upkeep, by=by, at=NIGHT)
        with pytest.raises(CannotReview, match="看過"):
            reviewing.judge(review, verdict=Verdict.RIGHT, by=by, at=NIGHT)
        with pytest.raises(CannotReview, match="重看"):
            reviewing.take_back(review, by=city.commission.account, at=NIGHT)
        reviewing.take_back(review, by=by, at=NIGHT)

        assert not Label.objects.exists()
        assert SampleReview.objects.get().verdict == ""

    def test_that_is_too_bad_stops_automatic_dispatch(self, city):
        set_parameter(
            "petitions.auto_least", 2, valid_from=day_of(NINE), source="測試", by=city.commission.account, at=NINE
        )
        sampled(city, 2)
        for review in SampleReview.objects.all():
            reviewing.judge(
                review, verdict=Verdict.WRONG, category=city.park_upkeep, by=city.dispatcher.account, at=NIGHT
            )

        assert not automatic.settings().on

    def test_page_leads_from_one_to_the_next(self, city):
        sampled(city, 2)
        browser = signed_in(city.dispatcher)
        first = browser.get(reverse("petitions:sample", args=[WEEK]))
        assert first.url == reverse("petitions:review", args=[WEEK, 1])
        page = browser.get(first.url).content.decode()
        assert "路燈不亮" in page
        assert 'data-key="y"' in page
        assert browser.post(first.url, {"verdict": "RIGHT"}).url == reverse("petitions:review", args=[WEEK, 2])
        second = reverse("petitions:review", args=[WEEK, 2])
        assert browser.post(second, {"verdict": "maybe"}).status_code == 422
        assert browser.post(second, {"verdict": "WRONG", "category": ""}).status_code == 422
        done = browser.post(second, {"verdict": "WRONG", "category": "park_upkeep", "note": "不是路燈"})
        assert done.url == reverse("petitions:sample", args=[WEEK])
        page = browser.get(done.url).content.decode()
        assert "看完了" in page
        assert "50.0%" in page
        assert "50.0%" in browser.get(reverse("petitions:samples")).content.decode()
        assert browser.post(reverse("petitions:take_back_review", args=[WEEK, 2])).status_code == 302
        assert browser.get(reverse("petitions:sample", args=["yesterday"])).status_code == 404


# ---- the watch page --------------------------------------------------------------------------------------------------


class TestWatch:
    @pytest.fixture
    def week(self, city):
        kept, back, _silent = (opened(LIGHT) for _n in range(3))
        opened("我家門前的問題，請派人來看看。")
        handling.assign(kept, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        dispatch.return_for_dispatch(back, proposed=city.transport, reason="x", by=city.coordinator.account, at=NINE)
        return Period(NINE.date(), NINE.date() + timedelta(days=6))

    def test_counts_by_agency_and_every_number_has_its_petitions(self, city, week):
        everything = Petition.objects.all()
        for by in watching.DIMENSIONS:
            table = watching.table(everything, week, by)
            total = table.total
            assert (total.decided, total.automatic, total.right, total.wrong, total.returned) == (4, 3, 1, 1, 1)
            for line in (*table.lines, total):
                part = {} if line is total else {"by": by, "part": line.part}
                for measure in watching.MEASURES:
                    number = line.sampled if measure == "sampled" else getattr(line, measure)
                    assert watching.behind(everything, week, measure, **part).count() == number, (by, measure)

    def test_asks_as_often_for_many_as_for_few(self, city, week, django_assert_num_queries):
        with django_assert_num_queries(2):
            watching.table(Petition.objects.all(), week, "agency")

    def test_page_rows_and_export_open(self, city, week, monkeypatch):
        from cityhall.domains.petitions.views import automatic as views

        monkeypatch.setattr(views.timezone, "now", lambda: NINE + timedelta(days=2))
        browser = signed_in(city.dispatcher)
        page = browser.get(reverse("petitions:watch")).content.decode()
        assert "運作中" in page
        assert "50.0%" in page
        rows = reverse("petitions:watch_rows") + f"?measure=wrong&period={week.spec}&by=agency&part=works"
        assert "機關退回" in browser.get(rows).content.decode()
        assert browser.get(reverse("petitions:watch_rows") + "?measure=no&period=x").status_code == 404
        sheet = browser.get(reverse("petitions:watch_export", args=["csv"]) + "?by=source")
        assert "關鍵詞規則" in b"".join(sheet).decode("utf-8-sig")
        behind = browser.get(reverse("petitions:watch_export", args=["csv"]) + f"?measure=automatic&period={week.spec}")
        assert b"".join(behind).decode("utf-8-sig").count("養工處") == 3
        assert Entry.objects.filter(event="petition.watch_exported").count() == 2

    def test_one_click_stops_and_a_reason_starts_again(self, city):
        browser = signed_in(city.dispatcher)
        assert browser.post(reverse("petitions:stop_automatic"), {"reason": "按下停用"}).status_code == 302
        for page in ("petitions:list", "worklist:list"):
            assert "每一件都等分文人員派" in browser.get(reverse(page)).content.decode()
            assert "每一件都等分文人員派" not in signed_in(city.officer).get(reverse(page)).content.decode()
        assert "按下停用" in browser.get(reverse("petitions:restart_automatic")).content.decode()
        assert browser.post(reverse("petitions:restart_automatic"), {"reason": ""}).status_code == 422
        assert browser.post(reverse("petitions:restart_automatic"), {"reason": "好了"}).status_code == 302
        assert automatic.settings().on

    def test_an_agencys_precision_is_asked_and_shown(self, city):
        browser = signed_in(city.dispatcher)
        url = reverse("petitions:precision")
        assert browser.post(url, {"agency": "works", "percent": "96", "reason": "x"}).status_code == 422
        assert browser.post(url, {"agency": "works", "percent": "98", "reason": "寧可多看"}).status_code == 302
        assert automatic.settings().percents == {"works": 98}
        assert "98%" in browser.get(reverse("petitions:watch")).content.decode()
        assert browser.post(url, {"agency": "works", "percent": "98", "reason": "再一次"}).status_code == 422
        assert DispatchSetting.objects.count() == 1

    def test_is_closed_to_officers_of_agencies(self, city):
        browser = signed_in(city.officer)
        for name in ("watch", "samples", "compare_models", "stop_automatic"):
            assert browser.get(reverse(f"petitions:{name}")).status_code == 403


# ---- hops ------------------------------------------------------------------------------------------------------------


class TestConference:
    @pytest.fixture
    def quarrel(self, city):
        """Works names transport, and transport names works."""
        petition = opened(LIGHT)
        dispatch.return_for_dispatch(
            petition, proposed=city.transport, reason="非本處權管", by=city.coordinator.account, at=NINE
        )
        dispatch.dispatch_by_desk(
            fresh(petition), category=city.street_light, agency=city.transport, by=city.dispatcher.account,
            at=NINE + timedelta(hours=1),
        )  # fmt: skip
        dispatch.return_for_dispatch(
            fresh(petition), proposed=city.works, reason="是路燈", by=city.other_coordinator.account,
            at=NINE + timedelta(hours=2),
        )  # fmt: skip
        return fresh(petition)

    def test_is_asked_where_agencies_disagree(self, city, quarrel):
        conference = CaseConference.objects.get()

        assert conference.agencies == ["works", "transport"]
        assert quarrel.case.status == Status.RETURNED
        assert todo(todos.DISPATCH) is not None
        page = signed_in(city.dispatcher).get(reverse("petitions:record", args=[quarrel.case.reference]))
        assert "機關看法不同" in page.content.decode()
        assert "協調結果" in page.content.decode()

    def test_must_be_written_down_before_it_is_dispatched(self, city, quarrel):
        given = {"category": city.street_light, "agency": city.works, "by": city.dispatcher.account}
        when = NINE + timedelta(hours=3)
        with pytest.raises(NeedsConference):
            dispatch.dispatch_by_desk(quarrel, **given, at=when)
        dispatch.dispatch_by_desk(fresh(quarrel), **given, conference="兩機關談過，路燈由養工處辦理。", at=when)

        conference = CaseConference.objects.get()
        assert (conference.agency, conference.held_at) == (city.works, when)
        events = list(quarrel.case.events.filter(type__startswith="conference").values_list("type", flat=True))
        assert sorted(events) == ["conference_asked", "conference_held"]
        with pytest.raises(dispatch.CannotDispatch, match="兩次"):
            dispatch.return_for_dispatch(
                fresh(quarrel), proposed=city.transport, reason="x", by=city.coordinator.account, at=when
            )

    def test_never_goes_back_to_an_agency_by_itself(self, city, quarrel):
        assert "many_hops" in dispatch.consider(quarrel, at=NINE + timedelta(hours=3)).reasons

    def test_record_says_who_had_it_how_long(self, city, quarrel):
        dispatch.dispatch_by_desk(
            quarrel, category=city.street_light, agency=city.works, conference="談過", by=city.dispatcher.account,
            at=NINE + timedelta(hours=3),
        )  # fmt: skip
        page = signed_in(city.coordinator).get(reverse("petitions:record", args=[quarrel.case.reference]))
        page = page.content.decode()

        assert "誰經手多久" in page
        assert "算在養工處" in page

    def test_statistics_charge_the_right_agency(self, city, quarrel):
        dispatch.dispatch_by_desk(
            quarrel, category=city.street_light, agency=city.works, conference="談過", by=city.dispatcher.account,
            at=NINE + timedelta(hours=3),
        )  # fmt: skip
        opened(LIGHT)
        period = Period(NINE.date(), NINE.date())
        found = hop_statistics.count(Petition.objects.all(), period, at=NINE + timedelta(hours=5))
        hours = {line.label: round(line.hours, 2) for line in found.agencies}

        assert (found.opened, found.moved, found.median, found.conferences) == (2, 1, 2, 1)
        assert list(found.by_hops) == [(0, 1), (2, 1)]
        assert hours == {"養工處": 3.0, "交通局": 0.0}
        assert [(line.label, line.counts.decided) for line in found.sources] == [("關鍵詞規則", 2)]

    def test_page_and_export_open(self, city, quarrel):
        browser = signed_in(city.commission)
        assert browser.get(reverse("petitions:hops") + "?from=2026-11-01&to=2026-11-30").status_code == 200
        assert browser.get(reverse("petitions:hops") + "?from=x").status_code == 400
        sheet = browser.get(reverse("petitions:export_hops", args=["csv"]) + "?from=2026-11-01&to=2026-11-30")
        assert "交通局" in b"".join(sheet).decode("utf-8-sig")
