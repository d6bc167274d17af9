"""The whole city in one file, and back: on the database of this run, and from PostgreSQL onto SQLite."""

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from cityhall.engines.audit import services as audit
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import at
from cityhall.project import backup
from tests.support.city import City, Databases

NOW = at(date(2017, 3, 20), 3)
CHAIN = {"tables/audit_entry.jsonl", "tables/audit_head.jsonl", backup.MANIFEST}

BUSY_CITY = """
import io
from datetime import UTC, datetime
from PIL import Image
from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
at = datetime(2017, 3, 20, 1, 2, 3, 456789, tzinfo=UTC)
seed_calendar()
account = Account.objects.create_user('𠮷田@example.org', name='𠮷田 "小\\n明"', kind='OFFICER')
picture = io.BytesIO()
Image.new('RGB', (40, 30), 'green').save(picture, 'JPEG')
stored = files.store(picture, name='路燈.jpg', owner=Agency.objects.first(), by=account, at=at)
for n in range(3):
    audit.record('personal_data.seen', account, by=account, at=at, new={'what': '電話'})
audit.anchor(at=at)
answer = stored.digest
"""


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    made.prepare()
    yield made
    made.forget()


@pytest.fixture(scope="module")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with databases.copy() as url:
        made = City(tmp_path_factory.mktemp("city"), url)
        made.digest = made.ask(BUSY_CITY)
        yield made


@pytest.fixture(scope="module")
def kept(city: City) -> Path:
    path = city.home / "backups" / "city.zip"
    city.command("backup", str(path))
    return path


@pytest.fixture
def empty_city(databases: Databases, tmp_path: Path) -> Iterator[City]:
    with databases.copy(empty=True) as url:
        yield City(tmp_path, url)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(source: Path, target: Path, change: Callable[[dict[str, bytes], dict], None]) -> Path:
    """A backup that differs from another in what `change` does to its members and its manifest."""
    parts = members(source)
    manifest = json.loads(parts.pop(backup.MANIFEST))
    change(parts, manifest)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr(backup.MANIFEST, json.dumps(manifest))
        archive.comment = backup.UNSEALED
    backup.seal(target)
    return target


class TestRestore:
    def test_brings_every_row_and_file_back(self, city, kept, empty_city):
        done = empty_city.command("restore", str(kept))

        assert "audit trail verified" in done.stdout
        empty_city.command("backup", str(empty_city.home / "again.zip"))
        first, again = members(kept), members(empty_city.home / "again.zip")
        assert f"files/{city.digest}" in first
        assert {name for name in first if first[name] != again.get(name) and name not in CHAIN} == set()
        assert again["tables/audit_entry.jsonl"].startswith(first["tables/audit_entry.jsonl"])
        assert empty_city.command("audit", "verify").stdout.startswith("ok:")
        # A new row's number follows those that came in.
        assert empty_city.ask(
            """
            from cityhall.engines.identity.models import Account
            account = Account.objects.create_user('next@example.org')
            answer = account.pk > Account.objects.get(email='𠮷田@example.org').pk
            """
        )

    def test_moves_a_city_onto_sqlite_under_another_key_only_when_told(self, kept, tmp_path):
        elsewhere = City(tmp_path, f"sqlite:///{tmp_path / 'city.sqlite3'}")
        elsewhere.env["CITYHALL_SECRET_KEY"] = "another-key-" + "y" * 40

        assert "another secret key" in elsewhere.command("restore", str(kept), check=False).stderr

        elsewhere.command("restore", str(kept), "--other-key")
        elsewhere.command("backup", str(tmp_path / "again.zip"))
        first, again = members(kept), members(tmp_path / "again.zip")
        assert {name for name in first if first[name] != again.get(name) and name not in CHAIN} == set()

    def test_takes_a_backup_of_older_tables(self, kept, empty_city):
        def older(parts, manifest):
            manifest["migrations"] = [
                one for one in manifest["migrations"] if one[0] != "deadlines" or one[1] < "0002"
            ]  # fmt: skip
            del parts["tables/deadlines_calendarstamp.jsonl"]
            del manifest["members"]["tables/deadlines_calendarstamp.jsonl"]
            del manifest["tables"]["deadlines_calendarstamp"]

        empty_city.command("restore", str(changed(kept, empty_city.home / "older.zip", older)))

        assert empty_city.ask(
            "from cityhall.engines.deadlines.models import CalendarDay, CalendarStamp\n"
            "answer = [CalendarDay.objects.exists(), CalendarStamp.objects.count()]"
        ) == [True, 0]

    def test_refuses_a_database_that_holds_a_city(self, kept, city):
        done = city.command("restore", str(kept), check=False)

        assert done.returncode == 1
        assert "holds a city already" in done.stderr


