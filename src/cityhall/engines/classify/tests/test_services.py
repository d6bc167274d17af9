"""A version's life: trained, watched, used, taken back; and what predicts when something is wrong."""

from datetime import date, timedelta

import pytest

from cityhall.engines.audit.models import Entry
from cityhall.engines.classify import queries, registry, services
from cityhall.engines.classify.model import CannotTrain, Text
from cityhall.engines.classify.models import ModelVersion, StateChange
from cityhall.engines.classify.services import CannotGoLive, CannotLoad, CannotRollBack
from cityhall.engines.classify.states import ModelState
from cityhall.engines.rules.services import set_parameter
from cityhall.foundation.clock import at

from .corpus import corpus

PURPOSE = "test.kind"
DAY = date(2026, 3, 2)
NOON = at(DAY, 12)
LATER = NOON + timedelta(days=14)
LIGHT = ("中山路路燈不", "中山路路燈不亮，晚上很暗")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_in_memory():
    """Each test asks its own versions."""
    services._kept.clear()


def trained(**more) -> ModelVersion:
    """A version of the test's purpose."""
    texts, labels = corpus(more.pop("each", 60), noise=more.pop("noise", 0.0))
    return services.train(PURPOSE, texts, labels, **{"at": NOON, **more})


def live(**more) -> ModelVersion:
    """One that is in use."""
    return services.go_live(trained(**more), at=LATER)


class TestTrain:
    def test_keeps_all_that_made_the_version(self):
        version = trained(seed=3, sources=["tests: 240"])

        assert (version.number, version.state, version.trained_at) == (1, ModelState.SHADOW, NOON)
        assert (version.rows, version.seed, version.sources) == (240, 3, ["tests: 240"])
        assert version.counts == {"light": 60, "hole": 60, "noise": 60, "dog": 60}
        assert version.library.startswith("scikit-learn 1.")
        assert len(version.data_hash) == len(version.checksum) == 64
        assert version.metrics["rows"] == 240
        assert version.metrics["accuracy"] > 0.95
        assert version.metrics["auto_precision"] > 0.95
        assert version.metrics["ece"] < 0.1
        assert version.thresholds["target"] == 0.95
        assert set(version.thresholds["by_label"]) == {"light", "hole", "noise", "dog"}

    def test_is_one_entry_in_the_audit_trail(self):
        version = trained()

        entry = Entry.objects.get(event="classify.trained")
        assert entry.subject_id == str(version.pk)
        assert version.checksum in entry.payload

    def test_gives_the_same_model_for_the_same_texts_and_seed(self):
        first, second = trained(), trained()

        assert (first.number, second.number) == (1, 2)
        assert bytes(first.arrays) == bytes(second.arrays)
        assert (first.data_hash, first.checksum) == (second.data_hash, second.checksum)

    def test_masks_private_data_first(self):
        texts, labels = corpus(20)
        plain = services.train(PURPOSE, [Text(t.subject, f"{t.body}0912345678") for t in texts], labels, at=NOON)
        masked = services.train(PURPOSE, [Text(t.subject, f"{t.body}［電話］") for t in texts], labels, at=NOON)

        assert plain.data_hash == masked.data_hash
        assert bytes(plain.arrays) == bytes(masked.arrays)

    def test_asks_the_precision_that_holds_on_the_day(self):
        set_parameter("classify.target_percent", 99, valid_from=DAY, source="簽准", by=None, at=NOON)

        assert trained().thresholds["target"] == 0.99
        assert trained(target_percent=90).thresholds["target"] == 0.90

    def test_keeps_nothing_where_there_is_nothing_to_learn(self):
        with pytest.raises(CannotTrain):
            services.train(PURPOSE, [Text("甲")], ["a"], at=NOON)
        assert not ModelVersion.objects.exists()

    def test_says_so_where_nothing_could_be_held_out(self):
        version = services.train(PURPOSE, [Text("路燈亮"), Text("路燈暗")], ["a", "b"], at=NOON)

        assert version.metrics == {"rows": 0}
        assert version.thresholds["overall"] > 1


