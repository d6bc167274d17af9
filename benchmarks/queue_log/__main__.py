"""`python -m benchmarks.queue_log [--lines N] [--json]`: a million lines of a queue log become calls, beside reading them
and keeping nothing. Twice, and cut in the middle and gone on with, they give the same rows. Exits 1 beyond 120 s or 300 MB
of the command `cityhall hotline import`.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

MOST_S, MOST_MB = 120.0, 300.0
A_DAY = 5_000


def ready(folder: str) -> None:
    """A database of our own, empty."""
    os.environ.setdefault("CITYHALL_DATABASE_URL", f"sqlite:///{Path(folder) / 'calls.sqlite3'}")
    os.environ["CITYHALL_DATA_DIR"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def invent(path: Path, lines: int) -> None:
    """So many lines of invented traffic, and the rest of their last calls."""
    from cityhall.domains.hotline import traffic

    written = 0
    with path.open("w", encoding="utf-8") as file:
        for name, text in traffic.lines(traffic.Shape(date(2016, 1, 1), 3_000, A_DAY)):
            if name == traffic.LOG:
                file.write(f"{text}\n")
                written += 1
                if written == lines:
                    return


def digest() -> str:
    """Of all rows, but for the numbers that the database gives them."""
    from cityhall.domains.hotline.models import Call, StaffEvent

    fields = [one.attname for one in Call._meta.concrete_fields if one.name not in {"id", "agent", "queue"}]
    found = hashlib.sha256()
    for row in Call.objects.order_by("key").values_list(*fields, "agent__code", "queue__code").iterator(5_000):
        found.update(repr(row).encode())
    events = StaffEvent.objects.order_by("at", "agent__code", "what", "queue", "reason")
    for row in events.values_list("at", "agent__code", "what", "queue", "reason").iterator(chunk_size=5_000):
        found.update(repr(row).encode())
    return found.hexdigest()


def take(path: Path) -> tuple[float, float]:
    """Seconds and most megabytes of one `cityhall hotline import`: a process of its own, as a city runs it."""
    started, most_kb = time.perf_counter(), 0
    words = [sys.executable, "-m", "cityhall.project.command", "hotline", "import", str(path)]
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    while child.poll() is None:
        with suppress(OSError):  # it has just ended
            # Not wait4's maxrss: that begins with the size of the process that started it.
            peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child.pid}/status").read_text())
            most_kb = max(most_kb, int(peak[1]) if peak else 0)
        time.sleep(0.02)
    if child.returncode:
        raise SystemExit(f"the import ended with {child.returncode}")
    return time.perf_counter() - started, most_kb / 1024


def forget() -> None:
    """Begin again without calls and without who was at work."""
    from cityhall.domains.hotline.models import Call, LogFile, StaffEvent

    Call.objects.all()._raw_delete("default")
    StaffEvent.objects.all()._raw_delete("default")
    LogFile.objects.all()._raw_delete("default")


def run(folder: str, lines: int) -> dict[str, object]:
    """Import, again, and in two parts."""
    from cityhall.domains.hotline import measures
    from cityhall.domains.hotline.models import Call, LogFile

    path, cut = Path(folder) / "queue_log", Path(folder) / "queue_log.cut"
    invent(path, lines)
    started = time.perf_counter()
    with path.open("rb") as file:
        measures.measured(file)
    read_s = time.perf_counter() - started
    import_s, peak_mb = take(path)
    calls, once = Call.objects.count(), digest()
    again_s, _mb = take(path)
    LogFile.objects.all().delete()
    take(path)
    twice = digest()
    forget()
    content = path.read_bytes()
    cut.write_bytes(content[: len(content) // 2 + 7])
    take(cut)
    take(path)
    return {
        "lines": lines, "calls": calls, "import_s": round(import_s, 1), "again_s": round(again_s, 2),
        "read_only_s": round(read_s, 1), "peak_mb": round(peak_mb), "twice_the_same": twice == once,
        "cut_the_same": digest() == once,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue_log")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ready(folder)
        found = run(folder, given.lines)
    if given.as_json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:16} {value}")
    good = found["import_s"] < MOST_S and found["peak_mb"] < MOST_MB  # type: ignore[operator]
    return 0 if good and found["twice_the_same"] and found["cut_the_same"] else 1


if __name__ == "__main__":
    sys.exit(main())
