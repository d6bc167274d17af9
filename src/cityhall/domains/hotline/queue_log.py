"""Asterisk's queue_log read into calls, event by event; nothing of the world is asked (research note 01 §4).

A line is `epoch|callid|queue|agent|EVENT|p1|p2|…`; the database form is CSV with the columns time, callid, queuename,
agent, event, data1 to data5. A call is one time that a caller entered a queue: overflow enters again by the same callid.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, NamedTuple

from cityhall.foundation.clock import TAIPEI

LONGEST = 64 * 1024
"""Bytes of a line; a longer one is no event."""
STALE_AFTER = 24 * 3600
"""Seconds after which a call that did not end is no longer waited for."""
REMEMBERED = 20_000
"""So many callids are remembered, so that one that enters again is known."""
OWN_EXTENSION = re.compile(r"[\d*#]{1,6}")
COLUMNS = ("time", "callid", "queuename", "agent", "event")


class NotALine(ValueError):
    """The text is no event of a queue log."""


class End(StrEnum):
    """How a call ended, as the exchange tells it; OPEN while it does not tell."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    TRANSFERRED = "TRANSFERRED"  # answered, then moved
    ABANDONED = "ABANDONED"
    TIMED_OUT = "TIMED_OUT"  # the exchange gave up
    LEFT_BY_KEY = "LEFT_BY_KEY"  # chose a message, a call-back or another menu
    MENU = "MENU"  # served by the voice menu alone; never in a queue


class Line(NamedTuple):
    """One event."""

    at: int
    callid: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...]

    def seconds(self, place: int) -> int:
        """A parameter that counts seconds. Raises NotALine."""
        try:
            found = int(self.data[place])
        except (IndexError, ValueError):
            raise NotALine(self.event) from None
        if not 0 <= found < 2**31:
            raise NotALine(self.event)
        return found

    def text(self, place: int) -> str:
        """A parameter as it is; empty where the line ends before it."""
        return self.data[place] if place < len(self.data) else ""


class Wrapped(NamedTuple):
    """What a call was about, said by the agent after it."""

    callid: str
    topic: str


@dataclass(slots=True)
class QueueCall:
    """One call to a queue. The caller's number is never shown."""

    callid: str
    queue: str
    entered: int
    caller: str = field(default="", repr=False)
    again: bool = False  # the same caller's call entered a queue before
    agent: str = ""
    connected: bool = False
    wait: int | None = None
    talk: int | None = None
    missed: int = 0  # agents who let it ring
    end: End = End.OPEN
    ended: int | None = None
    moved_to: str = ""
    events: list[list[int | str]] = field(default_factory=list)  # seconds after entering, event, agent, parameter

    @property
    def key(self) -> str:
        """What tells this call from all others, in whatever file it is read."""
        return f"{self.callid}/{self.entered}/{self.queue}"


