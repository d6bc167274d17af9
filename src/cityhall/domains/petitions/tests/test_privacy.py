"""Texts without whoever reported."""

import pytest

from cityhall.domains.petitions.privacy import blanked, without_reporter, words_of
from cityhall.domains.petitions.services.filing import Where, heading_of, nobodys
from cityhall.engines.cases.models import Requester

WANG = Requester(name="王小明", email="ming@mail.example", phone="0912-345-678", address="桃園區示範路1號")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我是王小明，路燈不亮", "我是○○○，路燈不亮"),
        ("王小明王小明", "○○○○○○"),
        ("住桃園區示範路1號", "住○○○"),
        ("住桃園區示範路１號", "住○○○"),
        ("路燈不亮", "路燈不亮"),
        ("", ""),
    ],
)
def test_the_reporter_is_taken_out(text, shown):
    assert without_reporter(text, WANG) == shown


def test_numbers_and_mailboxes_of_anybody_are_taken_out():
    shown = without_reporter("請打0987-654-321或寫給other@mail.example，證號A123456789", None)

    assert not [word for word in ("0987", "other", "A1234") if word in shown]


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("Ann", "Ann says the annual planning is late", "○○○ says the annual planning is late"),
        ("Ann", "ＡＮＮ was here", "○○○ was here"),
        ("王", "王先生的路燈", "王先生的路燈"),
    ],
)
def test_a_name_is_a_word(name, text, shown):
    """One character is no name, and letters inside a longer word are none."""
    assert without_reporter(text, Requester(name=name)) == shown


def test_a_place_keeps_its_address():
    """Where somebody lives may be where the work is."""
    where = nobodys(Where(words="桃園區示範路1號王小明家", label="示範路1號，先打0912-345-678"), WANG)

    assert (where.words, where.label) == ("桃園區示範路1號○○○家", "示範路1號，先打［電話］")


def test_what_is_covered_stays_as_long_as_it_was():
    """Marks on other words are told by their place."""
    text = "我是王小明，手機0912-345-678，路燈不亮"
    shown = blanked(text, words_of(WANG))

    assert len(shown) == len(text)
    assert shown == "我是○○○，手機○○○○○○○○○○○○，路燈不亮"
    assert blanked(text, None) == text


def test_a_heading_names_nobody_and_is_one_line():
    assert heading_of("", "我是王小明。路燈不亮", WANG) == "我是○○○"
    assert heading_of("王小明的\r\n路燈\u202e", "路燈不亮", WANG) == "○○○的 路燈"
    assert len(heading_of("燈" * 200, "路燈不亮", WANG)) == 100
