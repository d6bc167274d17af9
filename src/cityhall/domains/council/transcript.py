"""A transcript cut into questions, without Django: who speaks, what they ask, which agency it is for. A person corrects.

A speaker's turn begins on a line such as 「陳示範議員：」. Turns of officials and of the chair are answers and left out; a
long turn is cut where the councillor says that another matter begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TURN = re.compile(r"^\s*(?:(?P<title>議員|主席|議長|副議長)\s*)?(?P<name>[^\s：:，。、（）()]{2,12}?)(?P<office>議員|主席|議長|副議長|市長|局長|處長|主任委員|主任|科長|秘書長)?\s*[：:]\s*(?P<rest>.*)$")  # fmt: skip
NEXT = re.compile(
    r"^\s*(?:第[一二三四五六七八九十]+(?:個|項|題|點)|[一二三四五六七八九十]+、|再來|接著|另外|下一個問題|最後)"
)
SHORTEST = 12
LONGEST_TITLE = 60
MOST = 200


@dataclass(frozen=True)
class Piece:
    """One question that was found: who asked, its first words as a title, and whom it seems to be for."""

    asker: str
    title: str
    text: str
    agency: str = ""


def pieces(transcript: str, *, councillors: Sequence[str], agencies: Mapping[str, str]) -> list[Piece]:
    """The questions of a transcript in their order. `agencies` is code by each name that people use."""
    found: list[Piece] = []
    for asker, text in _turns(transcript, frozenset(councillors)):
        for part in _matters(text):
            if len(part) >= SHORTEST:
                found.append(Piece(asker, title_of(part), part, agency_in(part, agencies)))
    return found[:MOST]


def _turns(transcript: str, councillors: frozenset[str]) -> list[tuple[str, str]]:
    """Councillors' turns: name and words."""
    turns: list[tuple[str, list[str]]] = []
    asker: str | None = None
    for line in transcript.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        begun = TURN.match(line)
        speaker = _speaker(begun, councillors) if begun else None
        if begun and speaker is not None:
            asker = speaker
            if asker:
                turns.append((asker, [begun["rest"].strip()]))
        elif asker and line.strip():
            turns[-1][1].append(line.strip())
    return [(who, "\n".join(line for line in lines if line)) for who, lines in turns]


def _speaker(begun: re.Match[str], councillors: frozenset[str]) -> str | None:
    """A councillor's name, "" for somebody else's turn, None where the line only looks like a turn."""
    name, office = begun["name"].strip(), begun["office"] or begun["title"]
    if name in councillors:
        return name
    if office == "議員":
        return name
    return "" if office else None


def _matters(turn: str) -> list[str]:
    """A turn cut where another matter begins."""
    parts: list[list[str]] = [[]]
    for line in turn.split("\n"):
        if NEXT.match(line) and parts[-1]:
            parts.append([])
        parts[-1].append(line)
    return ["\n".join(part).strip() for part in parts]


def title_of(text: str) -> str:
    """The first sentence that says something, as long as a title may be."""
    for sentence in re.split(r"[。？！?!；\n]", text):
        said = sentence.strip(" ，、　")
        if len(said) >= 6:
            return said if len(said) <= LONGEST_TITLE else said[: LONGEST_TITLE - 1] + "…"
    return text.strip()[:LONGEST_TITLE]


def agency_in(text: str, agencies: Mapping[str, str]) -> str:
    """The code of the agency that is named first; of names that begin there, the longest."""
    named = [(text.index(name), -len(name), code) for name, code in agencies.items() if len(name) > 1 and name in text]
    return min(named)[2] if named else ""
