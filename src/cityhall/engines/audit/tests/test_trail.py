"""The trail in the database: appended with the act, refused to change, and found out when somebody does."""

import io
import json
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from cityhall.engines.audit import guards, queries, services
from cityhall.engines.audit.models import Entry, Head
from cityhall.engines.audit.rules import Fault
from cityhall.engines.outbox import registry
from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.services import retry
from cityhall.engines.outbox.states import State

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def officer(db):
    return get_user_model().objects.create_user("wang@city.example", name="王小明")


@pytest.fixture(autouse=True)
def own_anchor_file(tmp_path, settings):
    settings.DATA_DIR = tmp_path


def write(rows, officer, start=NOON):
    return [
        services.record("personal_data.seen", officer, by=officer, at=start + timedelta(minutes=n), new={"n": n})
        for n in range(rows)
    ]


def by_hand(sql, *values):
    """What somebody with the database's password would do."""
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute(sql, values)


class TestRecord:
    def test_chains_each_entry_to_the_one_before(self, officer):
        first, second = write(2, officer)

        assert (first.seq, second.seq, second.previous_hash) == (1, 2, first.hash)
        assert Head.objects.get().hash == second.hash

    def test_keeps_subject_actor_and_details(self, officer):
        entry = services.record("audit.searched", officer, by=None, at=NOON, old={"a": 1}, new={"a": 2}, note="更正")

        kept = Entry.objects.get(seq=entry.seq)

        assert kept.subject_type == "identity.account"
        assert (kept.subject_id, kept.actor) == (str(officer.pk), "")
        assert kept.details == {"old": {"a": 1}, "new": {"a": 2}, "note": "更正"}

    def test_is_undone_with_its_act(self, officer):
        with transaction.atomic():
            write(2, officer)
            transaction.set_rollback(True)

        assert not Entry.objects.exists()
        assert write(1, officer)[0].seq == 1

    def test_of_an_event_that_nobody_declared_is_refused(self, officer):
        with pytest.raises(LookupError, match="audit_events.py"):
            services.record("nobody.knows", officer, by=officer, at=NOON)

    def test_a_look_names_what_was_seen(self, officer):
        entry = services.looked_at(officer, by=officer, at=NOON, what="電話、地址")

        assert entry.event == "personal_data.seen"
        assert entry.details == {"new": {"what": "電話、地址"}}


class TestRefusal:
    @pytest.mark.parametrize("act", ["change", "delete", "overwrite"])
    def test_the_database_refuses_to_change_or_delete(self, officer, act):
        write(2, officer)
        columns = "seq, at, event, subject_type, subject_id, actor, payload, previous_hash, hash"
        copy = f"INTO audit_entry ({columns}) SELECT {columns.replace('actor', '9')} FROM audit_entry WHERE seq = 1"
        overwrite = f"INSERT OR REPLACE {copy}" if connection.vendor == "sqlite" else "TRUNCATE audit_entry"
        sql = {
            "change": "UPDATE audit_entry SET actor = '9'",
            "delete": "DELETE FROM audit_entry",
            "overwrite": overwrite,
        }[act]

        with pytest.raises(DatabaseError, match=guards.REFUSAL), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

        assert queries.verify().rows == 2