class TestTrainFromSources:
    @pytest.fixture
    def declared(self, monkeypatch):
        monkeypatch.setattr(registry, "purposes", {})
        monkeypatch.setattr(registry, "_sources", {})
        texts, labels = corpus(20)
        rows = [registry.Row(text, label) for text, label in zip(texts, labels, strict=True)]
        registry.source(PURPOSE, "corrections", lambda: [registry.Row(rows[0].text, "dog")], order=20)
        registry.source(PURPOSE, "shipped", lambda: [*rows, registry.Row(Text("稅單"), "retired")], order=10)
        registry.declare(PURPOSE, label="試", labels_in_use=lambda day: {"light", "hole", "noise", "dog", "tax"})
        return rows

    def test_lets_the_later_source_have_the_last_word(self, declared):
        first = declared[0]
        version = services.train_from_sources(PURPOSE, at=NOON)

        counts = {label: sum(row.label == label for row in declared) for label in ("light", "hole", "noise", "dog")}
        counts = {
            name: n - (name == first.label) + (name == "dog") for name, n in counts.items()
        }  # fmt: skip
        distinct = len({row.text for row in declared})
        assert version.rows == distinct
        assert sum(version.counts.values()) == distinct
        assert version.sources == ["shipped: 80", "corrections: 1"]
        assert "retired" not in version.counts

    def test_takes_rows_of_ones_own_last(self, declared):
        more = [registry.Row(Text(f"房屋稅單{n}"), "tax") for n in range(5)] + [registry.Row(Text(" "), "tax")]

        version = services.train_from_sources(PURPOSE, at=NOON, more=more, more_from="own.csv")

        assert version.counts["tax"] == 5
        assert version.sources[-1] == "own.csv: 5"

    def test_refuses_an_unknown_purpose(self):
        with pytest.raises(registry.UnknownPurpose):
            services.train_from_sources("test.unknown", at=NOON)


class TestPredict:
    def test_says_nothing_without_a_model(self):
        assert services.predict(PURPOSE, *LIGHT) is None
        assert services.predict_many(PURPOSE, [Text(*LIGHT)]) == []

    def test_says_what_it_is_and_which_version_said_so(self):
        live()
        prediction = services.predict(PURPOSE, *LIGHT)

        assert prediction.label == "light"
        assert prediction.model_version == f"{PURPOSE}@1"
        assert prediction.spans

    def test_says_the_same_of_many(self):
        live()
        texts = [*corpus(5, seed=4)[0], Text("", "")]

        for text, many in zip(texts, services.predict_many(PURPOSE, texts), strict=True):
            one = services.predict(PURPOSE, text.subject, text.body)
            assert (one.top, one.known_share, one.model_version) == (many.top, many.known_share, many.model_version)
            assert many.spans == ()

    def test_judges_many_as_it_judges_one(self):
        live()
        texts = corpus(3, seed=4)[0]

        judged = services.judge_many(PURPOSE, texts, at=LATER)

        for text, (prediction, word) in zip(texts, judged, strict=True):
            assert prediction.top == services.predict(PURPOSE, text.subject, text.body).top
            assert word == services.gate_for(PURPOSE, prediction, at=LATER)

    def test_judges_by_a_watched_version_as_if_it_were_in_use(self):
        trained()

        watched = services.judge_many(PURPOSE, [Text(*LIGHT)], at=LATER)
        tried = services.judge_many(PURPOSE, [Text(*LIGHT)], at=LATER, number=1)

        assert not watched[0][1].live
        assert tried[0][1].automatic
        assert queries.live(PURPOSE) is None

    def test_keeps_the_model_in_memory_until_another_is_asked(self, django_assert_num_queries):
        live()
        services.predict(PURPOSE, *LIGHT)

        with django_assert_num_queries(1):
            services.predict(PURPOSE, *LIGHT)
        with django_assert_num_queries(1):
            services.predict_many(PURPOSE, [Text(*LIGHT)] * 20)
        services.go_live(trained(noise=0.02), at=LATER, even_if_worse=True)
        assert services.predict(PURPOSE, *LIGHT).model_version == f"{PURPOSE}@2"

    def test_asks_the_live_version_before_a_newer_one_that_is_watched(self):
        live()
        trained()

        assert services.predict(PURPOSE, *LIGHT).model_version == f"{PURPOSE}@1"

    def test_asks_the_newest_that_is_watched_where_none_is_live(self):
        trained()
        trained()

        assert services.predict(PURPOSE, *LIGHT).model_version == f"{PURPOSE}@2"

    def test_forgets_a_model_that_is_gone(self):
        version = trained()
        services.predict(PURPOSE, *LIGHT)
        version.changes.all().delete()
        version.delete()

        assert services.predict(PURPOSE, *LIGHT) is None

    def test_refuses_damaged_bytes_and_reads_them_only_once(self, django_assert_num_queries):
        version = live()
        broken = bytearray(version.arrays)
        broken[100] ^= 1
        ModelVersion.objects.filter(pk=version.pk).update(arrays=bytes(broken))

        with pytest.raises(CannotLoad):
            services.predict(PURPOSE, *LIGHT)
        with django_assert_num_queries(1), pytest.raises(CannotLoad):
            services.predict_many(PURPOSE, [Text(*LIGHT)])

    def test_recovers_when_a_whole_version_takes_its_place(self):
        version = live()
        ModelVersion.objects.filter(pk=version.pk).update(arrays=b"broken")
        with pytest.raises(CannotLoad):
            services.predict(PURPOSE, *LIGHT)
        services.go_live(trained(), at=LATER)

        assert services.predict(PURPOSE, *LIGHT).label == "light"


