"""What is indexed. The index itself is of the database's own kind: see indexes.py."""

from django.db import models


class Document(models.Model):
    """A part of a record's text. Its id says which record and which part: see ids.py.

    On PostgreSQL the row carries one more column, the tsvector `stream`; on SQLite it keeps the folded text, because
    an FTS5 table without content forgets a row only when it is told the row's tokens (SQLite before 3.43 has no
    other way).
    """

    id = models.BigIntegerField(primary_key=True)
    version = models.PositiveSmallIntegerField()
    parts = models.PositiveSmallIntegerField()  # how many parts the record has, on the first of them
    text = models.TextField()

    def __str__(self) -> str:
        return str(self.pk)
