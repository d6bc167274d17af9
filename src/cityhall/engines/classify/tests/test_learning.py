"""Learning from people: what is learnt from, what is stopped, and that the same words give the same model anywhere."""

import csv
import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cityhall.engines.audit.models import Entry
from cityhall.engines.classify import child, corpus, guard, learning, making, queries, registry, services, store
from cityhall.engines.classify.gate import Conditions
from cityhall.engines.classify.model import CannotTrain, Text
from cityhall.engines.classify.models import ModelVersion
from cityhall.engines.classify.registry import Row
from cityhall.engines.classify.states import ModelState
from cityhall.foundation.clock import at

from .corpus import corpus as invented
from .test_services import DAY, NOON

PURPOSE = "test.learning"
SAY = {"percent": 95, "conditions": Conditions()}
NIGHT = NOON + timedelta(days=20)
CLERK, OTHER = 7, 8


def rows_of(each: int = 60, **more) -> list[Row]:
    """Invented texts; nobody's word."""
    return [Row(text, label) for text, label in zip(*invented(each, **more), strict=True)]


def said(rows, by=CLERK, when=NOON + timedelta(days=1), **more) -> list[Row]:
    """The same as the word of a person."""
    return [Row(row.text, row.label, by=by, at=when, **more) for row in rows]


def here(rows, golden, new, *, seed, percent, conditions) -> making.Made:
    """What the child does, in this process."""
    asked = {
        "rows": [[row.text.subject, row.text.body, row.label] for row in rows],
        "golden": [[row.text.subject, row.text.body] for row in golden], "new": list(new), "seed": seed,
        "percent": percent, "conditions": vars(conditions),
    }  # fmt: skip
    answer = child.work(asked)
    if answer.get("nothing"):
        raise CannotTrain
    return child.made_of(json.loads(json.dumps(answer)))


@pytest.fixture
def sources(monkeypatch):
    """A purpose of the test's own, and what it learns from."""
    found: dict[str, list[Row]] = {"shipped": rows_of(), "people": []}
    labels = {"light", "hole", "noise", "dog"}
    monkeypatch.setitem(
        registry.purposes, PURPOSE, registry.Purpose(PURPOSE, "測試", lambda on: labels, by_itself=False)
    )
    monkeypatch.setitem(
        registry._sources,
        PURPOSE,
        [
            registry.Source(10, "shipped", lambda: found["shipped"], trusted=True),
            registry.Source(20, "people", lambda: found["people"]),
        ],
    )
    services._kept.clear()
    return found


def learn(when=NIGHT, **more) -> learning.Learnt:
    return learning.learn(PURPOSE, at=when, train=more.pop("train", here), **more)


class TestCorpus:
    def test_keeps_one_trusted_text_of_ten_apart(self):
        found = corpus.gather([registry.Source(1, "a", lambda: rows_of(300), trusted=True)], {"light", "hole", "dog"})

        assert 0.05 < len(found.golden) / (len(found.golden) + len(found.rows)) < 0.2
        assert not {row.text for row in found.golden} & {row.text for row in found.rows}
        assert all(corpus.is_golden(row.text) for row in found.golden)
        assert "noise" not in {row.label for row in found.rows}

    def test_a_persons_word_on_a_golden_text_teaches_nothing(self):
        golden = next(row for row in rows_of(300) if corpus.is_golden(row.text))
        trusted = registry.Source(1, "a", lambda: [golden], trusted=True)
        people = registry.Source(2, "b", lambda: said([Row(golden.text, "dog")]))

        assert corpus.gather([trusted, people], {"dog", golden.label}).rows == ()

    def test_the_last_word_on_a_text_counts_and_private_data_is_masked(self):
        first = Row(Text("路燈", "請回電 0912-345-678"), "light")
        later = said([Row(first.text, "hole")])
        found = corpus.gather(
            [registry.Source(1, "a", lambda: [first]), registry.Source(2, "b", lambda: later)], {"light", "hole"}
        )

        assert [(row.label, row.by) for row in found.rows] == [("hole", CLERK)]
        assert "0912" not in found.rows[0].text.whole
        assert found.by_people == 1

    def test_the_order_in_which_words_were_said_is_no_matter(self):
        rows = rows_of()
        once = corpus.gather([registry.Source(1, "a", lambda: rows)], {"light", "hole"})
        again = corpus.gather([registry.Source(1, "a", lambda: rows[::-1])], {"light", "hole"})

        assert once.rows == again.rows


SCRIPT = """
import json, sys
from cityhall.engines.classify import making
from cityhall.engines.classify.gate import Conditions
from cityhall.engines.classify.model import Text
rows = json.load(sys.stdin)
made, _ = making.make([Text(s, b) for s, b, _ in rows], [l for _, _, l in rows], seed=5, percent=95, conditions=Conditions())
print(made.checksum, made.data_hash, json.dumps(made.thresholds, sort_keys=True))
"""


