"""What is dangerous, who writes by itself, when silence ends a conversation; and small talk, which asks nothing."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from cityhall.domains.chat import rules, smalltalk
from cityhall.domains.chat.parameters import SINCE
from cityhall.domains.chat.states import Speaker, State
from cityhall.engines.rules.registry import declarations
from cityhall.foundation.clock import at as instant

NOON = instant(SINCE, 12)
WORDS = {number: declarations[f"chat.danger_{number}"].value for number in ("119", "110", "113", "1925")}


def written() -> list[str]:
    """The two hundred pieces of small talk that we wrote."""
    with (Path(__file__).parent / "small_talk.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


class TestAutomaticMessages:
    @pytest.mark.parametrize("state", State)
    def test_have_one_owner_a_state_at_most(self, state):
        owners = [one for one in Speaker if rules.may_write(state, one)]

        assert len(owners) == (0 if state == State.PERSON else 1)

    @pytest.mark.parametrize("state", [State.WAITING, State.PERSON, State.LEFT, State.CLOSED])
    def test_are_never_the_bots_once_a_person_was_called(self, state):
        assert not rules.may_write(state, Speaker.BOT)


class TestDanger:
    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("我家失火了！", ("119",)), ("有人持刀在路上", ("110",)), ("我被先生打", ("113",)), ("真的不想活了", ("1925",)),
            ("失 火 了", ("119",)), ("ＯＮ ＦＩＲＥ", ("119",)), ("有人拿刀，已經大量出血", ("119", "110")), ("路燈不亮", ()),
            ("消防安檢要準備什麼", ()),
        ],
    )  # fmt: skip
    def test_is_heard_whatever_its_width_and_blanks(self, text, numbers):
        assert rules.dangers(text, WORDS) == numbers


class TestSilence:
    @pytest.mark.parametrize(
        ("state", "spoke_by", "minutes", "ends"),
        [
            ("BOT", "BOT", 5, True), ("BOT", "BOT", 4, False), ("PERSON", "OPERATOR", 5, True),
            ("PERSON", "CITIZEN", 60, False), ("WAITING", "CITIZEN", 60, False), ("CLOSED", "BOT", 60, False),
        ],
    )  # fmt: skip
    def test_ends_what_the_citizen_left_and_nothing_that_waits_for_us(self, state, spoke_by, minutes, ends):
        assert rules.idle(state, spoke_by, NOON, now=NOON + timedelta(minutes=minutes), minutes=5) is ends


class TestText:
    def test_is_kept_without_control_characters(self):
        assert rules.tidy(" 路燈\x00\x1b[31m不亮\r\n謝謝\ud83d ") == "路燈[31m不亮\n謝謝"


class TestSmallTalk:
    def test_is_recognised_in_nearly_all_that_we_wrote(self):
        missed = [text for text in written() if smalltalk.talk(text) is None]

        assert len(written()) >= 200
        assert len(missed) <= 6, missed

    @pytest.mark.parametrize(
        "text",
        [
            "你好，請問垃圾車幾點來", "謝謝，那路燈不亮要找誰", "路燈不亮", "戶口名簿", "請問停車費怎麼繳", "今天有收垃圾嗎", "我要申請低收入戶",
            "你好我想問育兒津貼", "好市多附近路面破洞", "早餐店油煙很大", "安親班收費", "再生能源補助", "測試水質", "沒有收到敬老卡", "不用的家具要丟哪裡",
            "對面工地很吵", "天氣太熱有補助嗎", "結婚登記", "生日禮金", "library card", "how do I get a new ID card",
        ],
    )  # fmt: skip
    def test_swallows_no_question(self, text):
        assert smalltalk.talk(text) is None

    def test_is_no_slower_for_a_long_message(self):
        assert smalltalk.talk("哈" * 5000 + "？") is None
