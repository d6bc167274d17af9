"""Field visits: the checklist, photos with place and time, and what is wanting sent to the agency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import BinaryIO

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import services as files
from cityhall.engines.files.rules import Kind
from cityhall.engines.identity.models import Account
from cityhall.foundation.unit import act

from . import holding
from .models import CheckMark, Gathering, Outcome, Photo
from .refusals import CannotGather
from .rules import Move, Unchecked, may, unchecked
from .services import locked
from .states import Verdict

Point = tuple[float, float]


class Unfinished(CannotGather):
    """A checklist with gaps, by line."""

    def __init__(self, gaps: Mapping[str, Unchecked]) -> None:
        super().__init__(_("查核表還沒填完。"))
        self.gaps = gaps


def _visited(gathering: Gathering) -> Gathering:
    """The visit, on its way or just made, locked."""
    found = locked(gathering, Move.FIND if may(Move.FIND, gathering.state) else Move.HOLD)
    if not found.declared.checklist:
        raise CannotGather(_("這一種沒有查核表。"))
    return found


@act
def mark(
    gathering: Gathering, *, marks: Mapping[str, tuple[str, str]], where: Point | None = None, by: Account, at: datetime
) -> int:
    """What was found, line by line; what is not filled in yet may come later. Says how many lines were written.

    Raises Unfinished where something is wanting and no words say what.
    """
    gathering = _visited(gathering)
    given = {line: (verdict, note.strip()) for line, (verdict, note) in marks.items() if verdict}
    if set(given) - set(gathering.declared.lines):
        raise CannotGather(_("查核表沒有這一項。"))
    if gaps := unchecked(set(given), given):
        raise Unfinished(gaps)
    known = {one.line: one for one in gathering.marks.select_for_update()}
    lon, lat = where or (None, None)
    changed = 0
    for line, (verdict, note) in given.items():
        one = known.get(line) or CheckMark(gathering=gathering, line=line)
        if (one.verdict, one.note) == (verdict, note):
            continue
        if _is_sent(gathering, line):
            raise CannotGather(
                _("「%(line)s」已經送機關改善，不能再改。") % {"line": gathering.declared.lines[line].label}
            )
        one.verdict, one.note, one.lon, one.lat = Verdict(verdict), note[:1000], lon, lat
        one.marked_at, one.marked_by = at, by
        one.save()
        changed += 1
    if changed:
        audit.record("gathering.checked", gathering, by=by, at=at, new={"lines": changed})
    return changed


def _is_sent(gathering: Gathering, line: str) -> bool:
    return gathering.outcomes.filter(line=line).exists()


@act
def add_photo(
    gathering: Gathering, content: BinaryIO, *, name: str, line: str = "", caption: str = "", where: Point | None = None,
    taken_at: datetime, by: Account, at: datetime,
) -> Photo:  # fmt: skip
    """A photo with where and when it was taken: what the picture remembers, else where the telephone is.

    Raises CannotGather, also where the file is no picture.
    """
    gathering = _visited(gathering)
    if taken_at > at:
        raise CannotGather(_("拍攝時間還沒到。"))
    where = files.exif_place(content) or where
    try:
        stored = files.store(
            content, name=name, owner=gathering, by=by, at=at, allow=frozenset({Kind.PICTURE}), caption=caption
        )
    except files.CannotStoreFile as refusal:
        raise CannotGather(refusal.sentence) from refusal
    lon, lat = where or (None, None)
    photo = Photo.objects.create(gathering=gathering, file=stored, line=line, lon=lon, lat=lat, taken_at=taken_at)
    audit.record("gathering.photo_added", gathering, by=by, at=at, new={"line": line, "placed": where is not None})
    return photo


@act
def send_findings(gathering: Gathering, *, agency: Agency, due_on: date, by: Account, at: datetime) -> list[Outcome]:
    """送機關改善: each wanting line that was not sent yet becomes a finding of its own, followed until it is put right."""
    gathering = locked(gathering, Move.FIND)
    lines = gathering.declared.lines
    marks = {one.line: (one.verdict, one.note) for one in gathering.marks.all()}
    if gaps := unchecked(lines, marks):
        raise Unfinished(gaps)
    sent = set(gathering.outcomes.values_list("line", flat=True))
    wanting = [line for line in lines if marks[line][0] == Verdict.WANTING and line not in sent]
    if not wanting:
        raise CannotGather(_("沒有還沒送出的待改善項目。"))
    return [
        holding.conclude(
            gathering,
            text=f"{lines[line].label}：{marks[line][1]}",
            agency=agency,
            due_on=due_on,
            line=line,
            by=by,
            at=at,
        )
        for line in wanting
    ]
