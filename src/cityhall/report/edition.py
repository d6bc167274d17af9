"""The report of one period in one language: what each slot of its text says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from cityhall.engines.figures import catalogue, queries, registry
from cityhall.engines.figures.drawing import chart_of
from cityhall.engines.figures.models import Issue, IssuedValue
from cityhall.engines.figures.queries import Counted, Course, Listed, Step, steps_of
from cityhall.engines.figures.services import Slot
from cityhall.foundation.period import Period
from cityhall.report.sections import Section, sections
from cityhall.web.charts import Chart


class NotIssued(LookupError):
    """An issued report does not hold this figure: it was built later."""


@dataclass
class Edition:
    """A report while it is read. `period` None gives each figure the period that the old report printed.

    With an issue, every number is the issued one, those of the charts too. Each figure is counted once.
    """

    period: Period | None
    at: datetime
    issue: Issue | None = None
    absolute: str = ""  # for documents: what addresses begin with
    full_names: bool = False  # whether the contact list names people in full
    drawn: dict[str, Chart] = field(default_factory=dict)
    mentioned: dict[tuple[str, str], Counted] = field(default_factory=dict)
    _known: dict[tuple[str, str, str], Counted] = field(default_factory=dict)

    @cached_property
    def _frozen(self) -> dict[tuple[str, str, str], IssuedValue]:
        assert self.issue
        values = self.issue.values.defer("packed_rows")
        return {(one.figure, one.of, one.period_spec): one for one in values}

    def period_of(self, key: str, of: str = "") -> Period:
        """The period for which a figure stands in this report."""
        if self.period:
            return self.period
        return next((line.period for line in catalogue.lines_of(key) if line.of == of), queries.running_year(self.at))

    def value(self, key: str, of: str = "", like: str = "") -> Counted:
        """A figure's value in this report, for the period of another one where it is said beside that.

        Raises UnknownFigure, CannotCount, NotIssued.
        """
        period = self.period_of(like or key, of)
        if (known := self._known.get((key, of, period.spec))) is None:
            if self.issue:
                try:
                    issued = self._frozen[key, of, period.spec]
                except KeyError:
                    raise NotIssued(key) from None
                known = queries.as_counted(issued)
            else:
                known = queries.value(key, period, of, at=self.at)
            self._known[key, of, period.spec] = known
        return known

    def has(self, key: str, of: str = "") -> bool:
        """Whether the report can say this figure."""
        try:
            return self.value(key, of).value is not None
        except (registry.UnknownFigure, queries.CannotCount, NotIssued):
            return False

    def mention(self, key: str, of: str = "", like: str = "") -> Counted:
        """The same, remembered for the list of definitions at the section's end."""
        counted = self.value(key, of, like)
        self.mentioned.setdefault((key, of), counted)
        return counted

    def now(self, key: str, of: str = "") -> Counted | None:
        """What the records say today of an issued value, where they say something else."""
        issued = self.value(key, of)
        if issued.issued is None:
            return None
        today = queries.value_or_none(key, issued.period, of, at=self.at)
        return today if today and today.rounded != issued.rounded else None

    def course(self, key: str, of: str = "") -> Course | None:
        """How a figure came about, month by month."""
        counted = self.value(key, of)
        if counted.issued is None:
            return queries.course(counted)
        unit, periods = steps_of(counted.period)
        frozen = [self._frozen.get((key, of, one.spec)) for one in periods]
        if len(periods) < 2 or not all(frozen):
            return None
        steps = [Step(one.period, int(one.value or 0)) for one in frozen if one]
        length = counted.period.months if unit == "month" else Decimal(len(steps))
        return Course(unit, steps, sum(step.value for step in steps) / length)

    def chart(self, key: str, of: str = "") -> Chart | None:
        """The chart of a figure's course; None where there is none to draw."""
        course = self.course(key, of)
        return chart_of(self.value(key, of), course) if course else None

    def later(self, section: Section) -> list[catalogue.Line]:
        """The section's lines that no system counts yet."""
        return [line for line in catalogue.lines() if line.section == section.number and not line.declared]

    def lines(self) -> list[Listed]:
        """Every line of the report: what `report build --format json` prints, as `figures list` does."""
        return queries.listed(self.period, at=self.at, issue=self.issue)

    @property
    def title(self) -> str:
        """What the report is called."""
        return _("研究發展考核委員會工作報告")


def slots(period: Period) -> list[Slot]:
    """Every number that a report of this period prints, those of its charts too: what issuing freezes."""
    wanted = [Slot(line.figure, period, line.of) for line in catalogue.built()]
    for section in sections():
        for key in section.charts:
            wanted += [Slot(key, step) for step in steps_of(period)[1]]
    return wanted
