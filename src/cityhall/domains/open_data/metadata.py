"""What is said of a dataset in the words of others: CKAN's packages, the national exchange's v1 and v2, data.json."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from cityhall.engines.directory.models import Agency
from cityhall.foundation.clock import TAIPEI

from . import row_store, rules
from .models import Category, Dataset, Licence, Publisher, Resource, Tag
from .states import Frequency

FREQUENCY_WORDS = {
    Frequency.REALTIME: "即時", Frequency.DAILY: "每日", Frequency.WEEKLY: "每週", Frequency.MONTHLY: "每月",
    Frequency.QUARTERLY: "每季", Frequency.HALF_YEARLY: "每半年", Frequency.YEARLY: "每年", Frequency.IRREGULAR: "不定期",
}  # fmt: skip
"""The exchange's words for frequencies: data, in whichever language somebody reads."""
ISO_FREQUENCY = {
    Frequency.REALTIME: "R/PT1S", Frequency.DAILY: "R/P1D", Frequency.WEEKLY: "R/P1W", Frequency.MONTHLY: "R/P1M",
    Frequency.QUARTERLY: "R/P3M", Frequency.HALF_YEARLY: "R/P6M", Frequency.YEARLY: "R/P1Y", Frequency.IRREGULAR: "irregular",
}  # fmt: skip
REGULAR = {
    Frequency.DAILY: (1, "日"), Frequency.WEEKLY: (1, "週"), Frequency.MONTHLY: (1, "月"), Frequency.QUARTERLY: (3, "月"),
    Frequency.HALF_YEARLY: (6, "月"), Frequency.YEARLY: (1, "年"),
}  # fmt: skip
FREE = "免費"


def absolute(path: str) -> str:
    """An address that works from anywhere, in the language that every reader gets."""
    return f"{settings.SITE_URL}{path.removeprefix('/en')}"


def page_of(one: Dataset) -> str:
    """A dataset's page."""
    return absolute(reverse("open_data:dataset", args=[one.name]))


def address_of(one: Dataset, resource: Resource) -> str:
    """Where a resource is had: its newest bytes, or the address elsewhere."""
    if resource.newest is not None:
        return absolute(reverse("open_data:download", args=[one.name, resource.reference]))
    return resource.url or one.link or page_of(one)


def _local(instant: datetime) -> str:
    return instant.astimezone(TAIPEI).replace(tzinfo=None, microsecond=0).isoformat()


def _spaced(instant: datetime) -> str:
    return instant.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S")


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


# ---- CKAN ------------------------------------------------------------------------------------------------------------


def package(one: Dataset) -> dict[str, Any]:
    """A dataset as CKAN's package."""
    extras = {
        "identifier": one.identifier, "accrual_periodicity": FREQUENCY_WORDS[Frequency(one.frequency)],
        "field_description": one.fields_text, "title_en": one.title_en, "notes_en": one.description_en,
        "temporal_start": _day(one.covers_from), "temporal_end": _day(one.covers_to), "spatial": one.spatial,
        "encoding": one.encoding, "updated_on": _day(one.updated_on),
    }  # fmt: skip
    return {
        "id": str(one.reference), "name": one.name, "title": one.title, "notes": one.description, "url": one.about_url,
        "type": "dataset", "state": "active", "private": False, "isopen": one.licence is not None,
        "author": one.agency.name, "author_email": one.contact_email, "maintainer": one.contact_name,
        "maintainer_email": one.contact_email, "version": "",
        "license_id": one.licence.code if one.licence else "", "license_title": one.licence.name if one.licence else "",
        "license_url": one.licence.url if one.licence else "",
        "metadata_created": _local(one.created_at), "metadata_modified": _local(one.modified_at),
        "owner_org": one.agency.code, "organization": organization(one.agency),
        "groups": [group(one.category)] if one.category else [],
        "tags": [{"id": name, "name": name, "display_name": name, "state": "active"} for name in one.tag_names],
        "num_tags": len(one.tag_names), "num_resources": len(one.standing),
        "resources": [resource(one, row, n) for n, row in enumerate(one.standing)],
        "extras": [{"key": key, "value": value} for key, value in extras.items() if value],
    }  # fmt: skip


def resource(one: Dataset, row: Resource, position: int = 0) -> dict[str, Any]:
    """A resource as CKAN's."""
    version = row.newest
    return {
        "id": str(row.reference), "package_id": str(one.reference), "name": row.name, "description": row.description,
        "format": row.format, "url": address_of(one, row), "position": position, "state": "active",
        "resource_type": "file" if version else "api", "mimetype": version.media_type if version else None,
        "size": version.size if version else None, "hash": version.digest if version else "",
        "created": _local(one.created_at), "last_modified": _local(version.made_at if version else one.modified_at),
        "metadata_modified": _local(one.modified_at), "datastore_active": row_store.has_rows(row),
        "url_type": "upload" if version else None, "encoding": row.encoding,
    }  # fmt: skip


def organization(agency: Agency) -> dict[str, Any]:
    """An agency as CKAN's organisation."""
    return {
        "id": agency.code, "name": agency.code, "title": agency.name, "display_name": agency.name, "description": "",
        "type": "organization", "is_organization": True, "state": "active", "approval_status": "approved", "image_url": "",
    }  # fmt: skip


def group(category: Category) -> dict[str, Any]:
    """A category as CKAN's group."""
    return {
        "id": category.code, "name": category.code.lower(), "title": category.name, "display_name": category.name,
        "description": "", "type": "group", "is_organization": False, "state": "active", "image_url": "",
    }  # fmt: skip


