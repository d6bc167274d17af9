"""Real processes for tests: each runs a piece of Python against the tests' own database."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

PRELUDE = """
import django
django.setup()
from datetime import datetime, timedelta
"""


def database_url() -> str:
    """Where the database of this test is, for another process."""
    options = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{options['NAME']}"
    host = quote(str(options["HOST"] or ""), safe="")
    who = quote(str(options["USER"])) + (f":{quote(str(options['PASSWORD']))}" if options["PASSWORD"] else "")
    return f"postgresql://{who}@{host}:{options['PORT'] or 5432}/{options['NAME']}"


def run_together(scripts: Sequence[str]) -> list[str]:
    """Start one process for each script, wait for all, give back what they printed."""
    environment = {
        **os.environ,
        "CITYHALL_DATABASE_URL": database_url(),
        "CITYHALL_SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "cityhall.project.settings",
        "PYTHONPATH": str(Path(settings.BASE_DIR) / "src"),
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PRELUDE + textwrap.dedent(script)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for script in scripts
    ]
    answers = []
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        answers.append(out)
    return answers
