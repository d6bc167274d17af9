"""Acts: read the exchange's files into calls."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.contacts import phone_key
from cityhall.engines.identity.models import Account
from cityhall.foundation import rows as many_rows
from cityhall.foundation.clock import TAIPEI
from cityhall.foundation.unit import act

from . import cdr, presence, queue_log, refusing
from .models import Agent, Call, LogFile, Queue, RefusedLine, StaffEvent
from .queue_log import Assembler, End, Line, NotALine, QueueCall, Wrapped, decoded, lines_in
from .states import LogKind, Outcome, Topic

BATCH = 1000
TAIL = 4096
KNOWN_BEFORE = 3600
REASON = re.compile(r"[-\w]{1,20}")
# An open call that is read on keeps what only its first line told: the caller. What an agent said stays too.
UPDATED = (
    "queue", "agent", "entered_at", "entered_on", "half_hour", "ended_at", "outcome", "wait_s", "talk_s", "missed", "again",
    "moved_to", "events",
)  # fmt: skip


class CannotImport(Exception):
    """The file cannot be read, or is none of the exchange's."""


@dataclass
class Imported:
    """What one reading of a file brought."""

    lines: int = 0
    calls: int = 0
    refused: int = 0  # lines that are no event
    strays: int = 0  # events of calls that nobody knows
    others: int = 0  # events that speak of no call
    still_open: int = 0
    kept: list[refusing.Refused] = field(default_factory=list)  # refused lines that are not written yet
    cut: bool = False  # the last line is not whole yet; it is read when it is


class Reader(Protocol):
    """How the lines of one kind of file become rows."""

    def begin(self, text: str) -> bool:
        """See the first line of the file; whether it is a heading."""

    def take(self, text: str) -> None:
        """Take one line. Raises NotALine."""

    @property
    def waiting(self) -> int:
        """How many calls are to be written."""

    def write(self) -> None:
        """Write what was taken since the last time."""

    def told(self, done: Imported) -> None:
        """Add what only this kind knows."""


def import_queue_log(path: Path, *, by: Account | None, at: datetime, told: bool = True) -> Imported:
    """Read what is new in a queue log into calls.

    It goes on where the last reading of the same file ended, even after a crash or under another name; a file read
    twice, whole or in part, gives the same rows. A file that is followed is not told to the trail at every line (`told`).
    Raises CannotImport.
    """
    return read_file(path, LogKind.QUEUE_LOG, _QueueLog(), by=by, at=at, told=told)


def import_cdr(path: Path, *, by: Account | None, at: datetime) -> Imported:
    """Read what is new in the call detail records: calls that the voice menu served alone. Raises CannotImport."""
    return read_file(path, LogKind.CDR, _Cdr(), by=by, at=at)


def read_file(
    path: Path, kind: LogKind, reader: Reader, *, by: Account | None, at: datetime, told: bool = True
) -> Imported:
    """Read what is new in a file of this kind, and tell the trail of it. Raises CannotImport."""
    done = Imported()
    try:
        with path.open("rb") as file:
            first = file.readline(queue_log.LONGEST)
            if not first.endswith(b"\n"):
                done.cut = bool(first)
                return done
            log = _known(path, kind, hashlib.sha256(first).hexdigest(), file, at=at)
            _follow(file, log, reader, first, done, at=at)
    except OSError as problem:
        raise CannotImport(str(problem)) from None
    reader.told(done)
    if done.lines and told:
        new = {"file": log.name, "lines": done.lines, "calls": done.calls, "refused": done.refused}
        audit.record("hotline.imported", log, by=by, at=at, new=new)
    return done


def _known(path: Path, kind: LogKind, fingerprint: str, file: BinaryIO, *, at: datetime) -> LogFile:
    """The file as it was read before. One that begins alike and is another is read from its first line."""
    log, _new = LogFile.objects.get_or_create(
        kind=kind, fingerprint=fingerprint, defaults={"name": path.name[:120], "last_read_at": at}
    )
    if log.read_to and _tail(file, log.read_to) != log.tail:
        log.read_to = log.lines = log.refused = 0
        log.another = True
    return log


def _tail(file: BinaryIO, end: int) -> str:
    """A digest of what stands before that place."""
    start = max(end - TAIL, 0)
    file.seek(start)
    return hashlib.sha256(file.read(end - start)).hexdigest()


