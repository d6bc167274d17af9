"""The directory as sheets: what each sheet's columns are, how rows are taken in through the acts, and written out.

A sheet is checked at once (cells and references), and taken in by the worker in chunks after somebody has seen the
check. Rows go through the same acts as the pages do, so every refusal of an act stands in the report too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from django.db import transaction
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import CellError, Column, Page, Refusal, Row, Sheet
from cityhall.engines.outbox import services as outbox
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import queries, rights, services
from .models import Agency, Appointment, ApprovalLevel, DutyShift, Import, Person, Post, Unit
from .states import APPROVING_ROLES, AgencyKind, Role

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account

CHUNK = 200
"""Rows taken in by one transaction."""
MOST_BYTES = 5 * 2**20
CREATED, CHANGED, UNCHANGED = "created", "changed", "unchanged"


class CannotImport(Exception):
    """The upload cannot be taken in as a whole."""


@dataclass
class Taking:
    """What taking in a row needs to know: who does it when, how far they may, and what exists."""

    by: Account | None
    at: datetime
    reach: rights.Reach
    grantable: frozenset[str]
    agencies: dict[str, Agency] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def who(self) -> dict[str, Any]:
        """The arguments that every act takes."""
        return {"by": self.by, "at": self.at}

    def agency(self, column: str, code: str) -> Agency:
        """The agency of that code, if it exists and is within reach."""
        found = self.agencies.get(code) or Agency.objects.filter(code=code).first()
        if found is None:
            raise RowError(column, _("沒有代碼「%(code)s」的機關。") % {"code": code})
        self.agencies[code] = found
        if not self.reach.covers(agency=found):
            raise RowError(column, _("您的權限不包含這個機關。"))
        return found

    def unit(self, column: str, agency: Agency, code: str) -> Unit | None:
        """The unit of that code at the agency; none for an empty cell."""
        if not code:
            return None
        found = Unit.objects.filter(agency=agency, code=code).first()
        if found is None:
            raise RowError(column, _("「%(agency)s」沒有代碼「%(code)s」的單位。") % {"agency": agency, "code": code})
        return found

    def person(self, column: str, code: str) -> Person:
        """The person of that code."""
        found = self.people.get(code) or Person.objects.filter(code=code).first()
        if found is None:
            raise RowError(column, _("沒有代碼「%(code)s」的人員。") % {"code": code})
        self.people[code] = found
        return found


class RowError(Exception):
    """One cell of a row contradicts the records."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column, self.why = column, why


@dataclass(frozen=True)
class SheetKind:
    """One kind of sheet: its columns, the act that it needs, how a row is taken in and how rows are written out."""

    key: str
    label: str | Lazy
    act: str
    columns: tuple[Column, ...]
    take: Callable[[Taking, Row], str]
    rows: Callable[[date, rights.Reach], Iterator[Sequence[Any]]]

    @cached_property
    def headings(self) -> list[str | Lazy]:
        """The headings of the columns."""
        return [column.label for column in self.columns]


# Taking in


def _take_agency(taking: Taking, row: Row) -> str:
    values = dict(row.values)
    code, opened_on = values.pop("code"), values.pop("opened_on")
    parent_code = values.pop("parent")
    if parent_code == code:
        raise RowError("parent", _("上級機關不能是自己。"))
    values["parent"] = taking.agency("parent", parent_code) if parent_code else None
    values["order"] = values["order"] or 0
    if not taking.reach.everywhere:
        raise RowError("code", _("您的權限不包含這個機關。"))
    agency = Agency.objects.filter(code=code).first()
    if agency is None:
        services.add_agency(code=code, opened_on=opened_on, **values, **taking.who)
        return CREATED
    before = agency.__dict__.copy()
    services.change_agency(agency, on=day_of(taking.at), **values, **taking.who)
    return UNCHANGED if all(before[key] == agency.__dict__[key] for key in before if key != "_state") else CHANGED


