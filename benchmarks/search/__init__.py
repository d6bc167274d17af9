"""Chinese search over 100,000 records: the same rows in the same order on SQLite and PostgreSQL, fast enough."""