class TestVerify:
    def test_accepts_what_was_written(self, officer):
        write(5, officer)

        verdict = queries.verify()

        assert (verdict.ok, verdict.rows) == (True, 5)

    def test_accepts_an_empty_trail(self, db):
        assert queries.verify().ok

    def test_names_a_changed_row(self, officer):
        write(5, officer)
        by_hand("UPDATE audit_entry SET payload = '{}' WHERE seq = 3")

        verdict = queries.verify()

        assert (verdict.first_bad_seq, verdict.fault) == (3, Fault.CHANGED)

    def test_names_a_deleted_row(self, officer):
        write(5, officer)
        by_hand("DELETE FROM audit_entry WHERE seq = 2")

        verdict = queries.verify()

        assert (verdict.first_bad_seq, verdict.fault) == (2, Fault.MISSING)

    def test_names_the_first_of_two_swapped_rows(self, officer):
        write(5, officer)
        by_hand("UPDATE audit_entry SET seq = 99 WHERE seq = 2")
        by_hand("UPDATE audit_entry SET seq = 2 WHERE seq = 4")
        by_hand("UPDATE audit_entry SET seq = 4 WHERE seq = 99")

        assert queries.verify().first_bad_seq == 2

    def test_names_the_first_row_cut_off(self, officer):
        write(5, officer)
        by_hand("DELETE FROM audit_entry WHERE seq > 3")

        verdict = queries.verify()

        assert (verdict.first_bad_seq, verdict.fault) == (4, Fault.CUT_OFF)

    def test_an_anchor_finds_a_cut_whose_head_was_moved_too(self, officer):
        entries = write(5, officer)
        services.anchor(at=NOON)
        by_hand("DELETE FROM audit_entry WHERE seq > 3")
        by_hand("UPDATE audit_head SET seq = 3, hash = %s", entries[2].hash)

        verdict = queries.verify()

        assert (verdict.first_bad_seq, verdict.fault) == (4, Fault.CUT_OFF)

    def test_an_anchor_finds_a_trail_that_was_emptied_with_its_head(self, officer):
        write(5, officer)
        services.anchor(at=NOON)
        by_hand("DELETE FROM audit_entry")
        by_hand("DELETE FROM audit_head")

        verdict = queries.verify()

        assert (verdict.first_bad_seq, verdict.fault) == (1, Fault.CUT_OFF)

    def test_names_a_row_that_was_slipped_in(self, officer):
        write(5, officer)
        by_hand(
            "INSERT INTO audit_entry (seq, at, event, subject_type, subject_id, actor, payload, previous_hash, hash) "
            "SELECT 6, at, event, subject_type, subject_id, actor, payload, hash, hash FROM audit_entry WHERE seq = 5"
        )

        assert queries.verify().first_bad_seq == 6

    def test_reads_in_constant_memory(self, officer, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr(queries, "CHUNK", 2)
        write(7, officer)

        with django_assert_num_queries(2, connection=connection):
            assert queries.verify().ok


class TestAnchor:
    def test_is_one_line_with_the_end_of_the_chain(self, officer):
        entries = write(3, officer)

        services.anchor(at=NOON)

        assert json.loads(services.anchor_file().read_text()) == {
            "day": "2026-11-23",
            "at": NOON.isoformat(),
            "seq": 3,
            "hash": entries[2].hash,
        }

    def test_is_not_written_for_an_empty_trail(self, db):
        assert services.anchor(at=NOON) is None
        assert not services.anchor_file().exists()


class TestOutbox:
    def test_anchors_daily(self, officer):
        write(1, officer)

        registry.keepers["audit.anchor"].handler({}, Promise(taken_at=NOON))

        assert registry.rhythms["audit.anchor"].name == "daily 00:05 Asia/Taipei"
        assert set(services.anchors()) == {1}

    def test_a_retry_by_hand_is_recorded(self, officer):
        dead = Promise.objects.create(kind="audit.anchor", key="a", state=State.DEAD, promised_at=NOON, due_at=NOON)

        retry(dead, by=officer, at=NOON)

        entry = queries.of(dead).get()
        assert (entry.event, entry.actor) == ("outbox.retried", str(officer.pk))


class TestCommand:
    def test_verify_says_ok(self, officer):
        write(2, officer)
        out = io.StringIO()

        call_command("audit", "verify", stdout=out)

        assert out.getvalue().startswith("ok: 2 rows")

    def test_verify_names_the_row_and_exits_1(self, officer):
        write(3, officer)
        by_hand("UPDATE audit_entry SET actor = '99' WHERE seq = 2")
        err = io.StringIO()

        with pytest.raises(SystemExit) as exit:
            call_command("audit", "verify", stderr=err)

        assert exit.value.code == 1
        assert "row 2 was changed" in err.getvalue()

    def test_verify_says_that_the_refusal_was_taken_away(self, officer):
        guards.remove()
        err = io.StringIO()

        with pytest.raises(SystemExit):
            call_command("audit", "verify", stderr=err)

        assert "not in place" in err.getvalue()
        guards.install()

    def test_events_prints_both_languages(self, db):
        out = io.StringIO()

        call_command("audit", "events", stdout=out)

        assert "personal_data.seen\t查看個人資料\t" in out.getvalue()


class TestSearch:
    def test_finds_by_subject_person_event_and_day(self, officer):
        other = get_user_model().objects.create_user("li@city.example", name="李大同")
        services.record("audit.searched", officer, by=other, at=NOON)
        services.record("outbox.retried", other, by=officer, at=NOON + timedelta(days=1))

        def found(**terms):
            return [entry.event for entry in queries.search(**terms)]

        assert found() == ["outbox.retried", "audit.searched"]
        assert found(person="李大") == ["audit.searched"]
        assert found(person="WANG@city.example") == ["outbox.retried"]
        assert found(person=str(officer.pk)) == ["outbox.retried"]
        assert found(subject_type="identity.account", subject=str(other.pk)) == ["outbox.retried"]
        assert found(event="audit.searched") == ["audit.searched"]
        assert found(first_day=date(2026, 11, 24)) == ["outbox.retried"]
        assert found(last_day=date(2026, 11, 23)) == ["audit.searched"]

    def test_a_record_has_its_own_history(self, officer):
        services.record("audit.searched", officer, by=None, at=NOON)
        services.record("outbox.retried", None, by=None, at=NOON)

        assert [entry.event for entry in queries.of(officer)] == ["audit.searched"]


@pytest.mark.django_db(transaction=True)
class TestConcurrency:
    def test_many_at_once_make_one_chain(self):
        failures: list[Exception] = []

        def work():
            try:
                for _ in range(5):
                    services.record("audit.searched", None, by=None, at=NOON)
            except Exception as error:
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert queries.verify().rows == 20
