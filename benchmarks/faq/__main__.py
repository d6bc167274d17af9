"""`python -m benchmarks.faq [--entries FILE.csv] [--questions FILE.csv] [--json]`: how often the right entry is found,
beside SQLite's trigram index and BM25 over words in the same run; latency at 5,000 and 100,000 entries; how much small
talk is taken for a question. Exits 1 below the targets.

Entries: the columns id, question, answer and, if there, aliases (one a line). Questions: query, faq_id.
"""

import argparse
import json
import logging
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jieba

from benchmarks.dispatch import rows
from benchmarks.faq.others import Trigrams, Words
from cityhall.engines.retrieval.ranking import Entry, Index, Verdict

TARGETS = {"r_at_1": 0.55, "r_at_3": 0.70, "r_at_5": 0.82}
MOST_CHAT_KNOWN = 0.02
MOST_MS = {5_000: 20.0, 100_000: 50.0}
SEED, ROUNDS, DEPTH = 7, 5, 100
CHAT = Path(__file__).parent / "small_talk.txt"


def entries_of(path: Path) -> tuple[list[Entry], dict[str, int]]:
    """The entries, and their numbers by the file's ids."""
    found, numbers = [], {}
    for number, row in enumerate(rows.table(path)):
        aliases = [one.strip() for one in (row.get("aliases") or "").splitlines() if one.strip()]
        found.append(Entry(number, (row["question"], *aliases), row.get("answer") or ""))
        numbers[row["id"]] = number
    if not found:
        raise SystemExit(f"{path} has no rows")
    return found, numbers


