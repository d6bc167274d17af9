"""Which entry answers a question, how sure that is, and when an index is built anew."""

from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.retrieval.keeping import Kept
from cityhall.engines.retrieval.ranking import Answer, Entry, Index, Verdict
from cityhall.engines.retrieval.reading import codes, terms

GARBAGE = Entry(1, ("垃圾車什麼時候會來收垃圾？", "垃圾車幾點來"), "各里的時間和地點可以上網查。")
BULKY = Entry(2, ("大型家具要怎麼丟？",), "打電話給區中隊約時間，不要放在垃圾車停靠的地方。")
LAMP = Entry(3, ("路燈不亮要找誰修？",), "請告訴我們燈桿上的號碼。")
STRAY = Entry(4, ("看到流浪狗要通報哪裡？",), "請打動物保護專線。")
CITY = (GARBAGE, BULKY, LAMP, STRAY)

WORDINGS = st.lists(st.text(alphabet="垃圾車路燈不亮狗大型aB1，", min_size=1, max_size=12), min_size=1, max_size=3)
ENTRIES = st.lists(st.tuples(WORDINGS, st.text(alphabet="垃圾車路燈水電", max_size=20)), max_size=8).map(
    lambda given: [Entry(key, wordings, body) for key, (wordings, body) in enumerate(given)]
)
QUESTIONS = st.text(alphabet="垃圾車路燈不亮狗大型aB1，？", max_size=12)


def keys(answer: Answer) -> list[int]:
    return [hit.key for hit in answer.hits]


class TestFind:
    def test_finds_another_wording(self):
        assert keys(Index(CITY).find("垃圾車幾點來"))[0] == GARBAGE.key

    def test_finds_what_is_asked_in_simplified_writing(self):
        assert keys(Index(CITY).find("垃圾几点收"))[0] == GARBAGE.key

    def test_names_the_wording_that_fitted(self):
        assert Index(CITY).find("垃圾車幾點").hits[0].wording == "垃圾車幾點來"

    def test_finds_what_only_the_answer_says(self):
        assert keys(Index(CITY).find("燈桿號碼")) == [LAMP.key]

    def test_puts_the_question_before_the_answer(self):
        assert keys(Index(CITY).find("垃圾車"))[:2] == [GARBAGE.key, BULKY.key]

    def test_gives_no_more_than_asked(self):
        assert len(Index(CITY).find("要怎麼通報哪裡找誰垃圾車", most=2).hits) == 2

    def test_of_nothing_is_unknown(self):
        assert Index([]).find("垃圾車") == Answer(Verdict.UNKNOWN)
        assert Index(CITY).find("？！") == Answer(Verdict.UNKNOWN)
        assert Index(CITY).find("xyz") == Answer(Verdict.UNKNOWN)

    def test_many_wordings_do_not_weaken_an_entry(self):
        more = Entry(1, (*GARBAGE.wordings, "資源回收車的路線", "廚餘什麼時候收", "過年收不收"), GARBAGE.body)

        found = Index((more, *CITY[1:])).find("垃圾車幾點來").hits[0]

        assert (found.key, found.share) == (1, 1.0)

    @given(ENTRIES, QUESTIONS)
    def test_is_ordered_and_bounded(self, entries, question):
        hits = Index(entries).find(question, most=3).hits

        assert len(hits) <= 3
        assert len(set(keys(Answer(Verdict.KNOWN, hits)))) == len(hits)
        assert [(-hit.score, hit.key) for hit in hits] == sorted((-hit.score, hit.key) for hit in hits)
        assert all(0 <= hit.share <= 1 and hit.score > 0 for hit in hits)
        assert all(hit.wording in entries[hit.key].wordings for hit in hits)

    @given(ENTRIES, QUESTIONS)
    def test_more_places_only_add_to_the_end(self, entries, question):
        index = Index(entries)

        assert index.find(question, most=2).hits == index.find(question, most=8).hits[:2]

    @given(ENTRIES.filter(bool), st.data())
    def test_an_entry_says_all_of_its_own_wording(self, entries, data):
        entry = data.draw(st.sampled_from(entries))
        wording = data.draw(st.sampled_from(entry.wordings))

        hits = Index(entries).find(wording, most=len(entries)).hits

        assert not len(terms(codes(wording))) or entry.key in {hit.key for hit in hits}


class TestVerdict:
    def test_is_known_when_nearly_all_of_the_question_stands_in_one_entry(self):
        assert Index(CITY).find("路燈不亮").verdict is Verdict.KNOWN

    def test_is_several_when_part_of_it_does(self):
        assert Index(CITY).find("路燈不亮會罰錢給住戶嗎").verdict is Verdict.SEVERAL

    def test_is_unknown_when_hardly_anything_does(self):
        assert Index(CITY).find("先有雞還是先有蛋要問誰").verdict is Verdict.UNKNOWN


class TestKept:
    def test_is_built_once_until_the_stamp_changes(self):
        stamp, built, stored = [1], [], [GARBAGE]

        def load():
            built.append(stamp[0])
            return list(stored)

        kept = Kept(lambda: stamp[0], load)

        assert kept.index() is kept.index()
        stored.append(LAMP)
        assert keys(kept.index().find("路燈不亮")) == []
        stamp[0] = 2
        assert keys(kept.index().find("路燈不亮")) == [LAMP.key]
        assert built == [1, 2]
