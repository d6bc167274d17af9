"""A transaction begins when it is its turn (`cityhall.foundation.turns`), and days and decimals are made once each;
everything else is Django's own backend."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base, operations
from django.db.models.expressions import Col
from django.db.utils import OperationalError
from django.utils.dateparse import parse_date

from cityhall.foundation.turns import Turns, before

REMEMBERED = 1 << 14
"""Days and decimals that are kept: a table holds the same few thousands of times."""


@lru_cache(REMEMBERED)
def _day(text: bytes) -> date | None:
    """A day as SQLite keeps it."""
    return parse_date(text.decode())


sqlite3.register_converter("date", _day)


@lru_cache(REMEMBERED)
def _decimal(value: float, digits: int, places: int) -> Decimal:
    """A number of SQLite, which has 15 digits, as a decimal of so many, as Django makes it; zero has no sign."""
    found = Context(prec=15).create_decimal_from_float(value or 0)
    return found.quantize(Decimal(1).scaleb(-places), context=Context(prec=digits))


class DatabaseOperations(operations.DatabaseOperations):
    """Values of rows."""

    def get_decimalfield_converter(self, expression: Any) -> Callable[[Any, Any, Any], Decimal | None]:
        """How an expression's values become decimals: a column's are remembered."""
        if not isinstance(expression, Col):
            return super().get_decimalfield_converter(expression)
        field: Any = expression.output_field
        digits, places = field.max_digits, field.decimal_places

        def convert(value: Any, _expression: Any, _connection: Any) -> Decimal | None:
            return None if value is None else _decimal(value, digits, places)

        return convert


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection. Transactions are IMMEDIATE, so whoever has begun one may write."""

    ops_class = DatabaseOperations
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
