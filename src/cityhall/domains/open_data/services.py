"""Acts on the catalogue: a dataset is entered, described, reviewed twice, published and withdrawn; resources get versions."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
from cityhall.engines.numbers.services import number_after
from cityhall.engines.outbox import services as outbox
from cityhall.engines.tables import published
from cityhall.engines.textsearch import rules as words
from cityhall.engines.textsearch import services as textsearch
from cityhall.engines.tracking.queries import commission
from cityhall.engines.worklist import services as worklist
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import contents, rules
from .models import (
    Category,
    Dataset,
    DatasetMove,
    DatasetTag,
    FieldDescription,
    Licence,
    Publisher,
    Resource,
    ResourceVersion,
    Tag,
)
from .refusals import CannotCatalogue
from .states import MOVES, OFFERED, ResourceKind, State, Step, TableState

AGREE, PUBLISH, MEND, LATE = "open_data.agree", "open_data.publish", "open_data.mend", "open_data.late"
FILE, QUALITY, FETCH = "open_data.file", "open_data.quality", "open_data.fetch"
"""Kinds of to-do: a dataset waits for its agency's word, for the commission's; one came back to who sent it; one was not
updated in time; a file could not be read, or has other columns than the one before; a check of quality is not passed;
an address could not be fetched."""
TEXTS = (
    "title", "title_en", "description", "description_en", "fields_text", "frequency", "kind", "category", "licence", "link",
    "about_url", "encoding", "amount", "covers_from", "covers_to", "spatial", "cost", "cost_url", "cost_law",
    "contact_name", "contact_phone", "contact_email", "notes",
)  # fmt: skip
"""What the metadata form asks for, beside agency, tags and resources."""
MOST_BYTES = 100 * 2**20
HERE = Path(__file__).parent


# ---- lists that every city has ---------------------------------------------------------------------------------------


@cache
def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def furnish(**_signal: Any) -> None:
    """The 18 service categories of the national portal and its licence; what is there stays as it is."""
    for n, row in enumerate(_rows("categories.csv")):
        Category.objects.get_or_create(code=row["code"], defaults={**row, "order": n})
    for row in _rows("licences.csv"):
        Licence.objects.get_or_create(code=row["code"], defaults=row)


# ---- what is said of a dataset ---------------------------------------------------------------------------------------


def publisher_of(agency: Agency, code: str = "") -> Publisher:
    """How the national exchange calls an agency; by its own code where nobody has said so."""
    found = Publisher.objects.filter(agency=agency).first()
    if found is None:
        taken = Publisher.objects.filter(code=code).exists()
        found = Publisher.objects.create(agency=agency, code=code if code and not taken else agency.code[:20])
    return found


def _identifier(publisher: Publisher) -> str:
    """The publisher's code and its next number, as the national portal numbers datasets."""
    last = Dataset.objects.filter(identifier__startswith=f"{publisher.code}-").aggregate(last=Max("identifier"))["last"]
    tail = last.rpartition("-")[2] if last else "0"
    return f"{publisher.code}-{int(tail) + 1 if tail.isdecimal() else 1:06d}"


@act
def enter(
    *, agency: Agency, texts: Mapping[str, Any], tags: Iterable[str] = (), generated: bool = False, by: Account | None,
    at: datetime,
) -> Dataset:  # fmt: skip
    """A draft with what is said of it so far. Raises CannotCatalogue."""
    _check(texts)
    Agency.objects.select_for_update().get(pk=agency.pk)
    made = Dataset(
        number=number_after("open_data.dataset", Dataset.objects.all()), identifier=_identifier(publisher_of(agency)), agency=agency, created_at=at, modified_at=at,
        updated_on=day_of(at), generated=generated, **texts,
    )  # fmt: skip
    made.save()
    describe(made, tags)
    _note(made, Step.ENTERED, by=by, at=at)
    audit.record("open_data.entered", made, by=by, at=at, new={"identifier": made.identifier})
    return made


