"""`cityhall classify`: a city trains its own, and takes it back."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cityhall.engines.classify import registry, services
from cityhall.engines.classify.model import Text
from cityhall.engines.classify.models import ModelVersion

from .corpus import corpus

PURPOSE = "test.kind"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def purpose(monkeypatch):
    """A purpose with a few texts."""
    monkeypatch.setattr(registry, "purposes", {})
    monkeypatch.setattr(registry, "_sources", {})
    texts, labels = corpus(20)
    rows = [registry.Row(text, label) for text, label in zip(texts, labels, strict=True)]
    registry.declare(PURPOSE, label="試", labels_in_use=lambda day: {"light", "hole", "noise", "dog", "tax"})
    registry.source(PURPOSE, "shipped", lambda: rows, order=10)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("classify", *arguments, stdout=out)
    return out.getvalue()


class TestTrain:
    def test_watches_the_first_version(self):
        said = run("train", "--purpose", PURPOSE)

        assert "test.kind@1  SHADOW" in said
        assert "not yet used" in said

    def test_uses_the_next_when_it_is_as_good(self):
        texts, labels = corpus(20)
        first = services.train(PURPOSE, texts, labels, at=timezone.now() - timedelta(days=15))
        services.go_live(first, at=timezone.now() - timedelta(days=1))

        assert "used from now on" in run("train", "--purpose", PURPOSE)
        assert "test.kind@1  RETIRED" in run("list")

    def test_learns_from_files_of_ones_own(self, tmp_path):
        path = tmp_path / "own.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["label", "subject", "body"])
            writer.writerows([["tax", f"房屋稅單{n}", "沒收到"] for n in range(6)])

        run("train", "--purpose", PURPOSE, "--file", str(path))

        version = ModelVersion.objects.get()
        assert version.counts["tax"] == 6
        assert version.sources == ["shipped: 80", "own.csv: 6"]

    @pytest.mark.parametrize(
        ("content", "said"),
        [(b"kind,text\na,b\n", "columns"), (b"\xff\xfe\x00", "CSV"), (None, "CSV"), (b"", "columns")],
    )
    def test_says_what_is_wrong_with_a_file(self, tmp_path, content, said):
        path = tmp_path / "own.csv"
        if content is not None:
            path.write_bytes(content)

        with pytest.raises(CommandError, match=said):
            run("train", "--purpose", PURPOSE, "--file", str(path))

    def test_names_the_purposes_there_are(self):
        with pytest.raises(CommandError, match=r"test\.kind"):
            run("train", "--purpose", "test.unknown")

    def test_says_when_there_is_too_little(self, monkeypatch):
        monkeypatch.setattr(registry, "_sources", {})
        registry.source(PURPOSE, "one", lambda: [registry.Row(Text("路燈"), "light")], order=1)

        with pytest.raises(CommandError, match="two labels"):
            run("train", "--purpose", PURPOSE)


class TestLiveAndRollBack:
    def test_change_which_version_is_used(self):
        texts, labels = corpus(20)
        first = services.train(PURPOSE, texts, labels, at=timezone.now() - timedelta(days=15))
        services.train(PURPOSE, texts, labels, at=timezone.now())

        assert "test.kind@1 is used" in run("live", "--purpose", PURPOSE, "--number", "1")
        assert "test.kind@2 is used" in run("live", "--purpose", PURPOSE, "--number", "2", "--reason", "較新")
        assert "test.kind@1 is used again" in run("roll-back", "--purpose", PURPOSE, "--reason", "誤派變多")
        first.refresh_from_db()
        assert first.state == "LIVE"

    def test_say_why_not(self):
        with pytest.raises(CommandError, match="no version 7"):
            run("live", "--purpose", PURPOSE, "--number", "7")
        with pytest.raises(CommandError, match="沒有更早"):
            run("roll-back", "--purpose", PURPOSE, "--reason", "誤派變多")
