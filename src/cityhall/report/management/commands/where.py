"""`cityhall where WORDS`: from words of the report to the code behind them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from cityhall.report import index
from cityhall.report.index import LATER, NARRATIVE, TERM, Entry


class Command(BaseCommand):
    help = "Find words in figures, sentences, the specification and the glossary: section, function, test, page."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("words", nargs="*", help="part of a phrase, a sentence, a key or a term")
        parser.add_argument("--map", action="store_true", help="write docs/map.md, the same index as a page")

    def handle(self, *args: Any, words: list[str], **options: Any) -> None:
        with translation.override("zh-hant"):
            if options["map"]:
                path = index.root() / "docs" / "map.md"
                path.write_text(index.map_page(), encoding="utf-8")
                self.stdout.write(str(path.relative_to(index.root())))
                return
            query = " ".join(words)
            if found := index.where(query):
                self.stdout.write("\n\n".join(lines_of(one) for one in found))
                return
            sentences = index.in_report(query)
            if not sentences:
                raise CommandError(f"Nothing is known by these words: {query!r}. Try fewer of them.")
            for section, _sentence, entries in sentences:
                self.stdout.write(f"{section:7}the old report has a sentence with these words")
                self.stdout.write("\n".join(lines_of(one) for one in entries) or "       no code makes it true yet")


def lines_of(one: Entry) -> str:
    """An entry for the terminal."""
    lines = [f"{one.section or '-':7}{one.kind}  「{one.words}」"]
    if one.kind == NARRATIVE:
        lines.append(f"       why    {one.name}")
    elif one.kind == TERM:
        lines.append(f"       code   {one.name}")
    else:
        lines.append(f"       {'figure' if one.kind == LATER else 'what'}   {one.name}")
    lines.append(f"       where  {one.place}")
    lines += [f"       test   {test}" for test in one.tests]
    if one.page:
        lines.append(f"       page   {one.page}")
    return "\n".join(lines)