@act
def revise(
    dataset: Dataset, *, agency: Agency, texts: Mapping[str, Any], tags: Iterable[str], by: Account | None, at: datetime
) -> Dataset:
    """Change what is said of a dataset, in whichever state it stands but while it is reviewed. Raises CannotCatalogue."""
    dataset = Dataset.objects.select_for_update(of=("self",)).get(pk=dataset.pk)
    if dataset.state in (State.AGENCY_REVIEW, State.COMMISSION_REVIEW):
        raise CannotCatalogue(_("審核中的資料集不能修改，請等審核完成或退回。"))
    _check(texts)
    changed = [name for name in TEXTS if name in texts and texts[name] != getattr(dataset, name)]
    before = {name: _plain(getattr(dataset, name)) for name in changed}
    wanted = list(dict.fromkeys(one.strip() for one in tags if one.strip()))
    if dataset.agency_id != agency.pk:
        changed.append("agency")
        dataset.agency = agency
    if wanted != dataset.tag_names:
        changed.append("tags")
    if not changed:
        return dataset
    for name in TEXTS:
        if name in changed:
            setattr(dataset, name, texts[name])
    dataset.modified_at = at
    dataset.save()
    describe(dataset, wanted)
    _note(dataset, Step.REVISED, by=by, at=at)
    new = {"fields": changed, **{name: _plain(getattr(dataset, name)) for name in before}}
    audit.record("open_data.revised", dataset, by=by, at=at, old=before, new=new)
    return dataset


def _plain(value: Any) -> Any:
    """What the trail keeps of a value: contacts are named there by nothing but the field."""
    return value if value is None or isinstance(value, str | int) else str(value)


def _check(texts: Mapping[str, Any]) -> None:
    if not str(texts.get("title", "")).strip():
        raise CannotCatalogue(_("請填資料集名稱。"))
    if not rules.coverage_holds(texts.get("covers_from"), texts.get("covers_to")):
        raise CannotCatalogue(_("收錄期間的結束日不能早於開始日。"))


def describe(dataset: Dataset, tags: Iterable[str]) -> None:
    """Write a dataset's tags and columns, and what it is found by."""
    names = list(dict.fromkeys(one.strip()[:60] for one in tags if one.strip()))
    known = {one.name: one for one in Tag.objects.filter(name__in=names)}
    for name in names:
        if name not in known:
            known[name] = Tag.objects.create(name=name)
    DatasetTag.objects.filter(dataset=dataset).delete()
    DatasetTag.objects.bulk_create(DatasetTag(dataset=dataset, tag=known[name], n=n) for n, name in enumerate(names))
    columns = rules.fields(dataset.fields_text)
    FieldDescription.objects.filter(dataset=dataset).delete()
    FieldDescription.objects.bulk_create(
        FieldDescription(dataset=dataset, n=n, name=one.name, description=one.description)
        for n, one in enumerate(columns)
    )
    dataset.__dict__.pop("tag_names", None)
    dataset.title_folded = words.fold(rules.sought(dataset.title, dataset.title_en))[:400]
    dataset.tags_folded = words.fold(rules.sought(" ".join(names)))
    dataset.fields_folded = words.fold(rules.sought(dataset.fields_text))
    dataset.save(update_fields=["title_folded", "tags_folded", "fields_folded"])
    textsearch.index(dataset, text_of(dataset, names))


def text_of(dataset: Dataset, tags: Iterable[str] | None = None) -> str:
    """What a dataset is found by."""
    agency = dataset.agency
    return rules.sought(
        dataset.title, dataset.title_en, dataset.description, dataset.description_en, dataset.fields_text,
        "\n".join(dataset.tag_names if tags is None else tags), agency.name, agency.short_name, agency.name_en,
        dataset.category.name if dataset.category else "", dataset.identifier,
    )  # fmt: skip


# ---- its way ---------------------------------------------------------------------------------------------------------


