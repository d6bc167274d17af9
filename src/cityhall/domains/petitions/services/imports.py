"""What both kinds of files of petitions have in common: the desk's to-do, what was done since, archives of attachments."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.engines.cases.models import Event
from cityhall.engines.files import rules as file_rules
from cityhall.engines.files.models import ImportState, SheetImport

from ..models import ImportedPetition
from . import todos

BY_ITSELF = frozenset({"sent_to_desk", "dispatched", "referred", "warned", "due_moved", "category_set", "closed"})
"""What happens to a petition without anybody."""
MOST_IN_ARCHIVE = 5000


def turned(job: SheetImport, at: datetime) -> None:
    """A person is asked when columns are not known, when every row was tried, and when rows were refused."""
    if job.state in (ImportState.MAPPING, ImportState.READY, ImportState.UNREADABLE):
        todos.wait_for_import(job, detail=_found(job), at=at)
    else:
        todos.import_done(job, at=at)


def _found(job: SheetImport) -> str:
    """Stored in Chinese, as titles of to-dos are."""
    if job.state != ImportState.READY:
        return str(job.get_state_display())
    return ngettext("可匯入 %(n)d 列", "可匯入 %(n)d 列", job.good + job.warned) % {"n": job.good + job.warned} + (
        _("，不能匯入 %(n)d 列") % {"n": job.refused} if job.refused else ""
    )


def touched(job: SheetImport) -> int:
    """How many petitions of an import somebody has worked on since."""
    return len(touched_ones(ImportedPetition.objects.filter(job=job, undone_at=None)))


def touched_ones(imported: Iterable[ImportedPetition]) -> set[int]:
    """Those of these petitions to which more happened than what happens by itself."""
    versions = {one.petition_id: one.version for one in imported}
    later: set[int] = set()
    keys = list(versions)
    for n in range(0, len(keys), 500):
        events = Event.objects.filter(case__in=keys[n : n + 500]).values_list("case", "n", "by", "type")
        for case, number, by, kind in events.iterator():
            if number > versions[case] and (by is not None or kind not in BY_ITSELF):
                later.add(case)
    return later


class CannotOpenArchive(Exception):
    """The archive beside a sheet cannot be used; the sentence says why."""


class Archive:
    """The attachments beside a sheet, by their names; measured before anything is unpacked."""

    def __init__(self, content: bytes) -> None:
        self.entries: dict[str, zipfile.ZipInfo] = {}
        if not content:
            return
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, NotImplementedError, OSError):
            raise CannotOpenArchive(_("附件的壓縮檔打不開。請重新壓縮成 ZIP，不要設密碼。")) from None
        found = [one for one in self.zip.infolist() if not one.is_dir()]
        if len(found) > MOST_IN_ARCHIVE:
            raise CannotOpenArchive(_("附件的壓縮檔裡超過 %(n)d 個檔案。請分成幾次。") % {"n": MOST_IN_ARCHIVE})
        if any(one.flag_bits & 0x1 for one in found):
            raise CannotOpenArchive(_("附件的壓縮檔有密碼。請先移除密碼。"))
        for one in found:
            self.entries.setdefault(_name(one).rpartition("/")[2].casefold(), one)

    def read(self, name: str) -> bytes | None:
        """The bytes of an attachment; None where there is none of that name. Raises CannotOpenArchive."""
        entry = self.entries.get(name.strip().replace("\\", "/").rpartition("/")[2].casefold())
        if entry is None:
            return None
        most = max(file_rules.LARGEST.values())
        try:
            with self.zip.open(entry) as stream:
                content = stream.read(most + 1)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
            raise CannotOpenArchive(_("附件在壓縮檔裡已經損壞。")) from None
        if len(content) > most:
            raise CannotOpenArchive(_("附件太大，最多 %(mb)d MB。") % {"mb": most // file_rules.MEGABYTE})
        return content


def _name(entry: zipfile.ZipInfo) -> str:
    """Names that Windows wrote in Big5 come out as code page 437."""
    if entry.flag_bits & 0x800:
        return entry.filename
    for encoding in ("utf-8", "cp950"):
        try:
            return entry.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return entry.filename


def listed(cell: str) -> list[str]:
    """The names in a cell, parted by ; 、 | or lines."""
    for mark in "；;、|\n":
        cell = cell.replace(mark, "|")
    return [one.strip() for one in cell.split("|") if one.strip()]