def _take_unit(taking: Taking, row: Row) -> str:
    values = dict(row.values)
    agency = taking.agency("agency", values.pop("agency"))
    code, parent = values.pop("code"), values.pop("parent")
    values["parent"] = taking.unit("parent", agency, parent)
    values["order"] = values["order"] or 0
    unit = Unit.objects.filter(agency=agency, code=code).first()
    if unit is None:
        services.add_unit(agency, code=code, **values, **taking.who)
        return CREATED
    return _changed(unit, values, services.change_unit, taking)


def _take_post(taking: Taking, row: Row) -> str:
    values = dict(row.values)
    agency = taking.agency("agency", values.pop("agency"))
    code, unit = values.pop("code"), taking.unit("unit", agency, values.pop("unit"))
    values["order"] = values["order"] or 0
    post = Post.objects.filter(agency=agency, code=code).first()
    if post is None:
        services.add_post(agency, code=code, unit=unit, **values, **taking.who)
        return CREATED
    if post.unit_id != (unit.pk if unit else None):
        raise RowError("unit", _("職缺不能換單位。請裁撤後在新單位另設。"))
    return _changed(post, values, services.change_post, taking)


PERSON_FIELDS = ("name", "name_en", "title", "title_en", "phone", "extension", "email", "mobile")


def _take_person(taking: Taking, row: Row) -> str:
    values = dict(row.values)
    agency = taking.agency("agency", values["agency"])
    unit = taking.unit("unit", agency, values["unit"])
    role = values["role"]
    if role not in taking.grantable:
        raise RowError("role", _("您不能派任這個角色。請洽系統管理員。"))
    person = Person.objects.filter(code=values["code"]).first()
    fields = {name: values[name] for name in PERSON_FIELDS}
    if person is None:
        person = services.add_person(code=values["code"], **fields, **taking.who)
        result = CREATED
    elif _serves_elsewhere(person, taking):
        raise RowError("code", _("這個員工代碼屬於其他機關的同仁。"))
    else:
        result = _changed(person, fields, services.change_person, taking)
    starts_on = values["starts_on"] or day_of(taking.at)
    if (
        not person.appointments.as_of(max(starts_on, day_of(taking.at)))
        .filter(agency=agency, unit=unit, role=role)
        .exists()
    ):
        services.appoint(
            person,
            agency=agency,
            unit=unit,
            role=role,
            title=values["title"],
            title_en=values["title_en"],
            starts_on=starts_on,
            **taking.who,
        )
        result = CHANGED if result == UNCHANGED else result
    return result


def _serves_elsewhere(person: Person, taking: Taking) -> bool:
    """Whether none of the person's agencies is within reach: a code typed wrong must not rename a stranger."""
    if taking.reach.everywhere:
        return False
    agencies = {row.agency_id for row in person.appointments.as_of(day_of(taking.at))}
    return bool(agencies) and not agencies & taking.reach.agencies


def _take_shift(taking: Taking, row: Row) -> str:
    agency = taking.agency("agency", row["agency"])
    person = taking.person("person", row["person"])
    same = DutyShift.objects.filter(agency=agency, starts_at=row["starts_at"], ends_at=row["ends_at"], person=person)
    if same.exists():
        return UNCHANGED
    services.add_shift(
        agency,
        person=person,
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        phone=row["phone"],
        **taking.who,
    )
    return CREATED


def _take_level(taking: Taking, row: Row) -> str:
    values = dict(row.values)
    agency = taking.agency("agency", values.pop("agency"))
    same = ApprovalLevel.objects.filter(agency=agency, category=values["category"], stage=values["stage"])
    if same.filter(role=values["role"], valid_from=values["valid_from"]).exists():
        return UNCHANGED
    services.set_approval_level(agency, **values, **taking.who)
    return CREATED


def _changed(record: Any, values: Mapping[str, Any], act: Callable[..., Any], taking: Taking) -> str:
    if all(getattr(record, name) == value for name, value in values.items()):
        return UNCHANGED
    act(record, **values, **taking.who)
    return CHANGED


# Writing out