@act
def submit(dataset: Dataset, *, by: Account | None, at: datetime) -> Dataset:
    """To the agency's word. Raises CannotCatalogue while something is missing that the public needs."""
    there = {name: getattr(dataset, name) for name in rules.NEEDED}
    if lacking := rules.missing(there, rules.NEEDED):
        names = "、".join(str(Dataset._meta.get_field(name).verbose_name) for name in lacking)  # type: ignore[union-attr]
        raise CannotCatalogue(_("送審以前，請先填好：%(names)s。") % {"names": names})
    standing = list(dataset.resources.filter(removed_on=None).prefetch_related("versions"))
    if not standing:
        raise CannotCatalogue(_("送審以前，請先新增至少一項資料資源。"))
    if empty := [one.name for one in standing if one.kind == ResourceKind.FILE and not one.url and not one.newest]:
        held = next(one for one in standing if one.name == empty[0]).versions.first()
        raise CannotCatalogue(_why_none(held) % {"name": empty[0]})
    dataset = _move(dataset, Step.SUBMITTED, "open_data.submitted", by=by, at=at)
    worklist.close_todo(MEND, dataset, at=at)
    worklist.open_todo(
        AGREE, dataset, title=dataset.title, reference=dataset.identifier, agency=dataset.agency, role=Role.COORDINATOR,
        url=page_of(dataset), at=at,
    )  # fmt: skip
    return dataset


def _why_none(version: ResourceVersion | None) -> str:
    """Why a resource offers nothing yet."""
    if version is None:
        return _("「%(name)s」還沒有檔案，請先上傳。")
    if version.reading == TableState.WAITING:
        return _("「%(name)s」的檔案還在讀取，請稍候再送審。")
    return _("「%(name)s」的檔案無法讀取，請看版本的說明，再上傳一次。")


@act
def agree(dataset: Dataset, *, by: Account | None, at: datetime) -> Dataset:
    """The agency agrees: the commission looks at it now."""
    dataset = _move(dataset, Step.AGREED, "open_data.agreed", by=by, at=at)
    worklist.close_todo(AGREE, dataset, at=at)
    if office := commission(day_of(at)):
        worklist.open_todo(
            PUBLISH, dataset, title=dataset.title, reference=dataset.identifier, agency=office, role=Role.COMMISSION,
            url=page_of(dataset), at=at,
        )  # fmt: skip
    return dataset


@act
def send_back(dataset: Dataset, *, reason: str, by: Account | None, at: datetime) -> Dataset:
    """Whoever reviews it says what to change; who sent it finds it on their list."""
    if not reason.strip():
        raise CannotCatalogue(_("請寫明哪裡要改。"))
    sent = dataset.moves.filter(step=Step.SUBMITTED).order_by("-pk").first()
    dataset = _move(dataset, Step.SENT_BACK, "open_data.sent_back", reason=reason, by=by, at=at)
    for kind in (AGREE, PUBLISH):
        worklist.close_todo(kind, dataset, at=at)
    person = directory.person_of(sent.by) if sent else None
    worklist.open_todo(
        MEND, dataset, title=dataset.title, detail=reason, reference=dataset.identifier, agency=dataset.agency,
        person=person, role="" if person else Role.COORDINATOR, url=page_of(dataset), at=at,
    )  # fmt: skip
    return dataset


@act
def publish(dataset: Dataset, *, by: Account | None, at: datetime) -> Dataset:
    """From now on everybody sees it."""
    dataset = _move(dataset, Step.PUBLISHED, "open_data.published", by=by, at=at)
    worklist.close_all(dataset, at=at)
    return dataset


@act
def withdraw(dataset: Dataset, *, reason: str, by: Account | None, at: datetime) -> Dataset:
    """It is not offered any more; what was published stays as a record, with the reason."""
    if not reason.strip():
        raise CannotCatalogue(_("請寫明下架的理由。"))
    dataset = _move(dataset, Step.WITHDRAWN, "open_data.withdrawn", reason=reason, by=by, at=at)
    worklist.close_all(dataset, at=at)
    return dataset


