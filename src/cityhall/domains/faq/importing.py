"""Many entries at once: a sheet is read, each row is new, changed, the same or refused, and whoever asked is told which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.files.sheets import Refusal, Row, Sheet, read_sheet
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, insert_all

from .models import Entry, Move, Topic, Version
from .rules import lines_of, link_in
from .services import TEXTS
from .sheets import BY_KEY, COLUMNS
from .states import State, Step


@dataclass
class Line:
    """One entry that comes in: its code, whose it is, what it is about and what it says."""

    code: str
    agency: Agency
    topic: Topic | None
    texts: dict[str, Any]


@dataclass
class Report:
    """What became of the rows, and every refused cell."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Refusal] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def refused_rows(self) -> int:
        """How many rows were refused; one may have several faults."""
        return len({one.row for one in self.refused})


# ---- a sheet ---------------------------------------------------------------------------------------------------------


@act
def take_in(content: BinaryIO, *, publish: bool, basis: str, by: Account, at: datetime) -> Report:
    """Read a sheet and keep what is new or changed, as drafts, or published where agencies have agreed already.

    The same sheet again changes nothing. Raises CannotReadSheet.
    """
    sheet = read_sheet(content, COLUMNS)
    lines = _lines(sheet, at)
    report = keep(
        lines, publish=publish, basis=basis, by=by, at=at, refuse=lambda n, why: _refuse(sheet, n, "code", why)
    )
    report.refused, report.unknown = sorted(sheet.refused, key=lambda one: one.row), sheet.unknown
    audit.record(
        "faq.imported", None, by=by, at=at,
        new={"new": report.new, "changed": report.changed, "same": report.same, "refused": report.refused_rows,
             "published": publish, "basis": basis},
    )  # fmt: skip
    return report


def _refuse(sheet: Sheet, row: int, key: str, why: str, value: object = "") -> None:
    sheet.refuse(row, BY_KEY[key], value, why)


def _lines(sheet: Sheet, at: datetime) -> dict[int, Line]:
    """The rows that hold together, by their number in the sheet."""
    agencies: dict[str, Agency] = {}
    for agency in Agency.objects.as_of(day_of(at)):
        for name in (agency.code, agency.short_name, agency.name):
            agencies.setdefault(name, agency)
    topics = {name: one for one in Topic.objects.all() for name in (one.code, one.name)}
    found: dict[int, Line] = {}
    seen: dict[str, int] = {}
    for row in sheet.rows:
        faults = list(_faults(row, agencies, topics))
        code = row["code"]
        if code in seen:
            faults.append(("code", _("和第%(n)s列的編號相同。") % {"n": seen[code]}))
        seen.setdefault(code, row.number)
        for key, why in faults:
            _refuse(sheet, row.number, key, why, row[key] or "")
        if not faults:
            texts = {name: row.values.get(name) for name in TEXTS}
            texts = {name: "" if value is None and name in WORDS else value for name, value in texts.items()}
            texts["valid_from"] = texts["valid_from"] or day_of(at)
            for name in ("aliases", "steps", "steps_en", "links"):
                texts[name] = "\n".join(lines_of(str(texts[name])))
            found[row.number] = Line(code, agencies[row["agency"]], topics.get(row.values.get("topic") or ""), texts)
    return found


WORDS = frozenset(TEXTS) - {"days", "valid_from", "valid_until", "review_by"}


