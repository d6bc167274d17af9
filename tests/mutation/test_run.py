"""How the mutation runner names, knows and counts changes; the changes themselves are made by `make mutation`."""

from collections import Counter

import pytest

from tests.mutation import run, tables

DIFFERENCE = """\
# cityhall.engines.audit.rules.xǁWalkǁstep__mutmut_9: survived
--- src/cityhall/engines/audit/rules.py
+++ src/cityhall/engines/audit/rules.py
@@ -6,1 +6,1 @@
     def step(self, link: Link) -> bool:
-        if link.seq > expected:
+        if link.seq >= expected:
"""


class TestNames:
    def test_of_a_method_and_of_a_function_are_those_of_the_source(self):
        assert run.function_of("cityhall.engines.audit.rules.xǁWalkǁstep__mutmut_9") == (
            "engines/audit/rules.py Walk.step"
        )
        assert run.function_of("cityhall.engines.audit.rules.x__plain__mutmut_12") == "engines/audit/rules.py _plain"

    def test_a_change_is_known_by_how_its_line_reads_then(self):
        assert run.becomes(DIFFERENCE) == "if link.seq >= expected:"


class TestEquivalent:
    def test_each_names_a_function_of_a_group_and_says_why(self):
        modules = {module for group in run.GROUPS for module in group.modules}

        for (function, line), why in run.equivalent().items():
            assert function.split()[0] in modules
            assert line
            assert why.endswith("."), line

    def test_they_are_few(self):
        assert len(run.equivalent()) <= 30


class TestGroups:
    @pytest.mark.parametrize("group", run.GROUPS, ids=lambda group: group.name)
    def test_changes_and_tests_are_there(self, group):
        for name in (*group.modules, *group.tests):
            assert (run.ROOT / run.PACKAGE / name).exists()
        assert not group.table or group.table in tables.TABLES


class TestScore:
    def count(self, killed: int, survived: int, equivalent: int = 0) -> run.Count:
        return run.Count(Counter(killed=killed, survived=survived, equivalent=equivalent))

    def test_equivalent_changes_count_for_nothing(self):
        assert self.count(9, 1).share == self.count(9, 1, 5).share == 90.0

    def test_every_module_has_to_reach_the_least(self, capsys):
        assert run.told({"a.py": self.count(85, 15), "b.py": self.count(1, 0)})
        assert not run.told({"a.py": self.count(84, 16), "b.py": self.count(1, 0)})
        assert "✗ under 85 %: a.py" in capsys.readouterr().out

    def test_a_module_in_which_nothing_was_changed_fails(self):
        assert not run.told({"a.py": run.Count()})


class TestTables:
    def test_every_pair_of_states_is_changed(self):
        from cityhall.engines.cases.states import Status

        pairs = {name.split(" → ")[0] + name.split(" → ")[1].split()[0] for name, _change in tables.of_cases()}

        assert len(pairs) == len(Status) ** 2