@act
def bring_back(dataset: Dataset, *, by: Account | None, at: datetime) -> Dataset:
    """A withdrawn one is offered again."""
    return _move(dataset, Step.BROUGHT_BACK, "open_data.brought_back", by=by, at=at)


def _move(
    dataset: Dataset, step: Step, event: str, *, reason: str = "", by: Account | None, at: datetime
) -> Dataset:  # fmt: skip
    dataset = Dataset.objects.select_for_update(of=("self",)).select_related("agency").get(pk=dataset.pk)
    allowed, to = MOVES[step]
    if dataset.state not in allowed:
        raise CannotCatalogue(
            _("這個資料集現在是「%(state)s」，不能做這件事。") % {"state": State(dataset.state).label}
        )
    dataset.state, dataset.modified_at = to, at
    dataset.save(update_fields=["state", "modified_at"])
    _note(dataset, step, reason=reason, by=by, at=at)
    audit.record(event, dataset, by=by, at=at, new={"state": to.value}, note=reason.strip()[:300])
    if State.PUBLISHED in (to, *allowed):
        for reference in dataset.resources.values_list("reference", flat=True):
            published.changed(str(reference), at=at)
    return dataset


def _note(dataset: Dataset, step: Step, *, reason: str = "", by: Account | None, at: datetime) -> DatasetMove:
    return DatasetMove.objects.create(
        dataset=dataset, step=step, state=dataset.state, on=day_of(at), at=at, by=by, reason=reason.strip()[:300]
    )


# ---- resources -------------------------------------------------------------------------------------------------------


@act
def add_resource(
    dataset: Dataset, *, name: str, kind: str = ResourceKind.FILE, name_en: str = "", description: str = "",
    format: str = "", encoding: str = "", url: str = "", by: Account | None, at: datetime,
) -> Resource:  # fmt: skip
    """Another way in which a dataset is had. Raises CannotCatalogue."""
    dataset = Dataset.objects.select_for_update(of=("self",)).get(pk=dataset.pk)
    if not name.strip():
        raise CannotCatalogue(_("請填資源名稱。"))
    if kind != ResourceKind.FILE and not contents.is_web_address(url):
        raise CannotCatalogue(_("連結與即時資料要有 http:// 或 https:// 開頭的網址。"))
    n = (dataset.resources.aggregate(most=Max("n"))["most"] or 0) + 1
    made = Resource.objects.create(
        dataset=dataset, n=n, kind=kind, name=name.strip()[:200], name_en=name_en.strip(), description=description.strip(),
        format=format.strip().upper()[:20], encoding=encoding.strip()[:20], url=url.strip(),
    )  # fmt: skip
    dataset.modified_at = at
    dataset.save(update_fields=["modified_at"])
    audit.record("open_data.resource_added", dataset, by=by, at=at, new={"n": n, "kind": kind, "format": made.format})
    return made


@act
def remove_resource(resource: Resource, *, reason: str, by: Account | None, at: datetime) -> Resource:
    """It is not offered any more; its versions stay as records. Raises CannotCatalogue."""
    resource = Resource.objects.select_for_update(of=("self",)).select_related("dataset").get(pk=resource.pk)
    if resource.removed_on is not None:
        raise CannotCatalogue(_("這項資源已經移除了。"))
    others = resource.dataset.resources.filter(removed_on=None).exclude(pk=resource.pk)
    if resource.dataset.is_public and not others.exists():
        raise CannotCatalogue(_("這是唯一的資源。要停止提供，請下架整個資料集。"))
    if not reason.strip():
        raise CannotCatalogue(_("請寫明理由。"))
    resource.removed_on = day_of(at)
    resource.save(update_fields=["removed_on"])
    audit.record("open_data.resource_removed", resource.dataset, by=by, at=at, old={"n": resource.n}, note=reason)
    published.changed(str(resource.reference), at=at)
    return resource


