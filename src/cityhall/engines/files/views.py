"""Files leave through here only, after the owner's right was asked."""

import uuid

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils.http import content_disposition_header

from cityhall.web.access import public

from .models import StoredFile, path_of
from .queries import may_look


@public
def download(request: HttpRequest, reference: uuid.UUID, size: str = "full") -> HttpResponseBase:
    """The file, or its thumbnail. Whoever may not look gets the same answer as for a file that does not exist."""
    stored = StoredFile.objects.filter(reference=reference, removed_at=None).first()
    if stored is None or not may_look(stored, request):
        raise Http404
    small = size == "small" and stored.thumbnail_digest
    path = path_of(stored.thumbnail_digest if small else stored.digest)
    if not path.exists():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=stored.media_type)
    # Pictures are ours (drawn anew); everything else is saved, never opened inside our pages.
    response["Content-Disposition"] = content_disposition_header(not stored.is_picture, stored.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
