"""The folder that a process of the tests has for itself."""

import atexit
import os
import shutil
import tempfile

MEMORY, ROOM = "/dev/shm", 2 * 2**30


def own_folder() -> str:
    """Make it, in memory where there is room; it goes with the process."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    made = tempfile.mkdtemp(prefix="cityhall-test-", dir=MEMORY if roomy else None)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