def _follow(file: BinaryIO, log: LogFile, reader: Reader, first: bytes, done: Imported, *, at: datetime) -> None:
    heading = reader.begin(decoded(first))
    if heading and not log.read_to:
        log.read_to = len(first)
    file.seek(log.read_to)
    before, read_to, above = (done.lines, done.refused), log.read_to, log.lines + heading
    for raw, end in lines_in(file):
        if not raw.endswith(b"\n"):
            done.cut = True
            break
        done.lines += 1
        text = decoded(raw)
        try:
            reader.take(text)
        except NotALine as problem:
            done.refused += 1
            if log.refused + done.refused - before[1] <= refusing.MOST:
                done.kept.append(refusing.refused(above + done.lines, text, problem))
        if reader.waiting >= BATCH:
            here = file.tell()
            _keep(file, log, reader, end, done, before, at=at)
            before = done.lines, done.refused
            file.seek(here)
        read_to = end
    if done.lines > before[0]:
        _keep(file, log, reader, read_to, done, before, at=at)


@act
def _keep(
    file: BinaryIO, log: LogFile, reader: Reader, end: int, done: Imported, before: tuple[int, int], *, at: datetime
) -> None:
    """Rows and resume point together: both are kept or neither."""
    done.calls += reader.waiting
    reader.write()
    log.lines += done.lines - before[0]
    log.refused += done.refused - before[1]
    log.read_to, log.tail, log.last_read_at = end, _tail(file, end), at
    log.save()
    if log.another:
        log.refused_lines.all().delete()
        log.another = False
    RefusedLine.objects.bulk_create(
        [RefusedLine(log=log, at=at, **one._asdict()) for one in done.kept], batch_size=500, ignore_conflicts=True
    )
    done.kept = []


# ---- calls of the queues ---------------------------------------------------------------------------------------------


@dataclass
class _Names:
    """Queues and agents by the exchange's names; new ones are entered when they are first met."""

    queues: dict[str, Queue] = field(default_factory=lambda: {one.code: one for one in Queue.objects.all()})
    agents: dict[str, Agent] = field(default_factory=lambda: {one.code: one for one in Agent.objects.all()})

    def queue(self, code: str) -> Queue:
        if code not in self.queues:
            self.queues[code] = Queue.objects.get_or_create(code=code)[0]
        return self.queues[code]

    def agent(self, code: str) -> Agent | None:
        if not code:
            return None
        if code not in self.agents:
            self.agents[code] = Agent.objects.get_or_create(code=code)[0]
        return self.agents[code]