class TestSameSeed:
    """The same rows and seed give the same bytes: twice, in a child, and with another seed of hashes."""

    def test_gives_the_same_model_in_any_process(self):
        rows = corpus.gather([registry.Source(1, "a", rows_of)], {"light", "hole", "noise", "dog"}).rows
        texts, labels = [row.text for row in rows], [row.label for row in rows]
        first, _ = making.make(texts, labels, seed=5, **SAY)
        second, _ = making.make(texts, labels, seed=5, **SAY)
        in_child = child.train(rows, [], [None] * len(rows), seed=5, **SAY)

        assert first == second
        assert first.arrays == in_child.arrays
        assert (first.checksum, first.thresholds) == (in_child.checksum, in_child.thresholds)
        given = json.dumps([[row.text.subject, row.text.body, row.label] for row in rows]).encode()
        for number in ("0", "1", "4242"):
            done = subprocess.run(
                [sys.executable, "-c", SCRIPT], input=given, capture_output=True, check=True,
                env={**os.environ, "PYTHONHASHSEED": number},
            )  # fmt: skip
            said_there = done.stdout.decode().strip()
            assert said_there == f"{first.checksum} {first.data_hash} {json.dumps(first.thresholds, sort_keys=True)}"

    def test_another_seed_is_another_split_of_the_same_data(self):
        rows = rows_of(noise=0.2)
        texts, labels = [row.text for row in rows], [row.label for row in rows]
        one, _ = making.make(texts, labels, seed=1, **SAY)
        two, _ = making.make(texts, labels, seed=2, **SAY)

        assert one.data_hash == two.data_hash
        assert one.held_out != two.held_out


class TestChild:
    def test_that_takes_too_long_is_stopped(self):
        rows = rows_of()
        with pytest.raises(child.TrainingFailed, match="longer than"):
            child.train(rows, [], [None] * len(rows), seed=0, seconds=0, **SAY)

    def test_that_takes_too_much_memory_is_stopped(self):
        rows = rows_of()
        with pytest.raises(child.TrainingFailed):
            child.train(rows, [], [None] * len(rows), seed=0, memory=20_000_000, **SAY)

    def test_says_where_there_is_nothing_to_tell_apart(self):
        with pytest.raises(CannotTrain):
            child.train([Row(Text("路燈"), "light")], [], [None], seed=0, **SAY)


class TestEvidence:
    def test_stands_beside_every_threshold_for_every_precision(self):
        rows = rows_of(noise=0.1)
        made, _ = making.make([row.text for row in rows], [row.label for row in rows], seed=0, **SAY)
        by_target = made.thresholds["by_target"]

        assert set(by_target) == {"90", "92", "95", "97", "98", "99"}
        assert by_target["95"]["by_label"] == made.thresholds["by_label"]
        for one in by_target.values():
            assert set(one["evidence"]) == {"light", "hole", "noise", "dog"}
            for said_so, above, right in one["evidence"].values():
                assert said_so >= above >= right >= 0
        wide, narrow = (sum(above for _s, above, _r in by_target[n]["evidence"].values()) for n in ("90", "99"))
        assert wide > narrow


@pytest.mark.django_db
class TestLearning:
    def test_a_first_training_is_watched(self, sources):
        learnt = learn()
        version = learnt.version

        assert (version.number, version.state, version.is_guarded) == (1, ModelState.SHADOW, True)
        assert version.sources[-1] == f"golden: {learnt.golden}"
        assert learnt.rows + learnt.golden == len({row.text for row in sources["shipped"]})
        assert Entry.objects.filter(event="classify.trained").count() == 1

    def test_nothing_new_is_not_learnt_again(self, sources):
        learn()

        assert learn(NIGHT + timedelta(days=1)).version is None
        assert ModelVersion.objects.count() == 1

    def test_a_persons_word_is_new_once(self, sources):
        services.go_live(learn().version, at=NIGHT + timedelta(days=14))
        sources["people"] = said(rows_of(10, seed=9), when=NIGHT + timedelta(days=15))
        later = learn(NIGHT + timedelta(days=16))

        assert later.new == later.by_people > 30
        assert later.version.is_guarded
        assert {one.guard for one in later.findings} == {"macro_f1", "urgent_recall", "golden", "consensus", "classes"}

    def test_a_version_that_passes_takes_the_place_of_the_one_watched_before(self, sources):
        first = learn().version
        sources["people"] = said(rows_of(5, seed=9))
        second = learn(NIGHT + timedelta(days=1)).version
        first.refresh_from_db()

        assert (first.state, second.state) == (ModelState.RETIRED, ModelState.SHADOW)

    def test_never_goes_live_by_the_engine_where_the_domain_decides(self, sources):
        learn()

        assert services.promote(NIGHT + timedelta(days=30)) == []

    def test_a_failed_child_changes_nothing(self, sources):
        def broken(*args, **kwargs):
            raise child.TrainingFailed("stopped")

        with pytest.raises(child.TrainingFailed):
            learn(train=broken)
        assert not ModelVersion.objects.exists()

    def test_bytes_of_old_versions_that_were_never_used_are_forgotten(self, sources):
        first = learn().version
        sources["people"] = said(rows_of(5, seed=9))
        learn(NIGHT + timedelta(days=1))

        assert learning.forget_bytes(PURPOSE, before=NIGHT) == 0
        assert learning.forget_bytes(PURPOSE, before=NIGHT + timedelta(hours=1)) == 1
        first.refresh_from_db()
        assert (bytes(first.arrays), first.has_bytes, bool(first.metrics)) == (b"", False, True)