def measured(find: Callable[[str, int], list[int]], asked: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Recall and mean reciprocal rank over the first hundred, and the slow end of the latency."""
    places, taken = [], []
    for question, right in asked:
        found = find(question, DEPTH)
        places.append(found.index(right) + 1 if right in found else 0)
    for question, _right in list(asked) * ROUNDS:
        started = time.perf_counter()
        find(question, 5)
        taken.append((time.perf_counter() - started) * 1000)
    return {
        "rows": len(asked),
        **{f"r_at_{most}": round(sum(0 < at <= most for at in places) / len(places), 4) for most in (1, 3, 5)},
        "mrr": round(sum(1 / at for at in places if at) / len(places), 4),
        "p95_ms": round(percentile(taken, 0.95), 2),
    }


def percentile(values: list[float], share: float) -> float:
    """The value that so much of them does not pass."""
    return sorted(values)[max(0, -(-int(len(values) * share * 1000) // 1000) - 1)]


def enlarged(entries: Sequence[Entry], size: int) -> list[Entry]:
    """So many entries, made of halves of two each: for timing only."""
    chance = random.Random(SEED)

    def halves(one: str, other: str) -> str:
        return one[: len(one) // 2] + other[len(other) // 2 :]

    made = list(entries[:size])
    while len(made) < size:
        one, other = chance.sample(entries, 2)
        made.append(Entry(len(made), (halves(one.wordings[0], other.wordings[0]),), halves(one.body, other.body)))
    return made


def large(entries: Sequence[Entry], asked: Sequence[tuple[str, int]], size: int) -> dict[str, Any]:
    """How long ours takes among so many."""
    many = enlarged(entries, size)
    started = time.perf_counter()
    index = Index(many)
    built = time.perf_counter() - started
    taken = []
    for question, _right in (list(asked) * (1 + 300 // len(asked)))[:300]:
        started = time.perf_counter()
        index.find(question)
        taken.append((time.perf_counter() - started) * 1000)
    return {
        "entries": size, "p50_ms": round(percentile(taken, 0.5), 2), "p95_ms": round(percentile(taken, 0.95), 2),
        "build_s": round(built, 1),
    }  # fmt: skip


def small_talk(index: Index) -> dict[str, Any]:
    """What is said that asks nothing of the city, and how the index takes it."""
    said = [line for line in CHAT.read_text(encoding="utf-8").splitlines() if line]
    verdicts = [(line, index.find(line).verdict) for line in said]
    return {
        "said": len(said),
        "known_share": round(sum(one is Verdict.KNOWN for _line, one in verdicts) / len(said), 4),
        "offered_share": round(sum(one is Verdict.SEVERAL for _line, one in verdicts) / len(said), 4),
        "known": [line for line, one in verdicts if one is Verdict.KNOWN],
    }


def verdicts(index: Index, asked: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """How often ours answers, offers or declines, and how right it is when it answers."""
    answers = [(index.find(question), right) for question, right in asked]
    known = [(answer, right) for answer, right in answers if answer.verdict is Verdict.KNOWN]
    return {
        "known_share": round(len(known) / len(answers), 4),
        "known_right": round(sum(a.hits[0].key == right for a, right in known) / len(known), 4) if known else None,
        "unknown_share": round(sum(a.verdict is Verdict.UNKNOWN for a, _right in answers) / len(answers), 4),
    }


def missed(result: dict[str, Any]) -> list[str]:
    """Which targets are missed."""
    found = [f"{name}: {result[name]}, asked for {least}" for name, least in TARGETS.items() if result[name] < least]
    if result["small_talk"]["known_share"] > MOST_CHAT_KNOWN:
        found.append(f"small talk answered: {result['small_talk']['known_share']}, at most {MOST_CHAT_KNOWN}")
    for one in result["large"]:
        if one["p95_ms"] > MOST_MS[one["entries"]]:
            found.append(f"among {one['entries']:,}: p95 {one['p95_ms']} ms, at most {MOST_MS[one['entries']]:.0f}")
    return found


def shown(result: dict[str, Any]) -> str:
    """The figures as a table."""
    ways = {"ours": result, "SQLite trigram": result["trigram"], "words (jieba)": result["words"]}
    names = ("r_at_1", "r_at_3", "r_at_5", "mrr", "p95_ms")
    talk, sure = result["small_talk"], result["verdicts"]
    return "\n".join(
        [
            f"{result['rows']} questions",
            f"{'':16}" + "".join(f"{name:>9}" for name in names),
            *(f"{way:16}" + "".join(f"{found[name]:>9}" for name in names) for way, found in ways.items()),
            f"answered {sure['known_share']}, right when answered {sure['known_right']}, declined {sure['unknown_share']}",
            f"small talk ({talk['said']}): answered {talk['known_share']}, offered something {talk['offered_share']}",
            *(
                f"among {one['entries']:,}: p50 {one['p50_ms']} ms, p95 {one['p95_ms']} ms, built in {one['build_s']} s"
                for one in result["large"]
            ),
        ]
    )


def main() -> int:
    """Measure, print, and say by the exit code whether the targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faq", description=__doc__)
    parser.add_argument("--entries", type=Path, help="CSV: id, question, answer, aliases")
    parser.add_argument("--questions", type=Path, help="CSV: query, faq_id")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line, and no table")
    given = parser.parse_args()
    jieba.setLogLevel(logging.WARNING)
    faq = rows.folder() / "faq"
    entries, numbers = entries_of(given.entries or faq / "faq_dev.csv")
    asked = [
        (row["query"], numbers[row["faq_id"]])
        for row in rows.table(given.questions or faq / "faq_paraphrase_dev.csv")
        if row["faq_id"] in numbers
    ]
    if not asked:
        raise SystemExit("no question names an entry of the file")
    index = Index(entries)

    def ours(question: str, most: int) -> list[int]:
        return [hit.key for hit in index.find(question, most=most).hits]

    result = measured(ours, asked)
    result["trigram"] = measured(Trigrams(entries).find, asked)
    result["words"] = measured(Words(entries).find, asked)
    result["verdicts"], result["small_talk"] = verdicts(index, asked), small_talk(index)
    result["large"] = [large(entries, asked, size) for size in MOST_MS]
    result["missed"] = missed(result)
    print(json.dumps(result, ensure_ascii=False) if given.json else shown(result))
    for one in result["missed"]:
        print(one, file=sys.stderr)
    return 1 if result["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
