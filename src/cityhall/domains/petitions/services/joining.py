"""併案: petitions about the same matter under one of them; what each is told, and how it is undone.

`handling.end` and `handling.take_up_again` move the cases; what is written and checked beside that stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct, SomebodyWasFaster
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, belongs, insert, one_copy, remembered_of

from ..alike import Bar, Side, may_join
from ..models import AlikePair, ClusterMember, Join, Petition
from ..states import ClusterState
from . import todos


class CannotJoin(CannotAct):
    """The two petitions cannot be joined; the sentence says why."""


def joined_to(petition: Petition) -> list[Join]:
    """What is joined to a petition."""
    return [one for one in _joined(petition) if one.undone_at is None]


def _joined(petition: Petition) -> list[Join]:
    def read() -> list[Join]:
        return list(petition.joined.filter(undone_at=None))

    return remembered_of((Petition, petition.pk), (Join, petition.pk), read)


one_copy(Join, lambda join: join.parent_id)


def _join(petition: Petition, parent: int, *, reason: str, by: Account | None, at: datetime, **more: Any) -> None:
    row = Join(petition=petition, parent_id=parent, reason=reason, at=at, by=by, **more)
    belongs((Petition, parent), (Join, parent), row)
    insert(row)


def lock_to_join(petition: Petition, parent: Case) -> Case:
    """Lock both cases and whatever comes along to the new parent, in the order of their keys. Gives back the parent.

    Raises SomebodyWasFaster when something was joined to the petition, or taken out, at this very moment.
    """
    along = _keys(petition.joined.all())
    held = cases.lock_in_order({petition.pk, parent.pk, *along})
    if _keys(petition.joined.all()) != along:
        raise SomebodyWasFaster([])
    petition.case = held[petition.pk]
    return held[parent.pk]


def lock_to_part(petition: Petition) -> Case:
    """Lock the case, the one that it is joined to and what it had brought along, in the order of their keys.

    Raises SomebodyWasFaster when one of them was joined or taken out at this very moment.
    """
    brought = _keys(Join.objects.filter(brought_by=petition))
    petition.case, _main = cases.lock_with_main(petition.case, *brought)
    if _keys(Join.objects.filter(brought_by=petition)) != brought:
        raise SomebodyWasFaster([])
    return petition.case


def _keys(joins: QuerySet[Join]) -> set[int]:
    return set(joins.filter(undone_at=None).values_list("petition", flat=True))


def _side(case: Case) -> Side:
    return Side(
        key=case.pk,
        open=case.is_confirmed and not case.is_ended,
        parent=case.parent_id,
        children=case.children.count(),
        hidden=case.confidential,
        clustered=ClusterMember.objects.filter(
            petition=case.pk, out_at=None, cluster__state=ClusterState.OPEN
        ).exists(),
    )


def most_joined(at: datetime) -> int:
    """How many petitions one may take."""
    return int(parameter("petitions.most_joined", on=day_of(at)).value)


def refuse(child: Case, parent: Case, *, at: datetime) -> None:
    """Raise CannotJoin where the rule bars it."""
    most = most_joined(at)
    why = may_join(_side(child), _side(parent), most=most)
    if why is None:
        return
    raise CannotJoin(
        {
            Bar.ITSELF: _("不能併入自己。"),
            Bar.HIDDEN: _("不公開的案件不能和別的案件併案。"),
            Bar.ENDED: _("這件已經結束，不能再併案。"),
            Bar.PARENT_ENDED: _("要併入的那一件已經結束，請選還在處理的案件。"),
            Bar.PARENT_JOINED: _("不能併入這件：它本身已經併入別的案件，請改選那一件。"),
            Bar.CLUSTERED: _("這件列在處理中的事件裡，會和事件一起回復；請先從事件移出。"),
            Bar.FULL: _("一件最多併入 %(n)s 件，不能再併。") % {"n": most},
        }[why]
    )


def put_under(petition: Petition, parent: Case, *, reason: str, by: Account | None, at: datetime) -> None:
    """Write the joining down; whatever was joined to this petition goes along to the new parent. Both are locked."""
    refuse(petition.case, parent, at=at)
    _join(petition, parent.pk, reason=reason.strip(), by=by, at=at)
    for row in petition.joined.filter(undone_at=None).select_related("petition__case").order_by("petition_id"):
        child = cases.lock(row.petition.case)
        row.undone_at, row.undone_by = at, by
        row.save(update_fields=["undone_at", "undone_by"])
        _join(row.petition, parent.pk, reason=row.reason, by=by, at=at, brought_by=petition)
        child.parent = parent
        cases.add_event(child, "joined_along", by=by, at=at, payload={"parent": parent.number}, public=False)
    petition.case.parent = parent
    todos.news_of(parent)


def undo(petition: Petition, *, by: Account | None, at: datetime) -> None:
    """The petition stands by itself again, with all that it had brought along; the case is locked."""
    row = petition.joins.filter(undone_at=None).first()
    if row is None:
        return
    row.undone_at, row.undone_by = at, by
    row.save(update_fields=["undone_at", "undone_by"])
    AlikePair.objects.filter(newer=max(petition.pk, row.parent_id), older=min(petition.pk, row.parent_id)).update(
        apart_at=at, apart_by=by
    )
    brought = Join.objects.filter(brought_by=petition, parent=row.parent, undone_at=None)
    for other in brought.select_related("petition__case").order_by("petition_id"):
        child = cases.lock(other.petition.case)
        other.undone_at, other.undone_by = at, by
        other.save(update_fields=["undone_at", "undone_by"])
        _join(other.petition, petition.pk, reason=other.reason, by=by, at=at)
        child.parent = petition.case
        cases.add_event(child, "joined_along", by=by, at=at, payload={"parent": petition.case.number}, public=False)


@act
def keep_apart(pairs: Iterable[AlikePair], *, by: Account, at: datetime) -> int:
    """These are not the same matter: they are not suggested again."""
    return AlikePair.objects.filter(pk__in=[pair.pk for pair in pairs], apart_at=None).update(apart_at=at, apart_by=by)


@act
def suggest_again(petitions: Sequence[int], *, by: Account, at: datetime) -> int:
    """Undo `keep_apart` for the pairs among some petitions."""
    kept = AlikePair.objects.filter(newer__in=petitions, older__in=petitions).exclude(apart_at=None)
    return kept.update(apart_at=None, apart_by=None)
