"""Incoming mail at /healthz and in /metrics."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.web import health

from . import imap
from .models import MailMessage
from .states import Fate


def last_read() -> health.Status:
    """When the mailbox was last read, and what stands in the way."""
    if not settings.IMAP_URL:
        return health.Status.ok("no mailbox is fetched")
    now = timezone.now()
    folder = imap.own_folder()
    if folder is None or folder.read_at is None:
        return health.Status.warn(f"never read: {folder.trouble[:100]}" if folder else "never read")
    minutes = int((now - folder.read_at).total_seconds() // 60)
    if minutes >= parameter("mailbox.quiet_minutes", on=day_of(now)).value:
        return health.Status.warn(f"last read {minutes} min ago {folder.trouble[:100]}".strip())
    return health.Status.ok(f"last read {minutes} min ago")


def of_the_day() -> dict[str, int]:
    """What became of the mail of the last 24 hours; what waits is counted whatever its age."""
    since = timezone.now() - timedelta(hours=24)
    counted = {str(fate).lower(): 0 for fate in Fate.values}
    for fate, n in MailMessage.objects.filter(received_at__gt=since).values_list("fate").annotate(n=Count("pk")):
        counted[fate.lower()] = n
    for fate in (Fate.WAITING, Fate.DESK):
        counted[str(fate).lower()] = MailMessage.objects.filter(fate=fate).count()
    return counted


health.check("mailbox", last_read)
health.gauge("cityhall_mail", "Messages of the last 24 hours by what became of them.", of_the_day)
