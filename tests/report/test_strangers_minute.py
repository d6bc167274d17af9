"""A stranger holds words of section 1.2.7. Four ways lead from them to the code, and all end at the same function."""

import ast
import re
import shutil
import subprocess

import pytest
from django.core.management import call_command

from cityhall.domains.petitions.tests.factories import URGENT_SINCE, make_category, make_petition
from cityhall.report import index

pytestmark = pytest.mark.django_db

ROOT = index.root()
FIGURES = "src/cityhall/domains/petitions/figures.py"
RULES = "src/cityhall/domains/petitions/rules.py"
FILING = "src/cityhall/domains/petitions/services/filing.py"
# Words of the report as it printed them; what of them can be searched for; the key; where they end.
PHRASES = [
    ("105 年計辦理 10 萬 5,046 件", "105 年計辦理", "petitions.received", FIGURES, "received"),
    ("平均每月 8,754 件", "平均每月 {:plain} 件", "petitions.received_monthly", FIGURES, "received_monthly"),
    ("擇定 15 項", "擇定 {:plain} 項", "petitions.urgent_categories", FIGURES, "urgent_categories"),
    ("已受理 8,306 件", "已受理", "petitions.urgent_received", FIGURES, "urgent_received"),
    ("計有 630 件應予改善", "計有 {:plain} 件", "petitions.urgent_to_improve", FIGURES, "urgent_to_improve"),
    ("1 日內初步回復", "1 日內初步回復", "", RULES, "stages_of"),
    ("依指定期限回復", "依指定期限回復", "", RULES, "stages_of"),
    ("驗證程序完成始成案", "驗證程序完成始成案", "", FILING, "confirm"),
    ("由系統自動初判並分派案件", "由系統自動初判並分派案件", "", RULES, "decide"),
]
WAYS = pytest.mark.parametrize(("words", "fragment", "key", "file", "name"), PHRASES, ids=[row[0] for row in PHRASES])


def function_around(file: str, line: int) -> str:
    """The function whose declaration, decorators included, holds that line."""
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
            if first <= line <= (node.end_lineno or node.lineno):
                return node.name
    return ""


@WAYS
class TestFourWays:
    def test_git_grep(self, words, fragment, key, file, name):
        if not shutil.which("git") or not (ROOT / ".git").exists():
            pytest.skip("this is no git checkout")
        out = subprocess.run(
            ["git", "grep", "-nF", fragment, "--", "src/**/*.py", ":!src/**/tests/**"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

        hits = [line.split(":", 2)[:2] for line in out.splitlines()]

        assert (file, name) in {(place, function_around(place, int(line))) for place, line in hits}
        assert len(hits) <= 4  # a stranger reads them all

    def test_key_is_a_path(self, words, fragment, key, file, name):
        domain, _, rest = (key or f"petitions.{name}").partition(".")

        assert file.startswith(f"src/cityhall/domains/{domain}/")
        assert rest == name
        if key:
            assert file == f"src/cityhall/domains/{domain}/figures.py"

    def test_click_in_the_report(self, words, fragment, key, file, name, client):
        make_petition(URGENT_SINCE, category=make_category(urgent_since=URGENT_SINCE))
        page = client.get("/report/1.2.7/", {"from": "2016-08", "to": "2016-12"}).content.decode()

        if key:
            door = re.search(rf'<a class="num" href="(/figures/{re.escape(key)}\?[^"]*)"', page)[1]
            page = client.get(door.replace("&amp;", "&")).content.decode()
            place = re.search(r'<code class="fg-path" title="([^"]+)">[^<]+</code>第(\d+)行', page)
            found, line = place[1], int(place[2])
        else:
            place = re.search(rf'<code>{name}</code> <code class="fg-path">([^<]+)</code>第(\d+)行', page)
            found, line = f"src/cityhall/{place[1]}", int(place[2])

        assert (found, function_around(found, line)) == (file, name)

    def test_make_where(self, words, fragment, key, file, name, capsys):
        call_command("where", words)

        said = capsys.readouterr().out
        places = re.findall(r"where\s+(\S+\.py):(\d+)", said)
        assert (file, name) in {(place, function_around(place, int(line))) for place, line in places}
        assert re.search(r"test\s+src/cityhall/domains/petitions/tests/test_\w+\.py:\d+ \w+", said)


def test_make_itself_asks_the_same():
    if not shutil.which("make") or not (ROOT / ".venv" / "bin" / "cityhall").exists():
        pytest.skip("no make, or no environment made by it")

    said = subprocess.run(
        ["make", "--no-print-directory", "where", f"Q={PHRASES[0][0]}"], cwd=ROOT, capture_output=True, text=True
    ).stdout

    assert "petitions.received" in said
    assert f"{FIGURES}:" in said


def test_every_phrase_is_the_reports_own():
    report = index.report_text()
    if not report:
        pytest.skip("the old report's text is absent: set CITYHALL_SHARED")
    section = index.folded("".join(index.sentences_of(report, "1.2.7")))

    assert [words for words, *_rest in PHRASES if index.folded(words) not in section] == []
