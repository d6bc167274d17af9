"""Days and decimals that are remembered are those that Django makes."""

from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.backends.sqlite3 import operations
from django.db.models import DecimalField, Value
from django.db.models.expressions import Col
from django.utils.dateparse import parse_date
from hypothesis import given
from hypothesis import strategies as st

from cityhall.foundation.sqlite.base import DatabaseOperations, _day

PER_CENT = Col("plans", DecimalField(max_digits=5, decimal_places=2))


@given(st.one_of(st.integers(-999, 999), st.floats(-999.99, 999.99)))
def test_a_decimal_is_djangos(number: float) -> None:
    ours = DatabaseOperations(connection).get_decimalfield_converter(PER_CENT)
    plain = operations.DatabaseOperations(connection).get_decimalfield_converter(PER_CENT)
    for _twice in range(2):
        assert ours(number, PER_CENT, connection) == plain(number, PER_CENT, connection)


def test_columns_of_other_places_are_kept_apart() -> None:
    coarse = Col("plans", DecimalField(max_digits=5, decimal_places=1))
    made = DatabaseOperations(connection)
    assert str(made.get_decimalfield_converter(PER_CENT)(1.25, PER_CENT, connection)) == "1.25"
    assert str(made.get_decimalfield_converter(coarse)(1.25, coarse, connection)) == "1.2"
    assert made.get_decimalfield_converter(coarse)(None, coarse, connection) is None


def test_zero_has_no_sign() -> None:
    made = DatabaseOperations(connection).get_decimalfield_converter(PER_CENT)
    assert [str(made(one, PER_CENT, connection)) for one in (-0.0, 0.0, 0)] == ["0.00"] * 3


@given(st.dates())
def test_a_day_is_djangos(day: date) -> None:
    text = day.isoformat()
    assert _day(text.encode()) == parse_date(text) == day


def test_what_is_no_day_is_none_or_refused_as_djangos() -> None:
    assert _day(b"yesterday") is parse_date("yesterday") is None


def test_decimals_of_other_expressions_are_djangos() -> None:
    value = Value(Decimal(1), output_field=DecimalField(max_digits=5, decimal_places=2))
    ours = DatabaseOperations(connection).get_decimalfield_converter(value)
    assert ours(1.2345, value, connection) == Decimal("1.2345")
