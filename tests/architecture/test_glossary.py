"""A term is decided once, in docs/glossary.csv: every model, state, role and figure is in it, as the screens call it."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import translation

from cityhall.domains.petitions.states import ExtensionState, RestrictionState
from cityhall.engines.cases.states import Part, ReplyState, Status
from cityhall.engines.deadlines.models import State as ClockState
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.figures import registry
from cityhall.engines.letters.states import State as LetterState
from cityhall.engines.outbox.states import State as PromiseState

ROOT = Path(__file__).resolve().parents[2]
VOCABULARIES = (
    Status,
    ReplyState,
    Part,
    ExtensionState,
    RestrictionState,
    ClockState,
    LetterState,
    PromiseState,
    Role,
    AgencyKind,
)
OURS = sorted((m for m in apps.get_models() if m.__module__.startswith("cityhall.")), key=lambda m: m._meta.label)


def glossary():
    with (ROOT / "docs" / "glossary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes():
    return {code for row in glossary() for code in row["code"].split()}


def in_code(model):
    """DispatchDecision is dispatch_decision."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()


class TestGlossary:
    @pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
    def test_holds_every_model(self, model):
        known = codes()

        assert in_code(model) in known or in_code(model).replace("_", "") in known

    @pytest.mark.parametrize(
        "word", [word for words in VOCABULARIES for word in words], ids=lambda w: f"{type(w).__name__}.{w.name}"
    )
    def test_holds_every_state_and_role_as_it_is_shown(self, word):
        with translation.override("zh-hant"):
            chinese = str(word.label)
        with translation.override("en"):
            english = str(word.label)

        rows = [(row["zh_TW"], row["en"].casefold()) for row in glossary() if word.name.lower() in row["code"].split()]

        assert (chinese, english.casefold()) in rows

    @pytest.mark.parametrize("key", sorted(registry.figures))
    def test_holds_every_figure_as_it_is_shown(self, key):
        with translation.override("zh-hant"):
            chinese = str(registry.figures[key].name)

        assert [row["zh_TW"] for row in glossary() if key in row["code"].split()] == [chinese]

    def test_decides_each_term_once(self):
        seen = Counter(row["zh_TW"] for row in glossary())

        assert [term for term, times in seen.items() if times > 1] == []

    def test_leaves_no_cell_empty_but_the_section(self):
        assert [
            row for row in glossary() if not all(row[column] for column in ("zh_TW", "en", "code", "meaning"))
        ] == []
