"""A transcript is cut by speaker and matter, and an agency is suggested; nothing else is guessed."""

from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.council.transcript import LONGEST_TITLE, agency_in, pieces, title_of

WHO = ("陳示範", "林示範")
AGENCIES = {"工務局": "works", "工務": "short", "警察局": "police", "水務局": "water"}
WORDS = """主席：會議開始，請陳議員質詢。
陳示範議員：請教工務局，中路里的路面坑洞什麼時候補完？已經反映三次。
再來，請警察局說明學校周邊違規停車的取締情形，也請水務局協助。
工務局局長：謝謝議員，我們下週完成。
林示範：
水務局的抽水站什麼時候汰換？請給時程。
好。
王大明議員：社區的長照據點何時開辦，經費夠不夠？"""


class TestPieces:
    def test_are_the_councillors_words_and_nobody_elses(self):
        found = pieces(WORDS, councillors=WHO, agencies=AGENCIES)

        assert [one.asker for one in found] == ["陳示範", "陳示範", "林示範", "王大明"]
        assert "謝謝議員" not in "".join(one.text for one in found)

    def test_are_cut_where_another_matter_begins_with_the_agency_that_is_named_first(self):
        found = pieces(WORDS, councillors=WHO, agencies=AGENCIES)

        assert [one.agency for one in found] == ["works", "police", "water", ""]
        assert found[0].title == "請教工務局，中路里的路面坑洞什麼時候補完"

    def test_of_words_without_a_speaker_are_none(self):
        assert pieces("沒有人說話。\n十二點三十分：休息", councillors=WHO, agencies=AGENCIES) == []

    @given(st.text(max_size=400))
    def test_never_fail_and_never_invent_words(self, text):
        spoken = f"陳示範：{text}"
        kept = "".join(spoken.split())

        for one in pieces(spoken, councillors=WHO, agencies=AGENCIES):
            assert "".join(one.text.split()) in kept
            assert len(one.title) <= LONGEST_TITLE


def test_a_title_is_the_first_sentence_that_says_something():
    assert title_of("好。請說明道路修補的時程，謝謝。") == "請說明道路修補的時程，謝謝"
    assert title_of("長" * 200).endswith("…")
    assert agency_in("工務局和警察局", AGENCIES) == "works"
