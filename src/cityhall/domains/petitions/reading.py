"""覆誦: what was written down at the desk, in sentences to be read aloud before it is registered.

An oral petition is recorded, read back or shown, and corrected where the citizen objects (行政程序法 §169). What was read
is what is registered: a digest of it goes along, and whatever was changed since is read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.cases.contacts import one_form
from cityhall.engines.identity.digests import keyed

MOST_READINGS = 99


@dataclass(frozen=True)
class Said:
    """What somebody said at the telephone or at the counter, as it was written down."""

    text: str
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    secret: bool = False
    place: str = ""
    found: bool = False  # whether the place is a point on the map
    category: str = ""
    answers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Part:
    """One sentence or two of the script, and the field to which a correction leads."""

    key: str
    heading: str
    words: tuple[str, ...]
    field: str


def mobile(phone: str) -> bool:
    """Whether a short message reaches the number."""
    number = one_form(phone)
    return len(number) == 10 and number.startswith("09")


def spoken(phone: str) -> str:
    """0912、345、678: a number in the pieces in which it is read out."""
    number = one_form(phone)
    if mobile(phone):
        return _("、").join((number[:4], number[4:7], number[7:]))
    return phone.strip()


def script(said: Said) -> list[Part]:
    """Who, what, where, of which kind, and how the answer comes: in the order in which it is read."""
    return [
        Part("who", _("是誰"), tuple(_who(said)), "name"),
        Part("what", _("什麼事"), (_("您反映的是：「%(text)s」") % {"text": said.text.strip()},), "text"),
        Part("where", _("在哪裡"), (_where(said),), "place"),
        Part("category", _("哪一類"), tuple(_category(said)), "category"),
        Part("answer", _("怎麼回復"), (_answer(said),), "email" if said.email else "phone"),
    ]


def _who(said: Said) -> Iterable[str]:
    name = said.name.strip()
    phone, email = spoken(said.phone) if said.phone.strip() else "", said.email.strip()
    yield _("您是%(name)s。") % {"name": name} if name else _("您沒有留姓名。")
    if phone:
        yield _("電話是%(phone)s。") % {"phone": phone}
    if email:
        yield _("電子郵件是%(email)s。") % {"email": email}
    if said.secret:
        yield _("您要求身分保密，承辦機關看不到您的姓名和聯絡方式。")


def _where(said: Said) -> str:
    if not said.place:
        return _("這件事沒有固定的地點。")
    if said.found:
        return _("地點在%(place)s。") % {"place": said.place}
    return _("您說的地點是「%(place)s」，地圖上找不到，承辦人可能再請教您。") % {"place": said.place}


def _category(said: Said) -> Iterable[str]:
    if said.category:
        yield _("我們登錄為「%(category)s」。") % {"category": said.category}
    else:
        yield _("類別由我們判斷，再送給負責的機關。")
    for question, answer in said.answers:
        yield _("%(question)s：%(answer)s。") % {"question": question.rstrip("？?"), "answer": answer}


def _answer(said: Said) -> str:
    if said.email.strip():
        return _("有進度會寄到%(email)s。") % {"email": said.email.strip()}
    if said.address.strip():
        return _("回復會寄信到%(address)s。") % {"address": said.address.strip()}
    if mobile(said.phone):
        return _("有進度會傳簡訊到這支電話。")
    return _("您可以隨時撥 1999，說案件編號和查詢碼，就查得到進度。")


def digest(given: dict[str, Any]) -> str:
    """What was read: the same words give the same digest, and only here."""
    return keyed("petitions.read_back", json.dumps(given, sort_keys=True, ensure_ascii=False))[:32]
