"""Django's SQLite backend with a queue before it (docs/adr/0021)."""
