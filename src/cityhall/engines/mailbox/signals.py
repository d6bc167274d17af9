"""Whom to tell."""

from django.dispatch import Signal

waits_for_people = Signal()
"""A message waits for a person, or no longer: `message`, `waits`, `at`."""
