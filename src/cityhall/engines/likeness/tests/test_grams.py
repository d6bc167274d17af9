"""How alike two texts are."""

import math
import random

from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from cityhall.engines.likeness.grams import SKETCH, Grams, Rarity, Sketches, cosines, grams, packed, unpacked

TEXTS = st.text(alphabet="中山路燈不亮公園樹坑洞很大aB１2，。 \n", max_size=80)
ANYTHING = st.text(max_size=200)
LAMP = "中山路200號前的路燈不亮，已經三天了，晚上很暗，請儘快派人修理。"
LAMP_AGAIN = "中山路200號前面的路燈不亮了，已經三天了，晚上很暗，請儘快來修理。"
NOISE = "隔壁工地從晚上10點施工到半夜，這星期已經四次，小孩沒有辦法睡覺。"


def rarity(*texts: str) -> Rarity:
    found = Rarity()
    found.learn([grams(text) for text in texts])
    return found


def alike(one: str, other: str, *known: str) -> float:
    return cosines(grams(one), [grams(other)], rarity(*(known or (one, other))))[0]


class TestLikeness:
    def test_the_same_matter_in_other_words_is_alike(self):
        assert alike(LAMP, LAMP_AGAIN) >= 0.5

    def test_another_matter_is_not(self):
        assert alike(LAMP, NOISE) < 0.1

    def test_full_width_and_capitals_do_not_matter(self):
        assert alike("２００號 ABC路燈不亮", "200號 abc路燈不亮") > 0.99

    def test_telephone_numbers_make_nobody_alike(self):
        assert alike("路燈不亮，電話0912345678", "水溝不通，電話0912345678") < 0.1

    def test_a_text_without_letters_is_like_nothing(self):
        assert alike("！！！…", LAMP) == 0.0
        assert cosines(grams(LAMP), [grams("。。。")], rarity(LAMP)) == [0.0]

    @given(ANYTHING)
    def test_a_text_is_like_itself(self, text):
        assert math.isclose(alike(text, text), 1.0 if len(grams(text)) else 0.0, abs_tol=1e-9)

    @given(TEXTS, TEXTS)
    def test_it_is_the_same_from_both_sides_and_between_nothing_and_one(self, one, other):
        forth, back = alike(one, other), alike(other, one, one, other)

        assert 0.0 <= forth <= 1.0
        assert math.isclose(forth, back, abs_tol=1e-9)

    @given(st.lists(TEXTS, min_size=2, max_size=6))
    def test_it_is_the_cosine_that_scikit_learn_finds(self, texts):
        there = [text for text in texts if len(grams(text))]
        if len(there) < 2:
            return

        def runs(text):
            found = grams(text)
            return [
                str(run) for run, n in zip(found.runs.tolist(), found.counts.tolist(), strict=True) for _ in range(n)
            ]

        matrix = TfidfVectorizer(analyzer=runs, sublinear_tf=True).fit_transform(there)
        theirs = (matrix @ matrix.T).toarray()[0]
        ours = cosines(grams(there[0]), [grams(text) for text in there], rarity(*there))

        assert all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(ours, theirs.tolist(), strict=True))


class TestStored:
    @given(ANYTHING)
    def test_a_print_is_read_as_it_was_written(self, text):
        found = grams(text)
        again = unpacked(packed(found))

        assert again.runs.tolist() == found.runs.tolist()
        assert again.counts.tolist() == found.counts.tolist()

    def test_a_very_long_text_has_a_bounded_print(self):
        assert len(packed(grams(LAMP * 2000))) < 200_000

    def test_marks_between_letters_break_a_run(self):
        assert len(grams("亮。燈")) == 0


class TestSketches:
    def test_the_likeliest_stands_first_among_many(self):
        chance = random.Random(1)
        letters = "".join(chr(0x4E00 + n) for n in range(600))
        texts = ["".join(chance.choice(letters) for _ in range(120)) for _ in range(3000)]
        known, index = Rarity(), Sketches()
        known.learn([grams(text) for text in texts[:500]])
        for number, text in enumerate(texts):
            index.add(number, grams(text).sketch)

        for wanted in (0, 1500, 2999):
            assert index.likely(grams(texts[wanted][:60]), known, 5)[0] == wanted
        index.add(3000, grams(LAMP).sketch)
        assert index.likely(grams(LAMP_AGAIN), known, 5)[0] == 3000
        assert len(index) == 3001

    def test_an_empty_index_knows_nothing(self):
        assert Sketches().likely(grams(LAMP), Rarity(), 5) == []

    def test_a_sketch_is_small(self):
        assert len(grams(LAMP * 3 + NOISE).sketch) <= SKETCH
        assert isinstance(grams(LAMP), Grams)