def _agency_rows(day: date, reach: rights.Reach) -> Iterator[Sequence[Any]]:
    found = Agency.objects.as_of(day).filter(reach.within(agency="pk", unit="", person="")).select_related("parent")
    # Parents first, so that the sheet can be taken in again from top to bottom.
    for one in sorted(found, key=lambda agency: (_depth(agency), agency.order, agency.code)):
        yield (
            one.code, AgencyKind(one.kind).label, one.name, one.short_name, one.name_en,
            one.parent.code if one.parent else "", one.phone, one.fax, one.email, one.address, one.order, one.opened_on,
        )  # fmt: skip


def _depth(record: Any) -> int:
    depth = 0
    while record.parent_id is not None and depth < 20:
        record, depth = record.parent, depth + 1
    return depth


def _unit_rows(day: date, reach: rights.Reach) -> Iterator[Sequence[Any]]:
    found = Unit.objects.as_of(day).filter(reach.within(unit="pk", person="")).select_related("agency", "parent")
    for one in sorted(
        found, key=lambda unit: (unit.agency.order, unit.agency.code, _depth(unit), unit.order, unit.code)
    ):
        yield (
            one.agency.code, one.code, one.name, one.name_en, one.parent.code if one.parent else "", one.phone,
            one.fax, one.order,
        )  # fmt: skip


def _post_rows(day: date, reach: rights.Reach) -> Iterator[Sequence[Any]]:
    found = Post.objects.as_of(day).filter(reach.within(person="")).select_related("agency", "unit")
    for one in found.order_by("agency__order", "agency__code", "order", "code"):
        yield (
            one.agency.code, one.unit.code if one.unit else "", one.code, one.title, one.title_en, one.extension,
            one.order,
        )  # fmt: skip


def _person_rows(day: date, reach: rights.Reach) -> Iterator[Sequence[Any]]:
    found = Appointment.objects.as_of(day).filter(reach.within()).select_related("person", "agency", "unit")
    for row in found.order_by("agency__order", "agency__code", "unit__order", "person__code", "role", "pk"):
        one = row.person
        yield (
            one.code, one.name, one.name_en, row.title or one.title, row.title_en or one.title_en, row.agency.code,
            row.unit.code if row.unit else "", Role(row.role).label, one.phone, one.extension, one.email, one.mobile,
            row.starts_on,
        )  # fmt: skip


def _shift_rows(day: date, reach: rights.Reach) -> Iterator[Sequence[Any]]:
    found = DutyShift.objects.filter(reach.within(unit=""), ends_at__date__gte=day).select_related("agency", "person")
    for one in found.order_by("agency__code", "starts_at"):
        yield one.agency.code, one.starts_at, one.ends_at, one.person.code, one.phone


def _level_rows(day: date, reach: rights.Reach) -> Iterator[Sequence[Any]]:
    found = ApprovalLevel.objects.as_of(day).filter(reach.within(unit="", person="")).select_related("agency")
    for one in found.order_by("agency__order", "agency__code", "category", "stage"):
        yield one.agency.code, one.category, one.stage, Role(one.role).label, one.valid_from


_AGENCY = Column("agency", gettext_lazy("機關代碼"), sheets.code, required=True)
_ORDER = Column("order", gettext_lazy("排列順序"), sheets.integer)
_PHONES = (
    Column("phone", gettext_lazy("電話"), sheets.text(40)),
    Column("fax", gettext_lazy("傳真"), sheets.text(40)),
)

