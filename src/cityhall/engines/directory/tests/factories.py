"""Small factories: an agency, a unit, a person with an account and a role."""

from datetime import date
from itertools import count

from cityhall.engines.directory.models import Agency, Appointment, Person, Unit
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.identity.models import Account, Kind

_number = count(1)
LONG_AGO = date(2014, 12, 25)


def make_agency(code: str = "", **fields) -> Agency:
    """An agency; without a code, some agency."""
    code = code or f"agency_{next(_number)}"
    return Agency.objects.create(
        **{"code": code, "kind": AgencyKind.FIRST_LEVEL, "name": f"桃園市政府{code}", "short_name": code, **fields}
    )


def make_unit(agency: Agency, code: str = "", **fields) -> Unit:
    """A unit of the agency."""
    code = code or f"unit_{next(_number)}"
    return Unit.objects.create(**{"agency": agency, "code": code, "name": f"{code}科", **fields})


def make_person(
    agency: Agency | None = None,
    unit: Unit | None = None,
    role: str = Role.OFFICER,
    *,
    since: date = LONG_AGO,
    **fields,
) -> Person:
    """A person with an account and, given an agency, one appointment there."""
    number = next(_number)
    account = Account.objects.create(kind=Kind.OFFICER, email=f"officer{number}@city.example", name=f"同仁{number}")
    person = Person.objects.create(**{"account": account, "code": f"p{number}", "name": f"同仁{number}", **fields})
    if agency is not None:
        Appointment.objects.create(person=person, agency=agency, unit=unit, role=role, starts_on=since)
    return person