def licence(one: Licence) -> dict[str, Any]:
    """A licence as CKAN's."""
    return {
        "id": one.code, "title": one.name, "url": one.url, "status": "active", "domain_data": True, "domain_content": True,
        "domain_software": False, "od_conformance": "approved", "osd_conformance": "not reviewed", "family": "", "is_generic": False,
    }  # fmt: skip


def tag(one: Tag) -> dict[str, Any]:
    """A tag as CKAN's."""
    return {"id": str(one.pk), "name": one.name, "display_name": one.name, "vocabulary_id": None}


# ---- the national exchange -------------------------------------------------------------------------------------------


def publisher_of(agency: Agency) -> tuple[str, str]:
    """OID and code of an agency."""
    found = Publisher.objects.filter(agency=agency).first()
    return (found.oid, found.code) if found else ("", agency.code)


def national(one: Dataset) -> dict[str, Any]:
    """資料集詮釋資料 of the access rules of 2015."""
    oid, code = publisher_of(one.agency)
    contact = {"ContactName": one.contact_name, "ContactPhone": one.contact_phone, "ContactEmail": one.contact_email}
    return {
        "categoryCode": one.category.code if one.category else "", "identifier": one.identifier, "title": one.title,
        "description": one.description, "fieldDescription": one.fields_text, "type": one.kind,
        "license": one.licence.name if one.licence else "", "licenseURL": one.licence.url if one.licence else "",
        "cost": one.cost or FREE, "costURL": one.cost_url, "costLaw": one.cost_law, "organization": one.agency.name,
        **{f"organization{name}": value for name, value in contact.items()}, "publisher": one.agency.name,
        **{f"publisher{name}": value for name, value in contact.items()}, "publisherOID": oid, "publisherOrgCode": code,
        "accrualPeriodicity": FREQUENCY_WORDS[Frequency(one.frequency)],
        "temporalCoverageFrom": _day(one.covers_from), "temporalCoverageTo": _day(one.covers_to),
        "issued": _spaced(one.created_at), "modified": _spaced(one.modified_at), "spatial": one.spatial, "language": "zh",
        "landingPage": page_of(one), "keyword": one.tag_names, "numberOfData": one.amount or 0, "notes": one.notes,
        "distribution": [_distribution(one, row, n) for n, row in enumerate(one.standing, start=1)],
    }  # fmt: skip


def resource_id(one: Dataset, row: Resource) -> str:
    """資料資源編號: the dataset's identifier and the resource's number."""
    return f"{one.identifier}-{row.n:03d}"


def _distribution(one: Dataset, row: Resource, n: int) -> dict[str, Any]:
    version = row.newest
    address = "downloadURL" if version else "accessURL"
    return {
        "resourceID": resource_id(one, row), "resourceDescription": row.description or row.name, "format": row.format,
        "resourceModified": _spaced(version.made_at if version else one.modified_at), address: address_of(one, row),
        "metadataSourceOfData": one.about_url, "characterSetCode": row.encoding or "UTF-8",
    }  # fmt: skip


def national_v2(one: Dataset) -> dict[str, Any]:
    """The exchange's second form, which national portals take."""
    oid, code = publisher_of(one.agency)
    every, unit = REGULAR.get(Frequency(one.frequency), (0, ""))
    columns = [{"name": field.name, "description": field.description} for field in rules.fields(one.fields_text)]
    return {
        "categoryService": one.category.code if one.category else "", "categoryDataset": "", "datasetid": one.identifier,
        "title": one.title, "description": one.description, "type": one.kind,
        "license": one.licence.name if one.licence else "", "licenseURL": one.licence.url if one.licence else "",
        "cost": one.cost or FREE, "dataProvider": one.agency.name, "publisherOID": f"{oid or code}|{one.agency.name}",
        "publisherContactName": one.contact_name, "publisherContactPhone": one.contact_phone,
        "publisherContactEmail": one.contact_email,
        "updateFrequency": {"regularupdate": bool(every), "Frequency": every, "unittime": unit},
        "dataQuality": "", "coverageStartedDate": _day(one.covers_from), "coverageEndedDate": _day(one.covers_to),
        "publishedDate": _spaced(one.created_at), "modifiedDate": _spaced(one.modified_at), "spatialCoverage": one.spatial,
        "language": "zh-TW", "relatedUrl": one.about_url, "notes": one.notes, "keyword": one.tag_names,
        "distribution": [
            {**_distribution(one, row, n), "resourceField": columns} for n, row in enumerate(one.standing, start=1)
        ],
    }  # fmt: skip


# ---- data.json -------------------------------------------------------------------------------------------------------


def project_open_data(one: Dataset) -> dict[str, Any]:
    """A dataset of a `data.json`."""
    return {
        "@type": "dcat:Dataset", "identifier": page_of(one), "title": one.title, "description": one.description or one.title,
        "keyword": one.tag_names or [one.category.name if one.category else one.title],
        "issued": one.created_at.astimezone(TAIPEI).isoformat(), "modified": one.modified_at.astimezone(TAIPEI).isoformat(),
        "publisher": {"@type": "org:Organization", "name": one.agency.name},
        "contactPoint": {
            "@type": "vcard:Contact", "fn": one.contact_name or one.agency.name,
            "hasEmail": f"mailto:{one.contact_email or one.agency.email}",
        },
        "accessLevel": "public", "license": one.licence.url if one.licence else "",
        "accrualPeriodicity": ISO_FREQUENCY[Frequency(one.frequency)], "landingPage": page_of(one), "language": ["zh-TW"],
        "theme": [one.category.name] if one.category else [],
        "distribution": [
            {
                "@type": "dcat:Distribution", "title": row.name, "format": row.format,
                "downloadURL" if row.newest else "accessURL": address_of(one, row),
                **({"mediaType": row.newest.media_type} if row.newest else {}),
            }
            for row in one.standing
        ],
    }  # fmt: skip