class TestGateFor:
    def test_lets_a_live_version_decide(self):
        live()
        decision = services.gate_for(PURPOSE, services.predict(PURPOSE, *LIGHT), at=LATER)

        assert decision.automatic
        assert decision.live
        assert decision.label == "light"

    def test_lets_a_watched_version_decide_nothing(self):
        trained()
        decision = services.gate_for(PURPOSE, services.predict(PURPOSE, *LIGHT), at=LATER)

        assert decision.reasons == ("shadow",)
        assert not decision.live

    def test_asks_what_holds_on_the_day(self):
        live()
        set_parameter(
            "classify.least_length", 40, valid_from=LATER.date() + timedelta(days=1), source="簽准", by=None, at=LATER
        )
        prediction = services.predict(PURPOSE, *LIGHT)

        assert services.gate_for(PURPOSE, prediction, at=LATER).automatic
        assert services.gate_for(PURPOSE, prediction, at=LATER + timedelta(days=1)).reasons == ("too_short",)

    def test_knows_a_young_citys_few_labels(self):
        services.go_live(trained(each=40), at=LATER)

        assert services.gate_for(PURPOSE, services.predict(PURPOSE, *LIGHT), at=LATER).reasons == ("few_labels",)

    def test_refuses_a_prediction_of_another_version(self):
        live()
        prediction = services.predict(PURPOSE, *LIGHT)
        services.go_live(trained(), at=LATER)

        with pytest.raises(LookupError):
            services.gate_for(PURPOSE, prediction, at=LATER)


