"""`cityhall audit verify | anchor | events`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone, translation

from cityhall.engines.audit import catalogue, guards, queries, services
from cityhall.engines.audit.rules import Fault

SENTENCES = {
    Fault.MISSING: "row {seq} is missing",
    Fault.CHANGED: "row {seq} was changed after it was written",
    Fault.UNCHAINED: "row {seq} does not follow from the row before it",
    Fault.ADDED: "row {seq} was added behind the program's back",
    Fault.CUT_OFF: "the trail is cut off: row {seq} was written and is gone",
    Fault.REWRITTEN: "row {seq} was rewritten: it is not the row that the trail or its anchor remembers",
}


class Command(BaseCommand):
    help = "Verify the audit trail, write its anchor, or print the event catalogue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("verify", help="walk the whole chain; exit 1 and name the first bad row")
        acts.add_parser("anchor", help="write the end of the chain to the anchor file (the worker does it daily)")
        acts.add_parser("events", help="print every event with its sentence")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        getattr(self, act)()

    def verify(self) -> None:
        verdict = queries.verify()
        if not guards.present():
            self.stderr.write("The database's own refusal (triggers on audit_entry) is not in place.")
        if verdict.ok and guards.present():
            self.stdout.write(f"ok: {verdict.rows} rows, {len(services.anchors())} anchors, head {verdict.head}")
            return
        if verdict.fault and verdict.first_bad_seq is not None:
            self.stderr.write(SENTENCES[verdict.fault].format(seq=verdict.first_bad_seq))
            self.stderr.write(
                f"first bad row: {verdict.first_bad_seq} (the {verdict.rows} rows before it are as written)"
            )
        raise SystemExit(1)

    def anchor(self) -> None:
        line = services.anchor(at=timezone.now())
        self.stdout.write(f"anchored row {line['seq']} {line['hash']}" if line else "the trail is empty")

    def events(self) -> None:
        for event in sorted(catalogue.sentences):
            with translation.override("zh-hant"):
                chinese = catalogue.sentence(event)
            with translation.override("en"):
                self.stdout.write(f"{event}\t{chinese}\t{catalogue.sentence(event)}")
