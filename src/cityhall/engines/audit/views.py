"""The trail as a page: search it, read it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.audit import catalogue, queries, services
from cityhall.engines.audit.forms import SearchForm, type_name
from cityhall.engines.audit.models import Entry
from cityhall.web import dates
from cityhall.web.access import requires

PAGE = 50


@requires("audit.read")
def trail(request: HttpRequest) -> HttpResponse:
    """The newest entries, or those that fit the search; further ones by their number, so pages never shift."""
    form = SearchForm(request.GET or None)
    terms = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    entries = queries.search(**terms) if form.is_valid() or not form.is_bound else Entry.objects.none()
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        entries = entries.filter(seq__lt=int(before))
    elif terms:
        services.record("audit.searched", None, by=request.user, at=timezone.now(), new={"fields": sorted(terms)})
    page = list(entries[: PAGE + 1])
    context = {
        "form": form,
        "rows": rows_of(page[:PAGE]),
        "columns": [{"label": name} for name in (_("時間"), _("事件"), _("對象"), _("人員"), _("異動內容"), _("序號"))],
        "older": page[PAGE - 1].seq if len(page) > PAGE else None,
        "searched": bool(terms),
    }
    return render(request, "audit/trail.html", context)


def rows_of(entries: Iterable[Entry]) -> list[list[dict[str, Any]]]:
    """The cells of the table, with a query for each kind of record and one for the people."""
    entries = list(entries)
    links, names = _links(entries), _names({entry.actor for entry in entries})
    return [
        [
            {"text": dates.as_datetime(entry.at)},
            {"text": catalogue.sentence(entry.event)},
            links.get((entry.subject_type, entry.subject_id), {"text": _subject_text(entry)}),
            {"text": names.get(entry.actor, entry.actor) if entry.actor else _("系統")},
            {"text": in_words(entry.details)},
            {"text": str(entry.seq), "numeric": True},
        ]
        for entry in entries
    ]


def in_words(details: Mapping[str, Any]) -> str:
    """What changed, as 「status：NEW → DONE」, then the note."""
    old, new = details.get("old", {}), details.get("new", {})
    changes = [
        f"{name}：{_plain(old[name])} → {_plain(new.get(name))}" if name in old else f"{name}：{_plain(new[name])}"
        for name in sorted({*old, *new})
    ]
    return "；".join([*changes, *([details["note"]] if details.get("note") else [])])


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(str(one) for one in value)
    return "—" if value in (None, "") else str(value)


def _subject_text(entry: Entry) -> str:
    return f"{type_name(entry.subject_type)} {entry.subject_id}" if entry.subject_type else "—"


def _links(entries: list[Entry]) -> dict[tuple[str, str], dict[str, str]]:
    """Records that have a page of their own and still exist, by type and id."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        wanted[entry.subject_type].add(entry.subject_id)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name, ids in wanted.items():
        try:
            model: Any = apps.get_model(name)
        except (LookupError, ValueError):
            continue
        if not hasattr(model, "get_absolute_url"):
            continue
        for record in model._default_manager.filter(pk__in=ids):
            number = getattr(record, "number", "") or record.pk
            text = f"{type_name(name)} {number}"
            found[name, str(record.pk)] = {"text": text, "url": record.get_absolute_url()}
    return found


def _names(actors: set[str]) -> dict[str, str]:
    accounts: Any = get_user_model()._default_manager.filter(pk__in=[actor for actor in actors if actor.isdigit()])
    return {str(pk): f"{name or _('帳號')} ({pk})" for pk, name in accounts.values_list("pk", "name")}
