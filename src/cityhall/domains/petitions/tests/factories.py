"""Small factories: a category with its dated terms, a petition that was opened, one that was not."""

import uuid
from datetime import date, datetime
from itertools import count

from cityhall.domains.petitions.models import Category, CategoryTerm, Petition
from cityhall.domains.petitions.states import Group
from cityhall.engines.cases.models import Case, Place
from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.foundation import clock
from cityhall.foundation.roc import roc_year

_number = count(1)
URGENT_SINCE = date(2016, 8, 1)


def make_category(code: str = "", *, urgent_since: date | None = None, urgent_until: date | None = None) -> Category:
    """A category; urgent from a day on, or never."""
    code = code or f"category_{next(_number)}"
    category = Category.objects.create(code=code, group=Group.ROAD, name=code, name_en=code, order=next(_number))
    if urgent_since:
        CategoryTerm.objects.create(
            category=category, valid_from=urgent_since, valid_until=urgent_until, urgent=True, source="函 1050001"
        )
    return category


def make_petition(opened_on: date | None = date(2016, 9, 5), **fields) -> Petition:
    """A petition opened on a day; with None, a report that nobody has confirmed."""
    number = next(_number)
    day = opened_on or date(2016, 9, 5)
    at: datetime = clock.at(day, 9)
    district = fields.pop("district", "")
    petition = {key: fields.pop(key) for key in ("category", "urgent", "danger") if key in fields}
    place = None
    if district:
        place = Place.objects.create(method=PlaceMethod.PIN, district_code=district, district_name=f"{district}區")
    case = Case.objects.create(
        **{
            "reference": uuid.uuid4(),
            "title": f"路燈不亮 {number}",
            "text": "中山路 200 號前路燈不亮三天了",
            "channel": Channel.WEB,
            "received_at": at,
            "status": Status.RECEIVED if opened_on else Status.AWAITING_CONFIRMATION,
            "number": f"{roc_year(day)}-{day:%m%d}-{number:04}" if opened_on else None,
            "confirmed_at": at if opened_on else None,
            "opened_on": opened_on,
            "place": place,
            **fields,
        }
    )
    return Petition.objects.create(case=case, **petition)
