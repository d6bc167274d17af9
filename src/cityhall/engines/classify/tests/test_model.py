"""The numeric core learns, is the same every time, and says which words spoke."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityhall.engines.classify import model as core
from cityhall.engines.classify.model import (
    Calibration,
    CannotTrain,
    Document,
    Text,
    Weighing,
    data_hash,
    folds_of,
    train,
)
from cityhall.engines.classify.store import pack

from .corpus import corpus


@pytest.fixture(scope="module")
def trained():
    return train(*corpus())


@pytest.fixture(scope="module")
def light(trained):
    return trained[0]


class TestTrain:
    def test_learns_what_the_words_mean(self, light):
        assert light.predict(Text("路燈", "巷口的路燈不亮")).label == "light"
        assert light.predict(Text("", "野狗追人")).label == "dog"

    def test_is_the_same_every_time(self, light):
        assert pack(train(*corpus())[0]) == pack(light)

    def test_follows_its_seed(self):
        assert pack(train(*corpus(noise=0.2), seed=7)[0]) != pack(train(*corpus(noise=0.2), seed=8)[0])

    def test_predicts_each_row_by_a_model_that_had_not_seen_it(self, trained):
        _model, held = trained

        assert sorted(held.rows.tolist()) == list(range(240))
        assert held.scores.shape == (240, 4)
        assert (held.scores.argmax(axis=1) == held.truth).mean() > 0.95

    def test_keeps_how_many_rows_each_label_had(self, light):
        assert light.counts == {"light": 60, "hole": 60, "noise": 60, "dog": 60}
        assert light.rows == 240

    @pytest.mark.parametrize("labels", [[], ["a"], ["a", "a"], ["a", "b"]])
    def test_refuses_where_there_is_nothing_to_tell_apart(self, labels):
        with pytest.raises(CannotTrain):
            train([Text("甲")] * 3, labels)

    def test_refuses_where_texts_have_nothing_in_common(self):
        with pytest.raises(CannotTrain):
            train([Text("甲"), Text("乙")], ["a", "b"])

    def test_tells_two_labels_apart(self):
        texts, labels = corpus()
        two = [(text, label) for text, label in zip(texts, labels, strict=True) if label in ("light", "dog")]

        model, _held = train([text for text, _ in two], [label for _, label in two])

        assert model.predict(Text("", "路燈不亮")).label == "light"
        assert model.predict(Text("", "流浪狗追人")).label == "dog"

    def test_can_do_with_a_label_of_a_single_text(self):
        texts, labels = corpus(20)

        model, _held = train([*texts, Text("稅單", "房屋稅單沒收到")], [*labels, "tax"])

        assert model.counts["tax"] == 1
        assert model.predict(Text("", "路燈不亮")).label == "light"

    def test_leaves_out_the_weakest_features_where_they_would_not_fit(self, monkeypatch, light):
        monkeypatch.setattr(core, "MOST_BYTES", 20 * 100)

        small, _held = train(*corpus())

        assert len(small.features) == 100 < len(light.features)
        assert small.predict(Text("", "路燈不亮")).label == "light"

    def test_lets_a_sample_choose_the_weighing_where_there_are_many(self, monkeypatch):
        monkeypatch.setattr(core, "MOST_FOR_TRIAL", 100)
        monkeypatch.setattr(core, "ENOUGH_HELD_OUT", 90)

        model, held = train(*corpus())

        assert 90 <= len(held.rows) < 240
        assert model.predict(Text("", "路燈不亮")).label == "light"

    def test_keeps_only_common_pairs_where_there_are_too_many(self, monkeypatch, light):
        monkeypatch.setattr(core, "MOST_MET", 50)

        model, _held = train(*corpus())

        assert 0 < len(model.known) <= 50 < len(light.known)


class TestWeighing:
    def test_counts_and_logarithms_agree_on_words_said_once(self):
        texts, labels = corpus()
        for weighing in (Weighing(0.25, 0.5, False), Weighing(0.1, 0.25, True)):
            core_weighings, core.WEIGHINGS = core.WEIGHINGS, (weighing,)
            try:
                model, held = train(texts, labels)
            finally:
                core.WEIGHINGS = core_weighings
            assert model.weighing == weighing
            # A prediction weighs as training did: the fitted model is as sure of its own rows.
            assert all(model.predict(t).label == label for t, label in zip(texts[:40], labels[:40], strict=True))
            assert len(held.rows) == len(texts)


class TestPredict:
    def test_gives_the_likeliest_first_and_shares_that_sum_to_one(self, light):
        prediction = light.predict(Text("路燈不亮", ""), top=4)

        shares = [share for _label, share in prediction.top]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1)
        assert prediction.margin == pytest.approx(shares[0] - shares[1])

    def test_counts_letters_and_known_pairs(self, light):
        assert light.predict(Text("", "路燈不亮了 12!")).letters == 5
        assert light.predict(Text("", "路燈不亮了 12!")).length == 7
        assert light.predict(Text("", "路燈不亮")).known_share >= 0.8
        assert light.predict(Text("", "梵語語法形式之研究")).known_share < 0.3

    @pytest.mark.parametrize("text", ["", " ", "12345", "😀😀😀", "！？", "\u200b"])
    def test_knows_nothing_of_a_text_without_letters(self, light, text):
        prediction = light.predict(Text(text, text))

        assert prediction.known_share == 0
        assert prediction.letters == 0
        assert prediction.spans == ()

    @given(st.text(), st.text())
    @settings(max_examples=60)
    def test_bears_any_text(self, light, subject, body):
        text = Text(subject, body)
        prediction = light.predict(text)

        assert all(0 <= span.start < span.end <= len(text.whole) for span in prediction.spans)
        assert 0 <= prediction.known_share <= 1


class TestExplanation:
    def test_marks_the_words_that_spoke(self, light):
        text = Text("拜託", "巷口的路燈不亮，謝謝")
        prediction = light.predict(text)

        words = [text.whole[span.start : span.end] for span in prediction.spans]
        assert any("路燈" in word for word in words)
        assert max(span.weight for span in prediction.spans) == 1
        assert all(a.end < b.start for a, b in zip(prediction.spans, prediction.spans[1:], strict=False))

    def test_marks_in_the_original_spelling(self, light):
        text = Text("", "ＡＢ　路　燈\n不亮")

        assert {text.whole[s.start : s.end] for s in light.predict(text).spans} & {"燈", "不亮", "路", "燈\n不亮"}

    def test_adds_up_to_the_score(self, light):
        text = Text("路燈", "路燈不亮，坑洞")
        for label in light.labels:
            added, bias = light.reasons(text, label)

            assert sum(added.values()) + bias == pytest.approx(light.score(text, label))


class TestDocument:
    def test_speaks_of_the_subject_twice_only_where_there_is_a_body(self):
        assert (Document.of(Text("路燈", "不亮")).keys >= core.SUBJECT).any()
        assert not (Document.of(Text("路燈")).keys >= core.SUBJECT).any()
        assert not (Document.of(Text("", "路燈")).keys >= core.SUBJECT).any()

    def test_has_no_places_without_n_grams(self):
        assert Document.of(Text("路燈")).places([]) == []


class TestCalibration:
    def test_makes_the_truth_likeliest(self):
        chance = np.random.default_rng(0)
        truth = chance.integers(0, 3, 500)
        scores = chance.normal(-1, 0.3, (500, 3))
        scores[np.arange(500), truth] += 0.5
        best = Calibration.best(scores, truth)

        assert best.surprise(scores, truth) < Calibration().surprise(scores, truth)
        assert best.probabilities(scores).sum(axis=1) == pytest.approx(1)
        assert (best.probabilities(scores).argmax(axis=1) == scores.argmax(axis=1)).all()

    def test_has_a_beginning_where_there_is_nothing_to_learn_from(self):
        assert Calibration.best(np.zeros((0, 3)), np.zeros(0, dtype=np.int64)) == Calibration()


class TestFolds:
    def test_spread_every_class_evenly(self):
        truth = np.array([0] * 50 + [1] * 7)
        fold = folds_of(truth, 5, seed=3)

        assert np.bincount(fold[truth == 0]).tolist() == [10] * 5
        assert np.bincount(fold[truth == 1], minlength=5).max() == 2
        assert (folds_of(truth, 5, seed=3) == fold).all()


class TestDataHash:
    def test_changes_with_any_row_and_tells_fields_apart(self):
        first = data_hash([Text("ab", "c")], ["x"])

        assert first == data_hash([Text("ab", "c")], ["x"])
        assert first != data_hash([Text("a", "bc")], ["x"])
        assert first != data_hash([Text("ab", "c")], ["y"])
