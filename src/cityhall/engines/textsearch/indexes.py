"""The two indexes, one for each database, filled with the same tokens and asked the same questions.

SQLite: an FTS5 table without content. PostgreSQL: a tsvector that we write ourselves, with GIN; no parser and no
locale takes part. The migration 0001_documents makes them; each class here knows how to put, drop, clear and find.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL

from cityhall.engines.textsearch import ids, rules
from cityhall.engines.textsearch.models import Document


class SqliteIndex:
    """FTS5: `tokens` holds the pairs, `characters` every character once."""

    def put(self, rows: Sequence[tuple[int, str]]) -> None:
        """Index parts, given as id and folded text."""
        Document.objects.bulk_create([Document(id=pk, version=rules.VERSION, text=text) for pk, text in rows])
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO textsearch_stream (rowid, tokens, characters) VALUES (%s, %s, %s)",
                [(pk, *self._columns(text)) for pk, text in rows],
            )

    def drop(self, within: ids.Range) -> None:
        """Forget the parts with these ids."""
        documents = Document.objects.filter(id__range=within)
        known = list(documents.values_list("id", "text"))
        if not known:
            return
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO textsearch_stream (textsearch_stream, rowid, tokens, characters) "
                "VALUES ('delete', %s, %s, %s)",
                [(pk, *self._columns(text)) for pk, text in known],
            )
        documents.delete()

    def clear(self) -> None:
        """Forget everything."""
        Document.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO textsearch_stream (textsearch_stream) VALUES ('delete-all')")

    def find(self, word: rules.Word, kind: int) -> RawSQL:
        """The primary keys of the records of a kind in which the word stands."""
        return RawSQL(  # noqa: S611
            f"SELECT rowid >> {ids.RECORD_SHIFT} FROM textsearch_stream "  # noqa: S608
            f"WHERE textsearch_stream MATCH %s AND ((rowid >> {ids.PART_BITS}) & {ids.KIND_MASK}) = %s",
            ('"' + " ".join(word.tokens) + '"', kind),
            output_field=BigIntegerField(),
        )

    @staticmethod
    def _columns(text: str) -> tuple[str, str]:
        return " ".join(rules.tokens(text)), " ".join(rules.characters(text))


class PostgresIndex:
    """A tsvector: pairs with their places, and every character once without a place."""

    def put(self, rows: Sequence[tuple[int, str]]) -> None:
        """Index parts, given as id and folded text."""
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO textsearch_document (id, version, text, stream) VALUES (%s, %s, '', %s::tsvector)",
                [(pk, rules.VERSION, self._literal(text)) for pk, text in rows],
            )

    def drop(self, within: ids.Range) -> None:
        """Forget the parts with these ids."""
        Document.objects.filter(id__range=within).delete()

    def clear(self) -> None:
        """Forget everything."""
        Document.objects.all().delete()

    def find(self, word: rules.Word, kind: int) -> RawSQL:
        """The primary keys of the records of a kind in which the word stands."""
        return RawSQL(  # noqa: S611
            f"SELECT id >> {ids.RECORD_SHIFT} FROM textsearch_document "  # noqa: S608
            f"WHERE stream @@ %s::tsquery AND ((id >> {ids.PART_BITS}) & {ids.KIND_MASK}) = %s",
            (" <-> ".join(f"'{token}'" for token in word.tokens), kind),
            output_field=BigIntegerField(),
        )

    @staticmethod
    def _literal(text: str) -> str:
        """The tsvector as PostgreSQL reads it. No token holds a quote or a backslash: rules.tokens sees to it."""
        places = [f"'{token}':{place}" for place, token in enumerate(rules.tokens(text), start=1)]
        return " ".join([*places, *(f"'{character}'" for character in rules.characters(text))])


Index = SqliteIndex | PostgresIndex


def index_in_use() -> Index:
    """The index of the database in use."""
    return SqliteIndex() if connection.vendor == "sqlite" else PostgresIndex()
