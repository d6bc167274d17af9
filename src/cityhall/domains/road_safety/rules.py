"""The city's first evaluation beside the ministry's own: how far they are apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from cityhall.engines.scoring.evaluating import places
from cityhall.foundation.sentence import sentence


@dataclass(frozen=True)
class Compared:
    """An agency's points and place here and at the ministry, as far as they are known."""

    ours: Decimal | None
    place: int | None
    theirs: Decimal | None
    their_place: int | None

    @property
    def apart(self) -> Decimal | None:
        """The ministry's points less ours."""
        return None if self.ours is None or self.theirs is None else self.theirs - self.ours


@sentence("1.1.5", "作為後續交通部複評參考")
def compared(ours: Mapping[int, Decimal | None], theirs: Mapping[int, Decimal | None]) -> dict[int, Compared]:
    """Both evaluations by agency; equal points share a place."""
    place, their_place = (places({k: v for k, v in one.items() if v is not None}) for one in (ours, theirs))
    return {
        key: Compared(points, place.get(key), theirs.get(key), their_place.get(key)) for key, points in ours.items()
    }
