"""A training in a process of its own, so that workers neither wait for the arithmetic nor keep its memory.

`python -m cityhall.engines.classify.child` reads the rows from its input and writes what was made to its output, as
JSON. It knows no database and no settings. Its memory and its processor time are bounded; whoever asked waits no longer
than the limit, and where the limit is reached nothing was made.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from . import making
from .gate import Conditions
from .model import CannotTrain, Text
from .registry import Row

SECONDS = 600
BYTES = 1_500 * 1024 * 1024
NICE = 10


class TrainingFailed(Exception):
    """The child did not come to an end: too long, too much memory, or broken off."""


def train(
    rows: Sequence[Row],
    golden: Sequence[Row],
    new: Sequence[int | None],
    *,
    seed: int,
    percent: int,
    conditions: Conditions,
    seconds: int = SECONDS,
    memory: int = BYTES,
) -> making.Made:
    """Train in a child. `new` names the person of each row whose label is new, nobody for the others.

    Raises CannotTrain where there is nothing to tell apart, TrainingFailed where the child was stopped.
    """
    asked = {
        "rows": [[row.text.subject, row.text.body, row.label] for row in rows],
        "golden": [[row.text.subject, row.text.body] for row in golden],
        "new": list(new),
        "seed": seed,
        "percent": percent,
        "conditions": asdict(conditions),
        "memory": memory,
        "seconds": seconds,
    }
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cityhall.engines.classify.child"],
            input=json.dumps(asked).encode("utf-8"),
            capture_output=True,
            env={**os.environ, **one_thread},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TrainingFailed(f"longer than {seconds} s") from None
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise TrainingFailed(last[:300] or f"the process ended with {done.returncode}")
    answer = json.loads(done.stdout)
    if answer.get("nothing"):
        raise CannotTrain
    return made_of(answer)


def made_of(answer: dict[str, Any]) -> making.Made:
    """What the child wrote."""
    return making.Made(
        **{
            **answer,
            "arrays": base64.b64decode(answer["arrays"]),
            "held_out": base64.b64decode(answer["held_out"]),
            "contradicted": {int(person): (against, of) for person, (against, of) in answer["contradicted"].items()},
        }
    )


def work(asked: dict[str, Any]) -> dict[str, Any]:
    """Train, try the golden texts, and ask about each person's new labels."""
    texts = [Text(subject, body) for subject, body, _label in asked["rows"]]
    labels = [label for _subject, _body, label in asked["rows"]]
    try:
        made, model = making.make(
            texts, labels, seed=asked["seed"], percent=asked["percent"], conditions=Conditions(**asked["conditions"])
        )
    except CannotTrain:
        return {"nothing": True}
    found = asdict(made)
    found["arrays"] = base64.b64encode(made.arrays).decode("ascii")
    found["held_out"] = base64.b64encode(made.held_out).decode("ascii")
    found["golden"] = [model.predict(Text(subject, body), explain=False).label for subject, body in asked["golden"]]
    if any(person is not None for person in asked["new"]):
        found["contradicted"] = making.contradictions(texts, labels, asked["new"], like=model)
    return found


def main() -> None:
    """Within its bounds, at the least priority."""
    asked = json.loads(sys.stdin.buffer.read())
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"] + 5))
    sys.stdout.write(json.dumps(work(asked)))


if __name__ == "__main__":
    main()
