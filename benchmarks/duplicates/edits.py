"""Five ways in which somebody else's letter about the same matter differs (field note 07 §6)."""

import random
import re
from collections.abc import Callable

_CLAUSE = re.compile(r"[^，。！？；,.!?;\n]+[，。！？；,.!?;\n]*")
ADDED = "希望有關單位儘快派人到現場看一看，處理之後也請給我們一個答覆，謝謝您們的辛勞。"

Edit = Callable[[str, str, random.Random], tuple[str, str]]


def characters(subject: str, body: str, chance: random.Random) -> tuple[str, str]:
    """Five per cent of the characters are others."""
    letters = list(body)
    for at in chance.sample(range(len(letters)), max(1, len(letters) // 20)):
        letters[at] = chance.choice(body)
    return subject, "".join(letters)


def dropped(subject: str, body: str, chance: random.Random) -> tuple[str, str]:
    """One clause in five is left out."""
    clauses = _CLAUSE.findall(body) or [body]
    gone = set(chance.sample(range(len(clauses)), len(clauses) // 5))
    return subject, "".join(clause for at, clause in enumerate(clauses) if at not in gone)


def shuffled(subject: str, body: str, chance: random.Random) -> tuple[str, str]:
    """The clauses in another order."""
    clauses = _CLAUSE.findall(body) or [body]
    chance.shuffle(clauses)
    return subject, "".join(clauses)


def added(subject: str, body: str, chance: random.Random) -> tuple[str, str]:
    """A sentence more."""
    return subject, body + ADDED


def half(subject: str, body: str, chance: random.Random) -> tuple[str, str]:
    """The first half only."""
    return subject, body[: max(1, len(body) // 2)]


EDITS: dict[str, Edit] = {
    "5 % of the characters": characters,
    "20 % of the clauses dropped": dropped,
    "clauses shuffled": shuffled,
    "a sentence added": added,
    "first half only": half,
}