KINDS: dict[str, SheetKind] = {
    kind.key: kind
    for kind in (
        SheetKind(
            "agencies",
            pgettext_lazy("several", "機關"),
            "directory.agencies.manage",
            (
                Column("code", gettext_lazy("機關代碼"), sheets.code, required=True),
                Column("kind", gettext_lazy("機關類別"), sheets.choice(AgencyKind.choices), required=True),
                Column("name", gettext_lazy("全銜"), sheets.text(100), required=True),
                Column("short_name", gettext_lazy("簡稱"), sheets.text(40), required=True),
                Column("name_en", gettext_lazy("英文名稱"), sheets.text(150)),
                Column("parent", gettext_lazy("上級機關代碼"), sheets.code),
                *_PHONES,
                Column("email", gettext_lazy("電子郵件"), sheets.email),
                Column("address", gettext_lazy("地址"), sheets.text(200)),
                _ORDER,
                Column("opened_on", gettext_lazy("成立日"), sheets.day),
            ),
            _take_agency,
            _agency_rows,
        ),
        SheetKind(
            "units",
            pgettext_lazy("several", "單位"),
            "directory.units.manage",
            (
                _AGENCY,
                Column("code", gettext_lazy("單位代碼"), sheets.code, required=True),
                Column("name", gettext_lazy("單位名稱"), sheets.text(60), required=True),
                Column("name_en", gettext_lazy("英文名稱"), sheets.text(120)),
                Column("parent", gettext_lazy("上級單位代碼"), sheets.code),
                *_PHONES,
                _ORDER,
            ),
            _take_unit,
            _unit_rows,
        ),
        SheetKind(
            "posts",
            gettext_lazy("職缺"),
            "directory.units.manage",
            (
                _AGENCY,
                Column("unit", gettext_lazy("單位代碼"), sheets.code),
                Column("code", gettext_lazy("職缺代碼"), sheets.code, required=True),
                Column("title", gettext_lazy("職稱"), sheets.text(60), required=True),
                Column("title_en", gettext_lazy("英文職稱"), sheets.text(80)),
                Column("extension", gettext_lazy("分機"), sheets.text(10)),
                _ORDER,
            ),
            _take_post,
            _post_rows,
        ),
        SheetKind(
            "people",
            gettext_lazy("人員名單"),
            "directory.people.manage",
            (
                Column("code", gettext_lazy("員工代碼"), sheets.code, required=True),
                Column("name", gettext_lazy("姓名"), sheets.text(60), required=True),
                Column("name_en", gettext_lazy("英文姓名"), sheets.text(80)),
                Column("title", gettext_lazy("職稱"), sheets.text(60)),
                Column("title_en", gettext_lazy("英文職稱"), sheets.text(80)),
                _AGENCY,
                Column("unit", gettext_lazy("單位代碼"), sheets.code),
                Column(
                    "role",
                    gettext_lazy("角色"),
                    sheets.choice([(code, label) for code, label in Role.choices if code != Role.CITIZEN]),
                    required=True,
                ),
                Column("phone", gettext_lazy("電話"), sheets.text(40)),
                Column("extension", gettext_lazy("分機"), sheets.text(10)),
                Column("email", gettext_lazy("公務電子郵件"), sheets.email),
                Column("mobile", gettext_lazy("值班聯絡手機"), sheets.text(40)),
                Column("starts_on", gettext_lazy("到任日"), sheets.day),
            ),
            _take_person,
            _person_rows,
        ),
        SheetKind(
            "duty",
            gettext_lazy("值班班表"),
            "directory.duty.manage",
            (
                _AGENCY,
                Column("starts_at", gettext_lazy("開始時間"), sheets.instant, required=True),
                Column("ends_at", gettext_lazy("結束時間"), sheets.instant, required=True),
                Column("person", gettext_lazy("員工代碼"), sheets.code, required=True),
                Column("phone", gettext_lazy("值班電話"), sheets.text(40)),
            ),
            _take_shift,
            _shift_rows,
        ),
        SheetKind(
            "approval",
            gettext_lazy("分層負責"),
            "directory.approval.manage",
            (
                _AGENCY,
                Column("category", gettext_lazy("類別代碼"), sheets.code),
                Column("stage", gettext_lazy("階段代碼"), sheets.code),
                Column(
                    "role",
                    gettext_lazy("核定層級"),
                    sheets.choice([(role.value, role.label) for role in APPROVING_ROLES]),
                    required=True,
                ),
                Column("valid_from", gettext_lazy("生效日"), sheets.day, required=True),
            ),
            _take_level,
            _level_rows,
        ),
    )
}


# The acts


