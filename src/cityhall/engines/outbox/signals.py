"""What the outbox tells: the audit trail listens, so that the outbox need not know it."""

from django.dispatch import Signal

retried = Signal()
"""A person had a dead promise tried again: `promise`, `by`, `at`."""
