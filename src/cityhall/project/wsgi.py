"""The door for web servers."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from cityhall.project.processes import die_with_parent, keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")

if server := os.environ.get("CITYHALL_SERVER_PID"):
    # A granian worker whose main process was killed would go on holding the port with nobody to restart it.
    die_with_parent(int(server))

# Whoever writes to the database must not wait 5 ms for the interpreter after each statement, as threads do that only compute.
sys.setswitchinterval(0.0005)

application = get_wsgi_application()
keep_what_is_loaded()