@act
def upload(*, kind: str, file_name: str, content: BinaryIO, by: Account, at: datetime) -> Import:
    """Keep an uploaded sheet and check its cells; nothing is taken in yet.

    Raises `sheets.CannotReadSheet` for a file that is no sheet, CannotImport where no row can be taken in.
    """
    data = content.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise CannotImport(_("檔案太大：最多 %(most)d MB。請分成幾個檔案。") % {"most": MOST_BYTES // 2**20})
    sheet = read(kind, data)
    if not sheet.rows and not sheet.refused:
        raise CannotImport(_("檔案裡只有欄位名稱，沒有資料。"))
    return Import.objects.create(
        kind=kind,
        file_name=file_name[-120:],
        content=data,
        uploaded_by=by,
        uploaded_at=at,
        total=len(sheet.rows),
        refused=[_as_json(refusal) for refusal in sheet.refused],
    )


def read(kind: str, data: bytes) -> Sheet:
    """The rows of a sheet of that kind: in a workbook the one named like it, else the first."""
    columns = KINDS[kind].columns
    for name in (kind, *sheets.in_every_language(KINDS[kind].label)):
        if data.startswith(b"PK"):
            try:
                return sheets.read_sheet(BytesIO(data), columns, sheet=name)
            except sheets.NoSuchSheet:
                continue
    return sheets.read_sheet(BytesIO(data), columns)


def _as_json(refusal: Refusal) -> dict[str, Any]:
    return {"row": refusal.row, "column": refusal.column, "value": refusal.value, "why": refusal.why}


@act
def start(job: Import, *, by: Account, at: datetime) -> Import:
    """Take the good rows in; the worker does it and the page shows how far it is."""
    job = Import.objects.select_for_update().get(pk=job.pk)
    if job.started_at is not None:
        return job
    job.started_at = at
    job.save(update_fields=["started_at"])
    audit.record(
        "directory.imported", job, by=by, at=at, new={"kind": job.kind, "rows": job.total, "refused": len(job.refused)}
    )
    outbox.promise("directory.import", {"job": job.pk, "from": 0}, key=f"directory.import:{job.pk}:0", at=at)
    return job


def take_chunk(job: Import, *, first: int, at: datetime) -> int | None:
    """Take in the next rows in this transaction; answer where to go on, or None at the end."""
    kind, by = KINDS[job.kind], job.uploaded_by
    sheet = read(job.kind, bytes(job.content))
    taking = Taking(by, at, queries.reach(by, kind.act, at), queries.grantable_roles(by, at))
    by_key = {column.key: column for column in kind.columns}
    refused = []
    for row in sheet.rows[first : first + CHUNK]:
        try:
            with transaction.atomic():
                result = kind.take(taking, row)
        except RowError as error:
            column = by_key[error.column]
            refused.append(Refusal(row.number, str(column.label), str(row.values[column.key]), error.why))
        except (services.CannotChangeDirectory, CellError) as error:
            first_cell = str(row.values[kind.columns[0].key])
            refused.append(Refusal(row.number, str(kind.columns[0].label), first_cell, str(error)))
        else:
            setattr(job, result, getattr(job, result) + 1)
    job.refused = [*job.refused, *map(_as_json, refused)]
    job.done = min(first + CHUNK, len(sheet.rows))
    more = job.done < len(sheet.rows)
    if not more:
        job.finished_at = at
        job.content = b""
    job.save()
    return job.done if more else None


def write_out(kinds: Sequence[str], *, day: date, account: Account, at: datetime) -> list[Page]:
    """The sheets as of a day, as far as the account may see them; the export is noted."""
    pages = []
    for key in kinds:
        kind = KINDS[key]
        reach = queries.reach(account, "directory.export", at)
        pages.append(Page(kind.label, kind.headings, list(kind.rows(day, reach))))
    rows = sum(len(list(page.rows)) for page in pages)
    audit.record(
        "directory.exported", None, by=account, at=at, new={"sheets": list(kinds), "rows": rows, "day": day.isoformat()}
    )
    return pages