def _faults(row: Row, agencies: dict[str, Agency], topics: dict[str, Topic]) -> Iterable[tuple[str, str]]:
    """What only the records and the other cells could tell: in which column, and why."""
    given = row.values
    if len(given["code"]) > 40:
        yield "code", _("最多40個字。")
    if given["agency"] not in agencies:
        yield "agency", _("沒有這個機關。請填機關簡稱或代碼，例如「養工處」。")
    if given.get("topic") and given["topic"] not in topics:
        yield "topic", _("沒有這個問題類別。請先新增類別，或留空。")
    if bool(given.get("question_en")) != bool(given.get("answer_en")):
        yield "answer_en", _("英文的問題和答案要一起填，或都不填。")
    if (days := given.get("days")) is not None and not 0 <= days <= 999:
        yield "days", _("要在0到999之間。")
    starts, ends = given.get("valid_from"), given.get("valid_until")
    if starts and ends and ends < starts:
        yield "valid_until", _("不能早於開始的日子。")
    if ends and not starts:
        yield "valid_from", _("填了結束的日子，也要填開始的日子。")
    if given.get("link") and link_in(given["link"]) is None:
        yield "link", _("網址要以 https:// 開頭。")
    for n, line in enumerate(lines_of(given.get("links") or ""), 1):
        if link_in(line) is None:
            yield "links", _("第%(n)s行沒有網址。網址要以 https:// 開頭，前面空一格。") % {"n": n}


# ---- the bulk path ---------------------------------------------------------------------------------------------------


@act
def keep(
    lines: dict[int, Line], *, publish: bool, basis: str = "", generated: bool = False, by: Account | None, at: datetime,
    refuse: Any = None,
) -> Report:  # fmt: skip
    """Write what is new or changed, many by one statement; entries with an open version are refused."""
    report, today = Report(), day_of(at)
    entries = {
        one.code: one for one in Entry.objects.select_for_update().filter(code__in=[one.code for one in lines.values()])
    }
    last: dict[int, Version] = {}
    numbers: dict[int, int] = {}
    for version in Version.objects.filter(entry__in=entries.values()).order_by("entry", "number"):
        numbers[version.entry_id] = version.number
        if version.state != State.DISCARDED:
            last[version.entry_id] = version
    wanted: list[Line] = []
    for number, line in lines.items():
        entry = entries.get(line.code)
        before = last.get(entry.pk) if entry else None
        if entry is not None and before is not None:
            if not _differs(before, entry, line):
                report.same += 1
                continue
            if before.state != State.PUBLISHED:
                if refuse is not None:
                    refuse(number, _("這一題已經有還沒公布的版本，請改那一份。"))
                continue
            report.changed += 1
        else:
            report.new += 1
        wanted.append(line)
    fresh = [
        Entry(code=one.code, agency=one.agency, topic=one.topic, generated=generated)
        for one in wanted if one.code not in entries
    ]  # fmt: skip
    insert_all(fresh)
    entries |= {one.code: one for one in fresh}
    for line in wanted:
        entry = entries[line.code]
        if (entry.agency_id, entry.topic_id) != (line.agency.pk, line.topic.pk if line.topic else None):
            entry.agency, entry.topic = line.agency, line.topic
            entry.save(update_fields=["agency", "topic"])
    if publish:
        keys = [entries[one.code].pk for one in wanted]
        Version.objects.standing().filter(entry__in=keys).update(superseded_on=today)
    state = State.PUBLISHED if publish else State.DRAFT
    shown = {"published_by": by, "published_on": today} if publish else {}
    versions = [
        Version(
            entry=entries[one.code], number=numbers.get(entries[one.code].pk, 0) + 1, state=state, written_by=by,
            written_at=at, **one.texts, **shown,
        )
        for one in wanted
    ]  # fmt: skip
    insert_all(versions)
    steps = (Step.WRITTEN, Step.PUBLISHED) if publish else (Step.WRITTEN,)
    insert_all([Move(version=one, step=step, reason=basis[:500], by=by, at=at) for one in versions for step in steps])
    return report


def _differs(before: Version, entry: Entry, line: Line) -> bool:
    """Whether a row says something else than the last version; an empty first day is no change."""
    if before.withdrawn:
        return True
    here = {name: getattr(before, name) for name in TEXTS}
    return (
        any(here[name] != value for name, value in line.texts.items() if name != "valid_from")
        or entry.agency_id != line.agency.pk
        or (line.topic is not None and entry.topic_id != line.topic.pk)
    )