class TestGoLive:
    def test_needs_the_days_of_being_watched(self):
        version = trained()

        with pytest.raises(CannotGoLive, match="14"):
            services.go_live(version, at=LATER - timedelta(seconds=1))
        assert services.go_live(version, at=LATER).state == ModelState.LIVE

    def test_needs_no_more_days_for_later_versions(self):
        first = live()
        second = services.go_live(trained(at=LATER), at=LATER, reason="新資料")

        first.refresh_from_db()
        assert (first.state, second.state) == (ModelState.RETIRED, ModelState.LIVE)
        assert queries.live(PURPOSE) == second
        assert Entry.objects.filter(event="classify.went_live").count() == 2

    def test_refuses_what_is_live_already(self):
        with pytest.raises(CannotGoLive):
            services.go_live(live(), at=LATER)

    def test_refuses_what_is_worse_on_the_same_rows(self):
        live()
        texts, labels = corpus()
        others = dict(zip(sorted(set(labels)), ["hole", "light", "noise", "dog"], strict=True))
        half = [others[label] if n % 2 else label for n, label in enumerate(labels)]
        worse = services.train(PURPOSE, texts + corpus(seed=8)[0], labels + half[: len(labels)], at=LATER)

        with pytest.raises(CannotGoLive, match="百分點"):
            services.go_live(worse, at=LATER)
        assert services.go_live(worse, at=LATER, even_if_worse=True).state == ModelState.LIVE

    def test_does_not_compare_with_a_version_of_other_rows(self):
        live()
        texts, labels = corpus(seed=5)
        other = services.train(PURPOSE, [Text(f"新{t.subject}", t.body) for t in texts], labels, at=LATER)

        assert services.loss_against(queries.live(PURPOSE), other) is None
        assert services.go_live(other, at=LATER).state == ModelState.LIVE

    def test_refuses_damaged_bytes(self):
        version = trained()
        ModelVersion.objects.filter(pk=version.pk).update(arrays=b"broken")

        with pytest.raises(CannotGoLive, match="損壞"):
            services.go_live(version, at=LATER)


class TestRollBack:
    def test_returns_to_the_version_before(self):
        first = live()
        services.go_live(trained(at=LATER), at=LATER)
        services.predict(PURPOSE, *LIGHT)
        back = services.roll_back(PURPOSE, at=LATER + timedelta(hours=1), reason="誤派變多")

        assert back == first
        assert services.predict(PURPOSE, *LIGHT).model_version == f"{PURPOSE}@1"
        assert StateChange.objects.filter(version__number=2).last().reason == "誤派變多"
        assert Entry.objects.filter(event="classify.rolled_back").count() == 1

    def test_passes_over_versions_that_were_never_used(self):
        first = live()
        unused = trained(at=LATER)
        ModelVersion.objects.filter(pk=unused.pk).update(state=ModelState.RETIRED)
        services.go_live(trained(at=LATER), at=LATER)

        assert services.roll_back(PURPOSE, at=LATER, reason="誤派變多") == first

    def test_refuses_where_there_is_nothing_earlier(self):
        with pytest.raises(CannotRollBack):
            services.roll_back(PURPOSE, at=LATER, reason="誤派變多")
        live()
        with pytest.raises(CannotRollBack):
            services.roll_back(PURPOSE, at=LATER, reason="誤派變多")


class TestPromote:
    def test_lets_the_first_version_go_live_after_its_days(self):
        version = trained()

        assert services.promote(LATER - timedelta(days=1)) == []
        assert services.promote(LATER) == [version]
        assert services.promote(LATER) == []

    def test_lets_only_the_newest_take_the_place_of_the_live_one(self):
        live()
        trained(at=LATER)
        newest = trained(at=LATER)

        assert services.promote(LATER) == [newest]

    def test_leaves_what_was_taken_back(self):
        live()
        services.go_live(trained(at=LATER), at=LATER)
        services.roll_back(PURPOSE, at=LATER, reason="誤派變多")

        assert services.promote(LATER + timedelta(days=1)) == []


class TestAsOf:
    def test_knows_which_version_was_used_when(self):
        first = live()
        second = services.go_live(trained(at=LATER), at=LATER + timedelta(days=10))
        services.roll_back(PURPOSE, at=LATER + timedelta(days=20), reason="誤派變多")

        days = {0: first, 10: second, 19: second, 20: first}
        assert queries.live_at(PURPOSE, NOON) is None
        assert {n: queries.live_at(PURPOSE, LATER + timedelta(days=n)) for n in days} == days

    def test_lets_only_one_version_be_live(self):
        from django.db import IntegrityError, transaction

        live()
        other = trained()
        with pytest.raises(IntegrityError), transaction.atomic():
            ModelVersion.objects.filter(pk=other.pk).update(state=ModelState.LIVE)
