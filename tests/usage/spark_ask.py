"""Asks Spark in local mode what a file of questions says; runs in the tool's own environment, without Django.

`python spark_ask.py QUESTIONS.json ANSWERS.json`: the questions name the files of events and, each, a function of
`cityhall.engines.usage.expressions` with its arguments. The answers are rows, and the seconds that each took.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from cityhall.engines.usage import backends, expressions
from cityhall.engines.usage.expressions import Asked


def asked_of(said: dict[str, Any]) -> Asked:
    """The conditions of a question."""
    days = {name: date.fromisoformat(said[name]) for name in ("first", "last") if said.get(name)}
    return Asked(**{**said, **days})


def main() -> None:
    questions, answers = map(Path, sys.argv[1:3])
    said = json.loads(questions.read_text(encoding="utf-8"))
    engine = backends.connect(said["url"], Path(said["home"]), memory="1GB", threads=2)
    events = engine.events(said["names"])
    found = []
    for function, asked, words, options in said["questions"]:
        began = time.perf_counter()
        table = engine.answer(getattr(expressions, function)(events, asked_of(asked), *words, **options))
        rows = [{key: str(value) for key, value in row.items()} for row in table.to_pylist()]
        found.append(
            {"rows": rows, "seconds": time.perf_counter() - began, "types": [str(one) for one in table.schema.types]}
        )
    answers.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
