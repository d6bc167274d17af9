"""Whatever names an agency says what becomes of it when another agency carries on its work."""

from django.apps import apps

from cityhall.engines.directory import registry
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Fate


def columns_that_name_an_agency() -> set[str]:
    """Every column of ours outside of the directory that points at an agency."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("cityhall.") and model._meta.app_label != "directory"
        for field in model._meta.get_fields()
        if field.concrete and field.related_model is Agency
    }


class TestEveryColumn:
    def test_is_declared_or_kept_for_ever_with_a_reason(self):
        declared = {column for naming in registry.namings() for column in naming.columns}
        kept = registry.kept_for_ever()

        assert columns_that_name_an_agency() == declared | set(kept)
        assert not declared & set(kept)
        assert all(str(reason) for reason in kept.values())


class TestEveryDeclaration:
    def test_of_a_column_that_moves_says_how(self):
        silent = [one.key for one in registry.namings() if one.columns and one.fate == Fate.MOVES and not one.move]

        assert silent == []

    def test_has_a_heading_and_says_what_happens(self):
        assert all(str(one.label) and str(one.words) for one in registry.namings())