@pytest.mark.django_db
class TestPoison:
    """A batch of wrong labels, on invented texts; the same on real ones below."""

    def poisoned(self, sources, many=150):
        services.go_live(learn().version, at=NIGHT + timedelta(days=14))
        lies = {"light": "dog", "dog": "noise", "noise": "hole", "hole": "light"}
        wrong = [Row(row.text, lies[row.label]) for row in rows_of(many // 4, seed=77)]
        honest = said(rows_of(10, seed=9), by=OTHER, when=NIGHT + timedelta(days=15))
        sources["people"] = [*honest, *said(wrong, when=NIGHT + timedelta(days=15))]
        return learn(NIGHT + timedelta(days=16))

    def test_is_stopped_and_named(self, sources):
        learnt = self.poisoned(sources)
        consensus = {one.by: one.passed for one in learnt.findings if one.guard == "consensus"}

        assert not learnt.version.is_guarded
        assert consensus == {CLERK: False, OTHER: True}
        assert Entry.objects.filter(event="classify.held_back").count() == 1

    def test_never_goes_live_not_by_a_person_either(self, sources):
        version = self.poisoned(sources).version

        with pytest.raises(services.CannotGoLive, match="防護檢查"):
            services.go_live(version, at=NIGHT + timedelta(days=60))
        assert queries.live(PURPOSE).number == 1

    def test_that_somebody_looked_at_and_kept_is_no_longer_new(self, sources):
        self.poisoned(sources)
        sources["people"] = [Row(row.text, row.label, by=row.by, at=row.at, sure=True) for row in sources["people"]]
        sources["people"].append(said([Row(Text("新的一件", "路燈不亮"), "light")], when=NIGHT + timedelta(days=17))[0])
        learnt = learn(NIGHT + timedelta(days=18))

        assert [one.by for one in learnt.findings if one.guard == "consensus"] == [None]


@pytest.mark.django_db
class TestNewLabel:
    def test_a_label_that_is_known_since_yesterday_waits_its_own_two_weeks(self, sources):
        sources["shipped"] = [row for row in rows_of() if row.label != "dog"]
        services.go_live(learn().version, at=NIGHT + timedelta(days=14))
        dogs = [row for row in rows_of() if row.label == "dog"]
        sources["people"] = said(dogs, when=NIGHT + timedelta(days=15))
        second = learn(NIGHT + timedelta(days=16)).version
        services.go_live(second, at=NIGHT + timedelta(days=17))
        text = Text("公園旁野狗成", "公園旁野狗成群，被狗咬傷")

        early = services.judge(PURPOSE, text, at=NIGHT + timedelta(days=29))
        late = services.judge(PURPOSE, text, at=NIGHT + timedelta(days=30))
        assert early.prediction.label == "dog"
        assert "new_label" in early.gate.reasons
        assert "new_label" not in late.gate.reasons


@pytest.mark.django_db
class TestWatchedBeside:
    def test_speaks_without_another_question(self, sources):
        services.go_live(learn().version, at=NIGHT + timedelta(days=14))
        sources["people"] = said(rows_of(10, seed=9), when=NIGHT + timedelta(days=15))
        learn(NIGHT + timedelta(days=16))
        text, when = Text("中山路路燈不", "中山路路燈不亮，晚上很暗"), NIGHT + timedelta(days=17)
        services.judge(PURPOSE, text, at=when)
        with CaptureQueriesContext(connection) as asked:
            judged = services.judge(PURPOSE, text, at=when)

        assert sum("classify_modelversion" in one["sql"] for one in asked.captured_queries) == 1
        assert judged.prediction.model_version == f"{PURPOSE}@1"
        assert judged.watched.model_version == f"{PURPOSE}@2"
        assert judged.watched_gate.label == judged.watched.label

    def test_an_agency_may_ask_for_more(self, sources):
        sources["shipped"] = rows_of(noise=0.15)
        services.go_live(learn().version, at=NIGHT + timedelta(days=14))
        text, when = Text("中山路路燈不", "中山路路燈不亮，晚上很暗"), NIGHT + timedelta(days=15)

        usual = services.judge(PURPOSE, text, at=when)
        strict = services.judge(PURPOSE, text, at=when, percent_of=lambda label: 99)
        assert strict.gate.threshold > usual.gate.threshold


# ---- real texts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def real(shared_data: Path) -> list[Row]:
    """Real petitions of seven categories, each once, in an order of their own."""
    path = shared_data / "petitions" / "petitions_labelled_dev.csv"
    if not path.exists():
        pytest.skip("the labelled petitions are absent")
    return list(_real(path))


@lru_cache
def _real(path: Path) -> tuple[Row, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [Row(Text(line["subject"], line["body"]), line["category"]) for line in csv.DictReader(file)]
    once = {row.text: row for row in rows}
    return tuple(sorted(once.values(), key=lambda row: store.digest(row.text)))


class Split:
    """A quarter that nothing ever learns from; what the city began with; and 500 that the desk corrects."""

    def __init__(self, rows: list[Row], began: int = 200) -> None:
        self.held = rows[::4]
        rest = [row for n, row in enumerate(rows) if n % 4]
        self.began, self.desk = rest[:began], rest[began : began + 500]

    def right(self, rows) -> float:
        """The share of the held-back rows that a model of these rows tells rightly."""
        model = making.make([row.text for row in rows], [row.label for row in rows], seed=0, **SAY)[1]
        return sum(model.predict(row.text, explain=False).label == row.label for row in self.held) / len(self.held)


class TestCorrectionsOnRealTexts:
    def test_of_500_raise_the_held_back_precision(self, real):
        split = Split(real)
        assert len(split.desk) == 500
        assert not {row.text for row in split.held} & {row.text for row in (*split.began, *split.desk)}
        before, after = split.right(split.began), split.right([*split.began, *split.desk])

        assert after - before >= 0.05
        assert after >= 0.85

    def test_that_are_honest_pass_the_guard_for_each_of_three_people(self, real):
        split = Split(real)
        rows = [*split.began, *split.desk]
        persons = [None] * len(split.began) + [n % 3 for n in range(500)]
        texts, labels = [row.text for row in rows], [row.label for row in rows]
        found = making.contradictions(texts, labels, persons, like=making.make(texts, labels, seed=0, **SAY)[1])

        assert sum(of for _against, of in found.values()) == 500
        assert guard.all_passed(guard.consensus(found))
        assert max(against / of for against, of in found.values()) < 0.2


@pytest.mark.django_db
class TestPoisonOnRealTexts:
    @pytest.fixture
    def purpose(self, monkeypatch, real):
        split = Split(real, began=400)
        found = {"people": []}
        labels = {row.label for row in real}
        monkeypatch.setitem(registry.purposes, PURPOSE, registry.Purpose(PURPOSE, "測試", lambda on: labels))
        monkeypatch.setitem(
            registry._sources,
            PURPOSE,
            [
                registry.Source(10, "shipped", lambda: split.began, trusted=True),
                registry.Source(20, "people", lambda: found["people"]),
            ],
        )
        services._kept.clear()
        services.go_live(learn().version, at=NIGHT + timedelta(days=14))
        return split, found, labels

    def test_a_batch_of_wrong_labels_is_stopped_and_the_honest_one_beside_it_is_not(self, purpose):
        split, found, labels = purpose
        chance, when = random.Random(3), NIGHT + timedelta(days=15)
        lies = [
            Row(row.text, chance.choice(sorted(labels - {row.label})), by=CLERK, at=when) for row in split.desk[:150]
        ]
        found["people"] = [*said(split.desk[150:250], by=OTHER, when=when), *lies]
        learnt = learn(NIGHT + timedelta(days=16))
        consensus = {one.by: one.passed for one in learnt.findings if one.guard == "consensus"}

        assert consensus == {CLERK: False, OTHER: True}
        assert not learnt.version.is_guarded
        assert queries.live(PURPOSE).number == 1

    def test_a_batch_that_turns_one_matter_into_another_is_stopped(self, purpose):
        split, found, labels = purpose
        when, (first, second) = NIGHT + timedelta(days=15), sorted(labels)[:2]
        found["people"] = [Row(row.text, second, by=CLERK, at=when) for row in split.desk if row.label == first]
        assert len(found["people"]) >= 20

        assert not learn(NIGHT + timedelta(days=16)).version.is_guarded

    def test_honest_words_of_the_same_size_pass(self, purpose):
        split, found, _labels = purpose
        found["people"] = said(split.desk[:250], when=NIGHT + timedelta(days=15))
        learnt = learn(NIGHT + timedelta(days=16))

        assert learnt.version.is_guarded, learnt.findings


def test_the_day_of_these_tests_is_given():
    assert at(DAY, 12) == NOON
