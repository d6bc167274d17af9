"""Erlang C: how likely a caller waits, and how many agents a half hour needs. Calls come by chance and nobody gives up,
so that it advises rather a little too many than too few.
"""

from __future__ import annotations

import math

MOST_AGENTS = 2000


def waiting_probability(agents: int, load: float) -> float:
    """How likely a caller has to wait, with so many agents and a load in erlangs; 1 where the load is too much."""
    if load <= 0:
        return 0.0
    if agents <= load:
        return 1.0
    blocked = 1.0  # Erlang B, built up agent by agent: it never overflows
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / agents * (1 - blocked))


def service_level(agents: int, load: float, handling_s: float, within_s: float) -> float:
    """The share of callers who are answered within so many seconds."""
    if load <= 0:
        return 1.0
    if agents <= load:
        return 0.0
    return 1 - waiting_probability(agents, load) * math.exp(-(agents - load) * within_s / handling_s)


def mean_wait(agents: int, load: float, handling_s: float) -> float:
    """Seconds that a caller waits on average; endless where the load is too much."""
    if load <= 0:
        return 0.0
    return waiting_probability(agents, load) * handling_s / (agents - load) if agents > load else math.inf


def load_of(calls: float, handling_s: float, period_s: float = 1800) -> float:
    """Erlangs of so many calls in a period."""
    return calls * handling_s / period_s


def agents_needed(calls: float, handling_s: float, *, within_s: float, target: float, period_s: float = 1800) -> int:
    """The fewest agents with whom the target, a share of one, is reached. None for no calls."""
    load = load_of(calls, handling_s, period_s)
    if load <= 0:
        return 0
    agents = math.floor(load) + 1
    while agents < MOST_AGENTS and service_level(agents, load, handling_s, within_s) < target:
        agents += 1
    return agents


def scheduled(agents: int, shrinkage: float) -> int:
    """How many have to be on the roster, when this share of their time they are not on the line."""
    return math.ceil(agents / (1 - min(shrinkage, 0.95)) - 1e-9)
