"""The numeric core learns, is the same every time, and says which words spoke."""

from cityhall.engines.classify.model import Text, train

WORDS = {"light": "路燈不亮很暗", "hole": "路面坑洞會跌倒", "noise": "半夜施工好吵"}
TEXTS = [
    Text(f"{words[:2]}{n}", words + "請派人處理" + "甲乙丙丁"[n % 4]) for n in range(12) for words in WORDS.values()
]
LABELS = [label for _n in range(12) for label in WORDS]


class TestTrain:
    def test_learns_what_the_words_mean_and_is_the_same_every_time(self):
        first, second = train(TEXTS, LABELS)[0], train(TEXTS, LABELS)[0]

        text = Text("路燈", "路燈不亮了")
        assert first.predict(text).top[0][0] == "light"
        assert first.predict(text) == second.predict(text)
