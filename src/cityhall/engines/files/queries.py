"""Which files a record has, and who may look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from .models import StoredFile
from .rules import Kind

Right = Callable[[Any, Model, Any], bool]
_rights: dict[type[Model], Right] = {}


def rights(model: type[Model], right: Right) -> None:
    """Declare who may look at files of this kind of record: `right(account, owner, request)`."""
    _rights[model] = right


def of(owner: Model) -> QuerySet[StoredFile]:
    """The record's files, oldest first, without those removed."""
    return StoredFile.objects.filter(
        owner_type=ContentType.objects.get_for_model(owner), owner_id=owner.pk, removed_at=None
    ).order_by("stored_at", "pk")


def ever_of(model: type[Model], owner_ids: Iterable[int]) -> QuerySet[StoredFile]:
    """The files of many records at once, those that were removed too."""
    kind = ContentType.objects.get_for_model(model)
    return StoredFile.objects.filter(owner_type=kind, owner_id__in=list(owner_ids)).order_by("pk")


def public_of(model: type[Model], owner_ids: Iterable[int]) -> QuerySet[StoredFile]:
    """The pictures that anyone may see, of many records at once, the oldest last."""
    return StoredFile.objects.filter(
        owner_type=ContentType.objects.get_for_model(model), owner_id__in=list(owner_ids), public=True, removed_at=None,
        kind=Kind.PICTURE.value,
    ).order_by("-stored_at", "-pk")  # fmt: skip


def mail_of(owner: Model) -> StoredFile | None:
    """The e-mail of which a record tells; None where its bytes were removed."""
    return of(owner).filter(kind=Kind.MAIL.value).first()


def may_look(stored: StoredFile, request: Any) -> bool:
    """Whether this request may have the file; a kind of record that declares no right shows nothing."""
    if stored.public:
        return True
    owner = stored.owner
    if owner is None:
        return False
    right = _rights.get(type(owner))
    return bool(right and right(request.user, owner, request))
