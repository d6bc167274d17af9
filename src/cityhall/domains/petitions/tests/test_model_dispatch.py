"""Dispatch with a text model of its own: automatic, in doubt, only watched, damaged; and what the desk is shown."""

import logging
from datetime import timedelta

import pytest

from cityhall.domains.petitions import queries
from cityhall.domains.petitions.models import DispatchDecision, Label, Petition
from cityhall.domains.petitions.services import dispatch
from cityhall.domains.petitions.services.dispatch import PURPOSE
from cityhall.engines.cases.states import Status
from cityhall.engines.classify import services as classify
from cityhall.engines.classify.model import Text
from cityhall.engines.classify.models import ModelVersion
from cityhall.engines.classify.registry import Row

from .city import NINE, make_city, opened

pytestmark = pytest.mark.django_db
SAYS = {
    "street_light": ["燈泡閃爍", "晚上很暗", "燈桿歪斜", "照明故障", "燈沒有亮"],
    "road_marking": ["停車格模糊", "斑馬線褪色", "黃線不見", "路面線條看不清", "枕木紋磨掉"],
    "park_upkeep": ["公園落葉", "草皮太長", "涼亭很髒", "公園廁所臭", "花圃荒廢"],
}
CLEAR = "巷口晚上很暗，燈沒有亮，燈泡閃爍"
MIXED = "晚上很暗，斑馬線褪色，公園落葉"


@pytest.fixture
def city():
    classify._kept.clear()
    return make_city()


def train(*, live: bool = True) -> ModelVersion:
    """A small model of the city's three categories."""
    rows = [
        (Text("", f"{place}{first}，{second}"), code)
        for code, words in SAYS.items()
        for place in ("巷口", "路邊", "學校前", "橋下")
        for first in words
        for second in words
        if first != second
    ]
    version = classify.train(
        PURPOSE, [text for text, _ in rows], [code for _, code in rows], at=NINE - timedelta(days=30)
    )
    return classify.go_live(version, at=NINE - timedelta(days=1)) if live else version


def fresh(petition: Petition) -> Petition:
    return Petition.objects.select_related("case__agency", "category").get(pk=petition.pk)


def newest() -> DispatchDecision:
    return DispatchDecision.objects.latest("pk")


class TestLiveModel:
    def test_dispatches_what_it_is_sure_of_and_keeps_why(self, city):
        train()
        petition = fresh(opened(CLEAR))
        decision = newest()

        assert (petition.case.status, petition.case.agency) == (Status.ASSIGNED, city.works)
        assert (petition.category, petition.category_source) == (city.street_light, "MODEL")
        assert decision.automatic
        assert decision.model_version == f"{PURPOSE}@1"
        assert decision.predicted[0]["category"] == "street_light"
        assert len(decision.predicted) == 3
        whole = f"{petition.case.title}\n{petition.case.text}"
        assert any("暗" in whole[s["start"] : s["end"]] for s in decision.shown_spans)
        assert "字詞模型第 1 版" in queries.explain(decision).versions

    def test_leaves_what_it_doubts_to_the_desk_with_its_proposals(self, city):
        train()
        petition = fresh(opened(MIXED))
        decision = newest()

        assert petition.case.status == Status.DISPATCHING
        assert "model_doubts" in decision.reasons
        assert any(reason.startswith("gate:") for reason in decision.reasons)
        assert [one["category"].code for one in queries.top_three(decision)]
        said = "".join(queries.explain(decision).sentences)
        assert "字詞模型沒有把握：" in said
        assert "gate:" not in said

    def test_every_doubt_has_words(self):
        from cityhall.engines.classify.gate import Doubt

        unsaid = {Doubt.SHADOW, Doubt.ALWAYS_PERSON}  # said by the dispatch's own reasons
        assert set(queries.GATE_WORDS) == {str(doubt) for doubt in Doubt if doubt not in unsaid}

    def test_marks_only_what_spoke_for_the_category_that_was_chosen(self, city):
        train()
        petition = opened(MIXED)
        first = newest().predicted[0]["category"]
        other = next(c for c in (city.street_light, city.road_marking) if c.code != first)

        dispatch.dispatch_by_desk(petition, category=other, agency=None, by=city.dispatcher.account, at=NINE)

        assert newest().spans
        assert newest().shown_spans == []

    def test_asks_the_questions_of_the_likely_category(self, city):
        assert dispatch.likely_category(CLEAR, at=NINE) is None
        train()

        assert dispatch.likely_category(CLEAR, at=NINE) == city.street_light


class TestWatchedModel:
    def test_is_recorded_and_not_shown(self, city):
        train(live=False)
        petition = fresh(opened(CLEAR))
        decision = newest()

        assert petition.case.status == Status.DISPATCHING
        assert petition.category is None
        assert decision.shadow
        assert decision.predicted[0]["category"] == "street_light"
        assert decision.candidates == []
        assert decision.shown_spans == []
        assert decision.reasons == ["model_watched"]
        assert "字詞模型第" not in queries.explain(decision).versions

    def test_asks_no_question(self, city):
        train(live=False)

        assert dispatch.likely_category(CLEAR, at=NINE) is None


class TestDamagedModel:
    def test_leaves_the_petition_to_the_desk(self, city, caplog):
        version = train()
        ModelVersion.objects.filter(pk=version.pk).update(arrays=b"broken")
        classify._kept.clear()
        with caplog.at_level(logging.ERROR):
            petition = fresh(opened(CLEAR))

        assert petition.case.status == Status.DISPATCHING
        assert newest().reasons == ["model_down"]
        assert newest().model_version == ""


class TestCorrections:
    def test_are_the_newest_word_on_each_petition(self, city):
        petition = opened(MIXED)
        for category in (city.road_marking, city.park_upkeep):
            Label.objects.create(petition=petition, category=category, by=city.dispatcher.account, at=NINE)

        assert list(queries.corrections()) == [Row(Text(petition.case.title, petition.case.text), "park_upkeep")]

    def test_only_categories_in_use_are_learnt(self, city):
        assert queries.category_codes(NINE.date()) == {"street_light", "road_marking", "park_upkeep"}
