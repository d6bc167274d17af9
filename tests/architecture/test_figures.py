"""From a phrase of the report to the code that counts it: the key is the path, the phrase is the specification's."""

from decimal import Decimal

import pytest

from cityhall.engines.figures import catalogue, registry

BUILT = list(catalogue.built())


def name_of(line):
    return f"{line.figure} {line.of} {line.period_spec}"


class TestEveryFigure:
    @pytest.mark.parametrize("key", sorted(registry.figures))
    def test_stands_where_its_key_says(self, key):
        one = registry.figures[key]
        domain, _, rest = key.partition(".")

        assert one.function.__module__ == f"cityhall.domains.{domain}.figures"
        assert one.function.__name__ == rest.replace(".", "_")
        assert one.path == f"src/cityhall/domains/{domain}/figures.py"

    @pytest.mark.parametrize("key", sorted(registry.figures))
    def test_is_in_the_specification(self, key):
        one = registry.figures[key]

        lines = catalogue.lines_of(key)

        assert lines, "spec/figures.csv does not know it"
        assert {line.section for line in lines} == {one.section}
        assert {line.kind for line in lines} == {str(one.kind)}

    @pytest.mark.parametrize("key", sorted(registry.figures))
    def test_names_related_figures_that_are_built(self, key):
        assert set(registry.figures[key].related) <= set(registry.figures)

    @pytest.mark.parametrize("line", BUILT, ids=name_of)
    def test_prints_the_words_of_the_report(self, line):
        printed = line.printed or line.value
        value = printed if line.declared.ranks(line.of) else Decimal(printed)

        assert line.declared.sentence(value, line.period, line.of, rows=line.rows) == line.text

    @pytest.mark.parametrize("key", sorted(registry.figures))
    def test_says_what_it_counts(self, key):
        one = registry.figures[key]

        assert one.function.__doc__
        assert str(one.name)
        assert str(one.unit)
        assert str(one.counts)


class TestTheSpecification:
    def test_is_read_whole(self):
        assert len(catalogue.lines()) >= 178

    def test_knows_each_line_by_figure_dimension_and_period(self):
        keys = [(line.figure, line.of, line.period_spec) for line in catalogue.lines()]

        assert len(set(keys)) == len(keys)
