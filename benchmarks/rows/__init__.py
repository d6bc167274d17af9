"""The row store beside SQLite: a million rows asked in every way, five million taken in."""
