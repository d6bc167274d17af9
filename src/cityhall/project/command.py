"""The `cityhall` command: Django's management commands under our name."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run `cityhall COMMAND …`; `cityhall help` lists the commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
    execute_from_command_line(["cityhall", *sys.argv[1:]])


if __name__ == "__main__":
    main()
