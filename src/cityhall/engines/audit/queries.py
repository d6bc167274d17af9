"""Questions to the audit trail."""

from datetime import date
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet

from cityhall.engines.audit import rules, services
from cityhall.engines.audit.models import Entry, Head
from cityhall.foundation.clock import end_of_day, start_of_day

CHUNK = 2000


def of(subject: Model) -> QuerySet[Entry]:
    """What happened to one record, oldest first."""
    return Entry.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk)).order_by("seq")


def search(
    *,
    subject: str = "",
    subject_type: str = "",
    person: str = "",
    event: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
) -> QuerySet[Entry]:
    """Entries that fit everything that is given, newest first.

    A subject is a record's number (of a case, say) or its id; a person is an account's id, its e-mail address or a part
    of its name.
    """
    entries = Entry.objects.order_by("-seq")
    if subject_type:
        entries = entries.filter(subject_type=subject_type)
    if subject:
        entries = entries.filter(_meant_by(subject, [subject_type] if subject_type else subject_types()))
    if person:
        entries = entries.filter(actor__in=_account_ids(person))
    if event:
        entries = entries.filter(event=event)
    if first_day:
        entries = entries.filter(at__gte=start_of_day(first_day))
    if last_day:
        entries = entries.filter(at__lt=end_of_day(last_day))
    return entries


def _meant_by(subject: str, types: list[str]) -> Q:
    """The records that a number names, in every kind of record that has numbers; or the record with this id."""
    meant = Q(subject_id=subject)
    for name in types:
        try:
            model = apps.get_model(name)
            model._meta.get_field("number")
        except (LookupError, ValueError, FieldDoesNotExist):
            continue
        numbered = model._default_manager.filter(number__iexact=subject).values_list("pk", flat=True)[:100]
        meant |= Q(subject_type=name, subject_id__in=[str(pk) for pk in numbered])
    return meant


def _account_ids(person: str) -> list[str]:
    accounts: QuerySet[Any] = get_user_model()._default_manager.all()
    meant = Q(email__iexact=person) | Q(name__icontains=person)
    if person.isascii() and person.isdigit() and len(person) < 19:
        meant |= Q(pk=int(person))
    return [str(pk) for pk in accounts.filter(meant).values_list("pk", flat=True)[:500]]


def subject_types() -> list[str]:
    """The kinds of record that the trail knows, for the search form."""
    return list(
        Entry.objects.exclude(subject_type="")
        .order_by("subject_type")
        .values_list("subject_type", flat=True)
        .distinct()
    )


def end_of_chain() -> tuple[int, str]:
    """The number and hash of the newest entry: another one as soon as anything was done that is written down."""
    return Head.objects.filter(pk=1).values_list("seq", "hash").first() or (0, "")


def verify() -> rules.Verdict:
    """Walk the whole chain in constant memory, also while others append to it."""
    way = rules.Walk(services.anchors())
    while True:
        before = way.seq
        rows = Entry.objects.filter(seq__gt=way.seq) if before else Entry.objects.all()
        for row in rows.order_by("seq").values_list(*rules.Link._fields).iterator(chunk_size=CHUNK):
            if not way.step(rules.Link(*row)):
                break
        # The head is read after the rows: a row that was appended meanwhile moves it, and the walk goes on.
        head = Head.objects.filter(pk=1).values_list("seq", "hash").first() or (0, rules.GENESIS)
        if way.bad or head[0] <= way.seq or way.seq == before:
            return way.verdict(*head)