class _QueueLog:
    """Lines of a queue log."""

    def __init__(self) -> None:
        self.names = _Names()
        self.columns: list[str] | None = None
        self.assembler: Assembler | None = None
        self.ended: dict[str, QueueCall] = {}
        self.wrapped: dict[str, str] = {}
        self.staff: list[tuple[Line, str]] = []

    @property
    def waiting(self) -> int:
        return len(self.ended)

    def begin(self, text: str) -> bool:
        self.columns = queue_log.columns_of(text)
        return self.columns is not None

    def take(self, text: str) -> None:
        line = queue_log.parse(text, self.columns)
        if self.assembler is None:
            self.assembler = self._assembler(line.at)
        if (what := presence.EVENTS.get(line.event)) is not None and line.agent not in ("", "NONE"):
            self.staff.append((line, what))
        found = self.assembler.feed(line)
        if isinstance(found, Wrapped):
            if found.topic not in Topic.values:
                raise NotALine("topic")
            self.wrapped[found.callid] = found.topic
        elif found is not None:
            self.ended[found.key] = found

    def _assembler(self, now: int) -> Assembler:
        """What was open when the last reading ended, and who had entered shortly before."""
        rows = list(Call.objects.filter(outcome=Outcome.OPEN).select_related("queue", "agent").order_by("entered_at"))
        instant = datetime.fromtimestamp(now, UTC)
        lately = Call.objects.filter(
            entered_at__gte=datetime.fromtimestamp(max(now - KNOWN_BEFORE, 0), UTC), entered_at__lte=instant,
            again=False, queue__isnull=False,
        )  # fmt: skip
        return Assembler(map(_as_read, rows), lately.values_list("callid", "key"))

    def write(self) -> None:
        rows = [self._row(call) for call in self.ended.values()]
        # What the menu's records told of a call before its queue was read, the queue knows better.
        Call.objects.filter(callid__in=[row.callid for row in rows], outcome=Outcome.MENU).delete()
        many_rows.add(Call, rows, instead=("key", UPDATED))
        self.ended = {}
        self._write_open()
        for topic in Topic:
            about = [callid for callid, one in self.wrapped.items() if one == topic.value]
            Call.objects.filter(callid__in=about, topic="", queue__isnull=False).update(topic=topic)
        self.wrapped = {}
        self._write_staff()

    def _write_staff(self) -> None:
        """Who came, went and paused; an event that is there stays once."""
        rows = []
        for line, what in self.staff:
            agent = self.names.agent(line.agent)
            assert agent is not None
            queue = "" if line.queue in ("", "NONE") or line.event.endswith("ALL") else line.queue
            reason = line.text(0) if REASON.fullmatch(line.text(0)) and what == presence.PAUSE else ""
            rows.append(
                StaffEvent(agent=agent, at=datetime.fromtimestamp(line.at, UTC), what=what, queue=queue, reason=reason)
            )
        many_rows.add(StaffEvent, rows, unless_there=True)
        self.staff = []

    def _write_open(self) -> None:
        """Calls that have not ended; where the row has, it knows more than this file does."""
        if self.assembler is None:
            return
        now = max((call.entered for call in self.assembler.open.values()), default=0)
        going = [*self.assembler.give_up(now), *self.assembler.open.values()]
        if not going:
            return
        over = set(
            Call.objects.filter(key__in=[call.key for call in going])
            .exclude(outcome=Outcome.OPEN)
            .values_list("key", flat=True)
        )
        for call in going:
            if call.key in over:
                self.assembler.open.pop(call.callid, None)
        rows = [self._row(call) for call in going if call.key not in over]
        many_rows.add(Call, rows, instead=("key", UPDATED))

    def _row(self, call: QueueCall) -> Call:
        entered = datetime.fromtimestamp(call.entered, TAIPEI)
        return Call(
            key=call.key, callid=call.callid, queue=self.names.queue(call.queue), agent=self.names.agent(call.agent),
            entered_at=entered, entered_on=entered.date(), half_hour=entered.hour * 2 + entered.minute // 30,
            ended_at=None if call.ended is None else datetime.fromtimestamp(call.ended, UTC), outcome=call.end.value,
            wait_s=call.wait, talk_s=call.talk, missed=min(call.missed, 30_000), again=call.again,
            moved_to=call.moved_to, caller_key=phone_key(call.caller), events=call.events,
        )  # fmt: skip

    def told(self, done: Imported) -> None:
        if self.assembler is not None:
            done.strays, done.others = self.assembler.strays, self.assembler.others
            done.still_open = len(self.assembler.open)


def _as_read(row: Call) -> QueueCall:
    """An open call as the reading left it."""
    assert row.queue is not None
    return QueueCall(
        row.callid, row.queue.code, int(row.entered_at.timestamp()), again=row.again,
        agent=row.agent.code if row.agent else "", connected=any(event[1] == "CONNECT" for event in row.events),
        wait=row.wait_s, missed=row.missed, events=row.events,
    )  # fmt: skip


# ---- calls of the voice menu -----------------------------------------------------------------------------------------


class _Cdr:
    """Lines of the call detail records."""

    def __init__(self) -> None:
        self.columns: list[str] | None = None
        self.found: dict[str, cdr.MenuCall] = {}
        self.passed_by = 0

    @property
    def waiting(self) -> int:
        return len(self.found)

    def begin(self, text: str) -> bool:
        self.columns = cdr.columns_of(text)
        return self.columns is not None

    def take(self, text: str) -> None:
        call = cdr.parse(text, self.columns)
        if call is None:
            self.passed_by += 1
        else:
            self.found[call.callid] = call

    def write(self) -> None:
        known = _queued(self.found)
        rows = [_menu_row(call) for callid, call in self.found.items() if callid not in known]
        many_rows.add(Call, rows, instead=("key", UPDATED))
        self.found = {}

    def told(self, done: Imported) -> None:
        done.others = self.passed_by


def _queued(callids: Iterable[str]) -> set[str]:
    """Those that did enter a queue."""
    return set(Call.objects.filter(callid__in=list(callids), queue__isnull=False).values_list("callid", flat=True))


def _menu_row(call: cdr.MenuCall) -> Call:
    entered = datetime.fromtimestamp(call.started, TAIPEI)
    return Call(
        key=f"{call.callid}//", callid=call.callid, entered_at=entered, entered_on=entered.date(),
        half_hour=entered.hour * 2 + entered.minute // 30,
        ended_at=datetime.fromtimestamp(call.started + call.seconds, UTC), outcome=End.MENU.value,
        talk_s=call.seconds, caller_key=phone_key(call.caller),
    )  # fmt: skip
