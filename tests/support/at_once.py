"""Many threads that begin in the same moment, each with its own connection to the database."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

THREADS = 16


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each returned or raised, in the order of the works."""
    results: list[Any] = [None] * len(works)
    line = threading.Barrier(len(works))

    def run(place: int) -> None:
        try:
            connection.ensure_connection()
            line.wait()
            results[place] = works[place]()
        except Exception as error:  # what it raised is its result
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
