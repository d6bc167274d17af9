"""What letters tell those whom they are about."""

from django.dispatch import Signal

undeliverable = Signal()
"""A letter was refused or given up: `letter`, `at`. A domain may open a to-do."""
