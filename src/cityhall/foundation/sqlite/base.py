"""A transaction begins when it is its turn (`cityhall.foundation.turns`); everything else is Django's own backend."""

from __future__ import annotations

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from cityhall.foundation.turns import Turns, before


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection. Transactions are IMMEDIATE, so whoever has begun one may write."""

    _turns: Turns | None = None

    def _start_transaction_under_autocommit(self) -> None:
        if self.is_in_memory_db():
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        self._give_back()  # a transaction that was never ended: its connection was lost
        turns = before(str(self.settings_dict["NAME"]))
        if not turns.take(self.settings_dict["OPTIONS"].get("timeout", 5.0)):
            raise OperationalError("database is locked: it was not our turn in time")
        self._turns = turns
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_back()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._give_back()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_back()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_back()

    def _give_back(self) -> None:
        if turns := self._turns:
            self._turns = None
            turns.give_back()
