"""What the home page shows: acts, topics, notices and numbers, declared by the domains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse

Label = Any  # a str or a lazy translation


@dataclass(frozen=True)
class Act:
    """One of the few things that most people come for."""

    order: int
    title: Label
    text: Label
    url_name: str
    icon: str
    kwargs: tuple[tuple[str, Any], ...] = ()

    @property
    def url(self) -> str:
        """Where the act begins; a `tel:` or a path is taken as it is."""
        if ":" in self.url_name and self.url_name.split(":", 1)[0] in {"tel", "mailto", "https"}:
            return self.url_name
        return reverse(self.url_name, kwargs=dict(self.kwargs))


@dataclass(frozen=True)
class Topic:
    """A group of things that people often report, in their words."""

    title: str
    text: str
    url: str


@dataclass(frozen=True)
class Notice:
    """Something to know in the next days, with the page that says more."""

    day: date
    text: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class Number:
    """One figure of the city, opened by a click."""

    label: str
    value: str
    unit: str
    url: str


@dataclass(frozen=True)
class Hint:
    """A word under the search box that many look for today."""

    text: str
    url: str


@dataclass
class Portal:
    """The registry behind the home page."""

    acts: list[Act] = field(default_factory=list)
    topic_sources: list[Callable[[str], Sequence[Topic]]] = field(default_factory=list)
    notice_sources: list[Callable[[str], Sequence[Notice]]] = field(default_factory=list)
    hint_sources: list[Callable[[str], Sequence[Hint]]] = field(default_factory=list)
    number_sources: list[Callable[[str], Sequence[Number]]] = field(default_factory=list)
    search_url_name: str = ""

    def act(self, order: int, title: Label, text: Label, url_name: str, icon: str, **kwargs: Any) -> None:
        """Declare an act; the first three in order stand on the home page."""
        declared = Act(order, title, text, url_name, icon, tuple(kwargs.items()))
        if declared not in self.acts:
            self.acts.append(declared)
            self.acts.sort(key=lambda one: one.order)

    def topics(self, source: Callable[[str], Sequence[Topic]]) -> None:
        """Declare a source of topics, asked with the language."""
        self.topic_sources.append(source)

    def notices(self, source: Callable[[str], Sequence[Notice]]) -> None:
        """Declare a source of notices, asked with the language."""
        self.notice_sources.append(source)

    def hints(self, source: Callable[[str], Sequence[Hint]]) -> None:
        """Declare a source of words that many look for today, asked with the language."""
        self.hint_sources.append(source)

    def numbers(self, source: Callable[[str], Sequence[Number]]) -> None:
        """Declare a source of numbers, asked with the language."""
        self.number_sources.append(source)

    def search_at(self, url_name: str) -> None:
        """Declare the page that answers the search box with `?q=`."""
        self.search_url_name = url_name

    def all_topics(self, language: str) -> list[Topic]:
        """Every topic in this language, in the order of declaration."""
        return [topic for source in self.topic_sources for topic in source(language)]

    def all_notices(self, language: str) -> list[Notice]:
        """Every notice in this language, soonest first."""
        return sorted((one for source in self.notice_sources for one in source(language)), key=lambda one: one.day)

    def all_hints(self, language: str) -> list[Hint]:
        """Every search hint in this language."""
        return [hint for source in self.hint_sources for hint in source(language)]

    def all_numbers(self, language: str) -> list[Number]:
        """Every number that there is today, in this language."""
        return [number for source in self.number_sources for number in source(language)]


portal = Portal()