@act
def add_version(
    resource: Resource, *, name: str, content: BinaryIO, note: str = "", by: Account | None, at: datetime
) -> ResourceVersion:
    """New bytes of a resource, kept as they are. The same bytes again are no new version. Raises CannotCatalogue.

    What may be a table is read by the worker; until then the version before is offered.
    """
    resource = Resource.objects.select_for_update(of=("self",)).select_related("dataset").get(pk=resource.pk)
    if resource.kind != ResourceKind.FILE or resource.removed_on is not None:
        raise CannotCatalogue(_("這項資源不收檔案。"))
    content.seek(0)
    data = content.read(MOST_BYTES + 1)
    if not data:
        raise CannotCatalogue(_("這個檔案是空的。"))
    if len(data) > MOST_BYTES:
        raise CannotCatalogue(_("檔案太大，最多 %(mb)d MB。") % {"mb": MOST_BYTES // 2**20})
    found = contents.look(data, name)
    if found.refused:
        raise CannotCatalogue(found.refused)
    if resource.format and found.format and not contents.agree(resource.format, found.format):
        raise CannotCatalogue(
            _("這項資源的格式是%(wanted)s，您上傳的是%(found)s。請換檔案，或新增另一項資源。")
            % {"wanted": resource.format, "found": found.format}
        )
    last = resource.versions.order_by("-number").first()
    digest = files.put(data)
    if last is not None and last.digest == digest:
        return last
    made = ResourceVersion.objects.create(
        resource=resource, number=last.number + 1 if last else 1, file_name=contents.plain_name(name, found),
        media_type=found.media_type, encoding=found.encoding, size=len(data), digest=digest, note=note.strip()[:300], made_at=at, made_by=by,
        reading=TableState.WAITING if found.format in contents.TABULAR else TableState.NONE,
    )  # fmt: skip
    if found.format and not resource.format:
        resource.format = found.format
        resource.save(update_fields=["format"])
    new = {"resource": resource.n, "number": made.number, "size": made.size, "digest": digest}
    audit.record("open_data.version_added", resource.dataset, by=by, at=at, new=new)
    if made.reading == TableState.WAITING:
        outbox.promise("open_data.read", {"version": made.pk}, key=f"open_data.read:{made.pk}", at=at, urgent=True)
    else:
        offer(made, by=by, at=at)
    return made


def offer(version: ResourceVersion, *, by: Account | None, at: datetime) -> None:
    """From now on the public has a version: in the transaction that lets it be one."""
    assert version.reading in OFFERED
    dataset = version.resource.dataset
    dataset.updated_on, dataset.modified_at = max(dataset.updated_on, day_of(version.made_at)), at
    dataset.save(update_fields=["updated_on", "modified_at"])
    worklist.close_todo(LATE, dataset, at=at)
    worklist.close_todo(FILE, version.resource, at=at)
    _note(dataset, Step.VERSION, by=by, at=at)
    published.changed(str(version.resource.reference), at=at)


def waiting_late() -> QuerySet[Dataset]:
    """Datasets that stand on a list as late."""
    kind = ContentType.objects.get_for_model(Dataset)
    open_ones = Todo.objects.filter(kind=LATE, content_type=kind, closed_at=None)
    return Dataset.objects.filter(pk__in=open_ones.values("object_id")).order_by("pk")


def page_of(dataset: Dataset) -> str:
    """Its page at the desk."""
    return reverse("open_data_desk:dataset", args=[dataset.number])


def page_of_version(version: ResourceVersion) -> str:
    """Its page at the desk."""
    row = version.resource
    return reverse("open_data_desk:version", args=[row.dataset.number, row.n, version.number])


def page_of_schedule(row: Resource) -> str:
    """The page at the desk that says where its versions come from."""
    return reverse("open_data_desk:schedule", args=[row.dataset.number, row.n])
