"""評分標準: a new version from a coming day on; one that has not begun can be taken back. Sheets keep theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.identity.models import Account
from cityhall.engines.scoring.rules import SchemeFault, scheme_faults
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import QualityCriterion, QualityMark, QualityRubric, QualitySheet
from ..quality import Criterion, Moved, Rubric, moved


class CannotChangeRubric(CannotAct):
    """The version cannot be used, or not be taken back; the sentence says why."""


@dataclass(frozen=True)
class Line:
    """A criterion as it was written down; a new one has no code yet."""

    code: str
    name: str
    name_en: str
    about: str
    about_en: str
    weight: int
    must: bool


@dataclass(frozen=True)
class Version:
    """A rubric as it was written down."""

    lines: Sequence[Line]
    enough: int
    reason_below: int
    valid_from: date
    source: str

    @property
    def as_rule(self) -> Rubric:
        """As the rules see it."""
        return Rubric(
            tuple(Criterion(one.code, one.weight, one.must) for one in self.lines), self.enough, self.reason_below
        )


def newest() -> QualityRubric:
    """The last version, in force or to come. Raises LookupError where there is none."""
    found = QualityRubric.objects.prefetch_related("criteria").order_by("-version").first()
    if found is None:
        raise LookupError("no rubric")
    return found


def written(rubric: QualityRubric) -> Version:
    """A version as it can be written down again."""
    names = ("code", "name", "name_en", "about", "about_en", "weight", "must")
    lines = [Line(**{name: getattr(one, name) for name in names}) for one in rubric.criteria.all()]
    return Version(lines, rubric.enough, rubric.reason_below, rubric.valid_from, rubric.source)


def _numbered(lines: Sequence[Line]) -> list[Line]:
    """Each with a code: what goes on keeps its own, what is new gets one that no version ever had."""
    used = set(QualityCriterion.objects.values_list("code", flat=True))
    found, n = [], 0
    for line in lines:
        code = line.code
        while not code:
            n += 1
            code = f"c{n}" if f"c{n}" not in used else ""
        used.add(code)
        found.append(replace(line, code=code))
    return found


def fault(version: Version, *, at: datetime) -> str:
    """Why a version cannot be used, in a sentence; empty where it can."""
    last, version = newest(), replace(version, lines=_numbered(version.lines))
    if version.valid_from <= day_of(at):
        return _("新版自明天以後的日子起施行；已經評的維持原來的版次。")
    if version.valid_from <= last.valid_from:
        return _("第%(n)s版還沒有開始，施行日要在它之後；要改它，請先撤回。") % {"n": last.version}
    before = written(last)
    if (list(version.lines), version.enough, version.reason_below) == (
        list(before.lines), before.enough, before.reason_below,
    ):  # fmt: skip
        return _("和第%(n)s版一樣，沒有要改的。") % {"n": last.version}
    sums = sum(one.weight for one in version.lines)
    words = {
        SchemeFault.NO_CRITERIA: _("至少要有一個項目。"),
        SchemeFault.NOT_A_HUNDRED: _("各項權重都要是1以上，合計要是20（每項5分，滿分100），現在是%(n)s。")
        % {"n": sums},
        SchemeFault.DOUBLED: _("有兩個項目重複。"),
    }
    faults = scheme_faults(version.as_rule.scheme)
    return words[faults[0]] if faults else ""


@act
def new_version(version: Version, *, by: Account, at: datetime) -> QualityRubric:
    """Put a version into force from its day on; the one before ends the day before. Raises CannotChangeRubric."""
    last = QualityRubric.objects.select_for_update().order_by("-version").first()
    if last is None:
        raise CannotChangeRubric(_("這一天還沒有生效的評分標準。"))
    if why := fault(version, at=at):
        raise CannotChangeRubric(why)
    last.valid_until = version.valid_from - timedelta(days=1)
    last.save(update_fields=["valid_until"])
    made = QualityRubric.objects.create(
        version=last.version + 1, valid_from=version.valid_from, enough=version.enough,
        reason_below=version.reason_below, source=version.source, set_by=by, set_at=at,
    )  # fmt: skip
    QualityCriterion.objects.bulk_create(
        QualityCriterion(rubric=made, order=n, **asdict(line)) for n, line in enumerate(_numbered(version.lines), 1)
    )
    told = {"version": made.version, "valid_from": version.valid_from.isoformat(), "source": version.source,
            "weights": {line.name: line.weight for line in version.lines}}  # fmt: skip
    audit.record("petition.rubric_set", None, by=by, at=at, new=told)
    return made


def may_take_back(rubric: QualityRubric, *, at: datetime) -> bool:
    """Whether a version has not begun yet and nothing was drawn by it."""
    return rubric.valid_from > day_of(at) and not QualitySheet.objects.filter(rubric=rubric).exists()


@act
def take_back(rubric: QualityRubric, *, by: Account, at: datetime) -> None:
    """撤回: the version before goes on. Raises CannotChangeRubric where it has begun, or is not the last."""
    last = QualityRubric.objects.select_for_update().order_by("-version").first()
    if last is None or last.pk != rubric.pk or last.version == 1 or not may_take_back(last, at=at):
        raise CannotChangeRubric(_("這一版已經施行，或不是最後一版，不能撤回。"))
    audit.record("petition.rubric_taken_back", None, by=by, at=at, old={"version": last.version})
    last.delete()
    QualityRubric.objects.filter(version=last.version - 1).update(valid_until=None)


def compared(version: Version, sheets: Sequence[QualitySheet]) -> Moved | None:
    """How the findings of sheets would be by a version; None where it looks at something that nobody marked."""
    marks: dict[int, dict[str, int]] = {one.pk: {} for one in sheets}
    rows = QualityMark.objects.filter(sheet__in=marks).values_list("sheet", "criterion__code", "value")
    for sheet, code, value in rows:
        marks[sheet][code] = value
    known: list[tuple[Mapping[str, int], bool]] = [(marks[one.pk], bool(one.found_wanting)) for one in sheets]
    return moved(replace(version, lines=_numbered(version.lines)).as_rule, known)