def decoded(raw: bytes) -> str:
    """The text of a line: UTF-8, else Big5, whose second byte may be the very sign that parts the fields."""
    raw = raw.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
    for encoding in ("utf-8", "cp950"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def lines_in(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Each line with the bytes read so far. What is too long to be an event comes empty; a cut last line comes too."""
    at, too_long = file.tell(), False
    while raw := file.readline(LONGEST):
        at += len(raw)
        whole = raw.endswith(b"\n")
        if len(raw) == LONGEST and not whole:
            too_long = True
            continue
        yield (b"\n" if whole else b"") if too_long else raw, at
        too_long = False


def columns_of(first: str) -> list[str] | None:
    """The columns of the database form, from the first line of the file; None for the log itself."""
    names = [name.strip().casefold() for name in next(csv.reader([first]), [])]
    return names if set(COLUMNS) <= set(names) else None


def parse(text: str, columns: list[str] | None = None) -> Line:
    """One event. Raises NotALine."""
    if "\0" in text:
        raise NotALine("NUL")
    return _row(text, columns) if columns else _line(text)


def _line(text: str) -> Line:
    at, *rest = text.split("|")
    if len(rest) < 4:
        raise NotALine("too short")
    callid, queue, agent, event, *data = rest
    return _checked(at, callid, queue, agent, event, tuple(data))


def _row(text: str, columns: list[str]) -> Line:
    cells = dict(zip(columns, next(csv.reader([text]), []), strict=False))
    if not all(name in cells for name in COLUMNS):
        raise NotALine("too short")
    data = [cells.get(f"data{n}", "") for n in range(1, 6)]
    if "data" in cells:  # the older form: all in one cell
        data = cells["data"].split("|")
    while data and not data[-1]:
        data.pop()
    at, callid, queue, agent, event = (cells[name] for name in COLUMNS)
    return _checked(at, callid, queue, agent, event, tuple(data))


def _checked(at: str, callid: str, queue: str, agent: str, event: str, data: tuple[str, ...]) -> Line:
    event = event.strip().upper()
    if not event or len(event) > 30 or len(callid) > 64 or len(queue) > 60 or len(agent) > 80:
        raise NotALine("no event")
    return Line(epoch_of(at), callid, queue, agent, event, data)


def epoch_of(text: str) -> int:
    """Seconds since 1970, given as such or by the wall clock of the city. Raises NotALine."""
    if text.isascii() and text.isdigit():
        found = int(text) if len(text) < 12 else -1
    else:
        try:
            found = int(float(text)) if text.replace(".", "", 1).isdigit() else _of_wall_clock(text)
        except (ValueError, OverflowError):
            raise NotALine("time") from None
    if not 0 < found < 2**32:
        raise NotALine("time")
    return found


def _of_wall_clock(text: str) -> int:
    """2016-08-01 09:30:00 as databases write it: the city's time unless it names another."""
    given = datetime.fromisoformat(text.strip())
    return int((given if given.tzinfo else given.replace(tzinfo=TAIPEI)).timestamp())


Act = Callable[[QueueCall, Line], str]


class Assembler:
    """Puts events together into calls, and gives out each call when it ends.

    It begins with the calls that were open at the end of what was read before, and with those that entered shortly
    before. What it cannot place is counted, never refused: `strays` are events of calls that it does not know,
    `others` those that speak of no call (log-ins, pauses, reloads and what is new to it).
    """

    def __init__(self, open_calls: Iterable[QueueCall] = (), entered: Iterable[tuple[str, str]] = ()) -> None:
        self.open = {call.callid: call for call in open_calls}
        self._entered = dict(entered)  # callid and the key of its first call
        self.strays = 0
        self.others = 0

    def feed(self, line: Line) -> QueueCall | Wrapped | None:
        """What this event ends: a call, or the wrap-up of one. Raises NotALine for one that lacks its parameters."""
        if line.event == "ENTERQUEUE":
            return self._enter(line)
        if line.event == "WRAPUP":
            return Wrapped(line.callid, line.text(0).strip().casefold())
        act = _ACTS.get(line.event)
        if act is None:
            self.others += 1
            return None
        call = self.open.get(line.callid)
        if call is None or (call.queue != line.queue and line.queue != "NONE"):
            self.strays += 1
            return None
        parameter = act(call, line)
        _note(call, line, parameter)
        if call.end is End.OPEN:
            return None
        call.ended = line.at
        return self.open.pop(line.callid)

    def _enter(self, line: Line) -> QueueCall | None:
        call = QueueCall(line.callid, line.queue, line.at, caller=line.text(1))
        before = self.open.pop(line.callid, None)
        call.again = self._entered.setdefault(line.callid, call.key) != call.key
        if len(self._entered) > REMEMBERED:
            del self._entered[next(iter(self._entered))]
        self.open[line.callid] = call
        _note(call, line, "")
        if before is None or before.key == call.key:
            return None
        # The log lost how the call left the queue before: it was moved on by the exchange, or by its agent.
        passed = max(line.at - before.entered, 0)
        if before.connected:
            before.end, before.talk = End.ANSWERED, max(passed - (before.wait or 0), 0)
        else:
            before.end, before.wait = End.TIMED_OUT, passed
        before.ended = line.at
        return before

    def give_up(self, now: int) -> list[QueueCall]:
        """Calls that began a day before and never ended: they stay open, and are waited for no longer."""
        stale = [call for call in self.open.values() if now - call.entered > STALE_AFTER]
        for call in stale:
            del self.open[call.callid]
        return stale


def _note(call: QueueCall, line: Line, parameter: str) -> None:
    agent = "" if line.agent == "NONE" else line.agent
    event: list[int | str] = [line.at - call.entered, line.event, agent, parameter]
    if event not in call.events:
        call.events.append(event)


def _connect(call: QueueCall, line: Line) -> str:
    call.wait, call.agent, call.connected = line.seconds(0), "" if line.agent == "NONE" else line.agent, True
    return str(call.wait)


def _answered(call: QueueCall, line: Line, end: End, place: int) -> None:
    """Waiting and talking stand side by side; a call whose CONNECT was lost is known by them."""
    call.wait, call.talk, call.end, call.connected = line.seconds(place), line.seconds(place + 1), end, True
    if not call.agent and line.agent != "NONE":
        call.agent = line.agent


def _complete(call: QueueCall, line: Line) -> str:
    _answered(call, line, End.ANSWERED, 0)
    return str(call.talk)


def _transfer(call: QueueCall, line: Line) -> str:
    _answered(call, line, End.TRANSFERRED, 2)
    target = line.text(1 if line.event == "ATTENDEDTRANSFER" else 0)
    call.moved_to = target if OWN_EXTENSION.fullmatch(target) else ""  # a longer one may be somebody's number
    return call.moved_to


def _without_answer(end: End, place: int) -> Act:
    def act(call: QueueCall, line: Line) -> str:
        call.wait, call.end = line.seconds(place), end
        return line.text(0) if end is End.LEFT_BY_KEY and OWN_EXTENSION.fullmatch(line.text(0)) else str(call.wait)

    return act


def _dropped(call: QueueCall, line: Line) -> str:
    call.wait, call.end = max(line.at - call.entered, 0), End.TIMED_OUT
    return ""


def _rang(call: QueueCall, line: Line) -> str:
    milliseconds = line.seconds(0)
    agent = "" if line.agent == "NONE" else line.agent
    if [line.at - call.entered, line.event, agent, str(milliseconds)] not in call.events:
        call.missed += 1
    return str(milliseconds)


def _ringing_stopped(call: QueueCall, line: Line) -> str:
    return ""


_ACTS: dict[str, Act] = {
    "CONNECT": _connect,
    "COMPLETEAGENT": _complete,
    "COMPLETECALLER": _complete,
    "BLINDTRANSFER": _transfer,
    "TRANSFER": _transfer,
    "ATTENDEDTRANSFER": _transfer,
    "ABANDON": _without_answer(End.ABANDONED, 2),
    "EXITWITHTIMEOUT": _without_answer(End.TIMED_OUT, 2),
    "EXITEMPTY": _without_answer(End.TIMED_OUT, 2),
    "EXITWITHKEY": _without_answer(End.LEFT_BY_KEY, 3),
    "RINGNOANSWER": _rang,
    "RINGCANCELED": _ringing_stopped,
    "SYSCOMPAT": _dropped,
    "AGENTDUMP": _dropped,
}
"""What each event of a call does to it, and the parameter that is kept of it: never a caller's number or name."""
