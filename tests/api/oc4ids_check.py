"""Run by the validator's own Python, in an environment of its own: `python oc4ids_check.py FILE SCHEMAS`.

The validator fetches its schema over http; here it comes from this machine. Prints what it found, as JSON.
"""

import json
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from libcoveoc4ids.api import oc4ids_json_output
from libcoveoc4ids.config import LibCoveOC4IDSConfig

FOUND = ("validation_errors", "additional_closed_codelist_values", "additional_open_codelist_values", "data_only")


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what it serves."""

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    """Validate one file."""
    file, folder = sys.argv[1:]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/"
    settings = LibCoveOC4IDSConfig()
    settings.config.update(
        schema_host=base,
        schema_version_choices={"0.9.5": ("0.9.5", base)},
        schema_codelists={"0.9": f"{base}codelists/"},
    )
    with tempfile.TemporaryDirectory() as out:
        found = oc4ids_json_output(out, file, lib_cove_oc4ids_config=settings)
    server.shutdown()
    print(json.dumps({key: found.get(key) for key in (*FOUND, "additional_fields", "version_used")}, default=str))


if __name__ == "__main__":
    main()