class TestChecked:
    @pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
    def test_refuses_a_file_that_is_cut_off(self, kept, tmp_path, share):
        whole = kept.read_bytes()
        (tmp_path / "cut.zip").write_bytes(whole[: int(len(whole) * share)])

        with pytest.raises(backup.CannotRestore, match="cut off or damaged"):
            backup.checked(tmp_path / "cut.zip")

    def test_refuses_a_flipped_byte_wherever_it_is(self, kept, tmp_path):
        whole = kept.read_bytes()
        places = {*range(0, len(whole), len(whole) // 40), *range(len(whole) - 90, len(whole), 7)}
        for place in places:
            content = bytearray(whole)
            content[place] ^= 0xFF
            (tmp_path / "flipped.zip").write_bytes(content)

            with pytest.raises(backup.CannotRestore):
                backup.checked(tmp_path / "flipped.zip")

    def test_refuses_a_part_that_was_exchanged(self, kept, tmp_path):
        def exchange(parts, manifest):
            parts["tables/identity_account.jsonl"] = b""

        with pytest.raises(backup.CannotRestore, match="identity_account.jsonl is not as it was written"):
            backup.checked(changed(kept, tmp_path / "other.zip", exchange))

    def test_refuses_a_part_too_many_and_a_part_too_few(self, kept, tmp_path):
        def more(parts, manifest):
            parts["data/more"] = b""

        def fewer(parts, manifest):
            del parts["tables/identity_account.jsonl"]

        for name, change in (("more", more), ("fewer", fewer)):
            with pytest.raises(backup.CannotRestore, match="does not hold what it says"):
                backup.checked(changed(kept, tmp_path / f"{name}.zip", change))

    def test_refuses_to_write_outside_of_the_data_folder(self, kept, tmp_path):
        def climb(parts, manifest):
            parts["data/../../x"] = b"x"
            manifest["members"]["data/../../x"] = {"size": 1, "sha256": ""}

        with pytest.raises(backup.CannotRestore, match="outside of the data folder"):
            backup.checked(changed(kept, tmp_path / "climb.zip", climb))

    def test_refuses_another_format(self, kept, tmp_path):
        with pytest.raises(backup.CannotRestore, match="format 9"):
            backup.checked(changed(kept, tmp_path / "nine.zip", lambda _parts, manifest: manifest.update(format=9)))

    def test_says_that_a_whole_one_is_whole(self, city, kept):
        assert "whole: made" in city.command("restore", "--check", str(kept)).stdout


@pytest.mark.django_db(transaction=True)
class TestBackUp:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.DATA_DIR, settings.FILES_DIR = tmp_path / "data", tmp_path / "data" / "files"
        settings.DATA_DIR.mkdir()

    def test_sees_one_moment_while_others_write(self, tmp_path):
        Account.objects.create_user("before@example.org")
        written = []

        def write_meanwhile(_line):
            if not written:
                written.append(Account.objects.create_user("after@example.org").pk)
                audit.record("personal_data.seen", None, by=None, at=NOW, new={"what": "x"})

        done = backup.back_up(tmp_path / "one.zip", at=NOW, tell=write_meanwhile)

        accounts = members(tmp_path / "one.zip")["tables/identity_account.jsonl"].decode()
        assert "before@example.org" in accounts
        assert "after@example.org" not in accounts
        assert done.audit_rows == 0
        assert Account.objects.filter(email="after@example.org").exists()

    def test_leaves_the_key_and_the_database_file_out_and_takes_other_files(self, settings, tmp_path):
        for name in ("secret-key", "cityhall.sqlite3", "audit-anchors.jsonl", "letters/a.pdf", "metrics/x.db"):
            (settings.DATA_DIR / name).parent.mkdir(exist_ok=True)
            (settings.DATA_DIR / name).write_bytes(b"x")

        backup.back_up(tmp_path / "one.zip", at=NOW)

        others = {name for name in members(tmp_path / "one.zip") if name.startswith("data/")}
        assert others == {"data/audit-anchors.jsonl", "data/letters/a.pdf"}

    def test_is_readable_by_its_owner_alone_and_is_logged(self, tmp_path):
        done = backup.back_up(tmp_path / "one.zip", at=NOW)

        assert done.path.stat().st_mode & 0o777 == 0o600
        assert audit.Entry.objects.get().event == "project.backed_up"
        assert {place.name for place in tmp_path.iterdir()} == {"data", "one.zip"}

    def test_never_overwrites(self, tmp_path):
        (tmp_path / "one.zip").write_bytes(b"older")

        with pytest.raises(backup.CannotBackUp, match="exists"):
            backup.back_up(tmp_path / "one.zip", at=NOW)
        assert (tmp_path / "one.zip").read_bytes() == b"older"

    def test_that_fails_leaves_nothing_behind(self, tmp_path, monkeypatch):
        monkeypatch.setattr(backup, "_attachments", lambda alias: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            backup.back_up(tmp_path / "one.zip", at=NOW)
        assert [place.name for place in tmp_path.iterdir()] == ["data"]


class TestKeepNewest:
    def test_deletes_only_what_is_ours_and_old(self, tmp_path):
        names = ["cityhall-20170318-030000.zip", "cityhall-20170319-030000.zip", "cityhall-20170320-030000.zip"]
        for name in [*names, "mine.zip"]:
            (tmp_path / name).touch()

        gone = backup.keep_newest(tmp_path, 2)

        assert [place.name for place in gone] == names[:1]
        assert sorted(place.name for place in tmp_path.iterdir()) == [*names[1:], "mine.zip"]
