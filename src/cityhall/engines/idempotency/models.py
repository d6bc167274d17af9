"""Answers that were given to requests with a key."""

from django.db import models


class Kept(models.Model):
    """A request with a key, and its answer.

    `name` is a hash of actor and key, and the answer is encrypted with a key made from both: who reads the table, or
    a copy of it, learns nothing that only the asker was told (a tracking code, for instance).
    """

    name = models.CharField(max_length=64, primary_key=True)
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    answer = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return self.name[:12]
